"""What every page of the rules begins with: the community, its rules, and the words for them."""

from dataclasses import dataclass

from server import categories, people, routing
from server.kit.errors import Missing
from server.kit.store import Work
from server.people import UNITS
from server.routebook.wording import Wording
from server.routing import Pending, RuleSet
from server.staff import Person
from server.stations import all_stations, communities


@dataclass(frozen=True, slots=True)
class Place:
    """A community whose rules are looked at. `others`: all that the person may choose, this one too."""

    code: str
    name: str
    others: tuple[tuple[str, str], ...]
    active: RuleSet
    draft: Pending | None
    wording: Wording

    @property
    def shown(self) -> RuleSet:
        """The draft's rules when there is one."""
        return self.draft.rules if self.draft else self.active


def place_of(work: Work, person: Person, code: str) -> Place:
    """The community with this code, or the person's first. Raises `Missing`."""
    seen = seen_by(work, person)
    found = code or next(iter(seen), "")
    if found not in seen:
        raise Missing("没有找到这个居民区")
    units = {f"unit:{row['id']}": _unit(row["name"], UNITS[row["kind"]]) for row in people.units(work, found)}
    persons = {key: one.name for key, one in people.contacts(work, found).items() if one.active}
    return Place(
        code=found,
        name=seen[found],
        others=tuple(seen.items()),
        active=routing.active(work, found),
        draft=routing.draft(work, found),
        wording=Wording(
            categories.current(work),
            tuple(one for one in all_stations(work) if one.community == found),
            {**units, **persons},
        ),
    )


def seen_by(work: Work, person: Person) -> dict[str, str]:
    """code → name of the communities a person sees."""
    return {row["code"]: row["name"] for row in communities(work) if person.sees(row["code"])}


def _unit(name: str, kind: str) -> str:
    return f"班组：{name}" if name == kind else f"班组：{name}（{kind}）"
