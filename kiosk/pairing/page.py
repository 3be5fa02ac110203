"""The page of a kiosk that is not paired: the server's address, then nine digits on big keys.

Every key is a button of a form, so that it works without a script; the script only spares the way to the server.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import look
from kiosk.pairing.draft import Draft
from kiosk.pairing.exchange import NotPaired, Office
from kiosk.screen.app import LOCAL
from kiosk.screen.guard import refuse

HERE = Path(__file__).resolve().parent
SCREEN_CSS = HERE.parent / "screen" / "static" / "screen.css"
DIGITS = 9
LONGEST_CODE = 64
"""Characters; nine digits as anybody may write them."""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    # Not `no-referrer`: with that a form's own origin is hidden, and the guard must see it.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

log = structlog.get_logger()

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


@dataclass
class Porch:
    """Where this kiosk stands. `server`: the address to ask, empty until somebody has typed one."""

    draft: Draft
    server: str
    ca_file: Path | None

    def __post_init__(self) -> None:
        self._one = threading.Lock()

    def find(self, typed: str) -> None:
        """Ask whether a server of ours answers at this address, and remember it. Raises `NotPaired`, `ValueError`."""
        office = Office.at(typed, self.ca_file)
        office.greet()
        self.draft.keep_server(office.url)
        self.server = office.url

    def pair(self, code: str) -> str:
        """Exchange a code and write `kiosk.json`; the station's name. Raises `NotPaired`."""
        if len(code) > LONGEST_CODE:
            raise NotPaired("code")
        # One at a time: a second press must not overtake the first one's answer.
        with self._one:
            try:
                office = Office.at(self.server, self.ca_file)
            except ValueError as cause:
                raise NotPaired("stranger", str(cause)) from cause
            content = office.exchange(code, *self.draft.next_try())
            self.draft.keep(content)
        log.info("paired", kiosk=content["kiosk"], station=content["station"])
        return str(content["name"])


@dataclass(frozen=True, slots=True)
class Sight:
    """What `pairing.html` shows. `step`: code, server or done."""

    step: str
    typed: str
    server: str
    error: str
    stopped: bool
    duty_phone: str
    station: str = ""


def create(porch: Porch, done: Callable[[], None]) -> Starlette:
    """The app; `done` is called when the credentials are on the disk."""
    texts = {
        "look.css": look.css(),
        "screen.css": SCREEN_CSS.read_text("utf-8"),
        "pairing.css": (HERE / "static" / "pairing.css").read_text("utf-8"),
        "pairing.js": (HERE / "static" / "pairing.js").read_text("utf-8"),
        "mark.svg": str(look.mark()),
    }
    addresses = {name: _address(name, text) for name, text in texts.items()}
    by_address = {addresses[name]: (text, _TYPES[name.rpartition(".")[2]]) for name, text in texts.items()}

    def show(step: str, *, typed: str = "", error: str = "", station: str = "", status: int = 200) -> HTMLResponse:
        sight = Sight(step, typed, porch.server, error, porch.draft.stopped, porch.draft.duty_phone, station)
        template = _templates.get_template("pairing.html")
        html = template.render(it=sight, icon=look.icon, mark=look.mark, assets=addresses, digits=DIGITS)
        return HTMLResponse(html, status)

    def home(_: Request) -> Response:
        return show("code" if porch.server else "server")

    def ask_server(_: Request) -> Response:
        return show("server", typed=porch.server)

    def take_server(typed: str, key: str) -> Response:
        if key:
            return show("server", typed=_pressed(typed, key, 200))
        try:
            porch.find(typed)
        except NotPaired as refusal:
            return show("server", typed=typed[:200], error=refusal.sentence, status=422)
        except ValueError:
            return show("server", typed=typed[:200], error="地址看不懂，请照配对页上的写。", status=422)
        return RedirectResponse("/", 303)

    def take_code(typed: str, key: str) -> Response:
        if key:
            return show("code", typed=_pressed(typed, key, DIGITS))
        try:
            station = porch.pair(typed)
        except NotPaired as refusal:
            log.warning("not paired", reason=str(refusal))
            # A code that may yet be good stays in the field.
            kept = "" if refusal.why == "code" else typed[:DIGITS]
            return show("code", typed=kept, error=refusal.sentence, status=422)
        done()
        return show("done", station=station)

    def static(request: Request) -> Response:
        found = by_address.get(f"/static/{request.path_params['name']}")
        if found is None:
            return Response(status_code=404)
        return Response(found[0], media_type=found[1], headers=_FOREVER)

    def state(_: Request) -> Response:
        # The station's page asks here while it waits for a restart: this answer sends it to ours.
        return JSONResponse({"build": "pairing"}, headers={"etag": '"pairing"', "x-now": "0"})

    return Starlette(
        routes=[
            Route("/", home),
            _form("/", take_code),
            Route("/server", ask_server),
            _form("/server", take_server),
            Route("/static/{name}", static),
            Route("/state", state),
        ],
        middleware=[Middleware(_Guard)],
    )


def _form(path: str, send: Callable[[str, str], Response]) -> Route:
    """A form of two fields: what is typed, and the key that was pressed, empty for the sending one."""

    async def endpoint(request: Request) -> Response:
        async with request.form(max_files=0) as form:
            typed, key = (str(form.get(name, "")) for name in ("typed", "key"))
        return await run_in_threadpool(send, typed, key)

    return Route(path, endpoint, methods=["POST"])


class _Guard:
    """Only this machine's own page may speak; a form's post is let through by its own origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = refuse(scope["method"], Headers(scope=scope), LOCAL)
        app = PlainTextResponse(refusal[1] + "\n", refusal[0]) if refusal else self._app
        await app(scope, receive, with_headers)


def _pressed(typed: str, key: str, most: int) -> str:
    """What is typed after a key: a sign, `back` or `clear`."""
    if key == "clear":
        return ""
    if key == "back":
        return typed[:-1]
    return (typed + key[:1])[:most]


def _address(name: str, text: str) -> str:
    stem, _, kind = name.rpartition(".")
    return f"/static/{stem}.{hashlib.sha256(text.encode()).hexdigest()[:10]}.{kind}"
