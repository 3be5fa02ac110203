"""Indexing tickets as they are reported and moved, and finding them again."""

from collections.abc import Collection, Sequence

from gateway.contract.categories import DESK_LABELS
from server import incidents
from server.incidents import Incident, IncidentMoved, IncidentReported
from server.kit.site import Site
from server.kit.store import Work
from server.search import records, rules
from server.stations import find as find_station

BATCH = 500


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
        incident.words, incident.reply, station.name if station else incident.station,
        *(text for step in incidents.history(work, incident.id) for text in (step.note, step.reply)),
    ]  # fmt: skip
    terms = [term for text in texts for term in rules.terms(text)]
    marks = [
        rules.mark("c", incident.community),
        rules.mark("s", incident.state),
        rules.mark("d", str(incident.desk)),
        rules.mark("t", incident.station),
    ]
    records.put(work, incident.id, terms, marks)


def find(
    work: Work,
    communities: Collection[str],
    typed: str,
    *,
    states: Sequence[str] = (),
    desk: str | None = None,
    station: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Incident]:
    """Tickets of these communities that hold everything typed, newest first; none for an empty search."""
    if not communities:
        return []
    within = [[rules.mark("c", community) for community in communities]]
    if states:
        within.append([rules.mark("s", state) for state in states])
    if desk:
        within.append([rules.mark("d", desk)])
    if station:
        within.append([rules.mark("t", station)])
    expression = rules.match(typed, within)
    if expression is None:
        return []
    found = (incidents.get(work, number) for number in records.find(work, expression, before, limit))
    return [incident for incident in found if incident is not None]


def catch_up(site: Site) -> None:
    """Chore: tickets from before this feature was there are indexed, a batch at a time."""
    while True:
        with site.store.work() as work:
            numbers = incidents.after(work, records.highest(work), BATCH)
            for incident in numbers:
                index(work, incident)
        if len(numbers) < BATCH:
            return
