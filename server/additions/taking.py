"""Taking in what comes from the receipt: words, and photos by the same way as a report's."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request

from server import incidents, photos
from server.additions import actions
from server.kit.errors import Invalid
from server.kit.site import Site
from server.photos import PhotoRefused, Stored, VaultError
from server.questions import MEGABYTE, PHOTO_BYTES, Posted, read_form

log = structlog.get_logger()

MOST_FIELDS = 8
MOST_BYTES = photos.MOST * PHOTO_BYTES + 2 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Taken:
    """What has become of it. `left` is why a photo stayed behind: a key of the receipt's notes, or empty."""

    left: str


async def receive(request: Request) -> AsyncGenerator[Posted, None]:
    """The dependency of the route; closes the files when the answer is made."""
    posted = await read_form(request, most_bytes=MOST_BYTES, most_fields=MOST_FIELDS)
    try:
        yield posted
    finally:
        for _, file in posted.files:
            await file.close()


ThisAddition = Annotated[Posted, Depends(receive)]


def take(site: Site, receipt: str, sent: Posted) -> Taken:
    """Develop what photos there is room for, then add; blocks. A bad photo holds up neither words nor other photos.

    Raises as `actions.add`; `Invalid` also when the only thing sent was a photo that does not go.
    """
    with site.store.look() as look:
        own = incidents.by_receipt(look, receipt)
        room = actions.check(look, own).photos
    files = [file for name, file in sent.files if name == "photos"]
    stored: list[Stored] = []
    trouble, waits = sent.trouble, photos.patience()
    for file in files[:room]:
        try:
            stored.append(photos.take(site, file.file, waits))
        except (PhotoRefused, VaultError) as cause:
            log.info("photo of an addition not taken", reason=str(cause))
            trouble = trouble or cause.sentence
    words = sent.said("words")
    if not stored and not words.strip() and (trouble or files):
        raise Invalid(trouble or ("这一类不收照片，请写一句" if not own.kind.photo else "照片已经够多了，请写一句"))
    with site.store.work() as work:
        actions.add(work, receipt, words, stored, read_seen(sent.said("seen")))
    if trouble:
        return Taken("some")
    if len(files) > room:
        return Taken("full" if own.kind.photo else "unasked")
    return Taken("")


def read_seen(typed: str) -> int:
    """What a page said it knew of; nonsense knows everything, and then nothing counts as sent again."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 10**6
