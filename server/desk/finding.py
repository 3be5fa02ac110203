"""Looking through a lens: pages of tickets, how many there are, and whether one of them belongs."""

from dataclasses import dataclass

from server import incidents, search
from server.desk.lenses import MOST, Lens
from server.incidents import Incident
from server.kit.store import Work

STEP = 200
MOST_SCANNED = 1000
"""Tickets passed over for one page of a search that is narrowed further; the next page goes on from there."""


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
    by_level = by_level and not through.q
    step = STEP if through.q else limit + 1
    kept: list[Incident] = []
    place, scanned = before, 0
    while True:
        batch = _batch(work, through, urgent, by_level, place, step)
        for one in batch:
            if through.fits(one):
                if len(kept) == limit:
                    return Found(tuple(kept), kept[-1].id)
                kept.append(one)
        if len(batch) < step:
            return Found(tuple(kept), None)
        place, scanned = batch[-1].id, scanned + len(batch)
        if through.q and scanned >= MOST_SCANNED:
            return Found(tuple(kept), place)


def count(work: Work, through: Lens, most: int | None = None) -> Count:
    """How many tickets the pages hold; exact unless they had to be counted one by one and are `most` or more."""
    most = MOST if most is None else most
    if through.q:
        found = page(work, through, limit=most)
        whole = found.after is None and through.whole
        return Count(len(found.incidents) if whole else min(len(found.incidents), most - 1), whole)
    total, exact = 0, through.whole
    for wish in through.wishes:
        tallied = wish.keys() <= TALLIED
        some = incidents.count(work, through.communities, most=most, **wish)
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


TALLIED = {"states", "levels", "desk", "desks", "station"}
"""What is counted without looking at a single ticket."""


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
