"""What a filter means for one person now, in terms that the tickets understand; `finding` looks through it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from gateway.contract.categories import DESK_LABELS, Desk, Level
from server import categories, incidents
from server.clocks import Light
from server.desk import queries
from server.desk.filters import NOBODY, Filter
from server.desk.framing import handles, own_desk
from server.incidents import HELD, OPEN, OVERSEERS, Incident
from server.kit.clock import DAY_MS, beijing, midnight
from server.kit.store import Work
from server.staff import Person

MOST = 100
"""Where tickets must be counted one by one, this is as far as it goes."""
MOST_IDS = 1000
"""Overdue tickets beyond this follow when the first ones are done."""
CLOCKS_EACH = 4
"""No ticket has more clocks running at once."""


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


def lens(work: Work, person: Person, chosen: Filter, *, to_count: bool = False) -> Lens:
    """What a filter means; for those without tickets nothing. `to_count`: up to `MOST` will do."""
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
    asked = Asked(work, person, chosen, communities, MOST * CLOCKS_EACH if to_count else MOST_IDS)
    wishes = _of_tab(asked) if handles(person) else []
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter on its way to being resolved. `clocks`: how many are looked at."""

    work: Work
    person: Person
    filter: Filter
    communities: frozenset[str]
    clocks: int


def _of_tab(asked: Asked) -> list[Wish]:
    person, tab = asked.person, asked.filter.tab
    match tab:
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
        case _ if tab in IDS:
            return [{"states": asked.filter.states, "ids": IDS[tab](asked)}]
        case _:
            return [{"states": asked.filter.states}]


def _turned(light: Light) -> Callable[[Asked], list[int]]:
    def find(asked: Asked) -> list[int]:
        who = asked.filter.who
        return queries.turned(
            asked.work,
            asked.communities,
            light,
            desk=own_desk(asked.person) or asked.filter.desk,
            station=asked.filter.station,
            assignee=int(who) if who.isdigit() else None,
            most=asked.clocks,
        )

    return find


def _approval(asked: Asked) -> list[int]:
    """What colleagues ask those who oversee; the others see what they asked for themselves."""
    waiting = incidents.requests_waiting(asked.work, asked.communities)
    oversees = asked.person.role in OVERSEERS
    return sorted({one.incident for one in waiting if (one.by_id != asked.person.id) == oversees})


def _done(since: Callable[[int], int]) -> Callable[[Asked], list[int]]:
    def find(asked: Asked) -> list[int]:
        done = queries.done_since(asked.work, asked.communities, since(asked.work.now))
        desk = own_desk(asked.person) or asked.filter.desk
        return [one.incident for one in done_by(done, desk, asked.filter.who)]

    return find


def done_by(done: Iterable[queries.Done], desk: str, who: str) -> list[queries.Done]:
    """Those that a desk, or an account, reported done; empty: anybody."""
    label = DESK_LABELS[Desk(desk)] if desk else ""
    return [one for one in done if label in {"", one.desk} and who in {"", str(one.by)}]


def monday(now: int) -> int:
    """When this week began, in UTC milliseconds."""
    return midnight(now) - beijing(now).weekday() * DAY_MS


IDS: dict[str, Callable[[Asked], list[int]]] = {
    "overdue": _turned(Light.RED),
    "amber": _turned(Light.AMBER),
    "approval": _approval,
    "done_today": _done(midnight),
    "done_week": _done(monday),
}
"""tab → its tickets, where another table than theirs knows them."""
DONE = frozenset({"done_today", "done_week"})
"""Here desk and person say who did it, not who has it now."""
