"""`/me/points`: the ledger of whoever is signed in, and putting the report of a receipt on the card."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from gateway.contract import receipts
from server.kit.errors import Fault, Missing
from server.kit.site import Site, ThisSite
from server.points import actions, records
from server.points.rules import Entry
from server.profiles import PRIVATE, Rider, Who, go, sign_in_first
from server.questions import Guesses

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """What `points/ledger.html` shows. `error`: why a receipt could not be taken; `typed`: what was typed."""

    rider: Rider
    balance: int
    entries: list[Entry]
    kinds: dict[str, str]
    error: str
    typed: str
    now: int


@router.get("/me/points")
def ledger(request: Request, site: ThisSite, who: Who) -> Response:
    """Every line, the newest first."""
    return sign_in_first("/me/points") if who is None else _page(request, site, who)


@router.post("/me/claim")
def claim(
    request: Request, site: ThisSite, who: Who, receipt: Annotated[str, Form()] = "", there: Annotated[str, Form()] = ""
) -> Response:
    """Put a report on the card; `there`: pressed on the receipt, which is where one stays."""
    code = receipts.read(receipt[:64]) or ""
    if who is None:
        return sign_in_first(f"/r/{code}" if there and code else "/me/points")
    guesses: Guesses = site.parts["points"]
    guesses.check(request)
    try:
        with site.store.work() as work:
            actions.claim(work, who.id, code)
    except Fault as refusal:
        if isinstance(refusal, Missing):
            guesses.missed(request)
        return _page(request, site, who, refusal, receipt[:40])
    return go(f"/r/{quote(code)}#points" if there else "/me/points")


@router.get("/me/claim")
def back() -> Response:
    """Whoever reloads the page on which a receipt was refused."""
    return go("/me/points")


def _page(request: Request, site: Site, rider: Rider, refusal: Fault | None = None, typed: str = "") -> Response:
    with site.store.look() as look:
        page = LedgerPage(
            rider, records.balance(look, rider.id), records.entries(look, rider.id), actions.KINDS,
            refusal.sentence if refusal else "", typed, look.now,
        )  # fmt: skip
    status = refusal.status if refusal else 200
    return site.pages.page(request, "points/ledger.html", page, status=status, headers=PRIVATE)
