"""Whose eyes a photo is for: those on its ticket, and of people only duty, director and who has the ticket in hand."""

from gateway.contract.categories import Category
from server.incidents import Incident, may_see
from server.staff import Person

LOCKED_ROLES = frozenset({"director", "duty"})
LOCKED_WORDS = "这类照片只给值班员、主任和接手的人看"


def locked(kind: Category) -> bool:
    """Whether photos of this category are locked: people, and whatever the catalogue keeps for duty."""
    return kind.private or getattr(kind, "visibility", "") == "duty"


def may_look(incident: Incident, person: Person) -> bool:
    """Whether this person may see the photos of a ticket."""
    if not may_see(incident, person):
        return False
    return not locked(incident.kind) or person.role in LOCKED_ROLES or incident.assignee == person.id


def may_leave(kind: Category) -> bool:
    """Whether photos of this category may ever leave the desk: for a body outside, or in a copy for their sender."""
    return not locked(kind)
