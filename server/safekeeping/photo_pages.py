"""What the ticket's photo card sends: sent by mistake, put back, unlocked, held, and no longer; and what is hidden."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from server import photos, privacy
from server.desk import Frame, frame
from server.kit.errors import Forbidden
from server.kit.site import ThisSite
from server.kit.store import Work
from server.photos import StaffRoute
from server.privacy import KEEPERS
from server.safekeeping import mistakes
from server.safekeeping.mistakes import Mistake
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False, route_class=StaffRoute)


@dataclass(frozen=True, slots=True)
class HiddenPage:
    """What `safekeeping/hidden.html` shows."""

    frame: Frame
    mistakes: tuple[Mistake, ...]
    keeper: bool
    """Whether this person sees the pages on how long what is kept."""
    now: int


@router.get("/desk/photos/hidden")
def hidden(request: Request, site: ThisSite, person: Staff) -> Response:
    """Photos marked as mistakes that this person could put back."""
    if not person.triages:
        raise Forbidden("发错的照片由居委来看")
    with site.store.look() as look:
        found = tuple(mistakes.waiting(look, person))
        page = HiddenPage(frame(look, person, "hidden-photos"), found, person.role in KEEPERS, look.now)
    return site.pages.page(request, "safekeeping/hidden.html", page)


@router.post("/desk/photos/{photo_id}/wrong")
def wrong(site: ThisSite, person: Staff, photo_id: int) -> Response:
    """证件/发错了: out of sight at once."""
    with site.store.work() as work:
        mistakes.mark(work, photo_id, person)
        return _back(work, photo_id, person)


@router.post("/desk/photos/{photo_id}/back")
def back(site: ThisSite, person: Staff, photo_id: int, to: Annotated[str, Form(max_length=10)] = "") -> Response:
    """It was a slip of the finger. `to=list`: tapped in the list of hidden ones."""
    with site.store.work() as work:
        mistakes.put_back(work, photo_id, person)
        return RedirectResponse("/desk/photos/hidden", 303) if to == "list" else _back(work, photo_id, person)


@router.post("/desk/photos/{photo_id}/unlock")
def unlock(site: ThisSite, person: Staff, photo_id: int, reason: Annotated[str, Form(max_length=500)] = "") -> Response:
    """It shows nobody in need: for everybody of its ticket again."""
    with site.store.work() as work:
        photos.release(work, photo_id, person, reason)
        return _back(work, photo_id, person)


@router.post("/desk/holds/of/{incident_id}")
def hold(
    site: ThisSite,
    person: Staff,
    incident_id: Annotated[int, Path(ge=1, lt=2**63)],
    why: Annotated[str, Form(max_length=1000)] = "",
    days: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Nothing of this ticket is deleted for so many days."""
    with site.store.work() as work:
        privacy.put_hold(work, incident_id, person, why, days)
    return RedirectResponse(f"/desk/incidents/{incident_id}#photos", 303)


@router.post("/desk/holds/{hold_id}/lift")
def lift(site: ThisSite, person: Staff, hold_id: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    """No longer needed."""
    with site.store.work() as work:
        incident = privacy.lift_hold(work, hold_id, person)
    return RedirectResponse(f"/desk/incidents/{incident.id}#photos", 303)


def _back(work: Work, photo_id: int, person: Person) -> Response:
    _, incident = photos.for_eyes(work, photo_id, person)
    return RedirectResponse(f"/desk/incidents/{incident.id}#photos", 303)
