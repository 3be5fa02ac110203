"""`/desk/certificates`: requests, the oldest first, each answered with one tap; below, those given and taken back."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server import certificates, incidents
from server.certificates import ASKED, GRANTED, GRANTERS, REFUSED, REVOKED, Certificate
from server.desk import Frame, frame
from server.incidents import Incident
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

MOST = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A certificate and the ticket it is about."""

    certificate: Certificate
    incident: Incident


@dataclass(frozen=True, slots=True)
class Book:
    """What `certbook/certificates.html` shows."""

    frame: Frame
    waiting: tuple[Line, ...]
    given: tuple[Line, ...]
    not_given: tuple[Line, ...]
    taken_back: tuple[Line, ...]
    number: int
    """How many hold now, listed here or not."""
    may_grant: bool
    now: int


@router.get("/desk/certificates")
def show(request: Request, site: ThisSite, person: Triager) -> Response:
    """The page."""
    with site.store.look() as look:
        context = Book(
            frame=frame(look, person, "certificates"),
            waiting=_lines(look, person, ASKED),
            given=_lines(look, person, GRANTED),
            not_given=_lines(look, person, REFUSED),
            taken_back=_lines(look, person, REVOKED),
            number=certificates.count(look, person.communities, GRANTED),
            may_grant=person.role in GRANTERS,
            now=look.now,
        )
    return site.pages.page(request, "certbook/certificates.html", context)


def _lines(look: Work, person: Person, state: str) -> tuple[Line, ...]:
    found = certificates.listed(look, person.communities, state, MOST)
    tickets = ((one, incidents.get(look, one.incident)) for one in found)
    return tuple(Line(one, ticket) for one, ticket in tickets if ticket is not None)
