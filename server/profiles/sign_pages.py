"""`/me` for who is not signed in: a number, the code that was sent to it, a nickname; and in from another phone."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from server.kit.errors import Fault, Invalid, Missing, TooMany
from server.kit.site import Site, ThisSite
from server.privacy import current_notice
from server.profiles import leaving, records, rules, signing
from server.profiles.access import PRIVATE, Who, go, inside, with_session
from server.questions import Guesses

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class WayIn:
    """What `profiles/sign_in.html` shows. `step`: phone, code or name; `shown`: the code, in the demo only."""

    step: str
    to: str
    error: str = ""
    phone: str = ""
    shown: str = ""
    ticket: str = ""
    nickname: str = ""
    card: bool = False
    version: int = 0
    longest: int = rules.LONGEST


@dataclass(frozen=True, slots=True)
class MoveIn:
    """What `profiles/move_in.html` shows on the new phone."""

    token: str
    good: bool


@router.post("/me/code")
def send_code(request: Request, site: ThisSite, phone: Text = "", to: Text = "") -> Response:
    """Send a code; asked too soon, the one of before can still be typed in."""
    try:
        number, shown = signing.send_code(site, phone, _address(request))
    except Invalid as refusal:
        return _page(request, site, WayIn("phone", inside(to), refusal.sentence, phone[:20]), refusal.status)
    except Fault as refusal:
        # Limited or broken: whoever has a code already goes on with it.
        step = "code" if refusal.status == 429 else "phone"
        return _page(request, site, WayIn(step, inside(to), refusal.sentence, phone[:20]), refusal.status)
    return _page(request, site, WayIn("code", inside(to), phone=number, shown=shown))


@router.post("/me/verify")
def verify(request: Request, site: ThisSite, phone: Text = "", code: Text = "", to: Text = "") -> Response:
    """The code: in, or on to the nickname when the number is new. Each code has its own few tries."""
    try:
        number = rules.mobile(phone)
        ticket = signing.check_code(site, number, code[:20])
    except Invalid as refusal:
        return _page(request, site, WayIn("code", inside(to), refusal.sentence, phone[:20]), refusal.status)
    with site.store.work() as work:
        rider = signing.known(work, number)
        if rider is not None:
            cookie = signing.sign_in(site, work, rider, _agent(request))
            return with_session(site, go(inside(to)), cookie)
    version = current_notice().version
    return _page(request, site, WayIn("name", inside(to), phone=number, ticket=ticket, version=version))


@router.post("/me/open")
def open_profile(
    request: Request,
    site: ThisSite,
    ticket: Text = "",
    nickname: Text = "",
    agree: Text = "",
    card: Text = "",
    version: Annotated[int, Form()] = 0,
    to: Text = "",
) -> Response:
    """A new profile; what was typed stays when it cannot be taken."""
    phone = signing.verified(site, ticket)
    try:
        with site.store.work() as work:
            rider = signing.open_profile(work, phone, nickname[:100], bool(agree), bool(card), version)
            cookie = signing.sign_in(site, work, rider, _agent(request))
    except Invalid as refusal:
        page = WayIn(
            "name", inside(to), refusal.sentence, phone, "", ticket, nickname[:40], bool(card),
            current_notice().version,
        )  # fmt: skip
        return _page(request, site, page, refusal.status)
    return with_session(site, go(inside(to)), cookie)


@router.get("/me/code")
@router.get("/me/verify")
@router.get("/me/open")
def back() -> Response:
    """Whoever reloads a page in the middle begins anew."""
    return go("/me")


@router.get("/me/move/{token}")
def show_move(request: Request, site: ThisSite, token: str) -> Response:
    """On the new phone. Opening it signs nobody in: chat programs open links too, to look what is behind."""
    with site.store.look() as look:
        good = leaving.good_move(look, token)
    status = 200 if good else _missed(request, site)
    return site.pages.page(
        request, "profiles/move_in.html", MoveIn(token[:100], good), status=status, headers=PRIVATE
    )  # fmt: skip


@router.post("/me/move/{token}")
def move(request: Request, site: ThisSite, who: Who, token: str) -> Response:
    """Signs the new phone in, once; whoever was signed in there before is not any more."""
    try:
        with site.store.work() as work:
            cookie = leaving.move(site, work, token, _agent(request))
            if who is not None:
                records.close(work, who.id, who.session)
    except Missing:
        page, status = MoveIn(token[:100], False), _missed(request, site)
        return site.pages.page(request, "profiles/move_in.html", page, status=status, headers=PRIVATE)
    return with_session(site, go("/me"), cookie)


def front(request: Request, site: Site, to: str) -> Response:
    """The way in."""
    return _page(request, site, WayIn("phone", inside(to)))


def _missed(request: Request, site: Site) -> int:
    """404, or 429 for an address with too many misses. A good link never comes here: many phones share an address."""
    guesses: Guesses = site.parts["profiles"].guesses
    try:
        guesses.check(request)
    except TooMany as limit:
        return limit.status
    guesses.missed(request)
    return 404


def _page(request: Request, site: Site, page: WayIn, status: int = 200) -> Response:
    return site.pages.page(request, "profiles/sign_in.html", page, status=status, headers=PRIVATE)


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")[:500]
