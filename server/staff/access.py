"""Who is asking: the dependencies with which other features' routes guard themselves."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from server.kit.errors import Forbidden, Unknown
from server.kit.site import ThisSite
from server.staff import actions, records
from server.staff.rules import Person

COOKIE = "cxz_staff"


def current(request: Request, site: ThisSite) -> Person:
    """The person logged in; raises `Unknown`, which a page answers with the login."""
    person = actions.who(site, request.cookies.get(COOKIE, ""))
    if person is None:
        raise Unknown("请先登录")
    return person


def triager(person: Annotated[Person, Depends(current)]) -> Person:
    """Somebody who routes and closes; raises `Forbidden`."""
    if not person.triages:
        raise Forbidden("这一步由居委或街道来做")
    return person


def fleet_minder(person: Annotated[Person, Depends(current)]) -> Person:
    """Somebody whose business the kiosks are; raises `Forbidden`."""
    if not person.minds_fleet:
        raise Forbidden("设备页面给居委和 IT 志愿者看")
    return person


@dataclass(frozen=True, slots=True)
class Bearer:
    """A program with a token. `communities` limits what it sees."""

    name: str
    communities: frozenset[str]


def bearer(request: Request, site: ThisSite) -> Bearer:
    """The program behind `Authorization: Bearer …`; raises `Unknown`."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        with site.store.look() as look:
            found = records.token_scopes(look, actions.fingerprint(token.strip()))
            if found is not None:
                return Bearer(found[0], records.covered(look, found[1]))
    raise Unknown("需要有效的令牌：Authorization: Bearer …")


Staff = Annotated[Person, Depends(current)]
Triager = Annotated[Person, Depends(triager)]
FleetMinder = Annotated[Person, Depends(fleet_minder)]
Client = Annotated[Bearer, Depends(bearer)]
