"""Whose eyes a photo is for: those on its ticket, and of people only duty, director and who has the ticket in hand."""

from gateway.contract.categories import Category
from server import incidents
from server.incidents import Incident, may_see
from server.kit.store import Work
from server.photos.added import records as added
from server.photos.locks import records as locks
from server.staff import Person

LOCKED_ROLES = frozenset({"director", "duty"})
LOCKED_WORDS = "这类照片只给值班员、主任和接手的人看"
KEPT_WORDS = "这张照片来自涉及个人的工单，只给值班员和主任看"


def locked(kind: Category) -> bool:
    """Whether photos of this category are locked: people, and whatever the catalogue keeps for duty."""
    return kind.private or getattr(kind, "visibility", "") == "duty"


def may_look(incident: Incident, person: Person) -> bool:
    """Whether this person may see the photos of a ticket, as far as its category goes; see `why_not_look`."""
    if not may_see(incident, person):
        return False
    return not locked(incident.kind) or person.role in LOCKED_ROLES or incident.assignee == person.id


def why_not_look(work: Work, incident: Incident, photo_id: int, person: Person) -> str:
    """Why somebody who sees the ticket does not see this photo of it; empty when they do."""
    if not may_look(incident, person):
        return LOCKED_WORDS
    if locked(incident.kind) or person.role in LOCKED_ROLES:
        return ""
    return KEPT_WORDS if locks.holds(work, photo_id) else ""


def may_leave(work: Work, incident: Incident, photo_id: int) -> bool:
    """Whether a photo may ever leave the desk, in a copy for its sender."""
    return not (locked(incident.kind) or locks.holds(work, photo_id))


def ticket_of(work: Work, photo_id: int) -> Incident | None:
    """The ticket a photo is on, whoever brought it."""
    one = added.of_photo(work, photo_id)
    return incidents.of_photo(work, photo_id) if one is None else incidents.get(work, one.incident)


def titles(work: Work, incident_id: int) -> dict[int, str]:
    """Every photo of a ticket and what it is called there: `照片 2`, and `现场照片 1` for staff's."""
    found = {one: f"照片 {place}" for place, one in enumerate(incidents.photos(work, incident_id), 1)}
    staffs = enumerate(added.of_ticket(work, incident_id), 1)
    return found | {one.photo: f"现场照片 {place}" for place, one in staffs}
