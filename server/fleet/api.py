"""`/api/v1/kiosks` and `/api/v1/facts`: the fleet for programs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, JsonValue

from server.fleet.view import Fleet, payload_of
from server.kit.site import ThisSite
from server.staff import Client

router = APIRouter(prefix="/api/v1", tags=["fleet"])

_KIOSK: dict[str, JsonValue] = {
    "kiosk": "kiosk-07",
    "station": "sn10-north",
    "life": "ready",
    "since": 1795359543233,
    "seen": 1795359600000,
    "backlog": 0,
    "software": "0.1.0",
    "desired": 12,
    "reported": 12,
    "error": "",
    "failing": {"touchscreen": "没有找到触摸屏"},
}
_FACT: dict[str, JsonValue] = {
    "id": 881,
    "kiosk": "kiosk-07",
    "station": "sn10-north",
    "lane": "event",
    "stream": "k7Q2mZx0aB",
    "seq": 19,
    "received": 1795359543233,
    "reason": "unknown kind 'poem'",
    "beginning": 'poem {"text":"…"}',
}


class KioskOut(BaseModel):
    """A kiosk. `life`: ready, lost, disconnected, unheard (the gateway is silent) or new. Times: UTC milliseconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KIOSK]})

    kiosk: str
    station: str
    """Empty when it hangs nowhere."""
    life: str
    since: int | None
    seen: int | None
    backlog: int
    software: str
    desired: int
    """Version of the desired state it should show."""
    reported: int
    """Version it shows."""
    error: str
    failing: dict[str, str]
    """Part → what its self-check says."""


class Kiosks(BaseModel):
    """A page; `next` is the `after` of the next one, null on the last."""

    items: list[KioskOut]
    next: str | None


class FactOut(BaseModel):
    """A fact that was set aside. `beginning` is text as it came: never to be run or rendered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FACT]})

    id: int
    kiosk: str
    station: str
    lane: str
    stream: str
    seq: int
    received: int
    reason: str
    beginning: str


class Facts(BaseModel):
    """A page; `next` is the `before` of the next one, null on the last."""

    items: list[FactOut]
    next: int | None


@router.get("/kiosks")
def list_kiosks(
    site: ThisSite,
    client: Client,
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Kiosks:
    """Kiosks in the token's scope, by id."""
    with site.store.look() as look:
        found = [one for one in Fleet(site, look, client.communities).kiosks() if one.health.kiosk > after]
    items = [
        KioskOut(
            kiosk=one.health.kiosk,
            station=one.place.station,
            life=one.health.life,
            since=one.health.since,
            seen=one.health.seen,
            backlog=one.health.backlog,
            software=one.health.software,
            desired=one.health.desired,
            reported=one.health.reported,
            error=one.health.error,
            failing=dict(one.health.failing),
        )
        for one in found[:limit]
    ]
    return Kiosks(items=items, next=items[-1].kiosk if len(found) > limit else None)


@router.get("/facts")
def list_facts(
    site: ThisSite,
    client: Client,
    state: Annotated[Literal["parked"], Query()] = "parked",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Facts:
    """Facts that were parked with their reason, newest first. Only `parked` ones are told: the others are acted on."""
    with site.store.look() as look:
        fleet = Fleet(site, look, client.communities)
        found, onwards = fleet.parked(before, limit)
        items = [
            FactOut(
                id=fact.id,
                kiosk=fact.kiosk,
                station=fleet.place(fact.kiosk).station,
                lane=str(fact.lane),
                stream=fact.stream,
                seq=fact.seq,
                received=fact.received,
                reason=fact.reason or "",
                beginning=payload_of(fact) if fleet.place(fact.kiosk).community else "",
            )
            for fact in found
        ]
    return Facts(items=items, next=onwards)
