"""`/r/{receipt}/name`: being thanked by a name at the station, in plain words; agreed to and taken back here."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import incidents, nicknames, stations
from server.incidents import Incident
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import Site, ThisSite
from server.riders import codes
from server.stations import Station

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class NamingPage:
    """What `riders/name.html` shows. `card` None: there is no letter."""

    own: Incident
    station: Station | None
    card: nicknames.Card | None
    trouble: str
    typed: str
    now: int


@router.get("/r/{code}/name")
def show(request: Request, site: ThisSite, code: str) -> Response:
    """Asked, or how it stands."""
    return _page(request, site, code)


@router.post("/r/{code}/name")
def agree(
    request: Request,
    site: ThisSite,
    code: str,
    name: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
) -> Response:
    """Agree; a name that cannot be taken comes back with the reason."""
    shown = int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0
    try:
        with site.store.work() as work:
            nicknames.agree(work, code[: codes.LONGEST], name, shown)
    except (Invalid, Refused) as refusal:
        return _page(request, site, code, refusal, name)
    except Missing:
        return _page(request, site, code)
    return RedirectResponse(f"{codes.address(code)}/name", 303)


@router.post("/r/{code}/name/withdraw")
def take_back(request: Request, site: ThisSite, code: str) -> Response:
    """Take it back; done already, it stays so."""
    try:
        with site.store.work() as work:
            nicknames.take_back(work, code[: codes.LONGEST])
    except Missing:
        return _page(request, site, code)
    except Refused:
        pass  # tapped twice, or in two tabs: what was wanted holds
    return RedirectResponse(f"{codes.address(code)}/name", 303)


@router.get("/r/{code}/name/withdraw")
def back(code: str) -> Response:
    """Whoever reloads."""
    return RedirectResponse(f"{codes.address(code)}/name", 303)


def _page(request: Request, site: Site, code: str, refusal: Fault | None = None, typed: str = "") -> Response:
    with site.store.look() as look:
        try:
            own = codes.behind(request, site, look, code)
        except Missing:
            return codes.unknown(request, site, code)
        page = NamingPage(
            own=own,
            station=stations.known(look, own.station),
            card=nicknames.card(look, own, incidents.leading(look, own)),
            trouble=refusal.sentence if refusal else "",
            typed=typed[:40],
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "riders/name.html", page, status=status, headers=codes.PRIVATE)
