"""`/api/v1/stations`."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, JsonValue

from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Bearer, Client
from server.stations import Station, all_stations, amenities, get

router = APIRouter(prefix="/api/v1", tags=["stations"])

_EXAMPLE: dict[str, JsonValue] = {
    "code": "sn10-north",
    "name": "北门站",
    "community": "sn10",
    "community_name": "淞南十村",
    "lat": 31.3529,
    "lon": 121.4868,
    "datum": "wgs84",
    "amenities": {"microwave": "ok", "raincoat": "empty"},
}


class StationOut(BaseModel):
    """A station; the point stands in the datum named."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    code: str
    name: str
    community: str
    community_name: str
    lat: float
    lon: float
    datum: str
    amenities: dict[str, str]
    """thing → ok, low, empty, broken or removed."""


class Stations(BaseModel):
    """All of them: a district has few."""

    items: list[StationOut]


@router.get("/stations")
def list_stations(site: ThisSite, client: Client) -> Stations:
    """Stations in the token's scope, by code."""
    with site.store.look() as look:
        return Stations(items=[_out(look, one) for one in all_stations(look) if one.community in client.communities])


@router.get("/stations/{code}")
def get_station(code: str, site: ThisSite, client: Client) -> StationOut:
    """One station; 404 outside the token's scope."""
    with site.store.look() as look:
        return _out(look, in_scope(look, code, client))


def in_scope(look: Work, code: str, client: Bearer) -> Station:
    """Raises `Missing`, also for a station of somebody else's community."""
    station = get(look, code)
    return station if station.community in client.communities else get(look, "")


def _out(look: Work, station: Station) -> StationOut:
    return StationOut(
        code=station.code,
        name=station.name,
        community=station.community,
        community_name=station.community_name,
        lat=station.point.lat,
        lon=station.point.lon,
        datum=str(station.point.datum),
        amenities={one.code: one.state for one in amenities(look, station.code)},
    )
