"""Covering faces, plates and house numbers by hand: others see the covered picture, the original is sealed."""

from collections.abc import Sequence

from server.incidents import Incident
from server.kit.errors import Forbidden, Invalid, Refused, Unavailable
from server.kit.live import Change
from server.kit.site import Site
from server.kit.store import Work
from server.photos import actions, addresses, records
from server.photos.darkroom import PhotoRefused
from server.photos.part import Part
from server.photos.records import Photo
from server.photos.vault import VaultError
from server.staff import Person

WHOLE = 1000
"""Boxes are thousandths of the picture: x, y, width, height."""
MOST_BOXES = 60
LEAST = 4
MAX_REASON = 200

Box = tuple[int, int, int, int]


def cover(site: Site, photo_id: int, person: Person, boxes: Sequence[Box], rounds: int) -> Photo:
    """Cover these places for good; blocks. `rounds`: how often the page had seen it covered.

    Raises `Missing`, `Forbidden`, `Invalid` (no box, or one that lies outside), `Refused` (somebody was faster) and
    `Unavailable`. Until the new pictures are written down, the old ones stand.
    """
    wanted = checked(boxes)
    with site.store.look() as look:
        photo = _coverable(look, photo_id, person, rounds)
    part: Part = site.parts["photos"]
    try:
        large, small = part.darkroom.cover(part.vault.get(photo.large), wanted)
        keys = part.vault.put(large), part.vault.put(small)
    except (PhotoRefused, VaultError) as cause:
        raise Unavailable("现在打不了码，照片还是原来的样子。请过一会儿再试。") from cause
    with site.store.work() as work:
        photo = _coverable(work, photo_id, person, rounds)
        records.unscrap(work, keys)
        records.cover(work, photo, *keys)
        records.note_deed(work, photo_id, (person.id, person.name), "cover", boxes=len(wanted))
        _, incident = actions.for_eyes(work, photo_id, person)
        repaint(work, incident)
        return records.known(work, photo_id) or photo


def checked(boxes: Sequence[Box]) -> list[Box]:
    """Boxes within the picture; raises `Invalid`."""
    if not boxes:
        raise Invalid("请先框出要打码的地方")
    if len(boxes) > MOST_BOXES:
        raise Invalid(f"一次最多框 {MOST_BOXES} 个地方")
    found = []
    for x, y, w, h in boxes:
        x, y, right, bottom = (min(WHOLE, max(0, value)) for value in (x, y, x + w, y + h))
        if right - x < LEAST or bottom - y < LEAST:
            raise Invalid("有一个框太小，或者在照片外面，请重新框")
        found.append((x, y, right - x, bottom - y))
    return found


def unseal(site: Site, photo_id: int, person: Person, reason: str) -> str:
    """The address of the picture as it came, for a director who says why; that they asked is on record at once.

    Raises `Missing`, `Forbidden` and `Invalid` (no reason).
    """
    why = " ".join(reason.split())[:MAX_REASON]
    with site.store.work() as work:
        photo, _ = actions.for_eyes(work, photo_id, person)
        actions.sealed_key(work, photo, person)
        if len(why) < 2:
            raise Invalid("看原图请写一句为什么，会留在记录里")
        records.note_deed(work, photo_id, (person.id, person.name), "unseal", note=why)
    return addresses.address(site, person, photo_id, addresses.SEALED)


def repaint(work: Work, incident: Incident) -> None:
    """Let open desks show the ticket anew."""
    desk = str(incident.desk)
    data: dict[str, str | int] = {
        "id": incident.id, "state": incident.state, "level": str(incident.level), "desk": desk, "former_desk": desk,
    }  # fmt: skip
    work.tell(Change("incident", incident.community, data))


def may_cover(person: Person) -> bool:
    """Whether covering is this person's business at all."""
    return person.triages


def _coverable(work: Work, photo_id: int, person: Person, rounds: int) -> Photo:
    photo, _ = actions.for_eyes(work, photo_id, person)
    if not may_cover(person):
        raise Forbidden("打码由居委来做")
    if photo.hidden is not None or photo.gone is not None:
        raise Refused("这张照片已经不给看了，不用打码")
    if photo.rounds != rounds:
        raise Refused("刚刚有人给这张照片打过码。请看一眼，还不够再打一次。")
    return photo
