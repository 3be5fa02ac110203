"""`/api/v1/incidents`: read tickets, and report with photos and an `Idempotency-Key`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.datastructures import UploadFile

from gateway.contract.categories import Level
from server import categories, photos, routing, stations
from server.api.arriving import BODY, IncidentIn, Key, ThisReport
from server.api.stations import in_scope
from server.incidents import STATES, Incident, Report, add_photos, by_client_id, by_number, find, photo_counts, report
from server.kit.errors import Fault, Invalid, Missing, Unavailable
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.photos import WHY_LEFT, PhotoRefused, Stored, VaultError
from server.routing import Arrival
from server.staff import Bearer, Client

router = APIRouter(prefix="/api/v1", tags=["incidents"])

NOT_KEPT = "这一类不留照片，照片没有保存。"

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
        json_schema_extra={
            "examples": [
                {"number": "CXZ-261122-0007", "receipt": "abcdefghjkmn", "url": "…/r/…", "photos": 1, "left": []}
            ]
        }
    )

    number: str
    receipt: str
    url: str
    photos: int = Field(description="So many photos are kept.")
    left: list[str] = Field(
        description="Sentences about photos that were left out: the category keeps none, or an emergency (P0, P1) was "
        "reported and did not wait for them. Empty for a report that was known already."
    )


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
        counts = photo_counts(look, [one.id for one in found])
    items = [_out(one, counts.get(one.id, 0)) for one in found]
    return Incidents(items=items, next=found[-1].id if len(found) == limit else None)


@router.get("/incidents/{number}")
def get_incident(number: str, site: ThisSite, client: Client) -> IncidentOut:
    """One ticket by its number; 404 outside the token's scope."""
    with site.store.look() as look:
        incident = by_number(look, number.upper())
        if incident is None or incident.community not in client.communities:
            raise Missing("没有这张工单")
        return _out(incident, photo_counts(look, [incident.id]).get(incident.id, 0))


@router.post(
    "/incidents",
    status_code=201,
    openapi_extra=BODY,
    responses={200: {"model": Accepted, "description": "This key was known: the same ticket"}},
)
def post_incident(response: Response, site: ThisSite, client: Client, key: Key, sent: ThisReport) -> Accepted:
    """Report something. The same `Idempotency-Key` again answers 200 with the same ticket and changes nothing.

    A photo that does not go refuses the report (422; 503: later), except in an emergency."""
    with site.store.look() as look:
        in_scope(look, sent.said.station, client)
        known = by_client_id(look, key)
        if known is not None:
            return _accepted(look, _own(known, client), site.public_url, [], response)
        kind = categories.get(look, sent.said.category)
        urgent = kind is not None and _urgent(look, sent.said, kind)
    asked = Report(key, sent.said.station, sent.said.category, "api", sent.said.place, sent.said.words)
    files, left = (sent.files, []) if kind is None or kind.photo else ([], [NOT_KEPT] if sent.files else [])
    if urgent:
        with site.store.work() as work:
            incident, fresh = _open(work, asked, client)
        if fresh:
            left += _follow(site, incident, files)
    else:
        stored = _developed(site, files)
        with site.store.work() as work:
            numbers = () if by_client_id(work, key) else tuple(photos.keep(work, one) for one in stored)
            incident, fresh = _open(work, replace(asked, photos=numbers), client)
    with site.store.look() as look:
        return _accepted(look, incident, site.public_url, left if fresh else [], None if fresh else response)


def _urgent(look: Work, said: IncidentIn, kind: categories.Kind) -> bool:
    """Whether this is an emergency whatever its photos may show: they wait for it, and not it for them."""
    station = stations.get(look, said.station)
    new = Arrival(
        station.community, station.code, kind.code, said.place, said.words, {}, doubts=frozenset(routing.DOUBTS)
    )
    return routing.route(look, new, look.now).routed.level in {Level.P0, Level.P1}


def _open(work: Work, asked: Report, client: Bearer) -> tuple[Incident, bool]:
    """The ticket, and whether it is a new one."""
    known = by_client_id(work, asked.client_id)
    return (_own(known, client), False) if known is not None else (report(work, asked), True)


def _developed(site: Site, files: Sequence[UploadFile]) -> list[Stored]:
    waits = photos.patience()
    try:
        return [photos.take(site, file.file, waits) for file in files]
    except PhotoRefused as refusal:
        raise (Unavailable if refusal.temporary else PhotoNotTaken)(refusal.sentence) from refusal
    except VaultError as refusal:
        raise PhotoNotTaken(refusal.sentence) from refusal


def _follow(site: Site, incident: Incident, files: Sequence[UploadFile]) -> list[str]:
    """Photos of a ticket that is open already; why others stayed behind."""
    waits = photos.patience(urgent=True)
    stored: list[Stored] = []
    left: list[str] = []
    for file in files:
        try:
            stored.append(photos.take(site, file.file, waits))
        except (PhotoRefused, VaultError) as refusal:
            left.append(WHY_LEFT[refusal.reason])
    if stored:
        with site.store.work() as work:
            add_photos(work, incident.id, [photos.keep(work, one) for one in stored])
    return left


def _own(known: Incident, client: Bearer) -> Incident:
    if known.community not in client.communities:
        raise Invalid("这个 Idempotency-Key 已经用过了")
    return known


def _accepted(look: Work, incident: Incident, public_url: str, left: list[str], known: Response | None) -> Accepted:
    if known is not None:
        known.status_code = 200
    return Accepted(
        number=incident.number,
        receipt=incident.receipt,
        url=f"{public_url}/r/{incident.receipt}",
        photos=photo_counts(look, [incident.id]).get(incident.id, 0),
        left=left,
    )


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
