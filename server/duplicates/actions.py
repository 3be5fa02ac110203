"""Keeping the signs of open tickets, and finding by them what looks like the same thing."""

from collections.abc import Mapping

from server import categories, incidents, photos, routing, stations, thresholds
from server.categories import Kind
from server.duplicates import likeness, plates, records, rules
from server.duplicates.places import place_key
from server.duplicates.rules import Same, Signs, Suggestion
from server.incidents import OPEN, Incident, IncidentMoved, IncidentReported
from server.kit.clock import MINUTE_MS
from server.kit.site import Site
from server.kit.store import Work

EACH = 40
"""Candidates looked at for each sign; far more than anybody reads."""
MOST = 200
PHOTOS = 500
"""Newest photos of a community's open tickets that a photo is held against."""
RECENT = 50
BATCH = 500
BATCHES = 20
SETTLED_MS = 10 * MINUTE_MS
"""By then an emergency's photos, which come after its ticket, have arrived."""
UNCOUNTED = frozenset({"rejected", "void"})


def note(work: Work, event: IncidentReported | IncidentMoved) -> None:
    """What was reported or moved is found by its signs as they are now."""
    sign(work, event.incident)


def sign(work: Work, incident: Incident) -> None:
    """Write down what a ticket is found by; nothing stays of one that has ended."""
    records.put(work, incident.id, incident.community, signs_of(work, incident))


def suggest(work: Work, incident: Incident, limit: int = 6) -> list[Suggestion]:
    """Open tickets of the same community that look like the same thing, the likeliest first, each with its reasons.

    The caller shows a link only where the person may see that ticket.
    """
    signs = signs_of(work, incident) if incident.state in OPEN else frozenset()
    numbers = _candidates(work, incident, signs)
    known = records.of(work, numbers) if numbers else {}
    found = []
    for number in numbers:
        other = incidents.get(work, number)
        if other is not None and other.state in OPEN:
            suggestion = rules.compare(incident, signs, other, frozenset(known[number]))
            if suggestion is not None:
                found.append(suggestion)
    return sorted(found, key=lambda one: (-one.score, -one.incident.id))[:limit]


def same_now(work: Work, station: str, category: str, place: str) -> Same | None:
    """Whether others reported the same here within the last minutes and it is being looked after; never for P0.

    Only a hint: nobody is kept from reporting. Without a place, any place of the station counts.
    """
    where = stations.find(work, station)
    kind = categories.get(work, category)
    if where is None or kind is None or kind.level == "P0":
        return None
    since = work.now - thresholds.value(work, rules.SAME_NOW, where.community) * MINUTE_MS
    key = place_key(place)
    reports = [
        one
        for one in incidents.find(work, [where.community], station=station, limit=RECENT)
        if one.category == category and one.received >= since and one.state not in UNCOUNTED
        and key in {"", place_key(one.place)}
    ]  # fmt: skip
    heaps: dict[str, list[tuple[Incident, Incident]]] = {}
    for one in reports:
        leading = incidents.leading(work, one)
        if leading.state in OPEN:
            heaps.setdefault(place_key(one.place), []).append((one, leading))
    if not heaps:
        return None
    heap = max(heaps.values(), key=len)
    latest, leading = heap[0]
    return Same(leading, len(heap), max(0, work.now - latest.received) // MINUTE_MS)


def catch_up(site: Site) -> None:
    """Chore: each ticket is looked at once more some minutes after it came, older ones a batch at a time."""
    for _ in range(BATCHES):
        with site.store.work() as work:
            before = work.now - SETTLED_MS
            batch = incidents.after(work, records.filled_to(work), BATCH)
            # Passed over, not waited for: one ticket from a clock that was ahead must not hold up all others.
            settled = [one for one in batch if one.received <= before]
            for incident in settled:
                sign(work, incident)
            if settled:
                records.fill_to(work, settled[-1].id)
        if not settled or len(batch) < BATCH:
            return


def signs_of(work: Work, incident: Incident) -> Signs:
    """What a ticket is found by now."""
    if incident.state not in OPEN:
        return frozenset()
    route = routing.route_of(work, incident.id)
    answers: Mapping[str, str] = route.answers if route else {}
    asked = incident.kind.questions if isinstance(incident.kind, Kind) else ()
    station = stations.find(work, incident.station)
    pictures = (photos.get(work, number) for number in incidents.photos(work, incident.id))
    return rules.signs_of(
        incident,
        answers,
        tuple(one.name for one in asked if one.name == "plate" or "牌" in one.label),
        tuple(picture.likeness for picture in pictures if picture is not None),
        station.spots if station else (),
    )


def _candidates(work: Work, incident: Incident, signs: Signs) -> list[int]:
    """The strongest signs first, so that the bound cuts off the weakest."""
    community = incident.community
    spellings = {spelling for plate in rules.values(signs, "plate") for spelling in plates.spellings(plate)}
    found = records.holders(work, community, "plate", spellings, EACH)
    mine = rules.values(signs, "photo")
    if mine:
        newest = records.newest(work, community, "photo", PHOTOS)
        found += [
            number for number, photo in newest if any(likeness.apart(one, photo) <= likeness.ALIKE for one in mine)
        ]
    for kind in ("place", "spot", "kind"):
        found += records.holders(work, community, kind, rules.values(signs, kind), EACH)
    return [number for number in dict.fromkeys(found) if number != incident.id][:MOST]
