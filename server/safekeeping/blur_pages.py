"""`/desk/photos/{id}/blur`: cover faces, plates and house numbers with a finger; without scripts by ticking squares."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import photos, privacy
from server.desk import Frame, frame
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.errors import Fault, Forbidden, Refused
from server.kit.site import Site, ThisSite
from server.photos import Box, Photo, StaffRoute
from server.safekeeping import boxes
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False, route_class=StaffRoute)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A place where text was found."""

    value: str
    where: str


@dataclass(frozen=True, slots=True)
class BlurPage:
    """What `safekeeping/blur.html` shows. `address` of the picture as others see it."""

    frame: Frame
    photo: Photo
    incident: Incident
    title: str
    """What it is called on its ticket."""
    address: str
    suggestions: tuple[Suggestion, ...]
    rounds: tuple[Row, ...]
    sealed_until: int | None
    may_unseal: bool
    drawn: str
    """What was drawn and could not be taken."""
    error: str
    said: str
    now: int
    columns: int = boxes.COLUMNS
    rows: int = boxes.ROWS
    parts: tuple[tuple[str, str, str], ...] = tuple(
        (code, label, boxes.text(box)) for code, (label, box) in boxes.PARTS.items()
    )
    """Quick choices: code, label and box."""


@router.get("/desk/photos/{photo_id}/blur")
def show(request: Request, site: ThisSite, person: Staff, photo_id: int, done: str = "") -> Response:
    """The picture, and how to cover places in it."""
    return _page(request, site, person, photo_id, said="打好码了。别人看到的就是这样。" if done else "")


@router.post("/desk/photos/{photo_id}/blur")
def save(
    request: Request,
    site: ThisSite,
    person: Staff,
    photo_id: int,
    drawn: Annotated[str, Form(max_length=4000)] = "",
    rounds: Annotated[int, Form()] = 0,
    cell: Annotated[list[str] | None, Form()] = None,
    part: Annotated[list[str] | None, Form()] = None,
    mark: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Cover these places for good; a refusal shows the picture as it is now, with what was drawn."""
    try:
        wanted: list[Box] = boxes.read(drawn, cell or [], part or [], mark or [])
        photos.cover(site, photo_id, person, wanted, rounds)
    except Fault as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(request, site, person, photo_id, refusal=refusal, drawn=drawn)
    return RedirectResponse(f"/desk/photos/{photo_id}/blur?done=1", 303)


@router.post("/desk/photos/{photo_id}/original")
def original(
    request: Request, site: ThisSite, person: Staff, photo_id: int, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """The sealed picture, for a director who says why."""
    try:
        return RedirectResponse(photos.unseal(site, photo_id, person, reason), 303)
    except Fault as refusal:
        if refusal.status != 422:
            raise
        return _page(request, site, person, photo_id, refusal=refusal)


def _page(
    request: Request,
    site: Site,
    person: Person,
    photo_id: int,
    *,
    refusal: Fault | None = None,
    drawn: str = "",
    said: str = "",
) -> Response:
    with site.store.look() as look:
        photo, incident = photos.for_eyes(look, photo_id, person)
        if not photos.may_cover(person):
            raise Forbidden("打码由居委来做")
        if photo.hidden is not None or photo.gone is not None:
            raise Refused("这张照片已经不给看了，不用打码")
        seal = photos.seal(look, photo_id)
        days = {threshold.name: setting.value for threshold, setting in privacy.settings(look, incident.community)}
        page = BlurPage(
            frame=frame(look, person, "tickets"),
            photo=photo,
            incident=incident,
            title=photos.titles(look, incident.id)[photo_id],
            address=photos.address(site, person, photo_id, "large"),
            suggestions=tuple(
                Suggestion(boxes.text(boxes.roomy(one)), boxes.where(one)) for one in photos.marks(look, photo_id)
            ),
            rounds=tuple(row for row in photos.deeds(look, photo_id) if row["did"] == "cover"),
            sealed_until=None if seal is None else seal.at + days["photos_sealed_days"] * DAY_MS,
            may_unseal=person.role in photos.UNSEALERS,
            drawn=drawn[:4000],
            error=refusal.sentence if refusal else "",
            said=said,
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "safekeeping/blur.html", page, status=status)
