"""`/uploads`: the tus protocol 1.0.0 with its extensions creation, expiration and termination.

Written here because a tus server library would bring its own storage and framework for four small routes.
"""

from collections.abc import Mapping
from email.utils import formatdate

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import ClientDisconnect

from server.kit.errors import TooMany
from server.kit.site import Site, ThisSite
from server.uploads import actions, rules
from server.uploads.rules import VERSION, Upload

router = APIRouter(include_in_schema=False)

PIECE = 64 * 1024
SILENCE_S = 60
"""A line on which nothing comes for so long is dead; the phone comes back with a new one."""
MADE = parse("240 per 10 minutes")
"""By address, behind which a whole station may stand."""


class Pace:
    """How fast one address makes uploads; kept in `site.parts`."""

    def __init__(self) -> None:
        self._made = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, request: Request) -> None:
        """Count one; raises `TooMany`."""
        if not self._made.hit(MADE, request.client.host if request.client else "?"):
            raise TooMany("照片传得太快了，过几分钟自己再传", 120)


@router.options("/uploads")
def offered() -> Response:
    """What this server can do."""
    more = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,expiration,termination",
        "Tus-Max-Size": str(rules.MOST_BYTES),
    }
    return _answer(204, more)


@router.post("/uploads")
def make(request: Request, site: ThisSite) -> Response:
    """Begin one. `Upload-Metadata` names the `report` (its client id) and the file's `name`; asked twice, it is one."""
    if request.headers.get("tus-resumable") != VERSION:
        return _answer(412, {"Tus-Version": VERSION})
    length = rules.whole(request.headers.get("upload-length", ""))
    described = rules.described(request.headers.get("upload-metadata", ""))
    if length is None or length == 0 or described is None:
        return _answer(400)
    if length > rules.MOST_BYTES:
        return _answer(413)
    pace: Pace = site.parts["uploads"]
    pace.check(request)
    upload = actions.make(site, *described, length)
    _, size = actions.find(site, upload.id)
    return _answer(201, {"Location": f"/uploads/{upload.id}", "Upload-Offset": str(size), **_ends(upload)})


@router.head("/uploads/{upload_id}")
def asked(site: ThisSite, upload_id: str) -> Response:
    """How much of it is here."""
    upload, size = actions.find(site, upload_id)
    return _answer(200, {"Upload-Offset": str(size), "Upload-Length": str(upload.length), **_ends(upload)})


@router.delete("/uploads/{upload_id}")
def cancel(request: Request, site: ThisSite, upload_id: str) -> Response:
    """The photo was taken away again."""
    if request.headers.get("tus-resumable") != VERSION:
        return _answer(412, {"Tus-Version": VERSION})
    actions.cancel(site, upload_id)
    return _answer(204)


@router.patch("/uploads/{upload_id}")
async def append(request: Request, site: ThisSite, upload_id: str) -> Response:
    """Add what comes, each piece as it arrives: a line that breaks loses nothing that was here already."""
    if request.headers.get("tus-resumable") != VERSION:
        return _answer(412, {"Tus-Version": VERSION})
    if request.headers.get("content-type", "") != "application/offset+octet-stream":
        return _answer(415)
    offset = rules.whole(request.headers.get("upload-offset", ""))
    if offset is None:
        return _answer(400)
    upload, size = await run_sync(actions.find, site, upload_id)
    if offset != size:
        return _answer(409, {"Upload-Offset": str(size)})
    if upload.taken is not None:
        return _answer(204, {"Upload-Offset": str(size), **_ends(upload)})
    try:
        return await _append(request, site, upload, size)
    except OSError:
        actions.log.exception("an upload could not be written", upload=upload.id)
        return _answer(507)


async def _append(request: Request, site: Site, upload: Upload, size: int) -> Response:
    files, waiting = actions.spool(site), bytearray()
    stream = request.stream()
    over = False
    while not over:
        try:
            with anyio.fail_after(SILENCE_S):
                arrived = await anext(stream)
        except (StopAsyncIteration, ClientDisconnect, TimeoutError):
            over = True
        else:
            waiting += arrived
        if size + len(waiting) > upload.length:
            return _answer(413, {"Upload-Offset": str(size)})
        if waiting and (over or len(waiting) >= PIECE):
            end = await run_sync(files.append, upload.id, size, bytes(waiting))
            if end != size + len(waiting):
                # Another line of the same phone was faster.
                return _answer(409, {"Upload-Offset": str(end)})
            size, waiting = end, bytearray()
    return _answer(204, {"Upload-Offset": str(size), **_ends(upload)})


def _ends(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": formatdate((upload.made + rules.RESTED_MS) / 1000, usegmt=True)}


def _answer(status: int, more: Mapping[str, str] | None = None) -> Response:
    return Response(status_code=status, headers={"Tus-Resumable": VERSION, "Cache-Control": "no-store", **(more or {})})
