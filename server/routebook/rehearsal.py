"""The dry run: the tickets of the last 30 days, sent once more by changed rules. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from server import incidents, routing
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.store import Work
from server.routing import Arrival, Routed, RuleSet

DAYS = 30
MOST = 2000
"""The newest ones; a table of more would be read by nobody."""
PAGE = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket that would have gone elsewhere."""

    incident: Incident
    before: Routed
    after: Routed


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`tried` tickets, of which `moved` would change; `spoke`: rule → how many of them it would have decided."""

    tried: int
    moved: tuple[Moved, ...]
    spoke: Mapping[str, int]


def rehearse(work: Work, community: str, rules: RuleSet) -> Rehearsal:
    """What these rules would have done with the tickets of the last 30 days."""
    tickets = _tickets(work, community)
    reports = [(_arrival(work, one), one.received) for one in tickets]
    tried = routing.rehearse(work, community, reports, rules)
    moved = tuple(Moved(tickets[one.place], one.before, one.after) for one in tried.changes)
    return Rehearsal(len(tickets), moved, tried.spoke)


def _tickets(work: Work, community: str) -> list[Incident]:
    found: list[Incident] = []
    before: int | None = None
    while len(found) < MOST:
        page = incidents.find(work, [community], before=before, limit=PAGE)
        fresh = [one for one in page if one.received > work.now - DAYS * DAY_MS]
        found += fresh
        if len(fresh) < PAGE:
            break
        before = page[-1].id
    return found[:MOST]


def _arrival(work: Work, one: Incident) -> Arrival:
    route = routing.route_of(work, one.id)
    answers = route.answers if route else {}
    return Arrival(one.community, one.station, one.category, one.place, one.words, answers, one.channel, 1)
