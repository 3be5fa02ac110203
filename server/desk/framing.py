"""What every page of the desk shows around its own matter. The fleet's pages stand in the same frame."""

from dataclasses import dataclass

from server import alerts, incidents
from server.incidents import NEW
from server.kit.store import Work
from server.staff import Person

COUNTED = 100
"""With more alarms than this at once, those taken over by the link are counted too: the number is past reading."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`here`: tickets, notices or fleet. `waiting`: P0 and P1 in this person's sight that nobody has accepted."""

    person: Person
    here: str
    waiting: int


def frame(work: Work, person: Person, here: str) -> Frame:
    """The frame of a page for this person."""
    return Frame(person, here, _waiting(work, person) if handles(person) else 0)


def _waiting(work: Work, person: Person) -> int:
    count = incidents.urgent_waiting(work, person.communities, own_desk(person))
    if not 0 < count <= COUNTED:
        return count
    ringing = incidents.find(work, person.communities, states=NEW, desk=own_desk(person), urgent=True, limit=COUNTED)
    return sum(alerts.acknowledged(work, one.id) is None for one in ringing)


def handles(person: Person) -> bool:
    """Whether this person has anything to do with tickets at all; IT volunteers have not."""
    return person.triages or person.desk is not None


def own_desk(person: Person) -> str | None:
    """The only desk whose tickets this person sees; None for those who see every desk's."""
    return None if person.triages or person.desk is None else str(person.desk)


def usual(person: Person) -> str:
    """The tab to begin with: those who triage look at what is new, the others at what they have to do."""
    return "new" if person.triages else "working"
