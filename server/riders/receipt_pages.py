"""`/r/{receipt}`: where a report stands, told truly, for whoever holds the receipt. No login, no names, no photos."""

import hashlib
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.sqlite import Row
from server import incidents, letters, stations
from server.incidents import OPEN, Incident
from server.kit.errors import Missing
from server.kit.site import ThisSite
from server.riders import rules
from server.riders.lookups import Lookups
from server.riders.rules import Stage
from server.stations import Station

router = APIRouter(include_in_schema=False)

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reporter sees. `leading` is the ticket that carries on; the same as `own` unless it was merged."""

    own: Incident
    leading: Incident
    station: Station
    stages: list[Stage]
    headline: Stage
    photos: int
    letter: Row | None
    open: bool
    new: bool
    left: str
    tag: str
    now: int


@dataclass(frozen=True, slots=True)
class NoReceipt:
    """Nothing behind this code."""

    typed: str


@router.get("/r/{code}")
def receipt(request: Request, site: ThisSite, code: str, new: str = "", left: str = "") -> Response:
    """The receipt; `new` right after sending, `left` when photos stayed behind. 304 while nothing has changed."""
    lookups: Lookups = site.parts["riders"]
    address = request.client.host if request.client else "?"
    lookups.check(address)
    with site.store.look() as look:
        try:
            own = incidents.by_receipt(look, code[:64])
        except Missing:
            lookups.missed(address)
            typed = NoReceipt(code[:40])
            return site.pages.page(request, "riders/no_receipt.html", typed, status=404, headers=PRIVATE)
        leading = incidents.leading(look, own)
        stages = rules.way(own, leading, incidents.history(look, leading.id))
        letter = letters.of_incident(look, leading.id)
        letter = letter if letter and letter["withdrawn"] is None else None
        page = Receipt(
            own=own,
            leading=leading,
            station=stations.get(look, own.station),
            stages=stages,
            headline=[stage for stage in stages if stage.state][-1],
            photos=incidents.photo_counts(look, [own.id]).get(own.id, 0),
            letter=letter,
            open=leading.state in OPEN,
            new=new == "1",
            left=left if left in {"refused", "unasked"} else "",
            tag=_tag(own, leading, letter),
            now=look.now,
        )
    headers = {**PRIVATE, "ETag": page.tag}
    if request.headers.get("if-none-match") == page.tag:
        return Response(status_code=304, headers={**headers, "Cache-Control": "no-store"})
    return site.pages.page(request, "riders/receipt.html", page, headers=headers)


def _tag(own: Incident, leading: Incident, letter: Row | None) -> str:
    parts = [own.id, own.version, leading.id, leading.version, letter["at"] if letter else 0]
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"'
