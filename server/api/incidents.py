"""`/api/v1/incidents`: read tickets, and report with photos and an `Idempotency-Key`."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from server.api.stations import in_scope
from server.incidents import STATES, Incident, Report, by_client_id, by_number, find, photo_counts, report
from server.kit.errors import Fault, Invalid, Missing
from server.kit.site import ThisSite
from server.photos import MOST, PhotoRefused, VaultError, keep, take
from server.staff import Bearer, Client

router = APIRouter(prefix="/api/v1", tags=["incidents"])

_EXAMPLE: dict[str, JsonValue] = {
    "number": "CXZ-261122-0007",
    "station": "sn10-north",
    "category": "parking.fire_lane",
    "level": "P2",
    "desk": "prop_guard",
    "state": "dispatched",
    "place": "北门消防通道",
    "channel": "phone",
    "presence": "verified",
    "at": 1795359543233,
    "estimated": False,
    "updated": 1795359600000,
    "photos": 1,
    "waiting": "",
    "review_at": None,
    "look_at": None,
}

_STATES = "One of: " + ", ".join(f"`{name}` {label}" for name, label in STATES.items())
_NOT_SOLVED = (
    "`shelved` and `transferred` are open, not solved; `rejected`, `merged`, `void` and `withdrawn` ended without work."
)


class IncidentOut(BaseModel):
    """A ticket as programs see it: no words of the reporter, no pictures, nothing about a person's place."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: str
    station: str
    category: str
    level: str
    desk: str
    state: str = Field(description=f"{_STATES}. {_NOT_SOLVED}")
    place: str = Field(description="Empty for categories that concern a person.")
    channel: str
    presence: str
    at: int
    estimated: bool
    updated: int
    photos: int
    waiting: str = Field(description="Whose answer is awaited: `reporter`, `outside`, or empty.")
    review_at: int | None = Field(description="When a shelved or transferred ticket is looked at again.")
    look_at: int | None = Field(description="When somebody looks a second time at a closed one.")


class Incidents(BaseModel):
    """A page; `next` is the `before` of the next one, null on the last."""

    items: list[IncidentOut]
    next: int | None


class Accepted(BaseModel):
    """A report that was taken; `receipt` opens `/r/{receipt}` for whoever reported."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "CXZ-261122-0007", "receipt": "abcdefghjkmn", "url": "…/r/…"}]}
    )

    number: str
    receipt: str
    url: str


class PhotoNotTaken(Fault):
    """A photo of an API report was refused; the report was not taken either, and may be sent again without it."""

    status = 422
    title = "照片没有收下"


@router.get("/incidents")
def list_incidents(
    site: ThisSite,
    client: Client,
    state: Annotated[str | None, Query(description=_STATES)] = None,
    station: Annotated[str | None, Query(max_length=64)] = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Incidents:
    """Newest first, in the token's scope."""
    if state is not None and state not in STATES:
        raise Invalid(f"没有这种状态：{state[:20]}")
    with site.store.look() as look:
        found = find(
            look, client.communities, states=(state,) if state else (), station=station, before=before, limit=limit
        )
        photos = photo_counts(look, [one.id for one in found])
    items = [_out(one, photos.get(one.id, 0)) for one in found]
    return Incidents(items=items, next=found[-1].id if len(found) == limit else None)


@router.get("/incidents/{number}")
def get_incident(number: str, site: ThisSite, client: Client) -> IncidentOut:
    """One ticket by its number; 404 outside the token's scope."""
    with site.store.look() as look:
        incident = by_number(look, number.upper())
        if incident is None or incident.community not in client.communities:
            raise Missing("没有这张工单")
        return _out(incident, photo_counts(look, [incident.id]).get(incident.id, 0))


@router.post("/incidents", status_code=201)
def post_incident(
    response: Response,
    site: ThisSite,
    client: Client,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")],
    station: Annotated[str, Form(max_length=64)],
    category: Annotated[str, Form(max_length=64)],
    place: Annotated[str, Form(max_length=500)] = "",
    words: Annotated[str, Form(max_length=5000)] = "",
    photos: Annotated[list[UploadFile] | None, File(description=f"At most {MOST}")] = None,
) -> Accepted:
    """Report something. The same `Idempotency-Key` again answers 200 with the same ticket and changes nothing."""
    uploads = photos or []
    if len(uploads) > MOST:
        raise Invalid(f"最多 {MOST} 张照片")
    with site.store.look() as look:
        in_scope(look, station, client)
        known = by_client_id(look, idempotency_key)
    if known is not None:
        return _known(known, client, site.public_url, response)
    try:
        stored = [take(site, upload.file.read()) for upload in uploads]
    except (PhotoRefused, VaultError) as refusal:
        raise PhotoNotTaken(refusal.sentence) from refusal
    with site.store.work() as work:
        repeated = by_client_id(work, idempotency_key)
        if repeated is not None:
            return _known(repeated, client, site.public_url, response)
        numbers = tuple(keep(work, one) for one in stored)
        incident = report(work, Report(idempotency_key, station, category, "api", place, words, photos=numbers))
    return _accepted(incident, site.public_url)


def _known(incident: Incident, client: Bearer, public_url: str, response: Response) -> Accepted:
    if incident.community not in client.communities:
        raise Invalid("这个 Idempotency-Key 已经用过了")
    response.status_code = 200
    return _accepted(incident, public_url)


def _accepted(incident: Incident, public_url: str) -> Accepted:
    return Accepted(number=incident.number, receipt=incident.receipt, url=f"{public_url}/r/{incident.receipt}")


def _out(incident: Incident, photos: int) -> IncidentOut:
    return IncidentOut(
        number=incident.number,
        station=incident.station,
        category=incident.category,
        level=str(incident.level),
        desk=str(incident.desk),
        state=incident.state,
        place="" if incident.kind.private else incident.place,
        channel=incident.channel,
        presence=str(incident.presence),
        at=incident.at,
        estimated=incident.estimated,
        updated=incident.updated,
        photos=photos,
        waiting=incident.waiting,
        review_at=incident.review_at,
        look_at=incident.look_at,
    )
