"""`/pair`: the doors a kiosk knocks at. JSON in and out; whatever is wrong looks the same from outside."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from server.kit.site import Site, ThisSite
from server.pairing import actions
from server.pairing.door import Door
from server.pairing.settings import Settings

router = APIRouter(prefix="/pair", include_in_schema=False)

Text = Annotated[str, Field(max_length=128)]


class Exchange(BaseModel):
    """`POST /pair`: the code as typed, the kiosk's nonce for this pairing, and which try this is."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    code: Text
    nonce: Text
    attempt: Annotated[int, Field(ge=1, le=1_000_000)]


class Login(BaseModel):
    """What a kiosk logs in with."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    kiosk: Text
    password: Text


@router.post("")
def exchange(asked: Exchange, request: Request, site: ThisSite) -> Response:
    """A code for credentials."""
    door, settings = _parts(site)
    wanted = actions.Asked(asked.code, asked.nonce, asked.attempt, _address(request))
    return _secret(actions.exchange(site, door, settings, wanted))


@router.post("/renew")
def renew(login: Login, request: Request, site: ThisSite) -> Response:
    """Where the kiosk hangs now, with that station's key."""
    door, settings = _parts(site)
    return _secret(actions.renew(site, door, settings, login.kiosk, login.password, _address(request)))


@router.post("/standing")
def standing(login: Login, request: Request, site: ThisSite) -> Response:
    """Whether this login is good: a kiosk that the broker refused asks before it says that it is out of service."""
    door, _ = _parts(site)
    door.ask(_address(request))
    good = actions.is_good(site.mailbox, login.kiosk, login.password, demo=site.demo)
    return _secret({"standing": "good" if good else "stopped"})


def _parts(site: Site) -> tuple[Door, Settings]:
    found: tuple[Door, Settings] = site.parts["pairing"]
    return found


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


def _secret(content: dict[str, str]) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
