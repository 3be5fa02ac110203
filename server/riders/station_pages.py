"""`/`, `/s/{station}`, checking in, and the thanks for it."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.presence import Presence
from gateway.sqlite import Row
from server import checkins, incidents, letters, notices, stations
from server.kit.clock import beijing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.riders import proof
from server.riders.actions import new_client_id
from server.stations import STATE_LABELS, Amenity, Station

router = APIRouter(include_in_schema=False)

LETTERS = 3


@dataclass(frozen=True, slots=True)
class Front:
    """Which station? `likely` stand before the other `stations` after a wrong address, which is `typed`."""

    stations: list[Station]
    likely: list[Station]
    typed: str


@dataclass(frozen=True, slots=True)
class StationPage:
    """What a rider sees at a station."""

    station: Station
    proof: Presence
    token: str
    client_id: str
    amenities: list[Amenity]
    states: dict[str, str]
    notices: list[Row]
    letters: list[Row]
    today: int
    nearest: list[tuple[Station, int]]
    now: int


@dataclass(frozen=True, slots=True)
class Thanks:
    """After a check-in."""

    station: Station
    proof: Presence
    token: str
    today: int
    letters: list[Row]
    night: bool


@router.get("/")
def front(request: Request, site: ThisSite) -> Response:
    """For a rider who has no QR at hand."""
    with site.store.look() as look:
        return site.pages.page(request, "riders/front.html", Front(stations.all_stations(look), [], ""))


@router.get("/s/{code}")
def station(request: Request, site: ThisSite, code: str, c: str = "", p: str = "") -> Response:
    """The station; `c` is the presence code of the QR on its screen, `p` what an earlier page made of it."""
    with site.store.look() as look:
        found = stations.find(look, code)
        if found is None:
            return unknown(request, site, look, code)
        proven = checkins.prove(found, c, look.now) if c else proof.read(site, code, p)
        page = StationPage(
            station=found,
            proof=proven,
            token=proof.sign(site, code, proven) if c else p[:500],
            client_id=new_client_id(),
            amenities=stations.amenities(look, code),
            states=STATE_LABELS,
            notices=notices.showing(look, found.community, code, most=4),
            letters=letters.showing(look, code, LETTERS),
            today=checkins.today(look, code),
            nearest=stations.nearest(found, stations.all_stations(look)),
            now=look.now,
        )
    return site.pages.page(request, "riders/station.html", page)


@router.post("/s/{code}/checkin")
def check_in(
    request: Request,
    site: ThisSite,
    code: str,
    client_id: Annotated[str, Form()] = "",
    p: Annotated[str, Form()] = "",
) -> Response:
    """Counts once for each form; a form without a proper id counts too, for nobody should be turned away."""
    with site.store.work() as work:
        found = stations.find(work, code)
        if found is not None:
            proven = proof.read(site, code, p)
            known = client_id if incidents.is_client_id(client_id) else new_client_id()
            checkins.check_in(work, found, known, "phone", proven)
            query = urlencode({"was": str(proven), **({"p": p[:500]} if p else {})})
            return RedirectResponse(f"/s/{code}/thanks?{query}", 303)
    with site.store.look() as look:
        return unknown(request, site, look, code)


@router.get("/s/{code}/thanks")
def thanks(request: Request, site: ThisSite, code: str, was: str = "none", p: str = "") -> Response:
    """Says what was counted, and as what."""
    with site.store.look() as look:
        found = stations.find(look, code)
        if found is None:
            return unknown(request, site, look, code)
        page = Thanks(
            station=found,
            proof=Presence(was) if was in set(Presence) else Presence.NONE,
            token=p[:500],
            today=checkins.today(look, code),
            letters=letters.showing(look, code, 1),
            night=not 6 <= beijing(look.now).hour < 19,
        )
    return site.pages.page(request, "riders/thanks.html", page)


def unknown(request: Request, site: Site, look: Work, typed: str) -> Response:
    """404, with the stations that were most likely meant."""
    everyone = stations.all_stations(look)
    likely = stations.likely(typed[:64], everyone, most=2)
    page = Front([one for one in everyone if one not in likely], likely, typed[:40])
    return site.pages.page(request, "riders/front.html", page, status=404)
