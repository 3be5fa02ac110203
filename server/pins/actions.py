"""Keeping a pin with its report, giving it back to its owner, and forgetting it."""

from gateway.contract.geo import Point
from server import incidents
from server.kit.clock import DAY_MS
from server.kit.personal import Erasing, Exporting
from server.kit.site import Site
from server.kit.store import Work
from server.pins import records, rules
from server.pins.rules import Typed

KEPT_MS = 90 * DAY_MS


def note(work: Work, incident: int, typed: Typed, station: Point) -> None:
    """Where the reporter pointed, as a point with its datum."""
    records.put(work, incident, rules.placed(typed, station))


def forget(site: Site) -> None:
    """Chore: after a season nobody asks where exactly a car stood."""
    with site.store.work() as work:
        records.forget(work, work.now - KEPT_MS)


def export(work: Work, event: Exporting) -> None:
    """The places the person pointed at."""
    rows = []
    for number in sorted(event.subject.tickets):
        pin, incident = records.of(work, number), incidents.get(work, number)
        if pin is not None and incident is not None:
            point = pin.point
            place = {"纬度": f"{point.lat:.6f}", "经度": f"{point.lon:.6f}", "坐标系": str(point.datum)}
            rows.append({"工单": incident.number, **place, "来源": rules.SOURCES.get(pin.source, pin.source)})
    event.add("位置", rows)


def erase(work: Work, event: Erasing) -> None:
    """The places the person pointed at go."""
    gone = records.remove(work, event.subject.tickets)
    if gone:
        event.counts["位置"] += gone
