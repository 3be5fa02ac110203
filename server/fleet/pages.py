"""`/desk/fleet`: all stations and their kiosks, as a list and a drawing, and what was parked or refused."""

from collections import Counter
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server import commands
from server.desk import Frame, frame
from server.fleet import chart, wanted
from server.fleet.chart import Chart
from server.fleet.view import Fleet, Parked
from server.fleet.wanted import TABS, Row, Wanted
from server.kit.site import ThisSite
from server.staff import FleetMinder
from server.stations import communities

router = APIRouter(include_in_schema=False)

MOST = 30
PAGE = 100
KINDS = {
    "parked": ("读不懂", "help-circle"),
    "refused": ("没有权利发", "shield-lock"),
    "gap": ("有缺口", "circle-off"),
    "clone": ("像是被复制的卡", "alert-triangle"),
    "flapping": ("时断时续", "wifi-off"),
    "flood": ("发得太多", "alert-triangle"),
    "untaken": ("没有归处", "inbox"),
}
"""Kind of trouble → words, icon."""
TONES = {"ok": "在线", "warn": "要留意", "bad": "失联", "off": "没有屏幕或从未上线"}
MARKS = {
    "ok": "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0Z",
    "warn": "M0-7 7 0 0 7-7 0Z",
    "bad": "M0-8 8 6H-8Z",
    "off": "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z",
}
"""tone → the form of its mark, so that colour does not speak alone."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of `TABS` with how many it holds."""

    name: str
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class Screens:
    """What `fleet/fleet.html` shows."""

    frame: Frame
    wanted: Wanted
    tabs: list[Tab]
    rows: list[Row]
    found: int
    pages: int
    chart: Chart | None
    tones: dict[str, int]
    """How many of each tone the drawing has."""
    tone_words: dict[str, str]
    marks: dict[str, str]
    versions: list[tuple[str, int]]
    """Software and how many kiosks have it, the most frequent first."""
    backlog: int
    communities: dict[str, str]
    parked: list[Parked]
    troubles: list[Parked]
    untaken: list[Parked]
    kinds: dict[str, tuple[str, str]]
    orders: bool
    """Whether this person may have kiosks do something."""
    now: int


@router.get("/desk/fleet")
def show(
    request: Request, site: ThisSite, person: FleetMinder, tab: str = "all", q: str = "", community: str = "",
    software: str = "", page: str = "1",
) -> Response:  # fmt: skip
    """The page; its script asks for it again when something is parked, and every quarter of a minute."""
    asked = wanted.read(tab, q, community, software, page)
    with site.store.look() as look:
        fleet = Fleet(site, look, person.communities)
        everything = fleet.rows()
        near = wanted.narrowed(everything, asked)
        rows = wanted.ordered([row for row in near if row.fits(asked.tab)])
        pages = max(1, -(-len(rows) // PAGE))
        shown = min(asked.page, pages)
        spoilt = fleet.troubles(5 * MOST)
        places = {row["code"]: row["name"] for row in communities(look) if person.sees(row["code"])}
        context = Screens(
            frame=frame(look, person, "fleet"),
            wanted=asked,
            tabs=[Tab(name, label, sum(row.fits(name) for row in near)) for name, label in TABS.items()],
            rows=rows[(shown - 1) * PAGE : shown * PAGE],
            found=len(rows),
            pages=pages,
            chart=chart.chart([*_drawn(fleet, rows)]),
            tones=dict(Counter(row.tone for row in rows)),
            tone_words=TONES,
            marks=MARKS,
            versions=Counter(
                row.health.software for row in everything if row.health is not None and row.health.software
            ).most_common(),
            backlog=sum(row.health.backlog for row in rows if row.health is not None),
            communities=places if len(places) > 1 else {},
            parked=[one for one in spoilt if one.what == "parked"][:MOST],
            troubles=[one for one in spoilt if one.what != "parked"][:MOST],
            untaken=fleet.untaken(MOST),
            kinds=KINDS,
            orders=commands.is_orderer(person),
            now=look.now,
        )
    return site.pages.page(request, "fleet/fleet.html", context)


def _drawn(fleet: Fleet, rows: list[Row]) -> list[chart.Place]:
    found = []
    for row in rows:
        point = fleet.point(row.station)
        if point is not None:
            word = row.health.word if row.health else "没有屏幕"
            found.append(chart.Place(point, row.tone, f"{row.name} {word}", row.station))
    return found
