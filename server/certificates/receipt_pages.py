"""`/r/{receipt}/certificate`: the reporter asks for it, and keeps it as PDF or picture."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from server.certificates import actions
from server.certificates.desk_pages import attached
from server.certificates.office import Office
from server.certificates.verify_pages import READING
from server.kit.errors import Missing, Refused
from server.kit.site import Site, ThisSite

router = APIRouter(include_in_schema=False)


@router.get("/r/{receipt}/certificate")
def back(receipt: str) -> Response:
    """Whoever reloads the page on which asking was refused."""
    return RedirectResponse(_address(receipt), 303)


@router.post("/r/{receipt}/certificate")
def ask(request: Request, site: ThisSite, receipt: str) -> Response:
    """Ask, once; the receipt shows what came of it, also why there is none."""
    try:
        with site.store.work() as work:
            actions.ask(work, receipt[:64])
    except Missing:
        _missed(request, site)
        raise
    return RedirectResponse(_address(receipt), 303)


@router.api_route("/r/{receipt}/certificate.pdf", methods=READING)
def as_pdf(request: Request, site: ThisSite, receipt: str) -> Response:
    """On A5, to print or to send."""
    return _sheet(request, site, receipt, "pdf")


@router.api_route("/r/{receipt}/certificate.png", methods=READING)
def as_png(request: Request, site: ThisSite, receipt: str) -> Response:
    """As a picture, which chat apps show at once."""
    return _sheet(request, site, receipt, "png")


def _sheet(request: Request, site: Site, receipt: str, form: str) -> Response:
    try:
        with site.store.look() as look:
            certificate = actions.granted(look, receipt[:64])
    except Missing:
        _missed(request, site)
        raise
    except Refused:
        return RedirectResponse(_address(receipt), 303)
    return attached(site, certificate, form)


def _missed(request: Request, site: Site) -> None:
    """Raises `TooMany` for an address that has missed too often; a receipt that exists is never held back."""
    office = Office.of(site)
    office.guesses.check(request)
    office.guesses.missed(request)


def _address(receipt: str) -> str:
    return f"/r/{quote(receipt[:64], safe='')}#certificate"
