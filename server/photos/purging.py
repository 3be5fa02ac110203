"""Pictures that go: sent by mistake, kept long enough, or asked back; and the files behind them."""

import structlog

from server.incidents import tied
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.errors import Forbidden, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.photos import actions, records
from server.photos.added.records import of_photo
from server.photos.covering import repaint
from server.photos.part import vault_of
from server.photos.records import Photo
from server.photos.vault import VaultError
from server.staff import Person

log = structlog.get_logger()

ABANDONED_MS = DAY_MS
"""A photo that was uploaded and never sent."""
MISTAKE_MS = 20 * HOUR_MS
"""A document sent by mistake is deleted within a day, the rounds through all photos included; until then the tap can
be taken back, also in the morning after an evening's tap."""
RESTED_S = 900
"""A file this young may belong to an upload that is not written down yet."""
BATCH = 100

WHY = {
    "wrong": "发错的证件",
    "person": "人，到期",
    "standard": "一般，到期",
    "evidence": "隐患，到期",
    "none": "不留照片的类别",
    "asked": "本人要求删除",
}
"""Why a photo is gone, as staff read it."""


def hide(work: Work, photo_id: int, person: Person) -> Photo:
    """证件/发错了: out of everybody's sight at once, deleted within a day. Tapped twice, it is hidden once.

    Returns the photo as it was. Raises `Missing`, and `Refused` when it is gone already.
    """
    photo, incident = actions.for_eyes(work, photo_id, person)
    if photo.gone is not None:
        raise Refused("这张照片已经删除了")
    if photo.hidden is None:
        records.set_hidden(work, photo_id, work.now, person.name)
        records.note_deed(work, photo_id, (person.id, person.name), "hide")
        repaint(work, incident)
    return photo


def unhide(work: Work, photo_id: int, person: Person) -> Photo:
    """It was a slip of the finger: the photo is seen again.

    Raises `Missing`, `Forbidden` (somebody else's tap, for who does not triage) and `Refused` (gone already).
    """
    photo, incident = actions.for_eyes(work, photo_id, person)
    if not may_put_back(work, photo_id, person):
        raise Forbidden("别人标的，请值班员或主任来放回去")
    if photo.gone is not None:
        raise Refused("这张照片已经删除了，拿不回来")
    if photo.hidden is not None:
        records.set_hidden(work, photo_id, None, "")
        records.note_deed(work, photo_id, (person.id, person.name), "back")
        repaint(work, incident)
    return photo


def may_put_back(work: Work, photo_id: int, person: Person) -> bool:
    """Whether this person may undo it: those who triage, and whoever tapped."""
    taps = [row["by_id"] for row in records.deeds(work, photo_id) if row["did"] == "hide"]
    return person.triages or taps[-1:] == [person.id]


def purge(work: Work, photo: Photo, why: str) -> None:
    """Delete a photo's pictures for good; that there was one, and why it went (a key of `WHY`), stays on record."""
    records.empty(work, photo, why)


def abandon(work: Work, photo: Photo) -> bool:
    """Forget a photo that was never sent; False when a ticket has it after all."""
    if tied(work, [photo.id]) or of_photo(work, photo.id) is not None:
        return False
    records.remove(work, photo)
    return True


def empty_scrap(site: Site, rested_s: float = RESTED_S) -> int:
    """Delete the files that nothing stands for any more; how many. A vault that is away is asked again later."""
    vault, deleted = vault_of(site), 0
    with site.store.work() as work:
        for key in records.scrapped(work, BATCH):
            if not records.in_use(work, key):
                try:
                    # Equal bytes may just be coming in again: the vault makes them young, and they are left alone.
                    if (vault.age_s(key) or rested_s) < rested_s:
                        continue
                    vault.delete(key)
                except VaultError as cause:
                    log.warning("a photo's file could not be deleted yet", reason=str(cause))
                    break
                deleted += 1
            records.unscrap(work, [key])
    return deleted
