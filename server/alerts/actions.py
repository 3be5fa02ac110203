"""A ticket as far as alerts go: it is queued, accepted, it ends; and what others may ask about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.contract.categories import Level
from server import incidents
from server.alerts import queries, reach, records, rules
from server.alerts.memos import actions as memos
from server.alerts.rules import Rung
from server.incidents import ENDED, NEW, Incident, IncidentMoved, IncidentReported
from server.kit.clock import clock
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.live import Change
from server.kit.store import Work
from server.staff import Person

LOOKING_ON = frozenset({"note", "supervise"})
"""Who does these has seen a ticket, and not taken it over."""
HOW = {"link": "点了接单链接", "desk": "在工作台上处理了"}


@dataclass(frozen=True, slots=True)
class Ack:
    """That somebody has taken a ticket over: in which role and when (UTC ms); for the reporter, so without a name."""

    role: str
    at: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a ticket's alert log. `good`: confirmed or accepted; None: neither, only worth knowing."""

    at: int
    channel: str
    names: str
    words: str
    good: bool | None


def queue(work: Work, event: IncidentReported) -> None:
    """Put a new ticket into the outbox, in the transaction that opened it."""
    incident = event.incident
    records.put(work, incident.id, incident.number, incident.community, incident.level)


def follow(work: Work, event: IncidentMoved) -> None:
    """A move on the desk is an acceptance; a ticket that has ended rings no more; one that comes back rings anew."""
    incident = event.incident
    entry = records.entry(work, incident.id)
    if incident.state in NEW and event.former.state not in NEW:
        records.forget_acceptances(work, incident.id)
        records.put(work, incident.id, incident.number, incident.community, incident.level)
        return
    if event.by is not None and event.move not in LOOKING_ON and not records.acceptances(work, incident.id):
        last = incidents.history(work, incident.id)[-1]
        _accept(work, incident, f"desk:{last.by}", last.by, last.role, "desk")
    if incident.state in ENDED:
        records.end(work, incident.id, finished=True)
        records.drop_repeats(work, incident.id, first_too=True)
    elif entry is not None and entry.finished:
        records.resume(work, incident.id)
    leading = incidents.leading(work, incident)
    reconsider(work, leading)


def reconsider(work: Work, incident: Incident) -> None:
    """Call whoever has to be called when a ticket has become more urgent; never fewer than before."""
    entry = records.entry(work, incident.id)
    if incident.state in ENDED:
        return
    if entry is None:
        records.put(work, incident.id, incident.number, incident.community, incident.level)
    elif incident.level < entry.level:
        records.set_level(work, incident.id, incident.level)


def accept(work: Work, called: int) -> bool:
    """One tap on the link of somebody who was called; False when this person had accepted already.

    Raises `Missing` (no such call), `Refused` (the ticket has ended) and `Forbidden` (this person has left).
    """
    person = records.person(work, called)
    if person is None:
        raise Missing("这个链接不对，请从提醒里重新点开")
    incident = incident_of(work, person["incident"])
    if incident is None or incident.state in ENDED:
        raise Refused("这张工单已经办完了，不用再接")
    if not reach.still_here(work, incident.community, person["who"]):
        # A ticket taken by somebody who is no longer there would be a ticket nobody looks after.
        raise Forbidden("你已经不在这个居民区的名册里，不能接单了，请告诉值班的人")
    memos.heard(work, incident.id, called)
    accepted = _accept(work, incident, person["who"], person["name"], person["role"], "link")
    if accepted:
        _announce(work, incident)  # a move, which accepts too, is announced by itself
    return accepted


def incident_of(work: Work, incident_id: int) -> Incident | None:
    """The ticket behind an outbox row."""
    entry = records.entry(work, incident_id)
    return None if entry is None else incidents.by_number(work, entry.number)


def acknowledged(work: Work, incident_id: int) -> Ack | None:
    """Who took a ticket over first, for the reporter's page: `值班员 22:06 已接单`; None while nobody has."""
    found = records.acceptances(work, incident_id)
    return Ack(found[0]["role"], found[0]["at"]) if found else None


def first(work: Work, incident_id: int) -> str:
    """`王值班 22:06 已接单`, for colleagues; empty while nobody has."""
    found = records.acceptances(work, incident_id)
    return f"{found[0]['name']} {clock(found[0]['at'])} 已接单" if found else ""


def log_of(work: Work, incident_id: int) -> list[LogLine]:
    """Every attempt and every acceptance of a ticket, oldest first."""
    lines = [
        LogLine(
            row["at"], row["channel"], row["names"], row["answer"],
            None if row["confirmed"] is None else bool(row["confirmed"]),
        )
        for row in queries.attempts(work, incident_id)
    ]  # fmt: skip
    for index, row in enumerate(records.acceptances(work, incident_id)):
        words = f"{HOW[row['how']]}{'，接单' if index == 0 else '，已有人先接'}"
        lines.append(LogLine(row["at"], "", row["name"], words, True))
    return sorted(lines, key=lambda line: line.at)


def heard(work: Work, person: Person, delivery_id: int) -> bool:
    """An open desk says that it rang; False when that is no news. Only the person it rang for can say so."""
    found = records.get_delivery(work, delivery_id)
    if found is None or found[1] != "handed" or found[0].address != str(person.id):
        return False
    records.finish(work, [delivery_id], "sent")
    queries.note(work, found[0].incident, delivery_id, "live", True, "工作台响了", person.name)
    return True


def change_ladder(work: Work, person: Person, level: Level, rungs: Sequence[Rung]) -> None:
    """Put other rungs in force for a level, under this person's name. Raises `Invalid` and `Forbidden`."""
    if person.role not in {"director", "street", "district"}:
        raise Forbidden("叫人的规则由主任或街道修改")
    signed = [replace(rung, level=level, author=person.name, at=work.now) for rung in rungs]
    refusal = rules.trouble(signed)
    if refusal is not None:
        raise Invalid(refusal)
    records.set_rungs(work, level, signed)


def _accept(work: Work, incident: Incident, who: str, name: str, role: str, how: str) -> bool:
    if not records.accept(work, incident.id, who, name, role, how):
        return False
    records.end(work, incident.id, finished=False)
    records.drop_repeats(work, incident.id, first_too=False)
    return True


def _announce(work: Work, incident: Incident) -> None:
    data: dict[str, str | int] = {
        "id": incident.id, "state": incident.state, "level": str(incident.level), "desk": str(incident.desk),
        "former_desk": str(incident.desk),
    }  # fmt: skip
    work.tell(Change("incident", incident.community, data))
