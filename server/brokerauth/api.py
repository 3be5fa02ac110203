"""`/broker/authenticate` and `/broker/authorize`: EMQX 5's HTTP hooks.

Every refusal is `200 {"result": "deny"}`: EMQX takes any other status for "ignore" and asks whoever is next.
"""

import hmac
from typing import Annotated, TypeVar

import structlog
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from gateway.credentials import GATEWAY
from server.brokerauth import rules
from server.brokerauth.settings import Settings
from server.kit.site import ThisSite
from server.pairing import is_good

router = APIRouter(prefix="/broker", include_in_schema=False)
log = structlog.get_logger()

Question = TypeVar("Question", bound=BaseModel)

LARGEST = 80 * 1024
"""Bytes of a question."""

Secret = Annotated[str, Header(alias="x-cxz-broker")]
Text = Annotated[str, Field(max_length=1024)]


class Login(BaseModel):
    """What `/broker/authenticate` is asked."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    username: Text
    password: Text
    clientid: Text


class Act(BaseModel):
    """What `/broker/authorize` is asked. `action`: publish or subscribe."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    username: Text
    clientid: Text
    action: Text
    topic: Annotated[str, Field(max_length=65_535)]


@router.post("/authenticate")
async def authenticate(request: Request, site: ThisSite, secret: Secret = "") -> Response:
    """The right password, and the user's own name as client id: else one kiosk could push another off the line."""
    settings: Settings = site.parts["brokerauth"]
    asked = await _asked(request, settings, secret, Login)
    if asked is None or asked.clientid != asked.username:
        return _deny()
    if asked.username == GATEWAY:
        known = settings.gateway_password
        good = bool(known) and hmac.compare_digest(known.encode(), asked.password.encode())
    else:
        good = rules.is_kiosk(asked.username) and await run_in_threadpool(
            is_good, site.mailbox, asked.username, asked.password, demo=site.demo
        )
    if not good:
        log.warning("the broker asked about a login that is not good", user=asked.username[:64])
        return _deny()
    return _say({"result": "allow", "is_superuser": False, "acl": rules.rights(asked.username)})


@router.post("/authorize")
async def authorize(request: Request, site: ThisSite, secret: Secret = "") -> Response:
    """A kiosk speaks under its own name only, and hears only what is meant for it."""
    asked = await _asked(request, site.parts["brokerauth"], secret, Act)
    if asked is None or asked.clientid != asked.username or not rules.may(asked.username, asked.action, asked.topic):
        return _deny()
    return _say({"result": "allow"})


async def _asked(request: Request, settings: Settings, secret: str, kind: type[Question]) -> Question | None:
    """The question, when the asker knows the secret and it can be read."""
    if not settings.broker_secret or not hmac.compare_digest(settings.broker_secret.encode(), secret.encode()):
        log.warning("somebody without the broker's secret asked for rights")
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None


def _deny() -> Response:
    return _say({"result": "deny"})


def _say(answer: dict[str, object]) -> Response:
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})
