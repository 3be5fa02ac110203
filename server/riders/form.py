"""Reading a report as it arrives: with limits, and so that what was typed survives whatever happens to the photos."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from server.photos import MOST
from server.questions import MEGABYTE, PHOTO_BYTES, Posted, read_form

MOST_BYTES = MOST * PHOTO_BYTES + 2 * MEGABYTE
"""Of a whole report: the photos and the words."""
MOST_FIELDS = 60
MOST_NUMBER = 10**11

ANSWER = "answer_"
MOST_ANSWERS = 20
_WORDS = frozenset({"client_id", "category", "place", "other_place", "words", "building", "pin", "too"})


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
    building: str = ""
    pin: str = ""
    """Where the rider pointed, see `pins.read`."""
    too: str = ""
    """我也看到了: the signed ticket this report joins."""
    uploads: list[str] = field(default_factory=list)
    """Photos that came in pieces before the report."""
    coming: int = 0
    """So many photos follow in pieces once the ticket is open."""
    waited: int = 0
    """Milliseconds between the tap on 发送 and this arrival, by the phone's own clock; see `rules.seen_at`."""
    files: list[UploadFile] = field(default_factory=list)
    trouble: str = ""


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
    return _sent(await read_form(request, most_bytes=MOST_BYTES, most_fields=MOST_FIELDS))


def _sent(posted: Posted) -> Sent:
    sent = Sent(trouble=posted.trouble, files=[file for name, file in posted.files if name == "photos"])
    for name, value in posted.words:
        if name in _WORDS:
            setattr(sent, name, value)
        elif name in {"coming", "waited"}:
            setattr(sent, name, min(int(value[:20]), MOST_NUMBER) if value.isascii() and value.isdigit() else 0)
        elif name == "p":
            sent.proof = value
        elif name.startswith(ANSWER) and len(sent.answers) < MOST_ANSWERS:
            # The same question may stand under several categories; only one of them is on show.
            sent.answers[name[len(ANSWER) :]] = sent.answers.get(name[len(ANSWER) :]) or value[:200]
        elif name == "kept":
            sent.kept.append(value)
        elif name == "upload":
            sent.uploads.append(value)
        elif name == "without":
            sent.without = True
    return sent
