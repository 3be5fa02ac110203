"""`/c/{code}`: is this certificate true? For anybody, without a login. `/certificates`: how to check it without us."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from gateway.contract import receipts
from server.certificates import checking, keys, seal
from server.certificates.checking import NOT_FOUND, NOTHING, UNKNOWN, Verdict
from server.certificates.office import Office
from server.kit.site import ThisSite

router = APIRouter(include_in_schema=False)

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}
READING = ["GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class Check:
    """What `certificates/verify.html` shows; without a verdict, only the field for a code."""

    verdict: Verdict | None
    typed: str
    now: int


@dataclass(frozen=True, slots=True)
class Published:
    """What `certificates/offline.html` shows: key id and raw key in base64, the key of today first; the claims."""

    keys: tuple[tuple[str, str], ...]
    claims: tuple[tuple[str, str], ...]


@router.api_route("/c", methods=READING)
def typed(request: Request, site: ThisSite, code: str = "") -> Response:
    """Typed off a sheet of paper."""
    known = receipts.read(code)
    if known is not None:
        return RedirectResponse(f"/c/{known}", 303)
    if not code.strip():
        return _page(request, site, None, "")
    # Nonsense is counted as a wrong code is; the empty field is there for everybody.
    Office.of(site).guesses.check(request)
    return _page(request, site, Verdict(NOT_FOUND), code[:40])


@router.api_route("/c/{code}", methods=READING)
def scanned(request: Request, site: ThisSite, code: str, s: Annotated[str, Query()] = "") -> Response:
    """The address in the QR code; `s` is the signed text, missing when the code was typed."""
    known = receipts.read(code[:40])
    verdict = Verdict(UNKNOWN if s else NOT_FOUND)
    if known is not None:
        with site.store.look() as look:
            verdict = checking.check(site, look, known, s)
    if verdict.state in NOTHING:
        # A true certificate is never hidden by what somebody else on this network guessed at.
        guesses = Office.of(site).guesses
        guesses.check(request)
        guesses.missed(request)
    return _page(request, site, verdict, receipts.show(known) if known else code[:40])


@router.api_route("/certificates", methods=READING)
def offline(request: Request, site: ThisSite) -> Response:
    """What the public keys are for, in plain words; a bare PEM frightens whoever only wanted to be sure."""
    published = keys.published(site.data)
    page = Published(tuple((key_id, keys.raw64(key)) for key_id, key in published.items()), seal.CLAIMS)
    return site.pages.page(request, "certificates/offline.html", page)


@router.api_route("/certificates/key", methods=READING)
def key(site: ThisSite) -> Response:
    """Every public key that ever signed here, the one of today first: PEM, with the raw bytes in a line before it."""
    text = keys.sheet(keys.published(site.data))
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=300"})


def _page(request: Request, site: ThisSite, verdict: Verdict | None, code: str) -> Response:
    status = 404 if verdict is not None and verdict.state in NOTHING else 200
    context = Check(verdict, code, site.store.clock())
    return site.pages.page(request, "certificates/verify.html", context, status=status, headers=PRIVATE)
