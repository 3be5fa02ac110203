"""`/desk`: the list, and one row of it for the page's script."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from server.desk import filters
from server.desk.filters import Filter
from server.desk.framing import Frame, frame, handles, own_desk, usual
from server.desk.listing import Chip, Listing, Tabs, chips, listing, one_row, tabs
from server.desk.rows import Row
from server.kit.site import ThisSite
from server.staff import Staff

router = APIRouter(include_in_schema=False)


def chosen(request: Request, person: Staff) -> Filter:
    """The filter in the address; without a tab, the one this person works on most."""
    typed = dict(request.query_params)
    if own_desk(person):
        typed.pop("desk", None)
    return filters.read(typed, usual(person))


Chosen = Annotated[Filter, Depends(chosen)]


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
    tabs: Tabs
    now: int
    chosen: int = 0
    picked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Pulse:
    """What `desk/_pulse.html` shows: the counts alone."""

    frame: Frame
    filter: Filter
    tabs: Tabs
    chips: tuple[Chip, ...]


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


@router.get("/desk/pulse")
def pulse(request: Request, site: ThisSite, person: Staff, wanted: Chosen) -> Response:
    """The counts alone: of the tabs, of the saved filters, and of what rings."""
    with site.store.look() as look:
        context = Pulse(frame(look, person, "tickets"), wanted, tabs(look, person, wanted), chips(look, person, wanted))
    return site.pages.page(request, "desk/_pulse.html", context)
