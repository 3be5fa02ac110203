"""`/desk/photos/…`: pictures for those whose ticket they are on, and for nobody else."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from server.kit.errors import Missing
from server.kit.site import ThisSite
from server.photos import actions, addresses
from server.photos.turning import StaffRoute
from server.staff import Staff

router = APIRouter(include_in_schema=False, route_class=StaffRoute)


@router.get("/desk/photos/seen/{token}.jpg")
def seen(token: str, site: ThisSite, person: Staff) -> Response:
    """The picture behind a signed address; never kept by a proxy, a few minutes by this person's browser."""
    picture = actions.show(site, addresses.read(site, person, token), person)
    headers = {"Cache-Control": f"private, max-age={addresses.LASTS_S}", "X-Robots-Tag": "noindex"}
    return Response(picture, media_type="image/jpeg", headers=headers)


@router.get("/desk/photos/{photo_id}/{size}.jpg")
def door(photo_id: int, size: str, site: ThisSite, person: Staff) -> Response:
    """On to a signed address of this minute: pages stay open for hours, and addresses must not."""
    if size not in addresses.SIZES:
        raise Missing(addresses.NOT_FOUND)
    actions.shown_to(site, photo_id, person)
    to = addresses.address(site, person, photo_id, size)
    return RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})
