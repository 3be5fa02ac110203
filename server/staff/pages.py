"""`/login` and `/logout`."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.kit.errors import TooMany, Unknown
from server.kit.site import ThisSite
from server.staff import actions
from server.staff.access import COOKIE

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Login:
    """What the login page shows."""

    login: str
    error: str
    to: str


@router.get("/login")
def show(request: Request, site: ThisSite, to: str = "/desk") -> Response:
    """The form; somebody already logged in goes straight on."""
    if actions.who(site, request.cookies.get(COOKIE, "")):
        return RedirectResponse(inside(to), 303)
    return site.pages.page(request, "staff/login.html", Login("", "", inside(to)))


@router.post("/login")
def log_in(
    request: Request,
    site: ThisSite,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/desk",
) -> Response:
    """Opens a session; a refusal shows the form again with the account name kept."""
    address = request.client.host if request.client else "?"
    try:
        session = actions.log_in(site, site.parts["staff"], login, password, address)
    except (Unknown, TooMany) as refusal:
        context = Login(login[:64], refusal.sentence, inside(to))
        return site.pages.page(request, "staff/login.html", context, status=refusal.status)
    response = RedirectResponse(inside(to), 303)
    response.set_cookie(
        COOKIE,
        session.token,
        max_age=actions.SESSION_MS // 1000,
        httponly=True,
        samesite="lax",
        secure=site.public_url.startswith("https:"),
    )
    return response


@router.post("/logout")
def log_out(request: Request, site: ThisSite) -> Response:
    """Ends the session at the server too."""
    actions.log_out(site, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    return response


def inside(to: str) -> str:
    """Only an address of this site: a login must not send anybody elsewhere."""
    parts = urlsplit(to)
    good = to.startswith("/") and not to.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return to if good and to.isprintable() else "/desk"
