"""`/me` for who agreed to an earlier notice: what changed, yes or no to each purpose, and switching one off later."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from server.kit.errors import Fault, Missing
from server.kit.site import Site, ThisSite
from server.privacy import current_notice
from server.profiles import consents
from server.profiles.access import PRIVATE, Who, go, inside, sign_in_first
from server.profiles.consents import Ask, Purpose
from server.profiles.rules import Rider

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class AskPage:
    """What `profiles/ask.html` shows. `version`: of the notice that is agreed to."""

    rider: Rider
    asks: list[Ask]
    version: int
    to: str
    error: str


@dataclass(frozen=True, slots=True)
class RefusePage:
    """What `profiles/refuse.html` shows, before a purpose is switched off."""

    purpose: Purpose
    to: str


@router.get("/me/refuse")
def before(request: Request, site: ThisSite, who: Who, purpose: str = "", to: str = "") -> Response:
    """What goes and what stays, before the button."""
    if who is None:
        return sign_in_first()
    if purpose == consents.PROFILE:
        return go("/me/leave")
    found = consents.PURPOSES.get(purpose)
    if found is None:
        raise Missing("没有这一项")
    return site.pages.page(request, "profiles/refuse.html", RefusePage(found, inside(to)), headers=PRIVATE)


@router.post("/me/agree")
def agree(
    request: Request,
    site: ThisSite,
    who: Who,
    purpose: Text = "",
    version: Annotated[int, Form()] = 0,
    to: Text = "",
) -> Response:
    """Yes: on to the next question, or to where one wanted to go."""
    if who is None:
        return sign_in_first(inside(to))
    try:
        with site.store.work() as work:
            consents.agree(work, who.id, purpose, version)
    except Fault as refusal:
        return ask(request, site, who, to, refusal)
    return go(inside(to))


@router.post("/me/refuse")
def refuse(site: ThisSite, who: Who, purpose: Text = "", to: Text = "") -> Response:
    """No: off at once."""
    if who is None:
        return sign_in_first(inside(to))
    if purpose == consents.PROFILE:
        return go("/me/leave")
    with site.store.work() as work:
        consents.refuse(work, who.id, purpose)
    return go(inside(to))


@router.get("/me/agree")
def back() -> Response:
    """Whoever reloads a page with a question."""
    return go("/me")


def ask(request: Request, site: Site, rider: Rider, to: str, refusal: Fault | None = None) -> Response:
    """The questions that wait."""
    with site.store.look() as look:
        waiting = consents.asks(look, rider.id)
    sentence = refusal.sentence if refusal else ""
    page = AskPage(rider, waiting, current_notice().version, inside(to), sentence)
    status = refusal.status if refusal else 200
    return site.pages.page(request, "profiles/ask.html", page, status=status, headers=PRIVATE)
