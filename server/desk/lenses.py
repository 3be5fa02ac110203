"""What a filter means for one person now, in terms that the tickets understand; `finding` looks through it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from gateway.contract.categories import DESK_LABELS, Desk
from server import categories
from server.clocks import Light
from server.desk import queries
from server.desk.filters import NOBODY, Filter
from server.desk.framing import handles, own_desk
from server.incidents import HELD, OVERSEERS, Incident
from server.kit.clock import DAY_MS, beijing, midnight
from server.kit.store import Work
from server.staff import Person

MOST = 100
"""Where tickets must be counted one by one, this is as far as it goes."""
MOST_CLOCKS = 500
"""Of one community; tickets that are overdue beyond this follow when the first ones are done."""
MOST_OVERDUE = 2000
MOST_REQUESTS = 1000


class Wish(TypedDict, total=False):
    """Part of a filter, as `incidents.find` understands it."""

    states: Sequence[str]
    desk: str | None
    desks: Sequence[str]
    station: str | None
    category: str | None
    levels: Sequence[str]
    assignee: int | None
    unassigned: bool
    waiting: bool
    supervised: bool
    look_due: bool
    ids: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Lens:
    """A filter resolved. A ticket belongs when it fits one of the wishes (no two have one in common) and the rest."""

    communities: frozenset[str]
    wishes: tuple[Wish, ...]
    q: str
    now: int
    whole: bool = True
    """False: there may be more than it shows."""

    def fits(self, incident: Incident) -> bool:
        """Whether it belongs, as far as its own properties say."""
        return incident.community in self.communities and any(_fits(wish, incident, self.now) for wish in self.wishes)


def lens(work: Work, person: Person, chosen: Filter, *, to_count: bool = False) -> Lens:
    """What a filter means; for those without tickets nothing. `to_count`: to see that there are `MOST` will do."""
    communities = person.communities & {chosen.community} if chosen.community else person.communities
    narrow: Wish = {}
    desk = own_desk(person) or ("" if chosen.tab in DONE else chosen.desk)
    if desk:
        narrow["desk"] = desk
    if chosen.station:
        narrow["station"] = chosen.station
    if chosen.level:
        narrow["levels"] = (chosen.level,)
    if chosen.who == NOBODY and chosen.tab not in DONE:
        narrow["unassigned"] = True
    if chosen.who.isdigit() and chosen.tab not in DONE:
        narrow["assignee"] = int(chosen.who)
    if chosen.supervised:
        narrow["supervised"] = True
    asked = Asked(work, person, chosen, communities, MOST if to_count else MOST_OVERDUE)
    wishes, whole = _of_tab(asked) if handles(person) else ([], True)
    if narrow.get("assignee", person.id) != person.id:
        wishes = [wish for wish in wishes if "assignee" not in wish]
    wishes = [{**narrow, **wish} for wish in wishes]
    if chosen.group:
        codes = [code for code in categories.current(work) if code.partition(".")[0] == chosen.group]
        wishes = [{**wish, "category": code} for wish in wishes for code in codes]
    return Lens(
        communities=communities,
        wishes=tuple(wishes),
        q=chosen.q,
        now=work.now,
        whole=whole,
    )


def _fits(wish: Wish, incident: Incident, now: int) -> bool:
    """As `incidents.find` understands a wish."""
    states, levels, desk, ids = wish.get("states"), wish.get("levels"), wish.get("desk"), wish.get("ids")
    wanted = (
        not states or incident.state in states,
        not levels or incident.level in levels,
        not desk or incident.desk == desk,
        "desks" not in wish or incident.desk in wish["desks"],
        wish.get("station") in {None, incident.station},
        wish.get("category") in {None, incident.category},
        wish.get("assignee") in {None, incident.assignee},
        not wish.get("unassigned") or incident.assignee is None,
        not wish.get("waiting") or bool(incident.waiting),
        not wish.get("supervised") or incident.supervised is not None,
        not wish.get("look_due") or (incident.look_at is not None and incident.look_at <= now),
        ids is None or incident.id in ids,
    )
    return all(wanted)


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter on its way to being resolved. `enough`: overdue tickets, see `queries.turned`."""

    work: Work
    person: Person
    filter: Filter
    communities: frozenset[str]
    enough: int


def _of_tab(asked: Asked) -> tuple[list[Wish], bool]:
    """The wishes, and whether nothing is left out."""
    person, tab = asked.person, asked.filter.tab
    states, whole = asked.filter.states, True
    wishes: list[Wish] = [{"states": states}]
    if tab == "mine":
        wishes = [{"states": states, "assignee": person.id}]
    elif tab == "unit":
        wishes = [{"states": states, "desks": (str(person.desk),)}] if person.desk else []
    elif tab == "waiting":
        # Whoever is with another body may also owe an answer: counted once.
        ours = [state for state in states if state not in HELD]
        wishes = [{"states": HELD}, {"states": ours, "waiting": True}]
    elif tab == "supervised":
        wishes = [{"states": states, "supervised": True}]
    elif tab == "look":
        wishes = [{"states": states, "look_due": True}]
    elif tab in LIGHTS:
        numbers, whole = _turned(asked, LIGHTS[tab])
        wishes = [{"states": states, "ids": numbers}]
    elif tab in DONE:
        wishes = [{"states": states, "ids": _done(asked, DONE[tab](asked.work.now))}]
    elif tab == "approval":
        wishes = [{"states": states, "ids": _approval(asked)}]
    return wishes, whole


def _turned(asked: Asked, light: Light) -> tuple[list[int], bool]:
    who = asked.filter.who
    return queries.turned(
        asked.work,
        asked.communities,
        light,
        desk=own_desk(asked.person) or asked.filter.desk,
        station=asked.filter.station,
        assignee=int(who) if who.isdigit() else None,
        each=MOST_CLOCKS,
        enough=asked.enough,
    )


def _approval(asked: Asked) -> list[int]:
    """What colleagues ask those who oversee; the others see what they asked for themselves."""
    waiting = queries.asked(asked.work, asked.communities, MOST_REQUESTS)
    oversees = asked.person.role in OVERSEERS
    return sorted({ticket for ticket, by in waiting if (by != asked.person.id) == oversees})


def _done(asked: Asked, since: int) -> list[int]:
    done = queries.done_since(asked.work, asked.communities, since)
    desk = own_desk(asked.person) or asked.filter.desk
    return [one.incident for one in done_by(done, desk, asked.filter.who)]


def done_by(done: Iterable[queries.Done], desk: str, who: str) -> list[queries.Done]:
    """Those that a desk, or an account, reported done; empty: anybody."""
    label = DESK_LABELS[Desk(desk)] if desk else ""
    return [one for one in done if label in {"", one.desk} and who in {"", str(one.by)}]


def monday(now: int) -> int:
    """When this week began, in UTC milliseconds."""
    return midnight(now) - beijing(now).weekday() * DAY_MS


LIGHTS = {"overdue": Light.RED, "amber": Light.AMBER}
DONE: dict[str, Callable[[int], int]] = {"done_today": midnight, "done_week": monday}
"""tab → since when. Here desk and person say who did it, not who has it now."""
