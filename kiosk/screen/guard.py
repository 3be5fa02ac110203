"""What stands before every request: only this machine's own page may speak to the screen's server.

A page of a foreign site, opened by accident or by name tricks (DNS rebinding), must not be able to press a button.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 2048
"""Bytes; a tap is a few names."""

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """ASGI middleware: refuses foreign hosts (421), foreign origins (403) and large bodies (413); adds `HEADERS`."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; `hosts` are the host names, without ports, that the own page may use."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = refuse(scope["method"], Headers(scope=scope), self.hosts)
        app = PlainTextResponse(refusal[1] + "\n", refusal[0]) if refusal else self.app
        await app(scope, receive, send_with_headers)


def refuse(method: str, headers: Headers, hosts: frozenset[str]) -> tuple[int, str] | None:
    """The status and the sentence of a refusal, None for a request that may pass."""
    host = headers.get("host", "")
    if _name(host) not in hosts:
        return 421, "this is not the host you are looking for"
    if method in {"GET", "HEAD"}:
        return None
    origin = headers.get("origin")
    if origin is not None and origin not in {f"http://{host}", f"https://{host}"}:
        return 403, "only the kiosk's own page may do this"
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return 403, "only the kiosk's own page may do this"
    length = headers.get("content-length", "")
    if not length.isascii() or not length.isdigit():
        return 411, "content-length is missing"
    # Counted in digits first: a number of a thousand digits is not worth reading.
    if len(length) > 9 or int(length) > MAX_BODY:
        return 413, f"at most {MAX_BODY} bytes"
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
