"""Taking in what somebody without an account sends: words, and photos by the same way as a report's."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from server import incidents, photos
from server.kit.errors import Invalid
from server.kit.site import Site
from server.photos import PhotoRefused, Stored, VaultError
from server.questions import asking, engaging, posted, rules
from server.questions.posted import Posted

log = structlog.get_logger()

MOST_FIELDS = 12
MOST_BYTES = rules.MOST_PHOTOS * posted.PHOTO_BYTES + 2 * posted.MEGABYTE
TOO_MANY = f"一次最多带 {rules.MOST_PHOTOS} 张照片。请少选几张，或者不带照片直接发。"


class PhotosLeft(Invalid):
    """A photo does not go; nothing was taken yet, and it can be sent without."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came. `without`: whoever sent it chose to leave behind the photos that do not go."""

    posted: Posted

    @property
    def without(self) -> bool:
        """Whether the photos stay behind."""
        return bool(self.posted.said("without"))

    @property
    def choice(self) -> str:
        """The chip that was tapped now, or before a photo did not go."""
        return self.said("choice") or self.said("chosen")

    def said(self, name: str) -> str:
        """One field."""
        return self.posted.said(name)


async def receive(request: Request) -> AsyncGenerator[Sent, None]:
    """The dependency of the routes; closes the files when the answer is made."""
    sent = Sent(await posted.read(request, most_bytes=MOST_BYTES, most_fields=MOST_FIELDS))
    try:
        yield sent
    finally:
        for _, file in sent.posted.files:
            await file.close()


def answer(site: Site, question_id: int, sent: Sent, *, of: int | None = None) -> None:
    """Take an answer in; blocks while photos are developed. Raises `PhotosLeft` and as `asking.answer`."""
    with site.store.look() as look:
        question = asking.question_of(look, question_id)
        own = incidents.get(look, question.incident)
        wanted = own is not None and own.kind.photo and asking.standing(look, question) in {"open", "late"}
    stored = _develop(site, sent) if wanted else []
    with site.store.work() as work:
        numbers = [photos.keep(work, one) for one in stored]
        asking.answer(work, question_id, sent.choice, sent.said("words"), numbers, of=of)


def done(site: Site, link_id: int, sent: Sent) -> None:
    """An outside body's work is done; blocks while photos are developed. Raises `PhotosLeft`, as `engaging.done`."""
    with site.store.look() as look:
        if engaging.link_of(look, link_id).state == "done":
            return
        engaging.open_for_words(look, link_id)
    stored = _develop(site, sent)
    with site.store.work() as work:
        engaging.done(work, link_id, sent.said("words"), [photos.keep(work, one) for one in stored])


def _develop(site: Site, sent: Sent) -> list[Stored]:
    if sent.without:
        return []
    if sent.posted.trouble:
        raise PhotosLeft(sent.posted.trouble)
    files: Sequence[UploadFile] = [file for name, file in sent.posted.files if name == "photos"]
    if len(files) > rules.MOST_PHOTOS:
        raise PhotosLeft(TOO_MANY)
    stored, waits = [], photos.patience()
    for file in files:
        try:
            stored.append(photos.take(site, file.file, waits))
        except (PhotoRefused, VaultError) as cause:
            log.info("photo of an answer not taken", reason=str(cause))
            raise PhotosLeft(f"有照片没带上：{cause.sentence}") from cause
    return stored


ThisForm = Annotated[Sent, Depends(receive)]
