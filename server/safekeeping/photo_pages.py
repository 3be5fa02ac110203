"""What the ticket's photo card sends: sent by mistake, put back, hold, and no longer."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from server import photos, privacy
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False)


@router.post("/desk/photos/{photo_id}/wrong")
def wrong(site: ThisSite, person: Staff, photo_id: int) -> Response:
    """证件/发错了: out of sight at once."""
    with site.store.work() as work:
        photos.hide(work, photo_id, person)
        return _back(work, photo_id, person)


@router.post("/desk/photos/{photo_id}/back")
def back(site: ThisSite, person: Staff, photo_id: int) -> Response:
    """It was a slip of the finger."""
    with site.store.work() as work:
        photos.unhide(work, photo_id, person)
        return _back(work, photo_id, person)


@router.post("/desk/holds/of/{incident_id}")
def hold(
    site: ThisSite,
    person: Staff,
    incident_id: int,
    why: Annotated[str, Form(max_length=1000)] = "",
    days: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Nothing of this ticket is deleted for so many days."""
    with site.store.work() as work:
        privacy.put_hold(work, incident_id, person, why, days)
    return RedirectResponse(f"/desk/incidents/{incident_id}#photos", 303)


@router.post("/desk/holds/{hold_id}/lift")
def lift(site: ThisSite, person: Staff, hold_id: int) -> Response:
    """No longer needed."""
    with site.store.work() as work:
        incident = privacy.lift_hold(work, hold_id, person)
    return RedirectResponse(f"/desk/incidents/{incident.id}#photos", 303)


def _back(work: Work, photo_id: int, person: Person) -> Response:
    _, incident = photos.for_eyes(work, photo_id, person)
    return RedirectResponse(f"/desk/incidents/{incident.id}#photos", 303)
