"""`/desk/stations/{code}`: one station, everything about it on one page; each of its forms works alone."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.geo import Point, to_gcj02
from gateway.sqlite import Row
from server import calendar, stations
from server.desk import Frame, frame
from server.kit.clock import beijing
from server.kit.errors import Fault, Forbidden, Invalid, Missing
from server.kit.site import Site, ThisSite
from server.staff import FleetMinder, Person
from server.stationbook.list_pages import StationForm
from server.stationbook.place import check_opener, may_open, seen_by, station_for
from server.stations import (
    AMENITIES,
    COUNTED,
    MOST_NOTE,
    MOST_REASON,
    MOST_RETIRED_REASON,
    SPEAKERS,
    STATE_LABELS,
    Amenity,
    Doors,
    Station,
    Unclear,
    Unreadable,
    Unusual,
    Written,
    dates_words,
    spans_words,
)

router = APIRouter(prefix="/desk/stations", include_in_schema=False)

SAID = {
    "added": "小站开好了。下一步：打印装机页，给它配一块屏幕。",
    "saved": "存下了，骑手马上看得到。",
    "apart": "记下了，骑手的页面已经按这个说。",
    "usual": "取消了，照平时的时间开。",
    "amenity": "记下了，骑手几秒后看得到。",
    "retired": "停用了，挂着的屏幕也一起停用。旧的二维码还能打开，会指给骑手最近的小站。",
}


@dataclass(frozen=True, slots=True)
class Apart:
    """A day or days that go their own way."""

    dates: str
    hours: str
    reason: str
    past: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What `stationbook/station.html` shows. `typed` is what stands in the form about the station."""

    frame: Frame
    station: Station
    former: list[str]
    doors: Doors
    warnings: tuple[str, ...]
    apart: list[Apart]
    things: list[Amenity]
    kiosks: list[str]
    typed: Written
    has: frozenset[str]
    version: int
    gcj: Point
    communities: dict[str, str]
    history: list[tuple[Row, str]]
    amenities: dict[str, tuple[str, str]]
    counted: dict[str, str]
    states: dict[str, str]
    speakers: dict[str, str]
    days_typed: dict[str, str]
    troubles: dict[str, str]
    error: str
    at_fault: str
    """The form that was refused: details, apart, amenity or retire."""
    said: str
    may_open: bool
    most: dict[str, int]
    today: str
    now: int


@router.get("/{code}")
def show(request: Request, site: ThisSite, person: FleetMinder, code: str, said: str = "") -> Response:
    """The page."""
    return _page(request, site, person, code, said=SAID.get(said, ""))


@router.post("/{code}")
def edit(
    request: Request, site: ThisSite, person: FleetMinder, code: str, form: Annotated[StationForm, Form()]
) -> Response:
    """Store what is written about the station; nothing typed is lost when it cannot be."""
    check_opener(person)
    try:
        with site.store.work() as work:
            station_for(work, person, code)
            stations.edit(work, code, form.written(), person.name, version=form.version, within=person.communities)
    except Fault as refusal:
        return _refused(request, site, person, code, "details", refusal, form=form)
    return RedirectResponse(f"/desk/stations/{code}?said=saved", 303)


@router.post("/{code}/apart")
def set_apart(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    code: str,
    first: Annotated[str, Form(max_length=20)] = "",
    last: Annotated[str, Form(max_length=20)] = "",
    hours: Annotated[str, Form(max_length=80)] = "",
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """A day, or several, that go their own way; without hours the station stays shut."""
    try:
        new: Unusual = stations.unusual(first, last, hours.strip() or "不开", reason)
        with site.store.work() as work:
            station_for(work, person, code)
            stations.set_apart(work, code, new, person.name)
    except (Fault, Unclear) as cause:
        refusal = cause if isinstance(cause, Fault) else Invalid(str(cause))
        typed = {"first": first, "last": last, "hours": hours, "reason": reason}
        return _refused(request, site, person, code, "apart", refusal, days_typed=typed)
    return RedirectResponse(f"/desk/stations/{code}?said=apart#hours", 303)


@router.post("/{code}/usual")
def back_to_usual(
    request: Request, site: ThisSite, person: FleetMinder, code: str, dates: Annotated[str, Form(max_length=40)] = ""
) -> Response:
    """Take such days back."""
    try:
        with site.store.work() as work:
            station_for(work, person, code)
            stations.back_to_usual(work, code, dates, person.name)
    except Fault as refusal:
        return _refused(request, site, person, code, "apart", refusal)
    return RedirectResponse(f"/desk/stations/{code}?said=usual#hours", 303)


@router.post("/{code}/amenity")
def say(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    code: str,
    amenity: Annotated[str, Form(max_length=64)] = "",
    state: Annotated[str, Form(max_length=16)] = "",
    note: Annotated[str, Form(max_length=200)] = "",
    seen: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    """What a person saw about one thing."""
    try:
        with site.store.work() as work:
            station_for(work, person, code)
            stations.say(work, code, amenity, state, note, person.name, seen=seen)
    except Fault as refusal:
        return _refused(request, site, person, code, "amenity", refusal)
    return RedirectResponse(f"/desk/stations/{code}?said=amenity#things", 303)


@router.post("/{code}/retire")
def retire(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    code: str,
    reason: Annotated[str, Form(max_length=300)] = "",
    sure: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Out of service for good."""
    check_opener(person)
    try:
        if sure != "yes":
            raise Invalid("请先勾选确认：代码以后不能再用")
        with site.store.work() as work:
            station_for(work, person, code)
            stations.retire(work, code, reason, person.name)
    except Fault as refusal:
        return _refused(request, site, person, code, "retire", refusal)
    return RedirectResponse(f"/desk/stations/{code}?said=retired", 303)


def _refused(
    request: Request,
    site: Site,
    person: Person,
    code: str,
    at_fault: str,
    refusal: Fault,
    *,
    form: StationForm | None = None,
    days_typed: dict[str, str] | None = None,
) -> Response:
    if isinstance(refusal, Missing | Forbidden):
        raise refusal
    return _page(request, site, person, code, at_fault=at_fault, refusal=refusal, form=form, days_typed=days_typed)


def _page(
    request: Request,
    site: Site,
    person: Person,
    code: str,
    *,
    said: str = "",
    at_fault: str = "",
    refusal: Fault | None = None,
    form: StationForm | None = None,
    days_typed: dict[str, str] | None = None,
) -> Response:
    with site.store.look() as look:
        station = station_for(look, person, code)
        things = stations.amenities(look, code)
        days = calendar.load(look)
        today = beijing(look.now).date()
        stored = stations.write(station, things)
        typed = form.written() if form else stored
        labels = {one.code: one.label for one in things}
        context = Sheet(
            frame=frame(look, person, "stations"),
            station=station,
            former=[name for name in stations.former_names(look, code) if name != station.name],
            doors=stations.doors(station.opening, days, look.now),
            warnings=calendar.warnings(days, look.now) if station.opening else (),
            apart=[
                Apart(dates_words(one), spans_words(one.spans), one.reason, one.last < today)
                for one in reversed(station.opening.unusual if station.opening else ())
            ],
            things=things,
            kiosks=sorted(stations.kiosks_at(look, [code])),
            typed=Written(**{field: value or "" for field, value in asdict(typed).items()}),
            has=frozenset(form.has) if form else frozenset(one.code for one in things if one.state != "removed"),
            version=station.version,
            gcj=to_gcj02(station.point),
            communities=seen_by(look, person),
            history=[(row, stations.change_label(row["field"], labels)) for row in stations.changes(look, code, 40)],
            amenities=AMENITIES,
            counted=COUNTED,
            states=STATE_LABELS,
            speakers=SPEAKERS,
            days_typed=days_typed or {},
            troubles=refusal.troubles if isinstance(refusal, Unreadable) else {},
            error=refusal.sentence if refusal else "",
            at_fault=at_fault,
            said=said,
            may_open=may_open(person) and station.retired is None,
            most={"note": MOST_NOTE, "reason": MOST_REASON, "retired": MOST_RETIRED_REASON},
            today=str(today),
            now=look.now,
        )
    return site.pages.page(request, "stationbook/station.html", context, status=refusal.status if refusal else 200)
