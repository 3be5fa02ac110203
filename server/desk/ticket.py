"""Everything the page of one ticket shows, put together from the features that know it."""

from dataclasses import dataclass

from gateway.contract.categories import DESK_LABELS, GROUPS, Category, Level
from gateway.contract.presence import Presence
from gateway.sqlite import Row as Record
from server import alerts, categories, clocks, incidents, letters, photos, routing
from server.desk import rules
from server.desk.filters import Filter
from server.desk.framing import Frame, frame
from server.desk.listing import CHANNEL_ICONS, LEVEL_WORDS, Listing, listing
from server.incidents import CHANNELS, MOVES, OPEN, STATES, Incident, Step
from server.kit.errors import Fault
from server.kit.store import Work
from server.staff import Person
from server.stations import find as find_station

PRESENCE_WORDS = {
    Presence.VERIFIED: "核实在站",
    Presence.EXPIRED: "在站码已过期",
    Presence.WRONG: "在站码不对",
    Presence.NONE: "没有在站码",
}
SUGGESTIONS = 6


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody put into a form; kept when the move was refused."""

    move: str
    note: str = ""
    reply: str = ""
    desk: str = ""
    into: str = ""
    letter: str = ""
    on_screen: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """One move as a form. `refused` when it was just tried in vain."""

    name: str
    label: str
    icon: str
    note: str = ""
    reply: str = ""
    desk: str = ""
    into: str = ""
    letter: str = ""
    on_screen: bool = True
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo and what is odd about it."""

    id: int
    taken: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history."""

    step: Step
    did: str


@dataclass(frozen=True, slots=True)
class Other:
    """A ticket tied to this one; without a link when it is not for this person's eyes."""

    incident: Incident
    state: str
    linked: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """What `desk/ticket.html` shows."""

    frame: Frame
    list: Listing
    incident: Incident
    kind: Category
    group: str
    level_word: str
    state: str
    desk: str
    channel: str
    channel_icon: str
    presence: str
    verified: bool
    place: str
    station: str
    now: int
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
    history: tuple[Line, ...]
    merged: tuple[Other, ...]
    leading: Other | None
    letter: Record | None
    letter_hints: tuple[str, ...]
    forms: tuple[Form, ...]
    own_work: bool
    """Waiting for a check by somebody else than this person, who did the work."""
    desks: dict[str, str]
    similar: tuple[Other, ...]
    said: str = ""
    """The move just made, in words."""
    error: str = ""
    lost: tuple[tuple[str, str], ...] = ()
    """What was typed into a form that is offered no more: label, text."""
    plate: str = rules.PLATE
    phone: str = rules.PHONE
    query: str = ""


ICONS = {
    "file": "circle-check", "dispatch": "send", "done": "tools", "handback": "arrow-back-up",
    "verify": "clipboard-check",
    "return": "arrow-back-up", "close": "mail-heart", "reject": "forbid", "merge": "git-merge",
}  # fmt: skip
LABELS = {"note": "说明", "reply": "给骑手的话", "into": "并入", "letter": "感谢信"}


def ticket(
    work: Work,
    person: Person,
    incident_id: int,
    chosen: Filter,
    *,
    said: str = "",
    typed: Typed | None = None,
    refusal: Fault | None = None,
) -> Ticket:
    """The page for this person; raises `Missing` when the ticket is not for their eyes."""
    incident = incidents.visible(work, incident_id, person)
    station = find_station(work, incident.station)
    community = station.community_name if station else ""
    names = [name for name in _first_things_first(incident, incidents.offered(incident, person)) if name in ICONS]
    letter = letters.of_incident(work, incident.id)
    leading = incidents.leading(work, incident)
    taken = alerts.first(work, incident.id)
    route = routing.route_of(work, incident.id)
    return Ticket(
        frame=frame(work, person, "tickets"),
        list=listing(work, person, chosen, incident.id),
        incident=incident,
        kind=incident.kind,
        group=GROUPS.get(incident.kind.group, ""),
        level_word=LEVEL_WORDS[incident.level],
        state=STATES[incident.state],
        desk=DESK_LABELS[incident.desk],
        channel=CHANNELS[incident.channel],
        channel_icon=CHANNEL_ICONS[incident.channel],
        presence=PRESENCE_WORDS[incident.presence],
        verified=incident.presence is Presence.VERIFIED,
        place=incident.place,
        station=station.full_name if station else incident.station,
        now=work.now,
        alarm=incident.level in {Level.P0, Level.P1} and incident.state == "reported" and not taken,
        taken=taken,
        calls=tuple(alerts.log_of(work, incident.id)),
        clock=rules.clock_sign(clocks.standings(work, [incident]).get(incident.id)),
        answers=tuple(categories.answered(incident.kind, route.answers)) if route else (),
        told=tuple(routing.TOLD.get(who, who) for who in route.also) if route else (),
        dial=tuple(route.calls) if route else (),
        pictures=_pictures(work, incident),
        history=tuple(
            Line(step, incidents.past(step.move))
            for step in incidents.history(work, incident.id)
        ),
        merged=tuple(_other(one, person) for one in incidents.merged_here(work, incident.id)),
        leading=None if leading.id == incident.id else _other(leading, person),
        letter=letter,
        letter_hints=rules.letter_hints(letter["text"]) if letter else (),
        forms=tuple(_form(work, incident, name, community, typed) for name in names),
        own_work=incident.state == "done" and person.triages and incident.handler == person.id,
        desks={str(code): label for code, label in DESK_LABELS.items()},
        similar=_similar(work, person, incident) if "merge" in names else (),
        said=MOVES[said].past if said in MOVES else "",
        error=refusal.sentence if refusal else "",
        lost=_lost(typed, names),
        query=chosen.query,
    )


def _first_things_first(incident: Incident, names: list[str]) -> list[str]:
    """The likely next step first: who is at work reports that it is done before sending it elsewhere."""
    if incident.state == "dispatched":
        return sorted(names, key=lambda name: name != "done")
    if incident.state == "verified":
        return sorted(names, key=lambda name: name != "close")
    return names


def _form(work: Work, incident: Incident, name: str, community: str, typed: Typed | None) -> Form:
    label = "改派" if name == "dispatch" and incident.state == "dispatched" else MOVES[name].label
    if typed is not None and typed.move == name:
        return Form(
            name,
            label,
            ICONS[name],
            typed.note,
            typed.reply,
            typed.desk,
            typed.into,
            typed.letter,
            typed.on_screen,
            True,
        )
    minutes = rules.minutes_taken(incident, work.now)
    return Form(
        name,
        label,
        ICONS[name],
        note=rules.SAME_THING if name == "merge" else "",
        reply=rules.REPLY if name == "close" else "",
        desk=str(incident.desk) if name == "dispatch" else "",
        letter=incidents.thanks(incident, community, minutes) if name == "close" else "",
    )


def _lost(typed: Typed | None, names: list[str]) -> tuple[tuple[str, str], ...]:
    if typed is None or typed.move in names:
        return ()
    return tuple((label, getattr(typed, name)) for name, label in LABELS.items() if getattr(typed, name).strip())


def _pictures(work: Work, incident: Incident) -> tuple[Picture, ...]:
    station = find_station(work, incident.station)
    found = []
    for number in incidents.photos(work, incident.id):
        photo = photos.get(work, number)
        if photo is not None:
            hints = rules.photo_hints(incident, station.point if station else None, photo.taken, photo.point)
            found.append(Picture(number, (photo.taken or "").replace("T", " ")[:16], hints))
    return tuple(found)


def _similar(work: Work, person: Person, incident: Incident) -> tuple[Other, ...]:
    """Open tickets of the same kind at the same station: most likely the same thing seen twice."""
    found = incidents.find(
        work,
        [incident.community],
        states=OPEN,
        station=incident.station,
        category=incident.category,
        limit=SUGGESTIONS + 1,
    )
    return tuple(_other(one, person) for one in found if one.id != incident.id)[:SUGGESTIONS]


def _other(incident: Incident, person: Person) -> Other:
    return Other(incident, STATES[incident.state], incidents.may_see(incident, person))
