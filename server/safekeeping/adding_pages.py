"""`/desk/photos/of/{ticket}`: staff add photos to a ticket, from its page or from a page of its own."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response

from server import incidents, photos, privacy
from server.desk import Frame, frame
from server.incidents import Incident
from server.kit.errors import Fault
from server.kit.site import Site, ThisSite
from server.photos import StaffRoute
from server.privacy import Adding
from server.questions import MEGABYTE, PHOTO_BYTES, Posted, read_form
from server.safekeeping import adding
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

Number = Annotated[int, Path(ge=1, lt=2**63)]

MOST_FIELDS = 8
MOST_BYTES = photos.MOST_ADDED * PHOTO_BYTES + 2 * MEGABYTE


@dataclass(frozen=True, slots=True)
class AddingPage:
    """What `safekeeping/adding.html` shows. `adding` None: nothing can be added, `error` says why."""

    frame: Frame
    incident: Incident
    adding: Adding | None
    added: int
    """How many of those just sent were taken."""
    error: str
    words: str
    """What was typed, where there is no form any more to type into."""


async def receive(request: Request, person: Staff) -> AsyncGenerator[Posted, None]:
    """The form, read only for those who are logged in; closes the files when the answer is made."""
    posted = await read_form(request, most_bytes=MOST_BYTES, most_fields=MOST_FIELDS)
    try:
        yield posted
    finally:
        for _, file in posted.files:
            await file.close()


@router.get("/desk/photos/of/{incident_id}")
def show(request: Request, site: ThisSite, person: Staff, incident_id: Number) -> Response:
    """The form alone."""
    return _page(request, site, person, incident_id)


@router.post("/desk/photos/of/{incident_id}")
def save(
    request: Request,
    site: ThisSite,
    person: Staff,
    incident_id: Number,
    posted: Annotated[Posted, Depends(receive)],
    then: str = "",
) -> Response:
    """Add them; `then=done` reports the work done too. What was not taken is told, with the words kept."""
    try:
        sent = adding.send(site, incident_id, person, posted, finish=then == "done")
    except Fault as refusal:
        if refusal.status == 404:
            raise
        typed = posted.said("words")
        return _page(request, site, person, incident_id, typed, error=refusal.sentence, status=refusal.status)
    if sent.left:
        return _page(request, site, person, incident_id, added=sent.outcome.kept, error=sent.left, status=409)
    said = "photos_done" if sent.done else "photos" if sent.outcome.kept else "photos_known"
    return RedirectResponse(f"/desk/incidents/{incident_id}?said={said}#photos", 303)


def _page(
    request: Request,
    site: Site,
    person: Person,
    incident_id: int,
    typed: str = "",
    *,
    added: int = 0,
    error: str = "",
    status: int = 200,
) -> Response:
    with site.store.look() as look:
        incident = incidents.visible(look, incident_id, person)
        refusal = photos.why_not_add(incident, person)
        page = AddingPage(
            frame=frame(look, person, "tickets"),
            incident=incident,
            adding=privacy.adding(look, incident, person, typed),
            added=added,
            error=error or (refusal.sentence if refusal else ""),
            words=typed if refusal else "",
        )
    return site.pages.page(request, "safekeeping/adding.html", page, status=status)
