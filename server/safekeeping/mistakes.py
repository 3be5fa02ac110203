"""Photos marked as sent by mistake: whoever watches over them hears of it while they can still be put back."""

from dataclasses import dataclass

from server import alerts, incidents, photos, privacy
from server.alerts import ONCE, Memo
from server.incidents import Incident
from server.kit.clock import clock, day
from server.kit.errors import Missing
from server.kit.store import Work
from server.photos import MISTAKE_MS, Photo
from server.privacy import Hold
from server.staff import Person

WATCHERS = frozenset({"duty", "director"})
MOST = 200


@dataclass(frozen=True, slots=True)
class Mistake:
    """A hidden photo that can still be put back; `until`: when it is deleted, unless `hold` keeps it."""

    photo: Photo
    incident: Incident
    title: str
    until: int
    hold: Hold | None


def mark(work: Work, photo_id: int, person: Person) -> None:
    """证件/发错了. Raises as `photos.hide`."""
    was = photos.hide(work, photo_id, person)
    if was.hidden is not None or person.role in WATCHERS:
        return
    incident = _ticket(work, photo_id)
    title = photos.titles(work, incident.id)[photo_id]
    until = f"{day(work.now + MISTAKE_MS)} {clock(work.now + MISTAKE_MS)}"
    said = f"{person.role_label}把{title}标为证件或发错，已经藏起来，{until} 起删除。要留下的话，请在工单上放回去"
    alerts.tell(
        work,
        Memo(
            incident.community, ("duty",), ONCE, "照片被标为发错", said,
            incident=incident.id, but=person.id, instead=("director",), key=_key(photo_id), while_open=False,
        ),
    )  # fmt: skip


def put_back(work: Work, photo_id: int, person: Person) -> None:
    """It was none. Raises as `photos.unhide`."""
    photos.unhide(work, photo_id, person)
    alerts.withdraw(work, _ticket(work, photo_id).id, _key(photo_id))


def waiting(work: Work, person: Person) -> list[Mistake]:
    """What this person could put back, the one that goes first in front."""
    found = []
    for photo in photos.hidden(work, MOST):
        incident = photos.ticket_of(work, photo.id)
        if incident is None or not incidents.may_see(incident, person) or photo.hidden is None:
            continue
        withheld = photos.why_not_look(work, incident, photo.id, person)
        if not withheld and photos.may_put_back(work, photo.id, person):
            title = photos.titles(work, incident.id)[photo.id]
            hold = privacy.hold_on(work, incident)
            found.append(Mistake(photo, incident, title, photo.hidden + MISTAKE_MS, hold))
    return found


def _ticket(work: Work, photo_id: int) -> Incident:
    incident = photos.ticket_of(work, photo_id)
    if incident is None:
        raise Missing("没有找到这张照片")
    return incident


def _key(photo_id: int) -> str:
    return f"photo-{photo_id}"
