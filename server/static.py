"""Styles and scripts, each under an address with a fingerprint, so that phones keep them for a year."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway import look
from server.kit.errors import Missing

router = APIRouter(include_in_schema=False)

_HERE = Path(__file__).parent
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    """One static file, packed once."""

    name: str
    address: str
    content: bytes
    packed: bytes
    kind: str


@cache
def files() -> dict[str, File]:
    """short name (`look.css`, `desk.js`) → file: the shared look and every feature's `static/` folder."""
    paths = [look.FOLDER / "look.css", *sorted(_HERE.glob("*/static/*")), *sorted(_HERE.glob("kit/static/vendor/*"))]
    found = {}
    for path in paths:
        if path.is_file() and path.suffix in {".css", ".js", ".svg", ".woff2"}:
            content = look.css().encode() if path.name == "look.css" else path.read_bytes()
            mark = hashlib.sha256(content).hexdigest()[:10]
            address = f"/static/{path.stem}.{mark}{path.suffix}"
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            found[path.name] = File(path.name, address, content, gzip.compress(content, 9, mtime=0), kind)
    return found


def addresses() -> dict[str, str]:
    """short name → address, for the pages."""
    return {name: file.address for name, file in files().items()}


@router.get("/static/{name}")
def static(name: str, request: Request) -> Response:
    """A static file; an old fingerprint is not found."""
    file = next((one for one in files().values() if one.address == f"/static/{name}"), None)
    if file is None:
        raise Missing("没有这个文件")
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.kind, headers=headers)


@router.get("/favicon.svg")
def favicon() -> Response:
    """The lamp."""
    return Response(str(look.mark()), media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
