"""Everything the page of one ticket shows, put together from the features that know it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contract.categories import DESK_LABELS, GROUPS, Category, Level
from gateway.contract.presence import Presence
from gateway.sqlite import Row as Record
from server import (
    alerts,
    categories,
    certificates,
    clocks,
    incidents,
    letters,
    parking,
    privacy,
    questions,
    ratings,
    routing,
    staff,
    uploads,
)
from server.desk import forms, handing, requests, rules, whereabouts, wording
from server.desk.audit import Audit, audit
from server.desk.filters import Filter
from server.desk.forms import Form, Forms, Typed
from server.desk.framing import Frame, frame
from server.desk.handing import Colleague
from server.desk.listing import CHANNEL_ICONS, LEVEL_WORDS, Listing, listing
from server.desk.relations import Relations, receipt_says, relations
from server.desk.requests import Asked
from server.desk.sketch import Sketch
from server.desk.whereabouts import Picture
from server.incidents import CHANNELS, ENDED, MOVES, NEW, STATES, Incident
from server.kit.errors import Fault
from server.kit.store import Work
from server.privacy import Album
from server.staff import Person
from server.stations import Station
from server.stations import known as find_station

PRESENCE_WORDS = {
    Presence.VERIFIED: "核实在站",
    Presence.EXPIRED: "在站码已过期",
    Presence.WRONG: "在站码不对",
    Presence.NONE: "没有在站码",
}
PHOTOS_SAID = {
    "photos": "照片加上了。",
    "photos_done": "照片加上了，也报告了处理完成。",
    "photos_known": "这些照片已经在工单上了，没有再加。",
}
ANSWERED = {"approve": "你批准了。", "decline": "你没有批准，申请的人会看到为什么。", "withdraw": "申请撤回了。"}


@dataclass(frozen=True, slots=True)
class Badge:
    """Something to know before anything else. `tone` as of a pill."""

    tone: str
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Lists:
    """What the forms choose from; empty where no form asks."""

    desks: dict[str, str]
    levels: dict[str, str]
    kinds: tuple[tuple[str, tuple[Category, ...]], ...]
    """Group and its categories."""
    spots: tuple[str, ...]
    bodies: tuple[str, ...]
    colleagues: tuple[Colleague, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What `desk/ticket.html` shows."""

    frame: Frame
    list: Listing
    incident: Incident
    kind: Category
    level_word: str
    state: str
    badges: tuple[Badge, ...]
    owner: str
    """Who has it in hand; empty: nobody."""
    mine: bool
    desk: str
    channel: str
    channel_icon: str
    presence: str
    verified: bool
    station: str
    now: int
    ended: bool
    alarm: bool
    taken: str
    """Who took it over first, as `alerts.first` says it."""
    calls: tuple[alerts.LogLine, ...]
    """Every attempt to reach somebody."""
    clock: rules.ClockSign | None
    answers: tuple[tuple[str, str], ...]
    """Question and answer, as the reporter tapped them."""
    told: tuple[str, ...]
    """Who else is told, by the routing rules."""
    dial: tuple[str, ...]
    """Emergency numbers that belong to this report."""
    pictures: tuple[Picture, ...]
    album: Album
    sketch: Sketch | None
    audit: Audit
    asked: tuple[Asked, ...]
    relations: Relations
    ratings: tuple[tuple[str, str, str], ...]
    """Icon, face and words of every rating."""
    receipt: str
    """What the reporter's page says now, in one word."""
    coming: int
    """Photos that are still on their way from the phone."""
    findings: Sequence[incidents.Finding]
    """What devices said about it."""
    opens_box: bool
    """Whether the station's first-aid box may be wanted now, and by this person."""
    may_thank: bool
    """Whether a family's thanks may be passed on from here."""
    letter: Record | None
    letter_hints: tuple[str, ...]
    forms: Forms
    lists: Lists
    outreach: questions.OnTicket
    certificate: certificates.OnTicket | None
    coupons: tuple[parking.Line, ...]
    """Questions to the reporter and links for bodies outside; drawn by `questions/_ticket.html`."""
    own_work: bool
    """Waiting for a check by somebody else than this person, who did the work."""
    look_due: bool
    elsewhere: bool
    """Whether something at the top of the page is to be done first."""
    said: str = ""
    """What was just done, as a sentence."""
    error: str = ""
    lost: tuple[tuple[str, str], ...] = ()
    """What was typed into a form that is offered no more: label, text."""
    plate: str = rules.PLATE
    phone: str = rules.PHONE
    query: str = ""


def ticket(
    work: Work,
    person: Person,
    incident_id: int,
    chosen: Filter,
    *,
    said: str = "",
    typed: Typed | None = None,
    refusal: Fault | None = None,
    declining: tuple[int, str] = (0, ""),
    only_changes: bool = False,
) -> Ticket:
    """The page for this person; raises `Missing` when the ticket is not for their eyes.

    `typed`: a form that comes back, refused or only to be looked at; `declining` as `requests.open_requests`.
    """
    incident = incidents.visible(work, incident_id, person)
    station = find_station(work, incident.station)
    names = forms.names(incident, person)
    asked = requests.open_requests(work, incident, person, typed=declining)
    letter = letters.of_incident(work, incident.id)
    taken = alerts.first(work, incident.id)
    route = routing.route_of(work, incident.id)
    look_due = incident.state == "closed" and incident.look_at is not None and incident.look_at <= work.now
    pictures, spots = whereabouts.pictures(work, incident, station, person)
    album = privacy.album(work, incident, person)
    needed = any(name in MOVES and MOVES[name].approval for name in names)
    approvers = handing.approvers(work, incident, person.id) if needed else ""
    made = [_form(work, incident, name, person, typed, approvers, refused=refusal is not None) for name in names]
    return Ticket(
        frame=frame(work, person, "tickets"),
        list=listing(work, person, chosen, incident.id),
        incident=incident,
        kind=incident.kind,
        level_word=LEVEL_WORDS[incident.level],
        state=STATES[incident.state],
        badges=_badges(incident, asked, album, work.now),
        owner=staff.name_of(work, incident.assignee),
        mine=incident.assignee == person.id,
        desk=DESK_LABELS[incident.desk],
        channel=CHANNELS[incident.channel],
        channel_icon=CHANNEL_ICONS[incident.channel],
        presence=PRESENCE_WORDS[incident.presence],
        verified=incident.presence is Presence.VERIFIED,
        station=station.full_name if station else incident.station,
        now=work.now,
        ended=incident.state in ENDED,
        alarm=incident.level in {Level.P0, Level.P1} and incident.state in NEW and not taken,
        taken=taken if incident.state in NEW else "",
        calls=tuple(alerts.log_of(work, incident.id)),
        clock=rules.clock_sign(clocks.standings(work, [incident]).get(incident.id)),
        answers=tuple(categories.answered(incident.kind, route.answers)) if route else (),
        told=tuple(routing.TOLD.get(who, who) for who in route.also) if route else (),
        dial=tuple(route.calls) if route else (),
        pictures=pictures,
        album=album,
        sketch=whereabouts.sketched(work, person, station, spots) if station else None,
        audit=audit(incidents.history(work, incident.id), only_changes=only_changes),
        asked=asked,
        relations=relations(work, incident, person, may_merge="merge" in names),
        ratings=tuple(
            (ratings.FACES[one.face].icon, ratings.FACES[one.face].label, one.words)
            for one in ratings.by_ticket(work, incident.id)
        ),
        receipt=receipt_says(incidents.leading(work, incident)),
        coming=uploads.waiting(work, incident.client_id),
        findings=incidents.findings_of(work, incident.id),
        opens_box=incident.level in {Level.P0, Level.P1} and incident.state in incidents.OPEN and person.triages,
        may_thank=person.triages and incident.state == "closed" and letter is not None,
        letter=letter,
        letter_hints=letters.letter_hints(letter["text"], letter["sender"]) if letter else (),
        forms=forms.arrange(incident, made, look_due=look_due),
        lists=_lists(work, incident, station, names),
        outreach=questions.on_ticket(work, incident, person),
        certificate=certificates.on_ticket(work, incident, person),
        coupons=parking.on_ticket(work, incident, person),
        own_work=incident.state == "done" and person.triages and incident.handler == person.id,
        look_due=look_due,
        elsewhere=look_due or any(one.may_answer for one in asked),
        said="" if refusal else _said(said),
        error=refusal.sentence if refusal else "",
        lost=forms.lost(typed, names, began(work, incident, typed.move)) if typed else (),
        query=chosen.query,
    )


def _form(
    work: Work, incident: Incident, name: str, person: Person, typed: Typed | None, approvers: str, *, refused: bool
) -> Form:
    """One move as a form, with what was typed into it, if this is the one."""
    back = typed is not None and typed.move == name
    row = MOVES.get(name)
    form = Form(
        name=name,
        label=forms.label(incident, name),
        shape=forms.SHAPES[name],
        typed=typed if typed is not None and back else began(work, incident, name),
        required=frozenset(row.asks if row else ("category",)),
        telling=forms.telling(incident),
        approval=bool(row and row.approval),
        approvers=approvers,
        refused=back and refused,
        opened=back,
    )
    return wording.with_words(work, incident, form, said_by(work, incident, person), shown=back or name == "close")


def began(work: Work, incident: Incident, name: str) -> Typed:
    """A form as it is before anybody writes into it."""
    suggested = ""
    if name == "close":
        station = find_station(work, incident.station)
        minutes = rules.minutes_taken(incident, work.now)
        suggested = incidents.thanks(incident, station.community_name if station else "", minutes)
    return forms.blank(incident, name, work.now, suggested)


def said_by(work: Work, incident: Incident, person: Person) -> tuple[str, str]:
    """Who speaks: the role on the receipt, the name under a letter."""
    station = find_station(work, incident.station)
    return person.role_label, f"{station.community_name if station else ''}居委会"


def _said(name: str) -> str:
    if name == "split":
        return "拆出来了，这一张就是。"
    if name in PHOTOS_SAID:
        return PHOTOS_SAID[name]
    if name in ANSWERED:
        return ANSWERED[name]
    if name not in MOVES:
        return ""
    return f"已申请{MOVES[name].label}，等批准。" if MOVES[name].approval else f"你{MOVES[name].past}。"


def _badges(incident: Incident, asked: tuple[Asked, ...], album: Album, now: int) -> tuple[Badge, ...]:
    found = [Badge("warn", "hourglass", f"{one.label}等批准") for one in asked]
    if incident.supervised is not None and incident.state not in ENDED:
        found.append(Badge("bad", "speakerphone", "督办"))
    if album.hidden:
        found.append(Badge("warn", "circle-off", f"{album.hidden} 张照片标为发错"))
    if incident.waiting:
        found.append(Badge("warn", "hourglass", "等骑手回答" if incident.waiting == "reporter" else "等外部单位"))
    if incident.look_at is not None and incident.state == "closed":
        found.append(Badge("warn", "history", "该复查了") if incident.look_at <= now else Badge("", "clock", "会复查"))
    return tuple(found)


def _lists(work: Work, incident: Incident, station: Station | None, names: list[str]) -> Lists:
    kinds: dict[str, list[Category]] = {}
    if {"correct", "split"} & set(names):
        for kind in categories.current(work).values():
            if not kind.retired or kind.code == incident.category:
                kinds.setdefault(GROUPS.get(kind.group, kind.group), []).append(kind)
    return Lists(
        desks={str(code): label for code, label in DESK_LABELS.items()},
        levels={str(level): f"{level} {word}" for level, word in LEVEL_WORDS.items()},
        kinds=tuple((group, tuple(kinds[group])) for group in kinds),
        spots=station.spots if station else (),
        bodies=handing.bodies(work, incident) if "transfer" in names else (),
        colleagues=handing.colleagues(work, incident) if "assign" in names else (),
    )
