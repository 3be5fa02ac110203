"""`/me/points`: the ledger of whoever is signed in, and putting the report of a receipt down for points."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from gateway.contract import receipts
from server.kit.errors import Fault, Missing, TooMany
from server.kit.site import Site, ThisSite
from server.points import actions, records
from server.points.actions import Put
from server.points.rules import Entry
from server.privacy import current_notice
from server.profiles import PRIVATE, Rider, Who, go, sign_in_first
from server.questions import Guesses

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """What `points/ledger.html` shows. `error`: why a receipt could not be taken; `typed`: what was typed."""

    rider: Rider
    balance: int
    put: Put | None
    """What was put down just now."""
    undecided: list[Put]
    lines: list[Entry]
    kinds: dict[str, str]
    version: int
    error: str
    typed: str
    now: int


@router.get("/me/points")
def ledger(request: Request, site: ThisSite, who: Who, put: str = "") -> Response:
    """Every line, the newest first; `put`: the number of the report that was put down just now."""
    if who is None or who.due:
        return sign_in_first("/me/points")
    return _page(request, site, who, put=put[:40])


@router.post("/me/claim")
def claim(
    request: Request, site: ThisSite, who: Who, receipt: Annotated[str, Form()] = "", there: Annotated[str, Form()] = ""
) -> Response:
    """Put a report down; `there`: pressed on the receipt, which is where one stays."""
    code = receipts.read(receipt[:64]) or ""
    if who is None or who.due:
        return sign_in_first(f"/r/{code}" if there and code else "/me/points")
    try:
        with site.store.work() as work:
            own = actions.claim(work, who.id, code)
    except Missing as refusal:
        return _page(request, site, who, _missed(request, site, refusal), receipt[:40])
    except Fault as refusal:
        return _page(request, site, who, refusal, receipt[:40])
    return go(f"/r/{quote(code)}#points" if there else f"/me/points?put={quote(own.number)}")


@router.get("/me/claim")
def back() -> Response:
    """Whoever reloads the page on which a receipt was refused."""
    return go("/me/points")


def _missed(request: Request, site: Site, refusal: Missing) -> Fault:
    """Why, counted only after a miss: receipts that exist are taken, whoever else stands behind the same address."""
    guesses: Guesses = site.parts["points"]
    try:
        guesses.check(request)
    except TooMany as limit:
        return limit
    guesses.missed(request)
    return refusal


def _page(
    request: Request, site: Site, rider: Rider, refusal: Fault | None = None, typed: str = "", put: str = ""
) -> Response:
    with site.store.look() as look:
        page = LedgerPage(
            rider=rider,
            balance=records.balance(look, rider.id),
            put=actions.put(look, rider.id, put) if put else None,
            undecided=actions.undecided(look, rider.id),
            lines=records.entries(look, rider.id),
            kinds=actions.KINDS,
            version=current_notice().version,
            error=refusal.sentence if refusal else "",
            typed=typed,
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "points/ledger.html", page, status=status, headers=PRIVATE)
