"""The list of tickets as one person sees it: tabs with their counts, saved filters, rows, the check-ins of the day."""

from dataclasses import dataclass, replace

from gateway.contract.categories import DESK_LABELS, GROUPS
from server import alerts, checkins, incidents, people, routing
from server.desk import finding, lenses, saved
from server.desk.filters import ALWAYS, BEHIND, NOBODY, ORDERS, STAGES, TABS, VIEWS, Filter
from server.desk.finding import Count
from server.desk.framing import handles, own_desk, usual
from server.desk.rows import CHANNEL_ICONS as CHANNEL_ICONS
from server.desk.rows import LEVEL_WORDS as LEVEL_WORDS
from server.desk.rows import Row, rows
from server.desk.saved import Saved
from server.incidents import STATES
from server.kit.store import Work
from server.staff import Person, name_of
from server.stations import Station, all_stations, communities
from server.stations import known as find_station

PAGE = 40
MOST_PLANNED = 3
MOST_URGENT = 40
"""More open P0 and P1 than this at once is a disaster that no list helps with; the rest follows on the next page."""
FAULTS_KEPT = 3


@dataclass(frozen=True, slots=True)
class TabSign:
    """A tab with its count; empty while words, a category or a level are looked for: that would take too long."""

    name: str
    label: str
    count: str
    key: str
    here: bool


@dataclass(frozen=True, slots=True)
class Tabs:
    """What `desk/_tabs.html` shows: where tickets stand, and what this person has to look after."""

    stages: tuple[TabSign, ...]
    views: tuple[TabSign, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A saved filter with how many tickets it holds."""

    saved: Saved
    count: str
    here: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: code → label; empty where there is nothing to choose."""

    communities: dict[str, str]
    stations: dict[str, str]
    desks: dict[str, str]
    groups: dict[str, str]
    levels: dict[str, str]
    people: dict[str, str]
    orders: dict[str, str]


@dataclass(frozen=True, slots=True)
class Visits:
    """How many riders checked in at a station today."""

    code: str
    name: str
    today: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that whoever plans should know, and where to mend it."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What `desk/_list.html` shows."""

    filter: Filter
    tabs: Tabs
    chips: tuple[Chip, ...]
    choices: Choices
    narrowed: tuple[tuple[str, str], ...]
    """(what the list is narrowed to in words, query without it)."""
    urgent: tuple[Row, ...]
    more_urgent: str
    """The query that shows those too which find no room on top; empty: all are there."""
    rows: tuple[Row, ...]
    next: str
    """The query of the next page; empty on the last."""
    whole: bool
    """False: so many are overdue that only the longest ones are shown."""
    visits: tuple[Visits, ...]
    now: int
    may_share: dict[str, str]
    """Communities that this person may share a filter with: code → name."""
    troubles: tuple[Trouble, ...] = ()
    chosen: int = 0
    """The ticket that stands beside the list."""
    picked: frozenset[int] = frozenset()
    """Those that are ticked."""


def listing(
    work: Work, person: Person, chosen: Filter, ticket: int = 0, picked: frozenset[int] = frozenset()
) -> Listing:
    """The list behind a filter."""
    stations = in_sight(work, person)
    through = lenses.lens(work, person, chosen)
    by_level = chosen.order == "urgent"
    pins = not chosen.q and not by_level
    pinned = finding.Found((), None)
    if pins and chosen.before is None:
        pinned = finding.page(work, through, urgent=True, by_level=True, limit=MOST_URGENT)
    rest = finding.page(
        work, through, urgent=False if pins else None, by_level=by_level, before=chosen.before, limit=PAGE
    )
    urgent = pinned.incidents
    names = {one.code: one.name for one in (*all_stations(work), *all_stations(work, retired=True))}
    shown = rows(work, person, [*urgent, *rest.incidents], names, chosen.q)
    places = {row["code"]: row["name"] for row in communities(work) if person.sees(row["code"])}
    choices = _choices(work, person, chosen, stations, places)
    return Listing(
        filter=chosen,
        tabs=tabs(work, person, chosen),
        chips=chips(work, person, chosen),
        choices=choices,
        narrowed=_narrowed(chosen, choices),
        urgent=shown[: len(urgent)],
        more_urgent="" if pinned.after is None else replace(chosen, order="urgent").query,
        rows=shown[len(urgent) :],
        next="" if rest.after is None else f"{chosen.query}&before={rest.after}",
        whole=through.whole,
        visits=tuple(Visits(one.code, one.name, checkins.today(work, one.code)) for one in stations),
        now=work.now,
        may_share=places if saved.may_share(person) else {},
        troubles=_troubles(work, person) if person.triages else (),
        chosen=ticket,
        picked=picked,
    )


def one_row(work: Work, person: Person, chosen: Filter, ticket: int) -> Row:
    """One ticket's row, whether it fits the filter or not; raises `Missing`."""
    incident = incidents.visible(work, ticket, person)
    station = find_station(work, incident.station)
    through = lenses.lens(work, person, chosen)
    names = {station.code: station.name} if station else {}
    return rows(work, person, [incident], names, chosen.q, lambda one: finding.belongs(work, through, one))[0]


def tabs(work: Work, person: Person, chosen: Filter) -> Tabs:
    """Every tab with what it would hold under what else is chosen."""
    limits = chosen.narrowed.keys()
    counted = handles(person) and not chosen.q and "group" not in limits
    by_state: dict[str, int] | None = None
    if counted and not limits & {"who", "supervised", "level"}:
        seen = person.communities & {chosen.community} if chosen.community else person.communities
        by_state = incidents.counts(work, seen, own_desk(person) or chosen.desk or None, chosen.station or None)
    stages, views = [], []
    held: Count | None
    for name, tab in STAGES.items():
        if by_state is not None:
            held = Count(sum(by_state.get(state, 0) for state in (tab.states or STATES)), True)
        else:
            held = _held(work, person, chosen.on(name)) if counted else None
        stages.append(_tab(name, held, chosen))
    for name in (*VIEWS, *BEHIND):
        if (name in BEHIND and name != chosen.tab) or (name == "unit" and person.desk is None):
            continue
        held = _held(work, person, chosen.on(name)) if counted else None
        if name in ALWAYS or name == chosen.tab or (held is not None and held.n):
            views.append(_tab(name, held, chosen))
    return Tabs(tuple(stages), tuple(views))


def chips(work: Work, person: Person, chosen: Filter) -> tuple[Chip, ...]:
    """The saved filters."""
    return tuple(
        Chip(one, str(_held(work, person, one.filter)), one.filter.query == chosen.query)
        for one in saved.of(work, person, usual(person))
    )


def in_sight(work: Work, person: Person) -> tuple[Station, ...]:
    """The stations of this person's communities."""
    return tuple(station for station in all_stations(work) if person.sees(station.community))


def _held(work: Work, person: Person, chosen: Filter) -> Count:
    return finding.count(work, lenses.lens(work, person, chosen, to_count=True))


def _tab(name: str, held: Count | None, chosen: Filter) -> TabSign:
    return TabSign(name, TABS[name].label, "" if held is None else str(held), TABS[name].key, name == chosen.tab)


def _choices(
    work: Work, person: Person, chosen: Filter, stations: tuple[Station, ...], places: dict[str, str]
) -> Choices:
    several = len(places) > 1
    known = {one.code: one.full_name if several else one.name for one in stations}
    return Choices(
        communities=places if several else {},
        stations=known,
        desks={} if own_desk(person) else {str(code): label for code, label in DESK_LABELS.items()},
        groups=dict(GROUPS),
        levels={str(level): f"{level} {word}" for level, word in LEVEL_WORDS.items()},
        people=_people(work, person, chosen, places),
        orders=ORDERS,
    )


def _people(work: Work, person: Person, chosen: Filter, places: dict[str, str]) -> dict[str, str]:
    """Whose tickets can be asked for: account → name."""
    found = {NOBODY: "还没人经办", str(person.id): "我"}
    if person.triages and len(places) <= MOST_PLANNED:
        for place in places:
            for _, contact in people.accounts(work, place):
                found.setdefault(str(contact.staff), contact.name)
    if chosen.who and chosen.who not in found:
        found[chosen.who] = name_of(work, int(chosen.who)) or "别人"
    return found


def _narrowed(chosen: Filter, choices: Choices) -> tuple[tuple[str, str], ...]:
    labels: dict[str, dict[str, str]] = {
        "community": choices.communities, "station": choices.stations, "desk": choices.desks,
        "group": choices.groups, "level": choices.levels, "who": choices.people, "supervised": {"1": "督办的"},
    }  # fmt: skip
    words = ((f"“{chosen.q}”", replace(chosen, q="").query),) if chosen.q else ()
    limits = ((labels[name].get(value, value), chosen.without(name)) for name, value in chosen.narrowed.items())
    return (*words, *limits)


def _troubles(work: Work, person: Person) -> tuple[Trouble, ...]:
    found = {words: Trouble(words, "/desk/alerts") for words in alerts.troubles(work)}
    if len(person.communities) > MOST_PLANNED:
        return tuple(found.values())  # of the rest a district reads on each community's own page
    for code in sorted(person.communities):
        for fault in routing.faults(work, code)[:FAULTS_KEPT]:
            words = f"派单规则“{fault['rule']}”指向的 {_target(fault['target'])} 已经不在，上报走了下一条"
            found.setdefault(words, Trouble(words, f"/desk/routing?community={code}"))
        for words in people.troubles(work, code, work.now):
            found.setdefault(words, Trouble(words, f"/desk/rota?community={code}"))
    return tuple(found.values())


def _target(target: str) -> str:
    return routing.TARGETS.get(target, target)
