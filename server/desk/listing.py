"""The list of tickets as one person sees it: rows, counts, and the check-ins of the day."""

from dataclasses import dataclass

from gateway.contract.categories import DESK_LABELS, Level
from gateway.contract.presence import Presence
from server import alerts, checkins, clocks, incidents, people, search
from server.desk.filters import TABS, Filter
from server.desk.framing import handles, own_desk
from server.desk.rules import ClockSign, clock_sign
from server.incidents import CHANNELS, OPEN, STATES, Incident
from server.kit.store import Work
from server.staff import Person
from server.stations import Station, all_stations

PAGE = 40
MOST_PLANNED = 3
MOST_URGENT = 100
"""More open P0 and P1 than this at once is a disaster that no list helps with; the rest follows on the next page."""

LEVEL_WORDS = {Level.P0: "特急", Level.P1: "紧急", Level.P2: "一般", Level.P3: "普通"}
CHANNEL_ICONS = {"phone": "device-mobile", "kiosk": "device-tablet", "device": "bell", "api": "plug-connected"}


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in the list. `pinned`: open P0 or P1, on top; `alarm`: and nobody has accepted it."""

    incident: Incident
    station: str
    level_word: str
    state: str
    desk: str
    channel: str
    channel_icon: str
    photos: int
    verified: bool
    pinned: bool
    alarm: bool
    taken: str
    """`王值班 22:06 已接单` of an urgent ticket that was taken over by the link and has not moved since."""
    clock: ClockSign | None
    fits: bool
    """Whether it belongs on the tab that is open; a ticket that has just moved on stays in sight, dimmed."""


@dataclass(frozen=True, slots=True)
class Visits:
    """How many riders checked in at a station today."""

    code: str
    name: str
    today: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What `desk/_list.html` shows."""

    filter: Filter
    tabs: tuple[tuple[str, str, int], ...]
    """name, label, how many."""
    urgent: tuple[Row, ...]
    rows: tuple[Row, ...]
    next: str
    """The query of the next page; empty on the last."""
    visits: tuple[Visits, ...]
    stations: tuple[Station, ...]
    desks: dict[str, str]
    """Desks to choose from; empty for those who see only their own."""
    now: int
    troubles: tuple[str, ...] = ()
    """What those who plan should know: holes in the rota, a year without a calendar."""
    chosen: int = 0
    """The ticket that stands beside the list."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What is read for all rows at once, by ticket."""

    photos: dict[int, int]
    clocks: dict[int, clocks.Standing]
    taken: dict[int, str]


def listing(work: Work, person: Person, chosen: Filter, ticket: int = 0) -> Listing:
    """The list behind a filter."""
    stations = in_sight(work, person)
    desk = own_desk(person) or chosen.desk or None
    station = chosen.station or None
    urgent: list[Incident] = []
    rest: list[Incident] = []
    if handles(person) and chosen.q:
        rest = search.find(
            work, person.communities, chosen.q, states=chosen.states, desk=desk, station=station,
            before=chosen.before, limit=PAGE + 1,
        )  # fmt: skip
    elif handles(person):
        if chosen.before is None:
            urgent = incidents.find(
                work, person.communities, states=chosen.states, desk=desk, station=station,
                urgent=True, by_level=True, limit=MOST_URGENT,
            )  # fmt: skip
        rest = incidents.find(
            work, person.communities, states=chosen.states, desk=desk, station=station,
            urgent=False, by_level=chosen.order == "urgent", before=chosen.before, limit=PAGE + 1,
        )  # fmt: skip
    more, rest = len(rest) > PAGE, rest[:PAGE]
    shown = [*urgent, *rest]
    signs = _signs(work, shown)
    names = {station.code: station.name for station in stations}
    return Listing(
        filter=chosen,
        tabs=tabs(work, person, chosen),
        urgent=tuple(_row(one, names, signs, chosen) for one in urgent),
        rows=tuple(_row(one, names, signs, chosen) for one in rest),
        next=f"{chosen.query}&before={rest[-1].id}" if more else "",
        visits=tuple(Visits(one.code, one.name, checkins.today(work, one.code)) for one in stations),
        stations=stations,
        desks={} if own_desk(person) else {str(code): label for code, label in DESK_LABELS.items()},
        now=work.now,
        troubles=_troubles(work, person) if person.triages else (),
        chosen=ticket,
    )


def one_row(work: Work, person: Person, chosen: Filter, ticket: int) -> Row:
    """One ticket's row, whether it fits the filter or not; raises `Missing`."""
    incident = incidents.visible(work, ticket, person)
    names = {station.code: station.name for station in in_sight(work, person)}
    return _row(incident, names, _signs(work, [incident]), chosen)


def tabs(work: Work, person: Person, chosen: Filter) -> tuple[tuple[str, str, int], ...]:
    """name, label and count of every tab, under the station and desk chosen."""
    desk = own_desk(person) or chosen.desk or None
    found = incidents.counts(work, person.communities, desk, chosen.station or None) if handles(person) else {}
    return tuple(
        (name, label, sum(found.get(state, 0) for state in (states or STATES)))
        for name, (label, states) in TABS.items()
    )


def in_sight(work: Work, person: Person) -> tuple[Station, ...]:
    """The stations of this person's communities."""
    return tuple(station for station in all_stations(work) if person.sees(station.community))


def _troubles(work: Work, person: Person) -> tuple[str, ...]:
    if len(person.communities) > MOST_PLANNED:
        return ()  # a district reads each community's own page
    found = (sentence for code in sorted(person.communities) for sentence in people.troubles(work, code, work.now))
    return tuple(dict.fromkeys(found))


def _signs(work: Work, shown: list[Incident]) -> Signs:
    ringing = [one.id for one in shown if one.level in {Level.P0, Level.P1} and one.state == "reported"]
    return Signs(
        photos=incidents.photo_counts(work, [one.id for one in shown]),
        clocks=clocks.standings(work, shown),
        taken={number: words for number in ringing if (words := alerts.first(work, number))},
    )


def _row(incident: Incident, names: dict[str, str], signs: Signs, chosen: Filter) -> Row:
    pinned = incident.level in {Level.P0, Level.P1} and incident.state in OPEN
    fits = (
        incident.state in (chosen.states or STATES)
        and chosen.station in {"", incident.station}
        and chosen.desk in {"", str(incident.desk)}
    )
    return Row(
        incident=incident,
        station=names.get(incident.station, incident.station),
        level_word=LEVEL_WORDS[incident.level],
        state=STATES[incident.state],
        desk="待派遣" if incident.state == "filed" else DESK_LABELS[incident.desk],
        channel=CHANNELS[incident.channel],
        channel_icon=CHANNEL_ICONS[incident.channel],
        photos=signs.photos.get(incident.id, 0),
        verified=incident.presence is Presence.VERIFIED,
        pinned=pinned,
        alarm=pinned and incident.state == "reported" and incident.id not in signs.taken,
        taken=signs.taken.get(incident.id, ""),
        clock=clock_sign(signs.clocks.get(incident.id)),
        fits=fits,
    )
