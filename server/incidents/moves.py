"""Moving tickets along the table: by those who work here, by the reporter, by an outside body, and by the calendar."""

from dataclasses import replace
from typing import TypedDict, Unpack

from gateway.contract.categories import Desk, Level
from server import categories, staff
from server.incidents import journal, lifecycle, records, rules
from server.incidents.events import (
    ApprovalAnswered,
    ApprovalAsked,
    IncidentClosed,
    IncidentMoved,
    IncidentRaised,
    LookDue,
    ReviewDue,
)
from server.incidents.joining import target_of
from server.incidents.journal import RIDER, SYSTEM, By
from server.incidents.lifecycle import MOVES
from server.incidents.rules import REQUEST_STATES, Incident, Request
from server.incidents.seeing import may_see, visible
from server.kit.clock import DAY_MS, day
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.staff import Person
from server.stations import get as get_station

BATCH = 200
ASK_AGAIN_MS = 7 * DAY_MS
"""How long an outside body is left alone before somebody asks how far it is."""


class Given(TypedDict, total=False):
    """What a form brings. `until` in UTC milliseconds; `into` a ticket number; `assignee` an account."""

    note: str
    reply: str
    desk: str
    into: str
    letter: str
    """What the station's screen shall say on closing; empty: nothing."""
    until: int | None
    body: str
    assignee: int | None
    category: str
    level: str
    place: str


def move(
    work: Work, incident_id: int, name: str, person: Person, *, version: int | None = None, **given: Unpack[Given]
) -> Incident:
    """Make one move of `lifecycle.MOVES`; one that needs approval is only asked for, see `approve`.

    `version` is the one the person's page showed: raises `Refused` when somebody was faster. Else raises as
    `lifecycle.check`.
    """
    incident = visible(work, incident_id, person)
    if version is not None and version != incident.version:
        raise journal.overtaken(work, incident)
    _clean(given)
    row = lifecycle.check(incident, name, person, given, work.now)
    if row.approval:
        return _ask(work, incident, name, person, given)
    return _make(work, incident, name, given, By.person(person), person)


def approve(work: Work, request_id: int, person: Person) -> Incident:
    """Agree to what a colleague asked for; the move is made at once, in the asker's name.

    Raises `Missing`, `Forbidden` (who does not oversee), `Refused` (one's own, settled, or no longer possible).
    """
    request, incident = _open_request(work, request_id, person)
    refusal = lifecycle.why_not_approve(request.by_id, person)
    if refusal is not None:
        raise refusal
    lifecycle.check_state(incident, request.move)
    if request.until is not None and request.until <= work.now:
        raise Refused("申请的日期已经过了，请重新申请")
    records.settle_request(work, request.id, "approved", (person.id, person.name), "")
    journal.write(work, incident, By.person(person), f"approve:{request.move}", incident)
    asker = By(request.by_id, request.by_name, request.by_role)
    given = Given(note=request.note, reply=request.reply, until=request.until)
    changed = _make(work, incident, request.move, given, asker, None)
    _tell_answered(work, changed, request.id)
    return changed


def decline(work: Work, request_id: int, person: Person, note: str) -> Incident:
    """Do not agree, and say why. Raises as `approve`, and `Invalid` without a reason."""
    request, incident = _open_request(work, request_id, person)
    refusal = lifecycle.why_not_approve(request.by_id, person)
    if refusal is not None:
        raise refusal
    words = rules.plain(note, rules.MAX_WORDS)
    if not words:
        raise Invalid("请写一句为什么不批准")
    return _settle(work, incident, request, "declined", "decline", person, words)


def withdraw(work: Work, request_id: int, person: Person) -> Incident:
    """Take one's own request back. Raises `Missing` and `Refused`."""
    request, incident = _open_request(work, request_id, person)
    if request.by_id != person.id:
        raise Refused("只能撤回自己的申请")
    return _settle(work, incident, request, "withdrawn", "withdraw", person, "")


def reopen(work: Work, incident_id: int, note: str) -> Incident:
    """The reporter is not satisfied: back into work, for another person than the one who said it was done.

    Raises `Refused` when the ticket is not closed.
    """
    incident = journal.stored(work, incident_id)
    lifecycle.check_state(incident, "reopen")
    barred = replace(incident, barred=records.last_worker(work, incident.id))
    return _make(work, barred, "reopen", Given(note=rules.plain(note, rules.MAX_WORDS)), RIDER, None)


def may_take_back(work: Work, incident: Incident) -> bool:
    """Whether its reporter alone can end it: nobody has it in hand, and no other report hangs on it."""
    untouched = lifecycle.why_not_from_here(incident, "take_back") is None
    return untouched and not records.merged_here(work, incident.id)


def take_back(work: Work, incident_id: int, words: str) -> Incident:
    """The reporter ends what nobody has touched. Raises `Refused` when somebody has, or waits for it too."""
    incident = journal.stored(work, incident_id)
    lifecycle.check_state(incident, "take_back")
    if not may_take_back(work, incident):
        raise Refused("别人也报了这件事，要由居委核实了再结束")
    return _make(work, incident, "take_back", Given(note=rules.plain(words, rules.MAX_WORDS)), RIDER, None)


def hear(
    work: Work, incident_id: int, words: str, *, name: str = "answer", by: By = RIDER, whom: str = "reporter"
) -> Incident:
    """What was asked is answered, or (`lapse`) was not in time: `whom` is waited for no more, and the clocks go on."""
    incident = journal.stored(work, incident_id)
    changed = _save(work, replace(incident, waiting="" if incident.waiting == whom else incident.waiting))
    journal.write(work, changed, by, name, incident, note=rules.plain(words, rules.MAX_WORDS))
    _tell(work, changed, name, incident, None, None)
    return changed


def done_outside(work: Work, incident_id: int, who: str, words: str) -> Incident:
    """An outside body says through its link that the work is done; somebody here checks it. Raises `Refused`."""
    incident = journal.stored(work, incident_id)
    lifecycle.check_state(incident, "done")
    given = Given(note=rules.plain(words, rules.MAX_WORDS))
    return _make(work, incident, "done", given, By(None, rules.plain(who, 40), "外部单位"), None)


def supervise(work: Work, incident_id: int, why: str) -> Incident:
    """Put a ticket under supervision because a rule of escalation says so. Raises `Refused` when it has ended."""
    incident = journal.stored(work, incident_id)
    lifecycle.check_state(incident, "supervise")
    return _make(work, incident, "supervise", Given(note=rules.plain(why, rules.MAX_WORDS)), SYSTEM, None)


def tell_due(site: Site) -> None:
    """Chore: what was shelved comes back on its date; who was asked to look again, or to ask again, is told."""
    while True:
        with site.store.work() as work:
            reviews, looks = records.reviews_due(work, BATCH), records.looks_due(work, BATCH)
            for incident in reviews:
                if incident.state == "shelved":
                    _make(work, incident, "resume", Given(note="到了复看的日子，自动恢复办理"), SYSTEM, None)
                else:
                    _ask_again(work, incident)
            for incident in looks:
                records.look_told(work, incident.id)
                journal.write(work, incident, SYSTEM, "look_due", incident)
                work.tell(LookDue(incident))
                journal.announce(work, incident)
        if len(reviews) < BATCH and len(looks) < BATCH:
            return


def _clean(given: Given) -> None:
    given["note"] = rules.plain(given.get("note", ""), rules.MAX_WORDS)
    given["reply"] = rules.plain(given.get("reply", ""), rules.MAX_WORDS)
    given["body"] = rules.plain(given.get("body", ""), 40).replace("\n", " ")
    given["place"] = rules.plain(given.get("place", ""), rules.MAX_PLACE).replace("\n", " ")


def _make(work: Work, incident: Incident, name: str, given: Given, by: By, person: Person | None) -> Incident:
    changed = _save(work, _changed(work, incident, name, given, person))
    note, reply = given.get("note", ""), given.get("reply", "")
    if name == "extend":
        note = f"延到 {day(given.get('until') or 0)}：{note}"
    journal.write(work, changed, by, name, incident, note=note, reply=reply)
    _tell(work, changed, name, incident, given.get("until"), by.id)
    if changed.level < incident.level:
        work.tell(IncidentRaised(changed))
    if name == "close":
        sender = f"{get_station(work, changed.station).community_name}居委会"
        work.tell(IncidentClosed(changed, rules.plain(given.get("letter", ""), rules.MAX_WORDS), sender))
    return changed


def _changed(work: Work, incident: Incident, name: str, given: Given, person: Person | None) -> Incident:
    """The ticket as it is after the move, not yet stored."""
    row = MOVES[name]
    changed = incident if name == "ask" else replace(incident, reply=given.get("reply") or incident.reply)
    if row.to:
        # Whoever moves it on waits for nobody any more.
        changed = replace(changed, state=row.to, waiting="", review_at=None)
    match name:
        case "dispatch":
            if given.get("desk") not in set(Desk):
                raise Invalid("请选派给谁")
            desk = Desk(given["desk"])
            kept = incident.assignee if desk == incident.desk else None
            changed = replace(changed, desk=desk, handler=None, assignee=kept)
        case "done":
            # Written down for the desk by somebody in the office: then the desk did the work, not the writer.
            handler = person.id if person is not None and person.desk == incident.desk else None
            changed = replace(changed, handler=handler)
        case "merge":
            assert person is not None  # noqa: S101 - the table gives this move to people only
            changed = replace(changed, merged_into=target_of(work, incident, given.get("into", ""), person).id)
        case "unmerge":
            changed = replace(changed, merged_into=None)
        case "handback" | "recall":
            changed = replace(changed, assignee=None, body="")
        case "shelve":
            changed = replace(changed, review_at=given.get("until"))
        case "transfer":
            changed = replace(
                changed, body=given.get("body", ""), review_at=given.get("until") or work.now + ASK_AGAIN_MS
            )
        case "resume":
            before = records.state_before(work, incident.id, "shelve")
            changed = replace(changed, state=before or row.to)
        case "close":
            kind = incident.kind
            days = kind.second_look_days if isinstance(kind, categories.Kind) else 0
            changed = replace(changed, look_at=work.now + days * DAY_MS if days else None)
        case "look_ok":
            changed = replace(changed, look_at=None)
        case "reopen" | "recur" | "refile":
            changed = replace(changed, handler=None, look_at=None)
        case "supervise":
            changed = replace(changed, supervised=work.now)
        case "claim":
            changed = replace(changed, assignee=person.id if person else None)
        case "assign":
            changed = replace(changed, assignee=_assignee(work, incident, given.get("assignee")))
        case "correct":
            changed = _corrected(work, incident, given)
            if changed.state == "shelved" and changed.level in {Level.P0, Level.P1}:
                before = records.state_before(work, incident.id, "shelve")
                changed = replace(changed, state=before or "filed", review_at=None)
        case "ask":
            changed = replace(changed, waiting="reporter")
        case "engage":
            changed = replace(changed, waiting="outside")
    return changed


def _assignee(work: Work, incident: Incident, staff_id: int | None) -> int:
    chosen = None if staff_id is None else staff.person(work, staff_id)
    if chosen is None or not may_see(incident, chosen):
        raise Invalid("这个人现在接不了这张工单")
    if chosen.id == incident.barred:
        raise Refused("骑手对这个人上次的处理不满意，这次请换一个人")
    return chosen.id


def _corrected(work: Work, incident: Incident, given: Given) -> Incident:
    code, level = given.get("category") or incident.category, given.get("level") or incident.level
    kind = categories.get(work, code)
    if kind is None or (kind.retired and code != incident.category):
        raise Invalid("请选一个类别")
    if level not in set(Level):
        raise Invalid("请选一个级别")
    if Level(level) > incident.level and incident.level in {Level.P0, Level.P1} and not given.get("note"):
        raise Invalid("降低 P0、P1 的级别，请写一句为什么")
    changed = replace(incident, level=Level(level), place=given.get("place") or incident.place)
    if code != incident.category:
        kind = categories.pin(work, kind)
        changed = replace(changed, category=kind.code, category_version=kind.version, known=kind)
    if changed == incident:
        raise Invalid("没有改动")
    return changed


def _ask(work: Work, incident: Incident, name: str, person: Person, given: Given) -> Incident:
    if any(one.move == name and one.state == "asked" for one in records.requests_of(work, incident.id)):
        raise Refused(f"{MOVES[name].label}已经有人申请过，等批准")
    by = By.person(person)
    note, until = given.get("note", ""), given.get("until")
    request = records.add_request(
        work, incident.id, name, (person.id, by.name, by.role), note, given.get("reply", ""), until
    )
    changed = _save(work, incident)
    words = note if until is None else f"到 {day(until)}：{note}"
    journal.write(work, changed, by, f"request:{name}", incident, note=words)
    work.tell(ApprovalAsked(changed, request))
    journal.announce(work, changed)
    return changed


def _open_request(work: Work, request_id: int, person: Person) -> tuple[Request, Incident]:
    request = records.request(work, request_id)
    if request is None:
        raise Missing("没有这个申请")
    incident = visible(work, request.incident, person)
    if request.state != "asked":
        by = f"{request.answered_name} " if request.answered_name else ""
        raise Refused(f"这个申请{by}{REQUEST_STATES[request.state]}")
    return request, incident


def _settle(
    work: Work, incident: Incident, request: Request, state: str, verb: str, person: Person, words: str
) -> Incident:
    records.settle_request(work, request.id, state, (person.id, person.name), words)
    changed = _save(work, incident)
    journal.write(work, changed, By.person(person), f"{verb}:{request.move}", incident, note=words)
    _tell_answered(work, changed, request.id)
    journal.announce(work, changed)
    return changed


def _tell_answered(work: Work, incident: Incident, request_id: int) -> None:
    settled = records.request(work, request_id)
    if settled is not None:
        work.tell(ApprovalAnswered(incident, settled))


def _save(work: Work, incident: Incident) -> Incident:
    records.save(work, incident)
    return journal.stored(work, incident.id)


def _tell(work: Work, changed: Incident, name: str, former: Incident, until: int | None, by: int | None) -> None:
    for request in records.requests_of(work, changed.id):
        if request.state == "asked" and changed.state not in MOVES[request.move].from_states:
            records.settle_request(work, request.id, "lapsed", (None, "系统"), "工单已经往下走了")
    work.tell(IncidentMoved(changed, name, former, until, by))
    journal.announce(work, changed, former_desk=former.desk)
    for joined in records.merged_here(work, changed.id):
        journal.announce(work, joined)


def _ask_again(work: Work, incident: Incident) -> None:
    changed = _save(work, replace(incident, review_at=work.now + ASK_AGAIN_MS))
    journal.write(work, changed, SYSTEM, "review_due", incident)
    work.tell(ReviewDue(changed))
    journal.announce(work, changed)
