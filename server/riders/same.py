"""When a report is no new ticket: the rider says 我也看到了, or the same phone has just said the same thing."""

from collections.abc import Collection
from dataclasses import dataclass

from itsdangerous import BadData

from server import duplicates, incidents, phones
from server.duplicates import Same, place_key
from server.incidents import OPEN, Incident, Joins, Report
from server.kit.clock import DAY_MS, MINUTE_MS
from server.kit.site import Site
from server.kit.store import Work
from server.stations import Station

AGAIN_MS = 30 * MINUTE_MS
"""The same phone saying the same thing within this time says one thing."""
HINT_S = 3600
_PURPOSE = "me-too"
ME_TOO = "骑手说“我也看到了”"
AGAIN = "同一部手机又报了一次"


@dataclass(frozen=True, slots=True)
class Hint:
    """Others reported this just now: one tap joins them. `place` is empty where only free words name it."""

    token: str
    place: str
    said: str


def hints(work: Work, site: Site, station: Station, marks: Collection[str] = ()) -> dict[str, Hint]:
    """category → what most others reported here just now; nothing that is urgent or about a person.

    What the phone of these `marks` reported itself is left out: it knows.
    """
    own = {one.id for one in phones.earlier(work, marks, work.now - DAY_MS)}
    found = duplicates.now_at(work, station.code, own)
    return {category: _hint(site, station, heaps[0]) for category, heaps in found.items()}


def meant(work: Work, site: Site, station: Station, token: str) -> Incident | None:
    """The open ticket behind a tapped hint of this station; None when it is over by now, or never was."""
    try:
        code, number = site.signer(_PURPOSE).loads(token[:300], max_age=HINT_S)
    except (BadData, ValueError, TypeError):
        return None
    found = incidents.get(work, number) if code == station.code and isinstance(number, int) else None
    if found is None:
        return None
    leading = incidents.leading(work, found)
    return leading if leading.state in OPEN else None


def joins(work: Work, report: Report, too: Incident | None, marks: Collection[str]) -> Joins | None:
    """Which open ticket a report that is not urgent is merged into; None: it is a ticket of its own."""
    if too is not None and not _other_plate(work, too, report):
        return Joins(too.id, ME_TOO)
    if not marks:
        return None
    for one in phones.earlier(work, marks, work.now - AGAIN_MS):
        if (one.station, one.category) != (report.station, report.category) or one.kind.private:
            continue
        if place_key(one.place) == place_key(report.place):
            leading = incidents.leading(work, one)
            if leading.state in OPEN and not _other_plate(work, leading, report):
                return Joins(leading.id, AGAIN)
    return None


def spot_of(station: Station, incident: Incident) -> str:
    """A ticket's place when it is one of the station's known spots; empty for what somebody typed.

    Words are not shown to the next rider: they may name a neighbour.
    """
    known = {place_key(spot): spot for spot in (f"{station.name}旁", *station.spots)}
    return known.get(place_key(incident.place), "")


def _hint(site: Site, station: Station, same: Same) -> Hint:
    token = str(site.signer(_PURPOSE).dumps([station.code, same.incident.id]))
    return Hint(token, spot_of(station, same.incident), same.words)


def _other_plate(work: Work, incident: Incident, report: Report) -> bool:
    said = "\n".join((report.place, report.words, *report.answers.values()))
    return duplicates.other_plate(work, incident, said, report.answers.get("plate", ""))
