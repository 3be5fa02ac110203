"""When a photo's lock begins, and who ends it."""

from server import incidents
from server.incidents import Incident, IncidentMoved
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.store import Work
from server.photos import records
from server.photos.actions import UNSEALERS, for_eyes
from server.photos.added.records import of_ticket
from server.photos.covering import repaint
from server.photos.locks import records as locks
from server.photos.seeing import locked
from server.staff import Person

MAX_REASON = 200


def follow(work: Work, event: IncidentMoved) -> None:
    """What was about a person stays locked when its ticket becomes something else, or its photo another ticket's."""
    if event.move == "correct" and locked(event.former.kind):
        locks.lock(work, _photos(work, event.incident))
    elif event.move == "split" and locked(event.incident.kind):
        newest = incidents.split_here(work, event.incident.id)[-1]
        locks.lock(work, _photos(work, newest))


def release(work: Work, photo_id: int, person: Person, reason: str) -> Incident:
    """Everybody of the ticket sees it again; who did it and why is on record. Done twice, it is done once.

    Raises `Missing`, `Forbidden` (not the director), `Invalid` (no reason), `Refused` (its ticket is about a person).
    """
    photo, incident = for_eyes(work, photo_id, person)
    if person.role not in UNSEALERS:
        raise Forbidden("由主任来解锁")
    if photo.gone is not None:
        raise Refused("这张照片已经删除了")
    if locked(incident.kind):
        raise Refused("这张工单涉及个人，照片不能解锁")
    why = " ".join(incidents.plain(reason, MAX_REASON).split())
    if len(why) < 2:
        raise Invalid("解锁请写一句为什么，会留在记录里")
    if locks.lift(work, photo_id):
        records.note_deed(work, photo_id, (person.id, person.name), "unlock", note=why)
        repaint(work, incident)
    return incident


def _photos(work: Work, incident: Incident) -> list[int]:
    return [*incidents.photos(work, incident.id), *(one.photo for one in of_ticket(work, incident.id))]
