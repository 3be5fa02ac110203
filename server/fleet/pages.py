"""`/desk/fleet`: the kiosks' health, and below it what was parked or refused."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server.desk import Frame, frame
from server.fleet.view import Fleet, Kiosk, Parked
from server.kit.site import ThisSite
from server.staff import FleetMinder

router = APIRouter(include_in_schema=False)

MOST = 30
KINDS = {
    "parked": ("读不懂", "help-circle"),
    "refused": ("没有权利发", "shield-lock"),
    "gap": ("有缺口", "circle-off"),
    "clone": ("像是被复制的卡", "alert-triangle"),
    "untaken": ("没有归处", "inbox"),
}


@dataclass(frozen=True, slots=True)
class Screens:
    """What `fleet/fleet.html` shows."""

    frame: Frame
    kiosks: list[Kiosk]
    counts: dict[str, int]
    """word of a life → how many."""
    parked: list[Parked]
    troubles: list[Parked]
    untaken: list[Parked]
    kinds: dict[str, tuple[str, str]]
    now: int


@router.get("/desk/fleet")
def show(request: Request, site: ThisSite, person: FleetMinder) -> Response:
    """The page; its script asks for it again when something is parked, and every quarter of a minute."""
    with site.store.look() as look:
        fleet = Fleet(site, look, person.communities)
        kiosks = fleet.kiosks()
        counts: dict[str, int] = {}
        for one in kiosks:
            counts[one.health.word] = counts.get(one.health.word, 0) + 1
        context = Screens(
            frame=frame(look, person, "fleet"),
            kiosks=sorted(kiosks, key=lambda one: (one.health.pill != "bad", one.place.station, one.health.kiosk)),
            counts=counts,
            parked=[one for one in fleet.troubles(5 * MOST) if one.what == "parked"][:MOST],
            troubles=[one for one in fleet.troubles(5 * MOST) if one.what != "parked"][:MOST],
            untaken=fleet.untaken(MOST),
            kinds=KINDS,
            now=look.now,
        )
    return site.pages.page(request, "fleet/fleet.html", context)
