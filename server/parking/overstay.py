"""A coupon's time is over and nobody checked the car out: once, a ticket for the property company."""

import re

import structlog

from gateway.contract.categories import Desk
from server import incidents, routing, stations
from server.incidents import By, Incident, Report
from server.kit.clock import MINUTE_MS, clock
from server.kit.errors import Fault
from server.kit.site import Site
from server.kit.store import Work
from server.parking import queries, records
from server.parking.rules import OVER, RUNNING, SPOT_TAKEN, Coupon
from server.routing import Arrival
from server.stations import Station

log = structlog.get_logger()

BATCH = 50
GRACE_MS = 10 * MINUTE_MS
"""Somebody is still saying goodbye. The coupon itself does not hold any longer than it says."""
REGISTER = "停车券登记"
"""In whose name these tickets are opened."""


def look(site: Site) -> None:
    """Chore: those whose time is over. Each is a transaction of its own: one that fails does not hold up the others."""
    while True:
        with site.store.look() as work:
            late = queries.due(work, work.now - GRACE_MS, BATCH)
        for coupon in late:
            with site.store.work() as work:
                end(work, coupon)
        if len(late) < BATCH:
            return


def end(work: Work, coupon: Coupon) -> None:
    """Its time is over, and there is one ticket about the car; unless somebody checked it out meanwhile.

    Where the terms say so, it only stands on the list as over.
    """
    if not records.settle(work, coupon.id, RUNNING, OVER, "") or not records.terms(work, coupon.community).watch:
        return
    try:
        with work.attempt():
            records.tie(work, coupon.id, _report(work, coupon).id)
    except Fault as cause:
        # No station here, or no such category any more: the car stands on the list all the same.
        log.error("no ticket for a coupon that ran out", coupon=coupon.id, reason=str(cause))


def _report(work: Work, coupon: Coupon) -> Incident:
    """Its client id is the coupon's: there is never a second one."""
    station = _station(work, coupon)
    # What somebody typed as spot or plate would call others, or sink it; the ticket's page says it all the same.
    for place, plate in ((coupon.spot, coupon.shown), ("", coupon.shown), ("", coupon.masked)):
        new = Report(
            client_id=f"coupon-{coupon.id:06}-over",
            station=station.code if station else "",
            category=SPOT_TAKEN,
            channel="device",  # nobody waits for a receipt of it
            place=place,
            words=f"亲情停车券 {clock(coupon.until)} 到期，{plate} 还没登记开走。"
            "请去看看；走了，在停车券里点“已开走”。",
        )
        if _is_the_propertys(work, new, coupon.community):
            break
    return incidents.report(work, new, by=By(None, REGISTER))


def _station(work: Work, coupon: Coupon) -> Station | None:
    """The one that knows the spot, best by its whole name; else the community's first; None: it has none."""
    here = [one for one in stations.all_stations(work) if one.community == coupon.community]
    return max(here, key=lambda one: _knows(one, coupon.spot), default=None)


def _knows(station: Station, spot: str) -> int:
    """How many signs of the spot a station's own names account for: its spots, and the gate it is called after."""
    names = (*station.spots, station.name.removesuffix("站"))
    # Building 3 knows nothing of building 13.
    known = (name for name in names if len(name) > 1 and re.search(rf"(?<!\d){re.escape(name)}", spot))
    return max((len(name) for name in known), default=0)


def _is_the_propertys(work: Work, new: Report, community: str) -> bool:
    """Whether the rules send it to the property company, no more and no less urgent than the category is."""
    arrival = Arrival(community, new.station, new.category, new.place, new.words, channel=new.channel)
    answer = routing.route(work, arrival, work.now)
    return answer.routed.desk is Desk.PROP_GUARD and answer.routed.level == answer.kind.level
