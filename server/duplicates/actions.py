"""Keeping the signs of open tickets, and finding by them what looks like the same thing."""

from collections.abc import Collection, Mapping

from gateway.contract.categories import Level
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
UNCOUNTED = frozenset({"rejected", "void", "withdrawn"})
URGENT = frozenset({Level.P0, Level.P1})

Heap = list[tuple[Incident, Incident]]
"""Reports of one category and place, the newest first, each with the open ticket that carries it on."""


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
    key = place_key(place)
    heaps = [
        heap
        for (code, where_key), heap in _heaps(work, station, where.community).items()
        if code == category and key in {"", where_key}
    ]
    return _same(work, max(heaps, key=len)) if heaps else None


def now_at(work: Work, station: str, but: Collection[int] = ()) -> dict[str, list[Same]]:
    """category → what riders reported at this station within the last minutes, the fullest heap first.

    `but`: tickets that are not counted, because whoever asks reported them. Only what is not urgent and about nobody:
    before an emergency no hint may stand, and a person is nobody's gossip.
    """
    where = stations.find(work, station)
    if where is None:
        return {}
    found: dict[str, list[Same]] = {}
    for (code, _), heap in _heaps(work, station, where.community, but).items():
        kind, leading = categories.get(work, code), heap[0][1]
        calm = kind is not None and not kind.private and kind.level not in URGENT and leading.level not in URGENT
        if calm and leading.category == code:
            found.setdefault(code, []).append(_same(work, heap))
    return {code: sorted(heaps, key=lambda one: -one.people) for code, heaps in found.items()}


def other_plate(work: Work, incident: Incident, words: str, plate: str) -> bool:
    """Whether a report names a plate, and this ticket with all that was joined to it only others.

    `plate` answers the question for one. The same place with another plate is another ticket.
    """
    mine = plates.plates_in(words) | plates.plate_of(plate)
    theirs = plates_of(work, incident).union(
        *(plates_of(work, one) for one in incidents.merged_here(work, incident.id))
    )
    return bool(mine and theirs) and not plates.same(mine, theirs)


def plates_of(work: Work, incident: Incident) -> frozenset[str]:
    """The plates that a ticket names, whatever has become of it."""
    answers, asked = _answers(work, incident)
    said = "\n".join([incident.place, incident.words, *answers.values()])
    return plates.plates_in(said).union(*(plates.plate_of(answers.get(name, "")) for name in asked))


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
    answers, asked = _answers(work, incident)
    station = stations.find(work, incident.station)
    pictures = (photos.get(work, number) for number in incidents.photos(work, incident.id))
    return rules.signs_of(
        incident,
        answers,
        asked,
        tuple(picture.likeness for picture in pictures if picture is not None),
        station.spots if station else (),
    )


def _answers(work: Work, incident: Incident) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """What was answered, and which of the questions ask for a plate."""
    route = routing.route_of(work, incident.id)
    asked = incident.kind.questions if isinstance(incident.kind, Kind) else ()
    plates_asked = tuple(one.name for one in asked if one.kind == "plate" or one.name == "plate" or "牌" in one.label)
    return (route.answers if route else {}), plates_asked


def _heaps(work: Work, station: str, community: str, but: Collection[int] = ()) -> dict[tuple[str, str], Heap]:
    since = work.now - thresholds.value(work, rules.SAME_NOW, community) * MINUTE_MS
    heaps: dict[tuple[str, str], Heap] = {}
    for one in incidents.find(work, [community], station=station, limit=RECENT):
        if one.received >= since and one.state not in UNCOUNTED and one.id not in but:
            leading = incidents.leading(work, one)
            if leading.state in OPEN:
                heaps.setdefault((one.category, place_key(one.place)), []).append((one, leading))
    return heaps


def _same(work: Work, heap: Heap) -> Same:
    latest, leading = heap[0]
    return Same(leading, len(heap), max(0, work.now - latest.received) // MINUTE_MS)


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
