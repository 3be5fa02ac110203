"""`/me`: a rider's own pages. Nobody needs them to check in or to report."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from server.kit.errors import Invalid
from server.kit.site import Site, ThisSite
from server.privacy import current_notice
from server.profiles import card, consent_pages, consents, leaving, qr, records, rules, sign_pages, signing
from server.profiles.access import PRIVATE, Who, go, sign_in_first
from server.profiles.card import Card
from server.profiles.events import Door, Home
from server.profiles.leaving import Copy
from server.profiles.rules import Phone, Rider

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class HomePage:
    """What `profiles/home.html` shows."""

    rider: Rider
    doors: list[Door]
    phones: int
    error: str
    typed: str
    longest: int = rules.LONGEST


@dataclass(frozen=True, slots=True)
class MonthPage:
    """What `profiles/month.html` shows."""

    rider: Rider
    card: Card


@dataclass(frozen=True, slots=True)
class PhonesPage:
    """What `profiles/phones.html` shows."""

    rider: Rider
    phones: list[Phone]
    now: int


@dataclass(frozen=True, slots=True)
class MovePage:
    """What `profiles/move_out.html` shows."""

    address: str
    code: Markup


@dataclass(frozen=True, slots=True)
class CopyPage:
    """What `profiles/copy.html` shows."""

    rider: Rider
    copy: Copy


@router.get("/me")
def me(request: Request, site: ThisSite, who: Who, to: str = "") -> Response:
    """Home, the way in, or what has to be asked first."""
    if who is None:
        return sign_pages.front(request, site, to)
    return consent_pages.ask(request, site, who, to) if who.due else _home(request, site, who)


@router.post("/me/nickname")
def rename(request: Request, site: ThisSite, who: Who, nickname: Text = "") -> Response:
    """Another nickname; a refused one stays in its field."""
    if who is None or who.due:
        return sign_in_first()
    try:
        name = rules.nickname(nickname[:100])
    except Invalid as refusal:
        return _home(request, site, who, refusal.sentence, nickname[:40], refusal.status)
    with site.store.work() as work:
        records.rename(work, who.id, name)
    return go("/me")


@router.post("/me/card")
def switch(site: ThisSite, who: Who, on: Text = "") -> Response:
    """记在我的卡上: on with consent; off takes away what was remembered."""
    if who is None or who.due:
        return sign_in_first()
    with site.store.work() as work:
        if on == "1":
            consents.agree(work, who.id, consents.CARD, current_notice().version)
        else:
            consents.refuse(work, who.id, consents.CARD)
    return go("/me")


@router.get("/me/month")
def month(request: Request, site: ThisSite, who: Who, m: str = "") -> Response:
    """我的一月; `m` as `2026-11`."""
    if who is None or who.due:
        return sign_in_first("/me/month")
    with site.store.look() as look:
        page = MonthPage(who, card.card(look, who, m))
    return site.pages.page(request, "profiles/month.html", page, headers=PRIVATE)


@router.get("/me/phones")
def phones(request: Request, site: ThisSite, who: Who) -> Response:
    """Where this profile is signed in."""
    if who is None or who.due:
        return sign_in_first("/me/phones")
    with site.store.look() as look:
        page = PhonesPage(who, records.phones(look, who.id), look.now)
    return site.pages.page(request, "profiles/phones.html", page, headers=PRIVATE)


@router.post("/me/phones/{session}/out")
def out_there(site: ThisSite, who: Who, session: int) -> Response:
    """End one session of one's own, also this one."""
    if who is None:
        return sign_in_first()
    with site.store.work() as work:
        records.close(work, who.id, session)
    return _away() if session == who.session else go("/me/phones")


@router.post("/me/out")
def out_everywhere(site: ThisSite, who: Who) -> Response:
    """End every session, here too."""
    if who is not None:
        with site.store.work() as work:
            records.close(work, who.id)
    return _away()


@router.post("/me/move")
def move(request: Request, site: ThisSite, who: Who) -> Response:
    """A one-time link for the new phone, and its QR."""
    if who is None or who.due:
        return sign_in_first()
    with site.store.work() as work:
        token = leaving.make_move(work, who.id)
    address = f"{site.public_url}/me/move/{token}"
    return site.pages.page(request, "profiles/move_out.html", MovePage(address, qr.svg(address)), headers=PRIVATE)


@router.get("/me/move")
def move_back() -> Response:
    """Whoever reloads the page with the link."""
    return go("/me")


@router.get("/me/data")
def copy(request: Request, site: ThisSite, who: Who) -> Response:
    """Everything about oneself, to read."""
    if who is None:
        return sign_in_first("/me/data")
    page = CopyPage(who, _copy(site, who))
    return site.pages.page(request, "profiles/copy.html", page, headers=PRIVATE)


@router.get("/me/data.json")
def copy_as_json(site: ThisSite, who: Who) -> Response:
    """The same for programs, as a file."""
    if who is None:
        return sign_in_first("/me/data")
    headers = {
        **PRIVATE, "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="changxiaozhan-my-data.json"',
    }  # fmt: skip
    return Response(_copy(site, who).as_json(), media_type="application/json", headers=headers)


@router.get("/me/leave")
def ask(request: Request, site: ThisSite, who: Who) -> Response:
    """What goes and what stays, before the button."""
    if who is None:
        return sign_in_first()
    with site.store.look() as look:
        home = Home(who)
        look.tell(home)
    page = HomePage(who, home.doors, 0, "", "")
    return site.pages.page(request, "profiles/leave.html", page, headers=PRIVATE)


@router.post("/me/leave")
def leave(request: Request, site: ThisSite, who: Who) -> Response:
    """At once, without a question why."""
    if who is not None:
        with site.store.work() as work:
            leaving.leave(work, who.id)
    response = site.pages.page(request, "profiles/left.html", headers=PRIVATE)
    response.delete_cookie(signing.COOKIE)
    return response


def _home(
    request: Request, site: Site, rider: Rider, error: str = "", typed: str = "", status: int = 200
) -> Response:  # fmt: skip
    with site.store.look() as look:
        home = Home(rider)
        look.tell(home)
        page = HomePage(rider, home.doors, len(records.phones(look, rider.id)), error, typed or rider.nickname)
    return site.pages.page(request, "profiles/home.html", page, status=status, headers=PRIVATE)


def _copy(site: Site, rider: Rider) -> Copy:
    with site.store.work() as work:
        return leaving.copy(work, rider)


def _away() -> Response:
    response = go("/me")
    response.delete_cookie(signing.COOKIE)
    return response
