"""`/desk/workload`: what each desk and each person has in hand, and got done; in the desks' order: no contest."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.contract.categories import DESK_LABELS, Desk
from server import incidents, people, staff
from server.desk import finding, lenses, queries
from server.desk.filters import NOBODY, Filter
from server.desk.framing import Frame, frame, handles, own_desk
from server.kit.clock import lasted
from server.kit.errors import Forbidden, Missing
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Staff
from server.stations import communities

router = APIRouter(include_in_schema=False)

MOST = 1000
"""Where tickets must be counted one by one, this is as far as a number goes."""
COLUMNS = {
    "open": "未结", "overdue": "超时", "amber": "快超时", "waiting": "等待", "done_today": "今天办完",
}  # fmt: skip
"""tab → what the column is called."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number and the list behind it."""

    label: str
    count: str
    href: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """One desk, or one person of it. `took`: average handling time this week in words, over `sample` tickets."""

    name: str
    note: str
    of_desk: bool
    cells: tuple[Cell, ...]
    took: str
    sample: int
    sample_href: str
    oldest: str
    oldest_href: str


@dataclass(frozen=True, slots=True)
class Workload:
    """What `desk/workload.html` shows."""

    frame: Frame
    community: str
    places: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    now: int


@router.get("/desk/workload")
def show(request: Request, site: ThisSite, person: Staff, community: str = "") -> Response:
    """One community; who sees only their own desk sees only that one's line and colleagues."""
    if not handles(person):
        raise Forbidden("没有工单可看")
    with site.store.look() as look:
        context = _workload(look, person, community)
    return site.pages.page(request, "desk/workload.html", context)


def _workload(work: Work, person: Person, community: str) -> Workload:
    places = tuple((row["code"], row["name"]) for row in communities(work) if person.sees(row["code"]))
    if not places:
        raise Missing("没有找到这个居民区")
    place = community if community in dict(places) else places[0][0]
    named = place if len(places) > 1 else ""
    done = queries.done_since(work, [place], lenses.monday(work.now))
    colleagues = _colleagues(work, place)
    only = own_desk(person)
    if only:
        # What went to another desk since is no longer for their eyes.
        numbers = [one.incident for one in done]
        seen = {one.id for one in incidents.find(work, [place], desk=only, ids=numbers, limit=len(numbers) + 1)}
        done = [one for one in done if one.incident in seen]
    lines: list[Line] = []
    for desk in Desk:
        if only in {None, str(desk)}:
            mine = [one for one in colleagues if one.desk == desk]
            lines.append(_of_desk(work, person, Filter("open", community=named, desk=str(desk)), place, done))
            lines += [_of_person(work, person, one, Filter("open", community=named), place, done) for one in mine]
    return Workload(
        frame=frame(work, person, "workload"),
        community=place,
        places=places,
        columns=tuple(COLUMNS.values()),
        lines=tuple(lines),
        now=work.now,
    )


def _colleagues(work: Work, place: str) -> list[Person]:
    accounts = (contact.staff for _, contact in people.accounts(work, place) if contact.staff is not None)
    found = (staff.person(work, account) for account in accounts)
    return sorted((one for one in found if one is not None and handles(one)), key=lambda one: (one.name, one.id))


def _of_desk(work: Work, person: Person, base: Filter, place: str, done: list[queries.Done]) -> Line:
    nobody = _count(work, person, replace(base, who=NOBODY))
    return _line(
        work, person, DESK_LABELS[Desk(base.desk)], base, done,
        oldest=lambda: queries.oldest(work, [place], desk=base.desk),
        note=f"{nobody} 张还没人经办" if nobody != "0" else "",
    )  # fmt: skip


def _of_person(work: Work, person: Person, one: Person, base: Filter, place: str, done: list[queries.Done]) -> Line:
    own = replace(base, who=str(one.id))
    return _line(
        work, person, one.name, own, done, oldest=lambda: queries.oldest(work, [place], assignee=one.id),
        note=one.role_label, of_desk=False,
    )  # fmt: skip


def _line(
    work: Work,
    person: Person,
    name: str,
    base: Filter,
    done: list[queries.Done],
    *,
    oldest: Callable[[], tuple[int, int] | None],
    note: str = "",
    of_desk: bool = True,
) -> Line:
    cells = [_cell(work, person, base.on(tab), label) for tab, label in COLUMNS.items()]
    took = [one.took for one in lenses.done_by(done, base.desk, base.who)]
    first = oldest()
    return Line(
        name=name,
        note=note,
        of_desk=of_desk,
        cells=tuple(cells),
        took=lasted(sum(took) // len(took)) if took else "",
        sample=len(took),
        sample_href=f"/desk?{base.on('done_week').query}",
        oldest=lasted(work.now - first[1]) if first else "",
        oldest_href=f"/desk/incidents/{first[0]}?{base.query}" if first else "",
    )


def _cell(work: Work, person: Person, chosen: Filter, label: str) -> Cell:
    count = _count(work, person, chosen)
    tone = {"overdue": "bad", "amber": "warn"}.get(chosen.tab, "") if count != "0" else ""
    return Cell(label, count, f"/desk?{chosen.query}", tone)


def _count(work: Work, person: Person, chosen: Filter) -> str:
    return str(finding.count(work, lenses.lens(work, person, chosen), MOST))
