"""`/desk`: the list, and one row of it for the page's script."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.desk import filters
from server.desk.filters import Filter
from server.desk.framing import Frame, frame, handles, own_desk
from server.desk.listing import Listing, Row, listing, one_row, tabs
from server.kit.site import ThisSite
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False)


def chosen(
    person: Staff,
    tab: str = "",
    station: str = "",
    desk: str = "",
    order: str = "",
    before: Annotated[int | None, Query()] = None,
    q: str = "",
) -> Filter:
    """The filter in the address; without a tab, the one this person works on most."""
    return filters.read(tab, station, "" if own_desk(person) else desk, order, before, usual(person), q)


Chosen = Annotated[Filter, Depends(chosen)]


def usual(person: Person) -> str:
    """Those who triage begin with what is new, the others with what they have to do."""
    return "new" if person.triages else "working"


@dataclass(frozen=True, slots=True)
class Desk:
    """What `desk/list.html` shows."""

    frame: Frame
    list: Listing


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What `desk/_row_answer.html` shows."""

    frame: Frame
    row: Row
    filter: Filter
    tabs: tuple[tuple[str, str, int], ...]
    now: int
    chosen: int = 0


@router.get("/desk")
def show(request: Request, site: ThisSite, person: Staff, wanted: Chosen) -> Response:
    """The list; those who have no tickets go on to the kiosks."""
    if not handles(person):
        return RedirectResponse("/desk/fleet", 303)
    with site.store.look() as look:
        context = Desk(frame(look, person, "tickets"), listing(look, person, wanted))
    return site.pages.page(request, "desk/list.html", context)


@router.get("/desk/rows/{ticket}")
def row(ticket: int, request: Request, site: ThisSite, person: Staff, wanted: Chosen) -> Response:
    """A row as it is now, and the tabs' counts; 404 when it is not (or no longer) for this person's eyes."""
    with site.store.look() as look:
        found = one_row(look, person, wanted, ticket)
        context = RowAnswer(frame(look, person, "tickets"), found, wanted, tabs(look, person, wanted), look.now)
    return site.pages.page(request, "desk/_row_answer.html", context)
