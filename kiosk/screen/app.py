"""The screen's web app: `create(agent)`; the kiosk's program serves it on its own local port.

The page asks `/state` each second and fetches `/part/{name}` for what changed; a press is one small JSON `POST`.
On Starlette itself: FastAPI's descriptions of an API that nobody reads would cost a kiosk 6 MB.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated, Protocol, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway import look
from kiosk.agent.view import NotAccepted, NotSaved, Saved, View
from kiosk.agent.vouchers import Redeemed
from kiosk.screen import parts
from kiosk.screen.guard import Guard

log = structlog.get_logger(__name__)

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})

_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_NOT_UNDERSTOOD = "这一下没看懂，请再点一次。"
_NOT_SAVED_STATUS = 507
_RECOVERING = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="2;url=/">'
    f'<title>畅小站</title><body bgcolor="{look.NIGHT}" text="#ffffff"><br><br><center>{look.mark(160)}'
    "<h1>小站屏幕正在恢复…</h1></center></html>"
)


class StationAgent(Protocol):
    """What the screen needs of the agent. A tap is on the disk when it returns; else `NotSaved` or `NotAccepted`."""

    def view(self) -> View:
        """The station's picture now."""

    def check_in(self, tap_id: str) -> Saved:
        """Somebody is here; the same `tap_id` again counts once."""

    def report(self, category: str, place: str, words: str, tap_id: str) -> Saved:
        """A report; the same `tap_id` again gives the same receipt."""

    def amenity(self, code: str, state: str, tap_id: str) -> Saved:
        """A thing of the station is now in this state."""

    def redeem(self, code: str, tap_id: str) -> Redeemed:
        """A voucher's code; returns when the thing is out, or is not coming."""

    def condition(self) -> dict[str, object]:
        """How the kiosk is, for whoever mends it."""


TapId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class CheckIn(BaseModel):
    """`POST /checkin`; `tap` is made once per intent, so that a repeated press is the same one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    tap: TapId


class Report(CheckIn):
    """`POST /report`."""

    category: Name
    place: Annotated[str, Field(min_length=1, max_length=80)]


class AmenityTap(CheckIn):
    """`POST /amenity`."""

    code: Name
    state: Annotated[str, Field(pattern=r"^(ok|low|empty|broken)$")]


class RedeemTap(CheckIn):
    """`POST /redeem`."""

    code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]


def create(agent: StationAgent, *, hosts: frozenset[str] = frozenset(), idle_s: float = 30.0) -> Starlette:
    """The app for one kiosk. `hosts`: host names besides `LOCAL`; `idle_s`: seconds untouched until all is wiped."""
    assets = {
        "look.css": look.css(),
        "screen.css": (parts.FOLDER / "static" / "screen.css").read_text(encoding="utf-8"),
        "screen.js": (parts.FOLDER / "static" / "screen.js").read_text(encoding="utf-8"),
        "mark.svg": str(look.mark()),
    }
    addresses = {name: _address(name, text) for name, text in assets.items()}
    by_address = {addresses[name]: (text, _TYPES[name.rpartition(".")[2]]) for name, text in assets.items()}
    template_texts = [path.read_text(encoding="utf-8") for path in sorted((parts.FOLDER / "templates").iterdir())]
    build = _digest("".join([*addresses.values(), *template_texts]))

    def home(_: Request) -> Response:
        return HTMLResponse(parts.page(agent.view(), round(idle_s * 1000), addresses))

    def static(request: Request) -> Response:
        found = by_address.get(f"/static/{request.path_params['name']}")
        if found is None:
            return Response(status_code=404)
        return Response(found[0], media_type=found[1], headers=_FOREVER)

    def state(request: Request) -> Response:
        view = agent.view()
        body = parts.state(view, build)
        etag = f'"{_digest(body)}"'
        # The time travels beside the body, which would otherwise never be the same twice.
        headers = {"etag": etag, "x-now": str(view.now_ms)}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    def check(_: Request) -> Response:
        return JSONResponse(agent.condition())

    def part(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in parts.PARTS:
            return Response(status_code=404)
        return HTMLResponse(parts.part(name, agent.view()))

    def check_in(tap: CheckIn) -> Response:
        saved = agent.check_in(tap.tap)
        return HTMLResponse(parts.thanks(saved, agent.view()))

    def report(tap: Report) -> Response:
        saved = agent.report(tap.category, tap.place, "", tap.tap)
        return HTMLResponse(parts.sent(saved, agent.view(), tap.category))

    def amenity(tap: AmenityTap) -> Response:
        before = {amenity.code: amenity for amenity in agent.view().amenities}.get(tap.code)
        saved = agent.amenity(tap.code, tap.state, tap.tap)
        label = before.label if before else tap.code
        undo = before.state if before and before.state != tap.state and before.state != "removed" else ""
        return HTMLResponse(parts.noted(saved, tap.code, label, tap.state, undo))

    def redeem(tap: RedeemTap) -> Response:
        return HTMLResponse(parts.redeemed(agent.redeem(tap.code, tap.tap), agent.view()))

    def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok", "line": str(agent.view().line)})

    return Starlette(
        routes=[
            Route("/", home),
            Route("/static/{name}", static),
            Route("/state", state),
            Route("/check", check),
            Route("/part/{name}", part),
            _key("/checkin", CheckIn, check_in),
            _key("/report", Report, report),
            _key("/amenity", AmenityTap, amenity),
            _key("/redeem", RedeemTap, redeem),
            Route("/healthz", healthz),
        ],
        middleware=[Middleware(Guard, hosts=LOCAL | hosts)],
        exception_handlers={Exception: _broken, NotSaved: _not_saved, NotAccepted: _not_accepted},
    )


_Tap = TypeVar("_Tap", bound=CheckIn)


def _key(path: str, kind: type[_Tap], press: Callable[[_Tap], Response]) -> Route:
    """A key of the page: one JSON object of this kind in, a piece of the page out."""

    async def endpoint(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _not_understood(["content-type"])
        try:
            tap = kind.model_validate_json(await request.body())
        except ValidationError as failure:
            return _not_understood([".".join(map(str, error["loc"])) or "body" for error in failure.errors()])
        return await run_in_threadpool(press, tap)

    return Route(path, endpoint, methods=["POST"])


def _not_understood(fields: list[str]) -> Response:
    log.warning("a tap was not understood", fields=fields)
    return JSONResponse({"sentence": _NOT_UNDERSTOOD}, 422)


def _broken(_: Request, __: Exception) -> Response:
    # Before a page is loaded no script can wait for us; this one asks again by itself. uvicorn logs the cause.
    return HTMLResponse(_RECOVERING, 503, {"cache-control": "no-store"})


def _not_saved(_: Request, failure: Exception) -> Response:
    log.error("a tap could not be saved", reason=str(failure))
    return JSONResponse({"sentence": str(failure)}, _NOT_SAVED_STATUS)


def _not_accepted(_: Request, refusal: Exception) -> Response:
    return JSONResponse({"sentence": str(refusal)}, 422)


_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def _address(name: str, text: str) -> str:
    stem, _, kind = name.rpartition(".")
    return f"/static/{stem}.{_digest(text)}.{kind}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
