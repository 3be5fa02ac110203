"""`/r/{receipt}/add` and `/r/{receipt}/retract`: a word or a photo later; and that nobody need come any more.

Pages of their own: the receipt reloads itself, and nothing that is being typed may vanish.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import additions, incidents, stations
from server.additions import Card, ThisAddition
from server.incidents import Incident
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import Site, ThisSite
from server.riders import codes
from server.stations import Station

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AddingPage:
    """The form, empty or as it was sent; without `card` nothing was ever to be added here."""

    own: Incident
    station: Station | None
    card: Card | None
    trouble: str
    words: str
    now: int


@router.get("/r/{code}/add")
def form(request: Request, site: ThisSite, code: str) -> Response:
    """The form, or why there is none any more."""
    return _page(request, site, code, "riders/add.html")


@router.post("/r/{code}/add")
def add(request: Request, site: ThisSite, code: str, sent: ThisAddition) -> Response:
    """To the receipt, or the form again with what was typed."""
    try:
        left = additions.take(site, code[: codes.LONGEST], sent).left
    except (Invalid, Refused) as refusal:
        return _page(request, site, code, "riders/add.html", refusal, sent.said("words"))
    except Missing:
        return _page(request, site, code, "riders/add.html")
    return RedirectResponse(f"{codes.address(code)}?added=1{'&left=' + left if left else ''}#said", 303)


@router.get("/r/{code}/retract")
def confirm(request: Request, site: ThisSite, code: str) -> Response:
    """Asks once more, and says what it means."""
    return _page(request, site, code, "riders/retract.html")


@router.post("/r/{code}/retract")
def retract(
    request: Request,
    site: ThisSite,
    code: str,
    words: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Write it down; the ticket stays with those who have it."""
    try:
        with site.store.work() as work:
            additions.retract(work, code[: codes.LONGEST], words, additions.read_seen(seen))
    except Refused as refusal:
        return _page(request, site, code, "riders/retract.html", refusal, words)
    except Missing:
        return _page(request, site, code, "riders/retract.html")
    return RedirectResponse(f"{codes.address(code)}#said", 303)


def _page(
    request: Request, site: Site, code: str, template: str, refusal: Fault | None = None, words: str = ""
) -> Response:
    with site.store.look() as look:
        try:
            own = codes.behind(request, site, look, code)
        except Missing:
            return codes.unknown(request, site, code)
        page = AddingPage(
            own=own,
            station=stations.known(look, own.station),
            card=additions.card(look, own, incidents.leading(look, own)),
            trouble=refusal.sentence if refusal else "",
            words=words[: additions.MAX_WORDS],
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, template, page, status=status, headers=codes.PRIVATE)
