"""Reading a report as it arrives: with limits, and so that what was typed survives whatever happens to the photos."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request, UploadFile
from starlette.datastructures import UploadFile as StarletteUpload
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from server.kit.errors import Invalid
from server.photos import MOST

MEGABYTE = 1024 * 1024
PHOTO_BYTES = 20 * MEGABYTE
"""What the darkroom takes at most."""
MOST_BYTES = MOST * PHOTO_BYTES + 2 * MEGABYTE
"""Of a whole report: the photos and the words."""
MOST_FILES = 30
MOST_FIELDS = 60
MOST_FIELD_BYTES = MEGABYTE // 4

ANSWER = "answer_"
MOST_ANSWERS = 20

TOO_LARGE = "照片加起来太大了，没有传完。可以少带几张，或者不带照片直接发。"
TOO_MANY = "一次选的照片太多了。请少选几张，或者不带照片直接发。"
BROKEN = "内容没有传完整，请再发一次。"
NO_SPACE = "我们这边暂时存不下照片了。可以不带照片直接发。"


@dataclass
class Sent:
    """What came with a report. `trouble` is a sentence when not everything could be read; the words still stand."""

    client_id: str = ""
    proof: str = ""
    category: str = ""
    place: str = ""
    other_place: str = ""
    words: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    """question → answer, as sent; the category says later which of them count."""
    kept: list[str] = field(default_factory=list)
    """Signed references of photos that came with an earlier try."""
    without: bool = False
    """The rider chose to send without the photos that do not go."""
    files: list[UploadFile] = field(default_factory=list)
    trouble: str = ""


class _Overflow(Exception):
    """More bytes than a report may have."""


async def receive(request: Request) -> AsyncGenerator[Sent, None]:
    """The dependency of the report's route; closes the files when the answer is made."""
    sent = await _read(request)
    try:
        yield sent
    finally:
        for file in sent.files:
            await file.close()


ThisReport = Annotated[Sent, Depends(receive)]


async def _read(request: Request) -> Sent:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    parser: MultiPartParser | FormParser
    if kind == "multipart/form-data":
        parser = MultiPartParser(
            request.headers,
            _limited(request),
            max_files=MOST_FILES,
            max_fields=MOST_FIELDS,
            max_part_size=MOST_FIELD_BYTES,
        )
    elif kind == "application/x-www-form-urlencoded":
        parser = FormParser(request.headers, _limited(request), max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES)
    else:
        return Sent(trouble=BROKEN)
    try:
        items = (await parser.parse()).multi_items()
    except ClientDisconnect as cause:
        raise Invalid(BROKEN) from cause
    except (_Overflow, MultiPartException, OSError, ValueError, LookupError) as cause:
        # The parser has closed the files; the words come before them in the form and are whole.
        items = [item for item in getattr(parser, "items", []) if isinstance(item[1], str)]
        return _sent(items, _sentence(cause))
    return _sent(items, "")


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    arrived = 0
    async with contextlib.aclosing(request.stream()) as stream:
        async for chunk in stream:
            # What fits is still read: the words stand at the beginning.
            yield chunk[: MOST_BYTES - arrived]
            arrived += len(chunk)
            if arrived > MOST_BYTES:
                raise _Overflow


def _sentence(cause: Exception) -> str:
    if isinstance(cause, _Overflow):
        return TOO_LARGE
    if isinstance(cause, OSError):
        return NO_SPACE
    if isinstance(cause, MultiPartException) and "Too many files" in cause.message:
        return TOO_MANY
    return BROKEN


def _sent(items: list[tuple[str, str | StarletteUpload]], trouble: str) -> Sent:
    sent = Sent(trouble=trouble)
    for name, value in items:
        if isinstance(value, StarletteUpload):
            # A browser sends an empty part without a name when no file was chosen.
            if name == "photos" and (value.filename or value.size):
                sent.files.append(UploadFile(value.file, size=value.size, filename=value.filename))
        elif name in {"client_id", "category", "place", "other_place", "words"}:
            setattr(sent, name, _clean(value))
        elif name == "p":
            sent.proof = _clean(value)
        elif name.startswith(ANSWER) and len(sent.answers) < MOST_ANSWERS:
            # The same question may stand under several categories; only one of them is on show.
            sent.answers[name[len(ANSWER) :]] = sent.answers.get(name[len(ANSWER) :]) or _clean(value)[:200]
        elif name == "kept":
            sent.kept.append(_clean(value))
        elif name == "without":
            sent.without = True
    return sent


def _clean(typed: str) -> str:
    """Without what no page can show again: lone surrogates (from odd charsets) and NUL."""
    return typed.encode("utf-8", "ignore").decode("utf-8").replace("\x00", "")
