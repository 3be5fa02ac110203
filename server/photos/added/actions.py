"""Staff add photos to a ticket: before and after, as evidence, while it is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import incidents
from server.incidents import ENDED, STATES, Incident
from server.kit.errors import Fault, Forbidden, Invalid, Refused
from server.kit.store import Work
from server.photos import records
from server.photos.actions import Stored, keep
from server.photos.added.records import Added, of_ticket, tie
from server.photos.seeing import LOCKED_WORDS, may_look
from server.staff import Person

MOST_ADDED = 20
"""Of staff's photos on one ticket, besides the reporter's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some photos: `kept` are new, `known` were there already, `left` found no more room."""

    kept: int
    known: int
    left: int


def room(work: Work, incident_id: int) -> int:
    """How many more photos of staff's the ticket takes."""
    return max(0, MOST_ADDED - len(_there(work, incident_id)))


def why_not_add(incident: Incident, person: Person) -> Fault | None:
    """Why this person, who sees the ticket, cannot add photos to it; None when they can."""
    if incident.state in ENDED:
        return Refused(f"“{STATES[incident.state]}”的工单不再加照片")
    if not (person.triages or person.desk == incident.desk):
        return Forbidden("照片由居委和责任方来加")
    # Whoever may not see the photos of people does not add to them either.
    return None if may_look(incident, person) else Forbidden(f"{LOCKED_WORDS}。要加照片，先点“我来办”。")


def add(work: Work, incident_id: int, person: Person, stored: Sequence[Stored], words: str) -> Outcome:
    """Tie stored photos to a ticket and write that into its history; a picture that is there already is not added.

    Raises `Missing`, `Forbidden`, `Refused` (ended, or full) and `Invalid` (nothing came).
    """
    incident = incidents.visible(work, incident_id, person)
    refusal = why_not_add(incident, person)
    if refusal is not None:
        raise refusal
    there = _there(work, incident.id)
    fresh = [one for large, one in {one.large: one for one in stored}.items() if large not in there]
    free = max(0, MOST_ADDED - len(there))
    if not stored:
        raise Invalid("请选照片")
    if fresh and not free:
        raise Refused(f"这张工单上已经有 {MOST_ADDED} 张现场照片，不能再加了")
    for one in fresh[:free]:
        tie(
            work,
            Added(keep(work, one), incident.id, person.id, person.name, person.role_label, work.now, one.large),
        )
    kept = len(fresh[:free])
    if kept:
        said = f"加了 {kept} 张现场照片"
        note = f"{said}：{words}" if words.strip() else said
        incidents.move(work, incident.id, "note", person, note=note)
    elif words.strip() and not _said(work, incident, person, words):
        # The photos were there already, the words were not.
        incidents.move(work, incident.id, "note", person, note=words)
    return Outcome(kept, len(stored) - len(fresh), len(fresh) - kept)


def _said(work: Work, incident: Incident, person: Person, words: str) -> bool:
    """Whether this person's words stand in the history: the same form sent twice."""
    return any(step.by == person.name and words.strip() in step.note for step in incidents.history(work, incident.id))


def _there(work: Work, incident_id: int) -> set[str]:
    """Origins of staff's photos that still have pictures."""
    found = ((one, records.known(work, one.photo)) for one in of_ticket(work, incident_id))
    return {one.origin for one, photo in found if photo is not None and photo.gone is None}
