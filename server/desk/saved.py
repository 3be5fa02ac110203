"""Filters saved under a name: a person's own, and those that a director shares with a community."""

from dataclasses import dataclass

from gateway.sqlite import Row
from server import incidents
from server.desk import filters, records
from server.desk.filters import Filter
from server.incidents import OVERSEERS
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.store import Work
from server.staff import Person

MOST = 20
"""A person's own."""
MOST_SHARED = 20
"""Of others, shown to one person."""
LONGEST = 20


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved filter as one person sees it. `community`: whom it is shared with; `by`: its owner, empty for oneself."""

    id: int
    name: str
    filter: Filter
    community: str
    by: str
    may_edit: bool


def of(work: Work, person: Person, usual: str) -> tuple[Saved, ...]:
    """A person's own ones, then those shared with their communities."""
    own = records.own(work, person.id)
    others = records.shared(work, person.communities, person.id, MOST_SHARED)
    return tuple(_saved(row, person, usual) for row in (*own, *others))


def save(work: Work, person: Person, name: str, chosen: Filter, community: str) -> int:
    """Keep a filter under a name; one's own of the same name shows this one from now on.

    Raises `Invalid` (the name), `Refused` (too many) and `Forbidden` (sharing).
    """
    name, query = _name(name), chosen.query
    share = _share(person, community)
    known = records.named(work, person.id, name)
    if known is not None:
        records.change(work, known["id"], name, query, share)
        return int(known["id"])
    if len(records.own(work, person.id)) >= MOST:
        raise Refused(f"最多存 {MOST} 个，请先删掉不用的")
    return records.add(work, person.id, name, query, share)


def rename(work: Work, person: Person, number: int, name: str, community: str) -> None:
    """Another name, or shared with others. Raises as `save`, and `Missing`."""
    row, name = _editable(work, person, number), _name(name)
    same = records.named(work, row["staff"], name)
    if same is not None and same["id"] != row["id"]:
        raise Refused(f"已经有一个叫“{name}”的了")
    records.change(work, row["id"], name, row["query"], _share(person, community))


def remove(work: Work, person: Person, number: int) -> None:
    """Take it away; one that is gone already stays so. Raises `Missing` for one that is not this person's to remove."""
    if records.get(work, number) is not None:
        records.remove(work, _editable(work, person, number)["id"])


def may_share(person: Person) -> bool:
    """Whether this person may put a filter before everybody's eyes."""
    return person.role in OVERSEERS


def _editable(work: Work, person: Person, number: int) -> Row:
    row = records.get(work, number)
    if row is None or not _may_edit(row, person):
        raise Missing("没有这个常用筛选")
    return row


def _may_edit(row: Row, person: Person) -> bool:
    """Its owner; and what is shared, also whoever could have shared it there: its owner may have left."""
    return row["staff"] == person.id or (
        row["community"] is not None and may_share(person) and person.sees(row["community"])
    )


def _saved(row: Row, person: Person, usual: str) -> Saved:
    mine = row["staff"] == person.id
    return Saved(
        row["id"],
        row["name"],
        filters.parse(row["query"], usual),
        row["community"] or "",
        "" if mine else row["owner"],
        _may_edit(row, person),
    )


def _name(typed: str) -> str:
    name = " ".join(incidents.plain(typed, 200).split())
    if not name:
        raise Invalid("请给它起个名字")
    if len(name) > LONGEST:
        raise Invalid(f"名字最多 {LONGEST} 个字")
    return name


def _share(person: Person, community: str) -> str | None:
    if not community:
        return None
    if not may_share(person) or not person.sees(community):
        raise Forbidden("由主任或街道来分享给大家")
    return community
