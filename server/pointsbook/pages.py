"""`/desk/points`: vouchers that wait for a person, the figures with their author, and the sums of each month."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import points, stations, thresholds, vouchers
from server.desk import Frame, frame
from server.kit.clock import DAY_MS, beijing
from server.kit.errors import Fault, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.staff import Person, Triager
from server.thresholds import SETTERS, Setting, Threshold
from server.vouchers import Given

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]

FIGURES = (*points.THRESHOLDS, *vouchers.THRESHOLDS)
MONTHS = 6
FEWEST = 5
"""Fewer riders than these are not counted out: two people know each other."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A voucher somebody has to hand over. `station` is its name; `tail`: what the rider's phone shows too."""

    given: Given
    station: str
    tail: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A setting, who said so, and what was just typed in its place."""

    threshold: Threshold
    setting: Setting
    typed: str


@dataclass(frozen=True, slots=True)
class Month:
    """The sums of a month: kind → (entries, points)."""

    month: str
    kinds: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Page:
    """What `pointsbook/points.html` shows."""

    frame: Frame
    code: str
    name: str
    others: tuple[tuple[str, str], ...]
    waiting: list[Waiting]
    doubled: list[Waiting]
    outcomes: dict[str, str]
    figures: list[Figure]
    sets: bool
    months: list[Month]
    kinds: dict[str, str]
    riders: int
    fewest: int
    error: str
    now: int


@router.get("/desk/points")
def show(request: Request, site: ThisSite, person: Triager, community: str = "") -> Response:
    """The page of one community."""
    return _page(request, site, person, community)


@router.post("/desk/points")
def save(
    request: Request, site: ThisSite, person: Triager, community: Text = "", name: Text = "", value: Text = ""
) -> Response:
    """Set one figure; from now on it holds. What was typed stays when it cannot be taken."""
    threshold = next((one for one in FIGURES if one.name == name), None)
    if threshold is None:
        raise Missing("没有这项设定")
    try:
        with site.store.work() as work:
            thresholds.set_value(work, person, threshold, community, value)
    except Fault as refusal:
        return _page(request, site, person, community, refusal, (name, value[:8]))
    return RedirectResponse(f"/desk/points?community={community}#figures", 303)


@router.post("/desk/points/vouchers/{voucher}/{deed}")
def settle(
    request: Request, site: ThisSite, person: Triager, voucher: int, deed: str, community: Text = ""
) -> Response:
    """`handed`: it was given; `refund`: there was none, the points go back."""
    acts = {"handed": vouchers.hand_over, "refund": vouchers.refund}
    if deed not in acts:
        raise Missing("没有这一步")
    try:
        with site.store.work() as work:
            acts[deed](work, person, voucher)
    except Fault as refusal:
        return _page(request, site, person, community, refusal)
    return RedirectResponse(f"/desk/points?community={community}", 303)


def _page(
    request: Request,
    site: Site,
    person: Person,
    community: str,
    refusal: Fault | None = None,
    typed: tuple[str, str] = ("", ""),
) -> Response:
    with site.store.look() as look:
        seen = tuple((row["code"], row["name"]) for row in stations.communities(look) if person.sees(row["code"]))
        code = community or (seen[0][0] if seen else "")
        if code not in dict(seen):
            raise Missing("没有找到这个居民区")
        page = Page(
            frame=frame(look, person, "points"),
            code=code,
            name=dict(seen)[code],
            others=seen,
            waiting=[_named(look, one) for one in vouchers.waiting(look, [code])],
            doubled=[_named(look, one) for one in vouchers.doubled(look, [code], look.now - 30 * DAY_MS)],
            outcomes=vouchers.OUTCOMES,
            figures=[
                Figure(one, thresholds.setting(look, one, code), typed[1] if one.name == typed[0] else "")
                for one in FIGURES
            ],
            sets=person.role in SETTERS,
            months=_months(points.sums(look, code, _since(look.now))),
            kinds=points.KINDS,
            riders=points.riders(look, code, look.now - 30 * DAY_MS),
            fewest=FEWEST,
            error=refusal.sentence if refusal else "",
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "pointsbook/points.html", page, status=status)


def _named(look: Work, given: Given) -> Waiting:
    station = stations.known(look, given.station)
    return Waiting(given, station.name if station else given.station, vouchers.tail(look, given))


def _since(now: int) -> str:
    month = beijing(now).replace(day=1)
    back = month.year * 12 + month.month - 1 - (MONTHS - 1)
    return f"{back // 12}-{back % 12 + 1:02}"


def _months(rows: list[Row]) -> list[Month]:
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(row["month"], {})[row["kind"]] = (row["entries"], row["points"])
    return [Month(month, kinds) for month, kinds in found.items()]
