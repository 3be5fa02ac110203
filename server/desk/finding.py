"""Which tickets a filter means for one person now: pages of them, how many, and whether one of them belongs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from gateway.contract.categories import DESK_LABELS, Desk, Level
from server import categories, incidents, search
from server.clocks import Light
from server.desk import queries
from server.desk.filters import NOBODY, Filter
from server.desk.framing import handles, own_desk
from server.incidents import HELD, OPEN, OVERSEERS, STATES, Incident
from server.kit.clock import DAY_MS, beijing, midnight
from server.kit.store import Work
from server.staff import Person

MOST = 100
"""Where tickets must be counted one by one, this is as far as it goes."""
MOST_IDS = 1000
"""Overdue tickets beyond this follow when the first ones are done."""
STEP = 200
MOST_SCANNED = 1000
"""Tickets passed over for one page, where no index knows what is asked; the next page goes on from there."""


class Wish(TypedDict, total=False):
    """Part of a filter, as `incidents.find` understands it."""

    states: Sequence[str]
    desk: str | None
    desks: Sequence[str]
    station: str | None
    category: str | None
    assignee: int | None
    waiting: bool
    supervised: bool
    look_due: bool
    ids: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Lens:
    """A filter resolved. A ticket belongs when it fits one of the wishes (no two have one in common) and the rest."""

    communities: frozenset[str]
    wishes: tuple[Wish, ...]
    level: Level | None
    unassigned: bool
    q: str
    now: int

    @property
    def loose(self) -> bool:
        """Whether something is asked that no index knows."""
        return self.level is not None or self.unassigned or bool(self.q)

    def fits(self, incident: Incident) -> bool:
        """Whether it belongs, as far as its own properties say."""
        return (
            incident.community in self.communities
            and self.level in {None, incident.level}
            and not (self.unassigned and incident.assignee is not None)
            and any(_fits(wish, incident, self.now) for wish in self.wishes)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `after`: the ticket behind which the next page begins; None on the last."""

    incidents: tuple[Incident, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many; when not `exact`, so many or more."""

    n: int
    exact: bool

    def __str__(self) -> str:
        return str(self.n) if self.exact else f"{self.n}+"


def lens(work: Work, person: Person, chosen: Filter) -> Lens:
    """What a filter means; for those without tickets nothing."""
    communities = person.communities & {chosen.community} if chosen.community else person.communities
    narrow: Wish = {}
    desk = own_desk(person) or ("" if chosen.tab in DONE else chosen.desk)
    if desk:
        narrow["desk"] = desk
    if chosen.station:
        narrow["station"] = chosen.station
    if chosen.who.isdigit() and chosen.tab not in DONE:
        narrow["assignee"] = int(chosen.who)
    if chosen.supervised:
        narrow["supervised"] = True
    wishes = _of_tab(work, person, chosen, communities) if handles(person) else []
    if narrow.get("assignee", person.id) != person.id:
        wishes = [wish for wish in wishes if "assignee" not in wish]
    wishes = [{**narrow, **wish} for wish in wishes]
    if chosen.group:
        codes = [code for code in categories.current(work) if code.partition(".")[0] == chosen.group]
        wishes = [{**wish, "category": code} for wish in wishes for code in codes]
    return Lens(
        communities=communities,
        wishes=tuple(wishes),
        level=Level(chosen.level) if chosen.level else None,
        unassigned=chosen.who == NOBODY and chosen.tab not in DONE,
        q=chosen.q,
        now=work.now,
    )


def page(
    work: Work,
    through: Lens,
    *,
    urgent: bool | None = None,
    by_level: bool = False,
    before: int | None = None,
    limit: int,
) -> Found:
    """Tickets newest first, or the most urgent level first; what was searched for is always newest first."""
    wanted = through.level
    by_level = (by_level or wanted in {Level.P0, Level.P1}) and not through.q
    step = STEP if through.loose else limit + 1
    kept: list[Incident] = []
    place, scanned = before, 0
    while True:
        batch = _batch(work, through, urgent, by_level, place, step)
        for one in batch:
            if by_level and wanted is not None and one.level > wanted:
                return Found(tuple(kept), None)
            if through.fits(one):
                if len(kept) == limit:
                    return Found(tuple(kept), kept[-1].id)
                kept.append(one)
        if len(batch) < step:
            return Found(tuple(kept), None)
        place, scanned = batch[-1].id, scanned + len(batch)
        if through.loose and scanned >= MOST_SCANNED:
            return Found(tuple(kept), place)


def count(work: Work, through: Lens, most: int | None = None) -> Count:
    """How many tickets the pages hold; exact unless they had to be counted one by one and are `most` or more."""
    most = MOST if most is None else most
    if through.loose:
        found = page(work, through, limit=most)
        whole = found.after is None
        return Count(len(found.incidents) if whole else min(len(found.incidents), most - 1), whole)
    total, exact = 0, True
    for wish in through.wishes:
        tallied = wish.keys() <= TALLIED
        some = _tally(work, through, wish) if tallied else _counted(work, through, wish, most)
        total, exact = total + some, exact and (tallied or some < most)
    return Count(total, True) if exact else Count(min(total, most - 1), False)


def belongs(work: Work, through: Lens, incident: Incident) -> bool:
    """Whether one ticket is among those a list shows."""
    if not through.fits(incident):
        return False
    if not through.q:
        return True
    found = search.find(work, [incident.community], through.q, before=incident.id + 1, limit=1)
    return bool(found) and found[0].id == incident.id


TALLIED = {"states", "desk", "desks", "station"}
"""What is counted without looking at a single ticket."""


def _tally(work: Work, through: Lens, wish: Wish) -> int:
    desk, desks = wish.get("desk"), wish.get("desks", ())
    if desk and desks and desk not in desks:
        return 0
    found = incidents.counts(work, through.communities, desk, wish.get("station"), desks)
    return sum(found.get(state, 0) for state in (wish.get("states") or STATES))


def _counted(work: Work, through: Lens, wish: Wish, most: int) -> int:
    return len(incidents.find(work, through.communities, limit=most, **wish))


def _of_tab(work: Work, person: Person, chosen: Filter, communities: frozenset[str]) -> list[Wish]:
    match chosen.tab:
        case "mine":
            return [{"states": OPEN, "assignee": person.id}]
        case "unit":
            return [{"states": OPEN, "desks": (str(person.desk),)}] if person.desk else []
        case "waiting":
            # Whoever is with another body may also owe an answer: counted once.
            ours = [state for state in OPEN if state not in HELD]
            return [{"states": HELD}, {"states": ours, "waiting": True}]
        case "supervised":
            return [{"states": OPEN, "supervised": True}]
        case "look":
            return [{"states": ("closed",), "look_due": True}]
        case tab if tab in IDS:
            return [{"states": chosen.states, "ids": IDS[tab](work, person, chosen, communities)}]
        case _:
            return [{"states": chosen.states}]


def _turned(light: Light) -> Callable[[Work, Person, Filter, frozenset[str]], list[int]]:
    def find(work: Work, person: Person, chosen: Filter, communities: frozenset[str]) -> list[int]:
        desk, who = own_desk(person) or chosen.desk, chosen.who
        assignee = int(who) if who.isdigit() else None
        return queries.turned(work, communities, light, desk=desk, assignee=assignee, most=MOST_IDS)

    return find


def _approval(work: Work, person: Person, chosen: Filter, communities: frozenset[str]) -> list[int]:
    """What colleagues ask those who oversee; the others see what they asked for themselves."""
    waiting = incidents.requests_waiting(work, communities)
    oversees = person.role in OVERSEERS
    return sorted({one.incident for one in waiting if (one.by_id != person.id) == oversees})


def _done(since: Callable[[int], int]) -> Callable[[Work, Person, Filter, frozenset[str]], list[int]]:
    def find(work: Work, person: Person, chosen: Filter, communities: frozenset[str]) -> list[int]:
        done = queries.done_since(work, communities, since(work.now))
        return [one.incident for one in done_by(done, own_desk(person) or chosen.desk, chosen.who)]

    return find


def done_by(done: Iterable[queries.Done], desk: str, who: str) -> list[queries.Done]:
    """Those that a desk, or an account, reported done; empty: anybody."""
    label = DESK_LABELS[Desk(desk)] if desk else ""
    return [one for one in done if label in {"", one.desk} and who in {"", str(one.by)}]


def monday(now: int) -> int:
    """When this week began, in UTC milliseconds."""
    return midnight(now) - beijing(now).weekday() * DAY_MS


IDS: dict[str, Callable[[Work, Person, Filter, frozenset[str]], list[int]]] = {
    "overdue": _turned(Light.RED),
    "amber": _turned(Light.AMBER),
    "approval": _approval,
    "done_today": _done(midnight),
    "done_week": _done(monday),
}
"""tab → its tickets, where another table than theirs knows them."""
DONE = frozenset({"done_today", "done_week"})
"""Here desk and person say who did it, not who has it now."""


def _batch(
    work: Work, through: Lens, urgent: bool | None, by_level: bool, before: int | None, limit: int
) -> list[Incident]:
    if through.q:
        return _searched(work, through, before, limit)
    found = {
        one.id: one
        for wish in through.wishes
        for one in incidents.find(
            work, through.communities, urgent=urgent, by_level=by_level, before=before, limit=limit, **wish
        )
    }
    return sorted(found.values(), key=lambda one: (one.level if by_level else "", -one.id))[:limit]


def _searched(work: Work, through: Lens, before: int | None, limit: int) -> list[Incident]:
    """What holds the words; `Lens.fits` says which of it belongs."""
    states = {state for wish in through.wishes for state in wish.get("states", ())}
    if not all(wish.get("states") for wish in through.wishes):
        states = set()
    desks = {wish.get("desk") for wish in through.wishes}
    stations = {wish.get("station") for wish in through.wishes}
    return search.find(
        work,
        through.communities,
        through.q,
        states=sorted(states),
        desk=desks.pop() if len(desks) == 1 else None,
        station=stations.pop() if len(stations) == 1 else None,
        before=before,
        limit=limit,
    )


def _fits(wish: Wish, incident: Incident, now: int) -> bool:
    """As `incidents.find` understands a wish."""
    states, desk, ids = wish.get("states"), wish.get("desk"), wish.get("ids")
    wanted = (
        not states or incident.state in states,
        not desk or incident.desk == desk,
        "desks" not in wish or incident.desk in wish["desks"],
        wish.get("station") in {None, incident.station},
        wish.get("category") in {None, incident.category},
        wish.get("assignee") in {None, incident.assignee},
        not wish.get("waiting") or bool(incident.waiting),
        not wish.get("supervised") or incident.supervised is not None,
        not wish.get("look_due") or (incident.look_at is not None and incident.look_at <= now),
        ids is None or incident.id in ids,
    )
    return all(wanted)
