"""`PUT /kiosk/commands/{id}/find`: a kiosk brings home a log or a picture, with its own name and password."""

import base64
import binascii

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from gateway.contract.commands import MAX_UPLOAD
from gateway.credentials import verify_secret
from server.commands import records
from server.kit.clock import MINUTE_MS
from server.kit.errors import Fault, Invalid, Missing, Unknown
from server.kit.site import Site, ThisSite

router = APIRouter(include_in_schema=False)

LATE_MS = 10 * MINUTE_MS
_PNG = b"\x89PNG\r\n\x1a\n"


@router.put("/kiosk/commands/{command}/find", status_code=204)
async def bring(command: str, request: Request, site: ThisSite) -> Response:
    """204 when it is kept, also a second time. Nothing is read before the kiosk is known and the command is its own."""
    try:
        most = await anyio.to_thread.run_sync(_expected, site, request.headers.get("authorization", ""), command)
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > most:
                raise Invalid("太大了")
        await anyio.to_thread.run_sync(_keep, site, command, bytes(content))
    except Fault as refusal:
        # A program is asking: a number, not a page to log in on.
        return PlainTextResponse(refusal.sentence, refusal.status)
    return Response(status_code=204)


def _expected(site: Site, authorization: str, command: str) -> int:
    """How many bytes this kiosk may bring for this command. Raises `Unknown`, `Missing`."""
    kiosk = _kiosk(site, authorization)
    with site.store.look() as look:
        known = records.find(look, command)
        if (
            known is None or known.kiosk != kiosk or known.name not in MAX_UPLOAD
            or look.now > known.expires + LATE_MS or records.found(look, command) is not None
        ):  # fmt: skip
            raise Missing("没有等着这份内容的指令")
    return MAX_UPLOAD[known.name]


def _kiosk(site: Site, authorization: str) -> str:
    kind, _, login = authorization.partition(" ")
    try:
        kiosk, _, password = base64.b64decode(login, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        kiosk = password = ""
    if kind.lower() == "basic" and kiosk and password:
        for one in site.mailbox.credentials():
            if one.kiosk == kiosk and one.revoked is None and (site.demo or not one.demo):
                if verify_secret(password, one.secret):
                    return kiosk
                break
    raise Unknown("需要小站自己的名字和密码")


def _keep(site: Site, command: str, content: bytes) -> None:
    with site.store.work() as work:
        known = records.find(work, command)
        if known is None:
            raise Missing("没有这条指令")
        if known.name == "take_screenshot":
            if not content.startswith(_PNG):
                raise Invalid("不是 PNG 图片")
            records.keep_find(work, command, "image/png", content)
            return
        try:
            text = content.decode()
        except UnicodeDecodeError as cause:
            raise Invalid("不是 UTF-8 文字") from cause
        clean = "".join(sign if sign == "\n" or sign.isprintable() else "\ufffd" for sign in text)
        records.keep_find(work, command, "text/plain", clean.encode())
