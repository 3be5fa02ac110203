"""`/desk/incidents/{id}/certificate`: given with one tap, refused or taken back with a reason, looked at."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import incidents
from server.certificates import actions, records
from server.certificates.actions import OnTicket
from server.certificates.office import Office
from server.certificates.paper import FORMS
from server.certificates.rules import GRANTED, Certificate
from server.certificates.seal import Broken
from server.incidents import Incident
from server.kit.errors import Fault, Invalid, Missing, Refused, Unavailable
from server.kit.site import Site, ThisSite
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Again:
    """A reason that could not be taken, with what was typed. `deed`: `refuse` or `revoke`."""

    incident: Incident
    card: OnTicket | None
    deed: str
    trouble: str
    reason: str
    tail: str
    back: str


@router.post("/desk/incidents/{incident}/certificate/grant")
def grant(incident: int, request: Request, site: ThisSite, person: Staff, back: Text = "") -> Response:
    """One tap."""
    with site.store.work() as work:
        actions.grant(site, work, incident, person)
    return _back(request, incident, back)


@router.post("/desk/incidents/{incident}/certificate/refuse")
def refuse(
    incident: int, request: Request, site: ThisSite, person: Staff, reason: Text = "", back: Text = ""
) -> Response:
    """With a reason that the reporter reads."""
    try:
        with site.store.work() as work:
            actions.refuse(work, incident, person, reason)
    except (Invalid, Refused) as refusal:
        return _again(request, site, person, incident, "refuse", refusal, reason, back)
    return _back(request, incident, back)


@router.post("/desk/incidents/{incident}/certificate/revoke")
def revoke(
    incident: int, request: Request, site: ThisSite, person: Staff, reason: Text = "", back: Text = ""
) -> Response:
    """With a reason; whoever checks it reads so at once."""
    try:
        with site.store.work() as work:
            actions.revoke(work, incident, person, reason)
    except (Invalid, Refused) as refusal:
        return _again(request, site, person, incident, "revoke", refusal, reason, back)
    return _back(request, incident, back)


@router.get("/desk/incidents/{incident}/certificate.pdf")
def as_pdf(incident: int, site: ThisSite, person: Staff) -> Response:
    """The same sheet that the reporter has."""
    with site.store.look() as look:
        known = records.latest(look, incidents.visible(look, incident, person).id)
    if known is None or known.state != GRANTED:
        raise Missing("这张工单没有有效的助人证明")
    return attached(site, known, "pdf")


def attached(site: Site, certificate: Certificate, form: str) -> Response:
    """The sheet as a file. Raises `Unavailable`."""
    try:
        made = Office.of(site).sheets.get(site, certificate, form)
    except Broken as cause:
        raise Unavailable("签发这张证明的公钥不在数据文件夹里了，请管理员从备份里找回") from cause
    name = f"certificate-{certificate.code}.{form}"
    spoken = quote(f"助人证明-{certificate.code}.{form}", safe="")
    headers = {
        # Shown, not pushed: inside WeChat a page can keep what it shows, and cannot download.
        "Content-Disposition": f"inline; filename=\"{name}\"; filename*=UTF-8''{spoken}",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(made, media_type=FORMS[form], headers=headers)


def _again(
    request: Request, site: Site, person: Person, incident: int, deed: str, refusal: Fault, reason: str, back: str
) -> Response:
    with site.store.look() as look:
        own = incidents.visible(look, incident, person)
        card = actions.on_ticket(look, own, person)
    query = request.url.query
    page = Again(own, card, deed, refusal.sentence, reason[:500], f"?{query}" if query else "", back)
    return site.pages.page(request, "certificates/again.html", page, status=refusal.status)


@router.get("/desk/incidents/{incident}/certificate/{deed}")
def reloaded(incident: int, deed: str, request: Request, person: Staff) -> Response:
    """Whoever reloads the page on which a reason was refused."""
    return _back(request, incident, "")


def _back(request: Request, incident: int, back: str) -> Response:
    if back == "list":
        return RedirectResponse("/desk/certificates", 303)
    query = request.url.query
    return RedirectResponse(f"/desk/incidents/{incident}{'?' + query if query else ''}#certificate", 303)
