"""Reading a form with photos with limits, and so that what was typed survives whatever becomes of them."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from server.kit.errors import Invalid

MEGABYTE = 1024 * 1024
PHOTO_BYTES = 20 * MEGABYTE
"""What the darkroom takes at most."""
MOST_FILES = 30
MOST_FIELD_BYTES = MEGABYTE // 4

TOO_LARGE = "照片加起来太大了，没有传完。可以少带几张，或者不带照片直接发。"
TOO_MANY = "一次选的照片太多了。请少选几张，或者不带照片直接发。"
BROKEN = "内容没有传完整，请再发一次。"
NO_SPACE = "我们这边暂时存不下照片了。可以不带照片直接发。"


@dataclass(frozen=True, slots=True)
class Posted:
    """What came, in order. `trouble` is a sentence when not everything could be read; the words still stand."""

    words: list[tuple[str, str]]
    files: list[tuple[str, UploadFile]]
    """Closed by whoever reads them."""
    trouble: str = ""

    def said(self, name: str) -> str:
        """The first value of a field; empty without it."""
        return next((value for field, value in self.words if field == name), "")


class _Overflow(Exception):
    """More bytes than the form may have."""


async def read(request: Request, *, most_bytes: int, most_fields: int) -> Posted:
    """A form with photos, each file up to `PHOTO_BYTES`. Raises `Invalid` when whoever sent it has gone."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = _limited(request, most_bytes)
    parser: MultiPartParser | FormParser
    if kind == "multipart/form-data":
        parser = MultiPartParser(
            request.headers, body, max_files=MOST_FILES, max_fields=most_fields, max_part_size=MOST_FIELD_BYTES
        )
    elif kind == "application/x-www-form-urlencoded":
        parser = FormParser(request.headers, body, max_fields=most_fields, max_part_size=MOST_FIELD_BYTES)
    else:
        return Posted([], [], BROKEN)
    try:
        items = (await parser.parse()).multi_items()
    except ClientDisconnect as cause:
        raise Invalid(BROKEN) from cause
    except (_Overflow, MultiPartException, OSError, ValueError, LookupError) as cause:
        # The parser has closed the files; the words come before them in the form and are whole.
        items = [item for item in getattr(parser, "items", []) if isinstance(item[1], str)]
        return _posted(items, _sentence(cause))
    return _posted(items, "")


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    arrived = 0
    async with contextlib.aclosing(request.stream()) as stream:
        async for chunk in stream:
            # What fits is still read: the words stand at the beginning.
            yield chunk[: most - arrived]
            arrived += len(chunk)
            if arrived > most:
                raise _Overflow


def _sentence(cause: Exception) -> str:
    if isinstance(cause, _Overflow):
        return TOO_LARGE
    if isinstance(cause, OSError):
        return NO_SPACE
    if isinstance(cause, MultiPartException) and "Too many files" in cause.message:
        return TOO_MANY
    return BROKEN


def _posted(items: list[tuple[str, str | UploadFile]], trouble: str) -> Posted:
    words = [(name, _clean(value)) for name, value in items if isinstance(value, str)]
    # A browser sends an empty part without a name when no file was chosen.
    files = [(name, file) for name, file in items if isinstance(file, UploadFile) and (file.filename or file.size)]
    return Posted(words, files, trouble)


def _clean(typed: str) -> str:
    """Without what no page can show again: lone surrogates (from odd charsets) and NUL."""
    return typed.encode("utf-8", "ignore").decode("utf-8").replace("\x00", "")
