"""`/desk/tickets`: exactly the tickets behind a number, page after page, and for a spreadsheet."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.contract.categories import DESK_LABELS, Category, Desk, category
from gateway.sqlite import Row as Record
from server import categories, topics
from server.dashboards import queries
from server.dashboards.chosen import Chosen, read
from server.dashboards.place import place
from server.desk import Frame, frame
from server.incidents import OPEN, STATES
from server.kit.clock import beijing, lasted
from server.kit.site import ThisSite
from server.kit.spreadsheet import download
from server.kit.store import Work
from server.staff import Person, Triager
from server.stations import all_stations

router = APIRouter(include_in_schema=False)

PAGE = 200
MOST_ROWS = 100_000
"""What a spreadsheet still opens."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One row. `late`: open and past its limit, in words; else empty."""

    row: Record
    kind: Category
    station: str
    state: str
    desk: str
    late: str


@dataclass(frozen=True, slots=True)
class Screen:
    """What `dashboards/tickets.html` shows."""

    frame: Frame
    chosen: Chosen
    title: str
    count: int
    tickets: tuple[Ticket, ...]
    before: int | None
    next: str
    """The address of the next page; empty on the last."""
    now: int


@router.get("/desk/tickets")
def show(
    request: Request, site: ThisSite, person: Triager, before: Annotated[int | None, Query(ge=1, lt=2**62)] = None
) -> Response:
    """The list; its parameters are those of `chosen.read`."""
    with site.store.look() as look:
        chosen = _chosen(look, person, request)
        rows = queries.tickets(look, person.communities, chosen, before, PAGE + 1)
        found = _tickets(look, rows[:PAGE])
        more = f"{chosen.url}&before={rows[PAGE - 1]['id']}" if len(rows) > PAGE else ""
        context = Screen(
            frame(look, person, "monday"),
            chosen,
            _title(look, person, chosen),
            queries.count(look, person.communities, chosen),
            found,
            before,
            more,
            look.now,
        )
    return site.pages.page(request, "dashboards/tickets.html", context)


@router.get("/desk/tickets.csv")
def as_csv(request: Request, site: ThisSite, person: Triager) -> Response:
    """The whole list, without what riders wrote; a person's whereabouts stay inside."""
    with site.store.look() as look:
        chosen = _chosen(look, person, request)
        rows = queries.tickets(look, person.communities, chosen, None, MOST_ROWS)
        found = _tickets(look, rows)
    head: list[str | int] = ["工单号", "级别", "类别", "状态", "小站", "地点", "责任方", "收到", "应结案", "结案"]
    body = [
        [
            one.row["number"], one.row["level"], one.kind.label, one.state, one.station,
            "（涉及个人）" if one.kind.private else one.row["place"], one.desk,
            _moment(one.row["received"]), _moment(one.row["due"]), _moment(one.row["closed"]),
        ]
        for one in found
    ]  # fmt: skip
    return download([head, *body], "tickets.csv")


def _chosen(work: Work, person: Person, request: Request) -> Chosen:
    chosen = read(dict(request.query_params))
    place(work, person, chosen.community)  # raises for a community of others
    if chosen.topic:
        topics.visible(work, person, chosen.topic)
    return chosen


def _title(work: Work, person: Person, chosen: Chosen) -> str:
    parts = [chosen.title]
    if chosen.category:
        parts.append((categories.get(work, chosen.category) or category(chosen.category)).label)
    if chosen.topic:
        parts.append(topics.visible(work, person, chosen.topic).title)
    if chosen.community:
        parts.append(place(work, person, chosen.community).name)
    return " · ".join(parts)


def _tickets(work: Work, rows: list[Record]) -> tuple[Ticket, ...]:
    stations: dict[str, str] = {one.code: one.full_name for one in all_stations(work)}
    kinds = categories.current(work)
    return tuple(
        Ticket(
            row,
            kinds.get(row["category"]) or category(row["category"]),
            stations.get(str(row["station"]), str(row["station"])),
            STATES.get(str(row["state"]), str(row["state"])),
            DESK_LABELS[Desk(row["desk"])] if row["desk"] in set(Desk) else row["desk"],
            lasted(work.now - row["due"]) if row["state"] in OPEN and (row["due"] or work.now) < work.now else "",
        )
        for row in rows
    )


def _moment(at: int | None) -> str:
    return "" if at is None else beijing(at).strftime("%Y-%m-%d %H:%M")
