"""`/desk/photos/…`: pictures for those whose ticket they are on, and for nobody else."""

from fastapi import APIRouter
from fastapi.responses import Response

from server.kit.site import ThisSite
from server.photos import actions
from server.staff import Staff

router = APIRouter(include_in_schema=False)


@router.get("/desk/photos/{photo_id}/{size}.jpg")
def show(photo_id: int, size: str, site: ThisSite, person: Staff) -> Response:
    """The picture; never kept by a proxy, a few minutes by the browser of whoever may see it."""
    picture = actions.show(site, photo_id, size, person)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=300"})
