"""The ticket behind a receipt's code, and what somebody is shown who has a wrong one.

A code is 12 of 31 signs, 59 bits: with a million receipts, a thousand tries a second find one in some 25 years. The
limit only keeps the noise down, so it never stands between a rider and a receipt that exists.
"""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from server import incidents
from server.incidents import Incident
from server.kit.errors import Missing
from server.kit.site import Site
from server.kit.store import Work
from server.questions import Guesses

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}
LONGEST = 64


@dataclass(frozen=True, slots=True)
class NoReceipt:
    """Nothing behind this code."""

    typed: str


def guesses(site: Site) -> Guesses:
    """Who asked for what does not exist, by address."""
    found: Guesses = site.parts["riders"]
    return found


def behind(request: Request, site: Site, look: Work, code: str) -> Incident:
    """Raises `Missing`, and `TooMany` for an address that has missed too often."""
    try:
        return incidents.by_receipt(look, code[:LONGEST])
    except Missing:
        guesses(site).check(request)
        guesses(site).missed(request)
        raise


def unknown(request: Request, site: Site, code: str) -> Response:
    """404, and what may have happened."""
    return site.pages.page(request, "riders/no_receipt.html", NoReceipt(code[:40]), status=404, headers=PRIVATE)


def address(code: str) -> str:
    """Of the receipt, on this site."""
    return f"/r/{quote(code[:LONGEST], safe='')}"
