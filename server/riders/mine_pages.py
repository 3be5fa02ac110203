"""`/mine`: the reports that this phone keeps in its own memory, how they stand now, and a receipt's QR code.

No account: the phone sends the codes it has, and is told about those. Nothing is kept here about who asked.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import qrcode
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from pydantic import BaseModel, Field
from qrcode.image.svg import SvgPathImage

from gateway.contract import receipts
from server import incidents, letters, stations
from server.incidents import OPEN, Incident
from server.kit.clock import when
from server.kit.errors import Missing, TooMany
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.riders import codes, standing

router = APIRouter(include_in_schema=False)

MOST = 50
LOOKS = parse("600 per 10 minutes")
"""Of one address, behind which a whole station may stand; a page looks every half a minute."""
_MASK = 2
"""Any mask is read as well as another; choosing the best of eight takes twice as long."""


class Asked(BaseModel):
    """The codes that a phone keeps."""

    codes: Annotated[list[Annotated[str, Field(max_length=codes.LONGEST)]], Field(max_length=MOST)]


@dataclass(frozen=True, slots=True)
class Mine:
    """What `riders/mine.html` shows; the list itself comes from the phone."""

    most: int


@router.get("/mine")
def mine(request: Request, site: ThisSite) -> Response:
    """The page."""
    return site.pages.page(request, "riders/mine.html", Mine(MOST), headers=codes.PRIVATE)


@router.post("/mine/states")
def states(request: Request, site: ThisSite, asked: Asked) -> dict[str, list[dict[str, str | bool]]]:
    """How the reports behind these codes stand; those that do not exist are left out, and counted as guesses.

    Who has guessed too much on this network hides nobody's own reports.
    """
    looks = _looks(site)
    if not looks.hit(LOOKS, request.client.host if request.client else "?"):
        raise TooMany("看得太勤了，过几分钟再看", 600)
    found = []
    with site.store.look() as look:
        for code in dict.fromkeys(asked.codes):
            try:
                own = codes.behind(request, site, look, code)
            except (Missing, TooMany):
                continue
            found.append({"code": code, **_state(look, own)})
    return {"reports": found}


@router.get("/r")
def typed(code: str = "") -> Response:
    """Whoever typed a code into a form."""
    return RedirectResponse(codes.address(code.strip()) if code.strip() else "/mine", 303)


@router.get("/r/{code}/qr.svg")
def qr(site: ThisSite, code: str) -> Response:
    """The receipt's own address, to be scanned by another phone; whether there is a receipt it does not tell."""
    read = receipts.read(code[: codes.LONGEST])
    if read is None:
        raise Missing("没有找到这张回执")
    headers = {**codes.PRIVATE, "Cache-Control": "private, max-age=86400"}
    return Response(_drawn(f"{site.public_url}/r/{read}"), media_type="image/svg+xml", headers=headers)


@lru_cache(maxsize=64)
def _drawn(address: str) -> str:
    code = qrcode.QRCode(border=4, mask_pattern=_MASK, image_factory=SvgPathImage)
    code.add_data(address)
    return str(code.make_image().to_string(encoding="unicode"))


def _looks(site: Site) -> SlidingWindowCounterRateLimiter:
    found: SlidingWindowCounterRateLimiter = site.parts.setdefault(
        "mine", SlidingWindowCounterRateLimiter(MemoryStorage())
    )
    return found


def _state(look: Work, own: Incident) -> dict[str, str | bool]:
    leading = incidents.leading(look, own)
    headline, asked = standing.headline_of(look, own, leading)
    station = stations.known(look, own.station)
    line = headline.lines[0] if headline.lines else ""
    if any(one["kind"] == "family" for one in letters.on_receipt(look, leading.id)):
        line = "有一封写给你的感谢信，点开看"
    return {
        "shown": receipts.show(own.receipt),
        "what": own.kind.label,
        "where": station.full_name if station else "",
        "when": when(own.received, look.now),
        "title": headline.title,
        "line": line,
        "tone": headline.tone,
        "asked": asked,
        "open": leading.state in OPEN,
    }
