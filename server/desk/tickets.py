"""`/desk/incidents/{id}` and its moves."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import incidents
from server.desk.pages import Chosen
from server.desk.ticket import Typed, ticket
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.site import ThisSite
from server.staff import Staff

router = APIRouter(include_in_schema=False)


@router.get("/desk/incidents/{incident}")
def show(incident: int, request: Request, site: ThisSite, person: Staff, chosen: Chosen, said: str = "") -> Response:
    """The ticket, with the list beside it where there is room."""
    with site.store.look() as look:
        context = ticket(look, person, incident, chosen, said=said)
    return site.pages.page(request, "desk/ticket.html", context)


@router.post("/desk/incidents/{incident}/{move}")
def move(
    incident: int,
    move: str,
    request: Request,
    site: ThisSite,
    person: Staff,
    chosen: Chosen,
    version: Annotated[int, Form()] = 0,
    note: Annotated[str, Form()] = "",
    reply: Annotated[str, Form()] = "",
    desk: Annotated[str, Form()] = "",
    into: Annotated[str, Form()] = "",
    pick: Annotated[str, Form()] = "",
    letter: Annotated[str, Form()] = "",
    on_screen: Annotated[bool, Form()] = False,
) -> Response:
    """Make the move and show the ticket again; a refusal shows why, with everything typed kept."""
    typed = Typed(move, note, reply, desk, into.strip() or pick, letter, on_screen)
    try:
        with site.store.work() as work:
            incidents.move(
                work,
                incident,
                move,
                person,
                version=version,
                note=note,
                reply=reply,
                desk=desk,
                into=typed.into,
                letter=letter if on_screen else "",
            )
    except (Refused, Invalid, Forbidden) as refusal:
        with site.store.look() as look:
            context = ticket(look, person, incident, chosen, typed=typed, refusal=refusal)
        return site.pages.page(request, "desk/ticket.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/incidents/{incident}?said={move}&{chosen.query}", 303)
