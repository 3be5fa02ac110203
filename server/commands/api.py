"""`/api/v1/commands`: commands for programs. What moves hardware is ordered by persons only."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from gateway.contract.commands import DEEDS
from server.commands import records
from server.commands.actions import Wish, get, order
from server.commands.records import Order
from server.kit.site import ThisSite
from server.staff import Bearer, Client

router = APIRouter(prefix="/api/v1", tags=["fleet"])

_NAMES = ", ".join(f"`{name}`" for name, deed in DEEDS.items() if not deed.hardware)
_WISH: dict[str, JsonValue] = {
    "kiosk": "kiosk-07",
    "name": "show_message",
    "args": {"text": "十点关门", "seconds": 120},
}
_COMMAND: dict[str, JsonValue] = {
    "id": "api-5f0c9a1be2d34c77",
    "number": 19,
    "kiosk": "kiosk-07",
    "station": "sn10-north",
    "name": "show_message",
    "args": {"text": "十点关门", "seconds": 120},
    "reason": "",
    "by": "wall clock",
    "state": "done",
    "at": 1795359543233,
    "expires": 1795359843233,
    "sent": 1795359543301,
    "accepted": 1795359543350,
    "ended": 1795359543360,
    "answer": {},
}


class WishIn(BaseModel):
    """What a kiosk should do now, once."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WISH]})

    kiosk: str = Field(max_length=32)
    name: str = Field(max_length=32, description=f"One of: {_NAMES}. Commands that move hardware are refused here.")
    args: dict[str, JsonValue] = Field(default_factory=dict, description="As the contract says for this command.")
    reason: str = Field("", max_length=100)


class CommandOut(BaseModel):
    """A command. `state`: queued, sent, accepted, done, failed or expired. Times: UTC milliseconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COMMAND]})

    id: str
    number: int
    kiosk: str
    station: str
    name: str
    args: dict[str, JsonValue]
    reason: str
    by: str
    state: str
    at: int
    expires: int
    sent: int | None
    accepted: int | None
    ended: int | None
    answer: dict[str, JsonValue]


class Commands(BaseModel):
    """A page; `next` is the `before` of the next one, null on the last."""

    items: list[CommandOut]
    next: int | None


@router.post("/commands", status_code=201)
def post_command(
    wish: WishIn,
    response: Response,
    site: ThisSite,
    client: Client,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")],
) -> CommandOut:
    """Give a command. The same `Idempotency-Key` again answers 200 with the same command and does nothing more."""
    command = _id(client, idempotency_key)
    with site.store.work() as work:
        if records.find(work, command) is not None:
            response.status_code = 200
        order(work, site, Wish(command, wish.kiosk, wish.name, dict(wish.args), wish.reason), client)
        given = get(work, command, client)
    return _out(given)


@router.get("/commands/{command}")
def get_command(command: str, site: ThisSite, client: Client) -> CommandOut:
    """One command by its id; 404 outside the token's scope."""
    with site.store.look() as look:
        return _out(get(look, command, client))


@router.get("/commands")
def list_commands(
    site: ThisSite,
    client: Client,
    kiosk: Annotated[str | None, Query(max_length=32)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Commands:
    """Newest first, in the token's scope: those given by persons too."""
    with site.store.look() as look:
        found = records.latest(look, sorted(client.communities), kiosk=kiosk, before=before, limit=limit)
    items = [_out(one) for one in found]
    return Commands(items=items, next=items[-1].number if len(items) == limit else None)


def _id(client: Bearer, key: str) -> str:
    """A command's id for a program's key: another program's same key is another command."""
    return "api-" + hashlib.sha256(f"{client.name}\0{key}".encode()).hexdigest()[:32]


def _out(one: Order) -> CommandOut:
    return CommandOut(
        id=one.id, number=one.number, kiosk=one.kiosk, station=one.station, name=one.name, args=one.args,
        reason=one.reason, by=one.by_name, state=one.state, at=one.at, expires=one.expires, sent=one.sent,
        accepted=one.accepted, ended=one.ended, answer=one.answer,
    )  # fmt: skip
