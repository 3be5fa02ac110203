"""Who is at the door of a rider's own pages, and where to go afterwards."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from server.kit.site import Site, ThisSite
from server.profiles import rules, signing
from server.profiles.rules import Rider

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}
_INSIDE = re.compile(r"/(me|r|s)(/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,3}", re.ASCII)


def current(request: Request, site: ThisSite) -> Rider | None:
    """Who is signed in on the phone that asks."""
    return signing.current(site, request)


Who = Annotated[Rider | None, Depends(current)]


def inside(to: str) -> str:
    """Only a rider's page of this site: signing in must not send anybody elsewhere."""
    return to if _INSIDE.fullmatch(to) else "/me"


def sign_in_first(to: str = "/me") -> Response:
    """To the way in, or to what has to be asked first, and from there on to where one wanted to go."""
    return go("/me" if to == "/me" else f"/me?to={quote(inside(to), safe='/')}")


def go(to: str) -> Response:
    """See it."""
    return RedirectResponse(to, 303)


def with_session(site: Site, response: Response, cookie: str) -> Response:
    """The answer that signs a phone in."""
    response.set_cookie(
        signing.COOKIE,
        cookie,
        max_age=rules.SESSION_MS // 1000,
        httponly=True,
        samesite="lax",
        secure=site.public_url.startswith("https:"),
    )
    return response
