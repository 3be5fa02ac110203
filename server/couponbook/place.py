"""Who may open these pages, and which community one of them is about."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from server import parking
from server.desk import Frame, frame
from server.kit.errors import Forbidden, Missing
from server.kit.store import Work
from server.parking import ISSUERS, KEEPERS, LOOKERS, SETTERS, Household
from server.staff import Person, Staff
from server.stations import communities

FARTHEST = 2**62


def looker(person: Staff) -> Person:
    """Somebody who may ask about a plate; raises `Forbidden`."""
    if person.role not in LOOKERS:
        raise Forbidden("停车券给居委和物业秩序看")
    return person


Looker = Annotated[Person, Depends(looker)]


@dataclass(frozen=True, slots=True)
class Place:
    """A community on one of these pages. `tab`: board, month, register or terms; `others`: (code, name) to go to."""

    frame: Frame
    tab: str
    code: str
    name: str
    others: tuple[tuple[str, str], ...]
    issues: bool
    keeps: bool
    sets: bool


def place(work: Work, person: Person, tab: str, community: str) -> Place:
    """Raises `Missing` for a community out of sight, and when there is none at all."""
    seen = tuple((row["code"], row["name"]) for row in communities(work) if person.sees(row["code"]))
    code = community or (seen[0][0] if seen else "")
    if code not in dict(seen):
        raise Missing("没有找到这个居民区")
    return Place(
        frame=frame(work, person, "coupons"),
        tab=tab,
        code=code,
        name=dict(seen)[code],
        others=seen,
        issues=person.role in ISSUERS,
        keeps=person.role in KEEPERS,
        sets=person.role in SETTERS,
    )


def register(work: Work, here: Place, month: str = "") -> list[Household]:
    """The families of this community, with what they used in a month (this one by default).

    Who lives alone comes first only for who may know it: the order would tell.
    """
    listed = parking.households(work, here.code, month or parking.month_of(work.now))
    return listed if here.keeps else sorted(listed, key=lambda one: (len(one.building), one.building, one.id))
