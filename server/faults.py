"""One place where errors become answers: a plain page for people, a problem document (RFC 9457) for programs."""

import sqlite3
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from server.kit.errors import Fault, TooMany, Unknown
from server.kit.site import Site

log = structlog.get_logger()

_SENTENCES = {
    404: "没有这个页面，请检查一下地址",
    405: "这个地址不能这样用",
    413: "发来的内容太大了",
    422: "内容不完整，请检查一下",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What the error page shows."""

    title: str
    sentence: str
    status: int


def register(app: FastAPI) -> None:
    """Hang the handlers into the application."""
    app.add_exception_handler(Fault, _fault)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(sqlite3.OperationalError, _disk)
    app.add_exception_handler(Exception, _bug)


def answer(request: Request, status: int, title: str, sentence: str, headers: dict[str, str] | None = None) -> Response:
    """A page or a problem document, by who asks."""
    if wants_json(request):
        body = {"type": "about:blank", "title": title, "status": status, "detail": sentence}
        return JSONResponse(body, status, headers, media_type="application/problem+json")
    site: Site = request.app.state.site
    return site.pages.page(
        request, "kit/problem.html", Problem(title, sentence, status), status=status, headers=headers
    )


def wants_json(request: Request) -> bool:
    """Programs: the API's addresses, and whoever accepts JSON but not HTML."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "html" not in accept)


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
    return answer(request, error.status, error.title, error.sentence, headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    sentence = _SENTENCES.get(error.status_code, "这一步没有成功，请再试一次")
    return answer(request, error.status_code, "没有找到" if error.status_code == 404 else "出错了", sentence)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    # Names of fields only: what was typed must not come back in an error message or a log.
    names = sorted({".".join(str(part) for part in one["loc"][1:]) for one in error.errors()})
    sentence = _SENTENCES[422] + (f"（{'，'.join(names)[:200]}）" if wants_json(request) else "")
    return answer(request, 422, "请改一下", sentence)


async def _disk(request: Request, error: Exception) -> Response:
    log.error("the database does not take it", path=request.url.path, exc_info=error)
    return answer(
        request, 503, "暂时不行", "现在存不下来，请过一会儿再试；急事请直接打值班电话。", {"Retry-After": "30"}
    )


async def _bug(request: Request, error: Exception) -> Response:
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return answer(request, 500, "出错了", "我们这边出了点问题，已经记下来了。请过一会儿再试。")
