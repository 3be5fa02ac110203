"""`/desk/filters`: saving a filter under a name, giving it another one, taking it away."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.desk import filters, saved
from server.desk.framing import Frame, frame, handles, usual
from server.desk.listing import Chip, chips
from server.kit.errors import Fault, Forbidden
from server.kit.site import Site, ThisSite
from server.staff import Person, Staff
from server.stations import communities

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What `desk/filters.html` shows. `name`, `query`: what was typed and not taken."""

    frame: Frame
    chips: tuple[Chip, ...]
    may_share: dict[str, str]
    places: dict[str, str]
    most: int
    name: str = ""
    query: str = ""
    error: str = ""


@router.get("/desk/filters")
def show(request: Request, site: ThisSite, person: Staff) -> Response:
    """A person's own filters and those shared with them."""
    return _answer(request, site, person)


@router.post("/desk/filters")
def save(
    request: Request,
    site: ThisSite,
    person: Staff,
    name: Annotated[str, Form()] = "",
    query: Annotated[str, Form()] = "",
    community: Annotated[str, Form()] = "",
) -> Response:
    """Keep what the list shows now under a name; a refusal keeps what was typed."""
    chosen = filters.parse(query[:2000], usual(person))
    try:
        if not handles(person):
            raise Forbidden("没有工单可看")
        with site.store.work() as work:
            saved.save(work, person, name, chosen, community)
    except Fault as refusal:
        return _answer(request, site, person, name[:200], chosen.query, refusal)
    return RedirectResponse(f"/desk?{chosen.query}", 303)


@router.post("/desk/filters/{number}")
def rename(
    number: int,
    request: Request,
    site: ThisSite,
    person: Staff,
    name: Annotated[str, Form()] = "",
    community: Annotated[str, Form()] = "",
) -> Response:
    """Another name, or shared with others."""
    try:
        with site.store.work() as work:
            saved.rename(work, person, number, name, community)
    except Fault as refusal:
        return _answer(request, site, person, refusal=refusal)
    return RedirectResponse("/desk/filters", 303)


@router.post("/desk/filters/{number}/remove")
def remove(number: int, site: ThisSite, person: Staff) -> Response:
    """Take it away."""
    with site.store.work() as work:
        saved.remove(work, person, number)
    return RedirectResponse("/desk/filters", 303)


def _answer(
    request: Request, site: Site, person: Person, name: str = "", query: str = "", refusal: Fault | None = None
) -> Response:
    with site.store.look() as look:
        places = {row["code"]: row["name"] for row in communities(look) if person.sees(row["code"])}
        context = Shelf(
            frame=frame(look, person, "tickets"),
            chips=chips(look, person, filters.parse("", usual(person))),
            may_share=places if saved.may_share(person) else {},
            places=places,
            most=saved.MOST,
            name=name,
            query=query,
            error=refusal.sentence if refusal else "",
        )
    return site.pages.page(request, "desk/filters.html", context, status=refusal.status if refusal else 200)
