"""Which community a page is about: the one in the address, else the first this person sees."""

from dataclasses import dataclass

from server.desk import Frame, frame
from server.kit.errors import Missing
from server.kit.store import Work
from server.staff import Person
from server.stations import communities

FARTHEST = 2**62


@dataclass(frozen=True, slots=True)
class Place:
    """A community on one of these pages. `tab`: rota, shifts, people or calendar; `others`: (code, name) to go to."""

    frame: Frame
    tab: str
    code: str
    name: str
    others: tuple[tuple[str, str], ...]


def place(work: Work, person: Person, tab: str, community: str) -> Place:
    """Raises `Missing` for a community out of sight, and when there is none at all."""
    seen = tuple((row["code"], row["name"]) for row in communities(work) if person.sees(row["code"]))
    code = community or (seen[0][0] if seen else "")
    if code not in dict(seen):
        raise Missing("没有找到这个居民区")
    return Place(frame(work, person, "rota"), tab, code, dict(seen)[code], seen)
