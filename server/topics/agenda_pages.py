"""`/desk/topics/agenda`: the Monday meeting's agenda to print, and the same as Markdown and CSV."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server.desk import Frame, frame
from server.kit.site import ThisSite
from server.kit.spreadsheet import download
from server.staff import Triager
from server.topics.agenda import Agenda, agenda, markdown, table
from server.topics.rules import NEED_STATES

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Print:
    """What `topics/agenda.html` shows."""

    frame: Frame
    agenda: Agenda
    need_states: dict[str, str]


@router.get("/desk/topics/agenda")
def show(request: Request, site: ThisSite, person: Triager) -> Response:
    """On paper: without the frame."""
    with site.store.look() as look:
        context = Print(frame(look, person, "topics"), agenda(look, sorted(person.communities)), NEED_STATES)
    return site.pages.page(request, "topics/agenda.html", context)


@router.get("/desk/topics/agenda.md")
def as_markdown(site: ThisSite, person: Triager) -> Response:
    """As Markdown."""
    with site.store.look() as look:
        found = agenda(look, sorted(person.communities))
    headers = {"Content-Disposition": f'attachment; filename="agenda-{found.day}.md"', "Cache-Control": "no-store"}
    return Response(markdown(found), media_type="text/markdown; charset=utf-8", headers=headers)


@router.get("/desk/topics/agenda.csv")
def as_csv(site: ThisSite, person: Triager) -> Response:
    """For a spreadsheet."""
    with site.store.look() as look:
        found = agenda(look, sorted(person.communities))
    return download(table(found), f"agenda-{found.day}.csv")
