"""`/desk/stations/…/sign.pdf` and `installer.pdf`: for one station, or for all that are looked at."""

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import Response

from server.kit.errors import Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import FleetMinder
from server.stationbook.paper import Order, installer_pages, signs
from server.stationbook.place import Wanted, lines, station_for
from server.stations import Station

router = APIRouter(prefix="/desk/stations", include_in_schema=False)

Words = Annotated[str, Query(max_length=60)]
Printer = Callable[[Work, Sequence[Station], str], Order]


@router.get("/-/signs.pdf")
def all_signs(site: ThisSite, person: FleetMinder, q: Words = "", community: Words = "") -> Response:
    """The signs of all that the list shows."""
    return _many(site, person, signs, "站牌", Wanted(q.strip(), community))


@router.get("/-/installer.pdf")
def all_installer_pages(site: ThisSite, person: FleetMinder, q: Words = "", community: Words = "") -> Response:
    """The installer's pages of all that the list shows."""
    return _many(site, person, installer_pages, "装机页", Wanted(q.strip(), community))


@router.get("/{code}/sign.pdf")
def sign(site: ThisSite, person: FleetMinder, code: str) -> Response:
    """The sign for the wall."""
    return _one(site, person, signs, "站牌", code)


@router.get("/{code}/installer.pdf")
def installer(site: ThisSite, person: FleetMinder, code: str) -> Response:
    """The page for whoever puts the screen up."""
    return _one(site, person, installer_pages, "装机页", code)


def _one(site: ThisSite, person: FleetMinder, printer: Printer, what: str, code: str) -> Response:
    with site.store.look() as look:
        station = station_for(look, person, code)
        if station.retired is not None:
            raise Refused("这个小站已经停用，不再打印")
        order = printer(look, [station], site.public_url)
    return _pdf(order.pdf(), f"{what}-{station.code}")


def _many(site: ThisSite, person: FleetMinder, printer: Printer, what: str, wanted: Wanted) -> Response:
    with site.store.look() as look:
        chosen = sorted((line.station for line in lines(look, person, wanted)), key=lambda one: one.code)
        if not chosen:
            raise Refused("没有可以打印的小站")
        order = printer(look, chosen, site.public_url)
    return _pdf(order.pdf(), f"{what}-{len(chosen)}个小站")


def _pdf(made: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f"inline; filename=\"stations.pdf\"; filename*=UTF-8''{quote(name, safe='')}.pdf",
        "Cache-Control": "no-store",
    }
    return Response(made, media_type="application/pdf", headers=headers)
