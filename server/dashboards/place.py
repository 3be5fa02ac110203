"""Which communities a page of figures speaks of: all that a person sees, or one of them."""

from dataclasses import dataclass

from server.kit.errors import Missing
from server.kit.store import Work
from server.staff import Person
from server.stations import communities


@dataclass(frozen=True, slots=True)
class Place:
    """`code` is empty for all of them; `others` are (code, name) to choose from."""

    code: str
    name: str
    others: tuple[tuple[str, str], ...]


def place(work: Work, person: Person, community: str) -> Place:
    """The place behind an address; raises `Missing` for one that is not this person's."""
    seen = tuple((str(row["code"]), str(row["name"])) for row in communities(work) if person.sees(row["code"]))
    if community and not person.sees(community):
        raise Missing("没有找到这个居民区")
    names: dict[str, str] = dict(seen)
    if community or len(seen) == 1:
        code = community or seen[0][0]
        return Place(code, names.get(code, code), seen)
    return Place("", f"{len(seen)} 个居民区", seen)
