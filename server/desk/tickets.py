"""`/desk/incidents/{id}`, its moves, and the answers to what colleagues ask for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import incidents
from server.desk import sending, wording
from server.desk.filters import Filter
from server.desk.forms import Preview, Typed
from server.desk.pages import Chosen
from server.desk.ticket import began, said_by, ticket
from server.desk.whereabouts import place_of
from server.kit.errors import Fault, Forbidden, Invalid, Missing, Refused
from server.kit.site import Site, ThisSite
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False)

MOST_DIGITS = 15
Text = Annotated[str, Form()]


def number(incident: str) -> int:
    """A ticket's or request's number as it stands in an address; raises `Missing` for anything that is none."""
    if not (incident.isascii() and incident.isdigit() and len(incident) <= MOST_DIGITS):
        raise Missing("没有找到这张工单")
    return int(incident)


Number = Annotated[int, Depends(number)]


@dataclass(frozen=True, slots=True)
class PreviewAlone:
    """What `desk/_preview.html` shows to the page's script."""

    preview: Preview


def read_form(
    move: str,
    note: Text = "",
    reply: Text = "",
    desk: Text = "",
    into: Text = "",
    pick: Text = "",
    letter: Text = "",
    on_screen: Annotated[bool, Form()] = False,
    until: Text = "",
    body: Text = "",
    assignee: Text = "",
    category: Text = "",
    level: Text = "",
    place: Text = "",
    words: Text = "",
    photos: Annotated[list[str] | None, Form()] = None,
) -> Typed:
    """A move's form as it was sent."""
    chosen = tuple(int(one) for one in photos or () if one.isascii() and one.isdigit() and len(one) <= MOST_DIGITS)
    into = into.strip() or pick
    return Typed(
        move, note, reply, desk, into, letter, on_screen, until, body, assignee, category, level, place, words, chosen
    )


@router.get("/desk/incidents/{incident}")
def show(
    incident: Number, request: Request, site: ThisSite, person: Staff, chosen: Chosen, said: str = "", history: str = ""
) -> Response:
    """The ticket, with the list beside it where there is room. `history=changes` leaves out what changed nothing."""
    with site.store.look() as look:
        context = ticket(look, person, incident, chosen, said=said, only_changes=history == "changes")
    return site.pages.page(request, "desk/ticket.html", context)


@router.post("/desk/incidents/{incident}/{move}")
def move(
    incident: Number,
    request: Request,
    site: ThisSite,
    person: Staff,
    chosen: Chosen,
    typed: Annotated[Typed, Depends(read_form)],
    version: Text = "",
    act: Text = "",
    template: Text = "",
    letter_template: Text = "",
) -> Response:
    """Make the move and show the ticket again; a refusal shows why, with everything typed kept.

    `act`: `fill` puts a template in, `preview` shows what will be read; neither changes the ticket.
    """
    if act:
        return _back(incident, request, site, person, chosen, typed, act, (template, letter_template))
    page = int(version) if version.isascii() and version.isdigit() and len(version) <= MOST_DIGITS else 0
    try:
        with site.store.work() as work:
            changed = sending.send(work, person, incident, typed, page)
    except (Refused, Invalid, Forbidden) as refusal:
        return _refused(incident, request, site, person, chosen, typed, page, refusal)
    return RedirectResponse(f"/desk/incidents/{changed.id}?said={typed.move}&{chosen.query}", 303)


@router.get("/desk/incidents/{incident}/amap")
def amap(incident: Number, site: ThisSite, person: Staff) -> Response:
    """Off to a Chinese map with the place alone. No page here names an outside address; only a tap leads there."""
    with site.store.look() as look:
        lat, lon = place_of(look, person, incident).gcj
    return RedirectResponse(f"https://uri.amap.com/marker?position={lon},{lat}&coordinate=gaode", 303)


@router.get("/desk/incidents/{incident}/{move}")
def reloaded(incident: Number, move: str, person: Staff, chosen: Chosen) -> Response:
    """Whoever reloads or shares the address of a form that was refused."""
    return RedirectResponse(f"/desk/incidents/{incident}?{chosen.query}", 303)


@router.post("/desk/incidents/{incident}/requests/{asked}/{answer}")
def answer(
    incident: Number,
    asked: str,
    answer: str,
    request: Request,
    site: ThisSite,
    person: Staff,
    chosen: Chosen,
    note: Text = "",
) -> Response:
    """Agree to what a colleague asks for, decline it with a reason, or take one's own request back."""
    number_asked = number(asked)
    try:
        with site.store.work() as work:
            sending.settle(work, person, incident, number_asked, answer, note)
    except (Refused, Invalid, Forbidden) as refusal:
        with site.store.look() as look:
            context = ticket(look, person, incident, chosen, refusal=refusal, declining=(number_asked, note))
        return site.pages.page(request, "desk/ticket.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/incidents/{incident}?said={answer}&{chosen.query}", 303)


def _back(
    incident_id: int,
    request: Request,
    site: Site,
    person: Person,
    chosen: Filter,
    typed: Typed,
    act: str,
    templates: tuple[str, str],
) -> Response:
    """The form again, with a template or a preview; only the preview for the page's script."""
    with site.store.look() as look:
        incident = incidents.visible(look, incident_id, person)
        if act == "preview" and request.headers.get("hx-request"):
            alone = PreviewAlone(wording.preview(look, incident, typed, said_by(look, incident, person)))
            return site.pages.page(request, "desk/_preview.html", alone)
        if act in {"fill", "fill_letter"}:
            first = began(look, incident, typed.move)
            typed = wording.put_in(look, incident, typed, templates[act == "fill_letter"], first)
        context = ticket(look, person, incident_id, chosen, typed=typed)
    return site.pages.page(request, "desk/ticket.html", context)


def _refused(
    incident_id: int,
    request: Request,
    site: Site,
    person: Person,
    chosen: Filter,
    typed: Typed,
    page: int,
    refusal: Fault,
) -> Response:
    with site.store.look() as look:
        if sending.was_sent(look, person, incident_id, typed, page):
            return RedirectResponse(f"/desk/incidents/{incident_id}?said={typed.move}&{chosen.query}", 303)
        context = ticket(look, person, incident_id, chosen, typed=typed, refusal=refusal)
    return site.pages.page(request, "desk/ticket.html", context, status=refusal.status)
