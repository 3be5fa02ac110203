"""`/c/{code}`: is this certificate true? For anybody, without a login. `/certificates/key`: to check it without us."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from gateway.contract import receipts
from server.certificates import checking, keys
from server.certificates.checking import UNKNOWN, Verdict
from server.certificates.office import Office
from server.kit.site import ThisSite

router = APIRouter(include_in_schema=False)

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Check:
    """What `certificates/verify.html` shows; without a verdict, only the field for a code."""

    verdict: Verdict | None
    typed: str
    now: int


@router.get("/c")
def typed(request: Request, site: ThisSite, code: str = "") -> Response:
    """Typed off a sheet of paper."""
    known = receipts.read(code)
    if known is not None:
        return RedirectResponse(f"/c/{known}", 303)
    Office.of(site).guesses.check(request)
    verdict = Verdict(UNKNOWN) if code.strip() else None
    return _page(request, site, verdict, code[:40])


@router.get("/c/{code}")
def scanned(request: Request, site: ThisSite, code: str, s: Annotated[str, Query()] = "") -> Response:
    """The address in the QR code; `s` is the signed text, missing when the code was typed."""
    known = receipts.read(code[:40])
    verdict = Verdict(UNKNOWN)
    if known is not None:
        with site.store.look() as look:
            verdict = checking.check(site, look, known, s)
    if verdict.state == UNKNOWN:
        # A true certificate is never hidden by what somebody else on this network guessed at.
        guesses = Office.of(site).guesses
        guesses.check(request)
        guesses.missed(request)
    return _page(request, site, verdict, known or code[:40])


@router.get("/certificates/key")
def key(site: ThisSite) -> Response:
    """Every public key that ever signed here, the one of today first: PEM, with the raw bytes in a line before it."""
    text = keys.sheet(keys.published(site.data))
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=300"})


def _page(request: Request, site: ThisSite, verdict: Verdict | None, code: str) -> Response:
    status = 404 if verdict is not None and verdict.state == UNKNOWN else 200
    context = Check(verdict, code, site.store.clock())
    return site.pages.page(request, "certificates/verify.html", context, status=status, headers=PRIVATE)
