"""Indexing tickets as they are reported and moved, and finding them again."""

import time
from collections.abc import Callable, Collection, Sequence

from gateway.contract.categories import DESK_LABELS
from server import incidents
from server.incidents import Incident, IncidentMoved, IncidentReported
from server.kit.personal import Erasing
from server.kit.site import Site
from server.kit.store import Work
from server.search import records, rules
from server.search.rules import Area
from server.stations import communities as all_communities
from server.stations import known as find_station

BATCH = 50
"""Tickets a transaction: whoever reports meanwhile waits for no more than these."""
PATIENCE_S = 0.5
"""How long a chore keeps the others of its thread waiting; it goes on in its next round."""


def reported(work: Work, event: IncidentReported) -> None:
    """A new ticket can be found at once."""
    index(work, event.incident)


def moved(work: Work, event: IncidentMoved) -> None:
    """What was written on the way can be found too."""
    index(work, event.incident)


def index(work: Work, incident: Incident) -> None:
    """Write a ticket into the index: what it says, where it is, and every word of its history."""
    station = find_station(work, incident.station)
    texts = [
        incident.number, incident.receipt, incident.kind.label, DESK_LABELS[incident.desk], incident.place,
        incident.words, incident.reply, incident.body, station.name if station else incident.station,
        *(text for step in incidents.history(work, incident.id) for text in (step.note, step.reply)),
    ]  # fmt: skip
    terms = [term for text in texts for term in rules.terms(text)]
    area = _area(work, incident.community)
    marks = rules.marks(incident.community, area, incident.state, incident.station, str(incident.desk))
    records.put(work, incident.id, terms, list(marks))


def _area(work: Work, community: str) -> Area:
    known = records.area(work, community)
    if known is not None:
        return known
    rows = {row["code"]: row for row in all_communities(work)}
    area = Area(rows[community]["street"], rows[community]["district"]) if community in rows else Area("", "")
    records.add_area(work, community, area)
    return area


def find(
    work: Work,
    communities: Collection[str],
    typed: str,
    *,
    states: Sequence[str] = (),
    desk: str | None = None,
    desks: Sequence[str] = (),
    station: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Incident]:
    """Tickets of these communities that hold everything typed, newest first; none for an empty search."""
    areas = records.areas(work)
    if not areas.keys() & set(communities):
        return []
    marks, others = rules.sought(areas, communities, states, [desk] if desk else desks)
    within = [group for group in (marks, [rules.mark("station", station)] if station else []) if group]
    expression = rules.match(typed, within, others)
    if expression is None:
        return []
    numbers = records.find(work, expression, before, limit)
    # The tickets have the last word on who may see them.
    return incidents.find(
        work, communities, states=states, desk=desk, desks=desks, station=station, ids=numbers, limit=limit
    )


def catch_up(site: Site) -> None:
    """Chore: tickets from before the index, the newest first, a while at a time."""
    _for_a_while(site, _catch_up)


def tidy(site: Site) -> None:
    """Chore: what many small changes left in pieces is merged, or searching would have to look into each."""
    _for_a_while(site, records.merge)


def erased(work: Work, event: Erasing) -> None:
    """A person's words left their tickets: the index must not keep them either."""
    if event.counts:
        records.want_wiped(work)


def wipe(site: Site) -> None:
    """Chore: write anew what an erasure left in the index."""
    _for_a_while(site, records.wipe)


def _for_a_while(site: Site, step: Callable[[Work], bool]) -> None:
    """Do it again and again, each time in a transaction of its own, as long as there is more to do and patience."""
    deadline = time.monotonic() + PATIENCE_S
    more = True
    while more:
        with site.store.work() as work:
            more = step(work) and time.monotonic() < deadline


def _catch_up(work: Work) -> bool:
    oldest = records.place(work)
    if oldest == 0:
        return False
    everywhere = [row["code"] for row in all_communities(work)]
    batch = incidents.find(work, everywhere, before=oldest, limit=BATCH)
    for incident in batch:
        index(work, incident)
    records.move_place(work, batch[-1].id if batch else 0)
    return bool(batch)
