"""One place where errors become answers: a plain page for people, a problem document (RFC 9457) for programs."""

import re
import sqlite3
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from gateway.sqlite import Unusable
from server import stations
from server.kit.errors import Fault, TooMany, Unknown
from server.kit.site import Site
from server.stations import Station

log = structlog.get_logger()

_SENTENCES = {
    404: "没有这个页面，请检查一下地址",
    405: "这个地址不能这样用",
    413: "发来的内容太大了",
    422: "内容不完整，请检查一下",
}
_STAFF = re.compile(r"/(desk|login|wall)(?![^/?])")
_STATION = re.compile(r"/s/([a-z0-9-]{1,32})(?![^/?])")


@dataclass(frozen=True, slots=True)
class Onward:
    """Where to go on from here, and what stands on that button."""

    to: str
    label: str
    staff: bool = False
    """Whether somebody at work reads it: they need no word about 119."""
    phone: str = ""
    """The station's duty phone, where a station is known."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What the error page shows."""

    title: str
    sentence: str
    status: int
    onward: Onward


def register(app: FastAPI) -> None:
    """Hang the handlers into the application."""
    app.add_exception_handler(Fault, _fault)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(sqlite3.OperationalError, _disk)
    app.add_exception_handler(Exception, _bug)


async def answer(
    request: Request, status: int, title: str, sentence: str, headers: dict[str, str] | None = None
) -> Response:
    """A page or a problem document, by who asks."""
    if wants_json(request):
        body = {"type": "about:blank", "title": title, "status": status, "detail": sentence}
        return JSONResponse(body, status, headers, media_type="application/problem+json")
    site: Site = request.app.state.site
    problem = Problem(title, sentence, status, await _onward(request, site))
    return site.pages.page(request, "kit/problem.html", problem, status=status, headers=headers)


def wants_json(request: Request) -> bool:
    """Programs: the API's addresses, and whoever accepts JSON but not HTML."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "html" not in accept)


async def _onward(request: Request, site: Site) -> Onward:
    here, before = request.url.path, _before(request)
    if _STAFF.match(here):
        if _STAFF.match(before) and urlsplit(before).path != here:
            return Onward(before, "回到刚才那一页", staff=True)
        return Onward("/desk", "回到工作台", staff=True)
    code = _STATION.match(here) or _STATION.match(before)
    station = await run_in_threadpool(_station, site, code[1]) if code else None
    if station is not None:
        return Onward(f"/s/{station.code}", f"回到{station.name}", phone=station.duty_phone)
    return Onward("/mine", "我的上报") if here.startswith("/r/") else Onward("/", "回到首页")


def _before(request: Request) -> str:
    """Path and query of the page of ours that led here; empty when there is none."""
    try:
        found = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    if found.netloc != request.headers.get("host", ""):
        return ""
    return f"{found.path}?{found.query}" if found.query else found.path


def _station(site: Site, code: str) -> Station | None:
    try:
        with site.store.look() as look:
            return stations.find(look, code)
    except (sqlite3.Error, Unusable) as cause:
        # The page about a database that does not answer must not need it.
        log.info("no station for an error page", exc_info=cause)
        return None


async def _fault(request: Request, error: Exception) -> Response:
    assert isinstance(error, Fault)  # noqa: S101 - registered for this type
    if isinstance(error, Unknown) and not wants_json(request):
        if request.headers.get("hx-request"):
            return Response(status_code=401, headers={"HX-Redirect": "/login"})
        query = f"?{request.url.query}" if request.url.query else ""
        to = f"{request.url.path}{query}" if request.method == "GET" else "/desk"
        return RedirectResponse(f"/login?to={quote(to, safe='/')}", 303)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    if isinstance(error, Unknown):
        headers["WWW-Authenticate"] = "Bearer"
    return await answer(request, error.status, error.title, error.sentence, headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    sentence = _SENTENCES.get(error.status_code, "这一步没有成功，请再试一次")
    return await answer(request, error.status_code, "没有找到" if error.status_code == 404 else "出错了", sentence)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    # Names of fields only: what was typed must not come back in an error message or a log.
    names = sorted({".".join(str(part) for part in one["loc"][1:]) for one in error.errors()})
    sentence = _SENTENCES[422] + (f"（{'，'.join(names)[:200]}）" if wants_json(request) else "")
    return await answer(request, 422, "请改一下", sentence)


async def _disk(request: Request, error: Exception) -> Response:
    log.error("the database does not take it", path=request.url.path, exc_info=error)
    return await answer(
        request, 503, "暂时不行", "现在存不下来，请过一会儿再试；急事请直接打值班电话。", {"Retry-After": "30"}
    )


async def _bug(request: Request, error: Exception) -> Response:
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return await answer(request, 500, "出错了", "我们这边出了点问题，已经记下来了。请过一会儿再试。")
