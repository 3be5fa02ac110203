"""`/r/{receipt}`: where a report stands, told truly, and how it was done in the end. No login, no names, no photos."""

import hashlib
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import alerts, incidents, letters, ratings, routing, stations
from server.incidents import OPEN, Incident
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
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
    calls: tuple[str, ...]
    """Numbers to dial first: the category's own, and those the words called for."""
    accepted: alerts.Ack | None
    """Who took an alarm over, before the ticket itself has moved: role and time, no name."""
    new: bool
    left: str
    rating: ratings.Card
    trouble: str
    """Why the rating just sent could not be taken."""
    face: str
    words: str
    """What was sent with it."""
    tag: str
    now: int


@dataclass(frozen=True, slots=True)
class NoReceipt:
    """Nothing behind this code."""

    typed: str


@router.get("/r/{code}")
def receipt(request: Request, site: ThisSite, code: str, new: str = "", left: str = "") -> Response:
    """The receipt; `new` right after sending, `left` when photos stayed behind. 304 while nothing has changed."""
    return _page(request, site, code, new=new, left=left)


@router.get("/r/{code}/rating")
def back(code: str) -> Response:
    """Whoever reloads the page on which a rating was refused."""
    return RedirectResponse(f"/r/{quote(code[:64], safe='')}", 303)


@router.post("/r/{code}/rating")
def rate(
    request: Request,
    site: ThisSite,
    code: str,
    face: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Take the rating, once; a refusal says why on the receipt, with what was written kept."""
    lookups: Lookups = site.parts["riders"]
    address = request.client.host if request.client else "?"
    lookups.check(address)
    try:
        with site.store.work() as work:
            ratings.rate(work, code[:64], face, words)
    except (Invalid, Refused) as refusal:
        return _page(request, site, code, refusal=refusal, face=face, words=words[: ratings.MAX_WORDS])
    except Missing:
        return _page(request, site, code)
    return RedirectResponse(f"/r/{quote(code[:64], safe='')}#rating", 303)


def _page(
    request: Request,
    site: ThisSite,
    code: str,
    *,
    new: str = "",
    left: str = "",
    refusal: Fault | None = None,
    face: str = "",
    words: str = "",
) -> Response:
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
        accepted = alerts.acknowledged(look, leading.id)
        page = Receipt(
            own=own,
            leading=leading,
            station=stations.get(look, own.station),
            stages=stages,
            headline=[stage for stage in stages if stage.state][-1],
            photos=incidents.photo_counts(look, [own.id]).get(own.id, 0),
            letter=letter,
            open=leading.state in OPEN,
            calls=_calls(look, own),
            accepted=accepted,
            new=new == "1",
            left=left if left in {"refused", "unasked"} else "",
            rating=(card := ratings.card(look, own, leading)),
            trouble=refusal.sentence if refusal else "",
            face=face if face in ratings.FACES else "",
            words=words,
            tag=_tag(own, leading, letter, card, accepted),
            now=look.now,
        )
    headers = {**PRIVATE, "ETag": page.tag}
    if refusal is None and request.headers.get("if-none-match") == page.tag:
        return Response(status_code=304, headers={**headers, "Cache-Control": "no-store"})
    status = refusal.status if refusal else 200
    return site.pages.page(request, "riders/receipt.html", page, status=status, headers=headers)


def _calls(look: Work, own: Incident) -> tuple[str, ...]:
    route = routing.route_of(look, own.id)
    return tuple(dict.fromkeys([*own.kind.calls, *(route.calls if route else ())]))


def _tag(own: Incident, leading: Incident, letter: Row | None, card: ratings.Card, accepted: alerts.Ack | None) -> str:
    parts = [own.id, own.version, leading.id, leading.version, letter["at"] if letter else 0]
    parts += [card.given.at if card.given else 0, card.until or 0, accepted.at if accepted else 0]
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"'
