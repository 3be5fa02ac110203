"""`/api/v1/checkins`: anonymous by nature."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, JsonValue

from server.checkins import latest
from server.kit.site import ThisSite
from server.staff import Client
from server.stations import all_stations

router = APIRouter(prefix="/api/v1", tags=["check-ins"])

_EXAMPLE: dict[str, JsonValue] = {
    "id": 1042,
    "station": "sn10-north",
    "at": 1795359543233,
    "estimated": False,
    "channel": "kiosk",
    "presence": "verified",
}


class CheckinOut(BaseModel):
    """One visit. `at`: UTC milliseconds, `estimated` when the kiosk's clock could not be trusted."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    station: str
    at: int
    estimated: bool
    channel: str
    presence: str


class Checkins(BaseModel):
    """A page; `next` is the `before` of the next one, null on the last."""

    items: list[CheckinOut]
    next: int | None


@router.get("/checkins")
def list_checkins(
    site: ThisSite,
    client: Client,
    station: Annotated[str | None, Query(max_length=64)] = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Checkins:
    """Newest first; raw rows are kept for thirty days."""
    with site.store.look() as look:
        codes = [one.code for one in all_stations(look) if one.community in client.communities]
        rows = latest(look, [code for code in codes if station in (None, code)], before, limit)
    items = [CheckinOut.model_validate(row) for row in rows]
    return Checkins(items=items, next=items[-1].id if len(items) == limit else None)
