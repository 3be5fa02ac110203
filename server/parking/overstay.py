"""A coupon's time is over and nobody checked the car out: once, a ticket for the property company."""

import structlog

from server import incidents, stations
from server.incidents import By, Incident, Report
from server.kit.clock import MINUTE_MS, clock
from server.kit.errors import Fault
from server.kit.site import Site
from server.kit.store import Work
from server.parking import records
from server.parking.rules import OVER, RUNNING, Coupon

log = structlog.get_logger()

CATEGORY = "parking.spot_taken"
BATCH = 50
GRACE_MS = 10 * MINUTE_MS
"""Somebody is still saying goodbye. The coupon itself does not hold any longer than it says."""
COUPONS = By(None, "停车券")


def look(site: Site) -> None:
    """Chore: those whose time is over. Each is a transaction of its own: one that fails does not hold up the others."""
    while True:
        with site.store.look() as work:
            late = records.due(work, work.now - GRACE_MS, BATCH)
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
    here = sorted(one.code for one in stations.all_stations(work) if one.community == coupon.community)
    words = f"{clock(coupon.until)} 到期，{coupon.shown} 还没登记开走。请去看看；走了，在停车券里点“已开走”。"
    new = Report(
        client_id=f"coupon-{coupon.id:06}-over",
        station=here[0] if here else "",
        category=CATEGORY,
        channel="device",  # nobody waits for a receipt of it
        place=coupon.spot,
        words=f"亲情停车券 {words}",
    )
    return incidents.report(work, new, by=COUPONS)
