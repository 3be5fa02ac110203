"""`/desk/calendar`: holidays and make-up workdays, and the community's working hours."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from server import calendar
from server.calendar import EDITORS, KIND_LABELS, Day, DayKind, Hours, hh_mm
from server.desk import Frame
from server.kit.clock import beijing
from server.kit.errors import Invalid, Missing
from server.kit.site import ThisSite
from server.kit.store import Work
from server.rota.place import Place, place
from server.rota.week_pages import WEEKDAY_NAMES
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
KINDS = {
    str(DayKind.HOLIDAY): KIND_LABELS[DayKind.HOLIDAY],
    str(DayKind.MAKEUP): KIND_LABELS[DayKind.MAKEUP],
    str(DayKind.WORKDAY): "照平常（周一到周五上班）",
}


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day that is not what its weekday says, or that somebody entered."""

    date: str
    day: Day
    kind: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A day as typed."""

    date: str = ""
    kind: str = str(DayKind.HOLIDAY)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Year:
    """What `rota/calendar.html` shows."""

    frame: Frame
    place: Place
    year: int
    known: bool
    days: tuple[DayRow, ...]
    warnings: tuple[str, ...]
    hours: Hours
    opens: str
    closes: str
    kinds: dict[str, str]
    draft: Draft
    error: str
    may_edit: bool
    now: int


@router.get("/desk/calendar")
def show(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: str = "",
    year: Annotated[int, Query(ge=2000, le=2200)] | None = None,
) -> Response:
    """One year, this one unless asked for another."""
    with site.store.look() as look:
        context = _year(look, person, community, year, Draft(), "")
    return site.pages.page(request, "rota/calendar.html", context)


@router.post("/desk/calendar/days")
def set_day(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    year: Annotated[int, Form(ge=2000, le=2200)] = 2000,
    day: Text = "",
    kind: Text = "",
    name: Text = "",
) -> Response:
    """Say what a day is."""
    try:
        with site.store.work() as work:
            calendar.set_day(work, person, day, kind, name)
    except Invalid as refusal:
        return _refused(request, site, person, community, year, Draft(day, kind, name), refusal)
    return RedirectResponse(_address(site, person, community, calendar.read_date(day).year), 303)


@router.post("/desk/calendar/years")
def confirm_year(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    year: Annotated[int, Form(ge=2000, le=2200)] = 2000,
) -> Response:
    """All holidays of a year are entered."""
    try:
        with site.store.work() as work:
            calendar.confirm_year(work, person, year)
    except Invalid as refusal:
        return _refused(request, site, person, community, year, Draft(), refusal)
    return RedirectResponse(_address(site, person, community, year), 303)


@router.post("/desk/calendar/hours")
def set_hours(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    year: Annotated[int, Form(ge=2000, le=2200)] = 2000,
    opens: Text = "",
    closes: Text = "",
) -> Response:
    """Set a community's working hours."""
    try:
        with site.store.work() as work:
            calendar.set_hours(work, person, community, opens, closes)
    except (Invalid, Missing) as refusal:
        return _refused(request, site, person, community, year, Draft(), refusal, (opens, closes))
    return RedirectResponse(_address(site, person, community, year), 303)


def _refused(
    request: Request,
    site: ThisSite,
    person: Person,
    community: str,
    year: int,
    draft: Draft,
    refusal: Invalid | Missing,
    hours: tuple[str, str] | None = None,
) -> Response:
    with site.store.look() as look:
        context = _year(look, person, community, year, draft, refusal.sentence, hours)
    return site.pages.page(request, "rota/calendar.html", context, status=refusal.status)


def _address(site: ThisSite, person: Person, community: str, year: int) -> str:
    with site.store.look() as look:
        return f"/desk/calendar?community={place(look, person, 'calendar', community).code}&year={year}"


def _year(
    work: Work,
    person: Person,
    community: str,
    year: int | None,
    draft: Draft,
    error: str,
    hours: tuple[str, str] | None = None,
) -> Year:
    here = place(work, person, "calendar", community)
    known = calendar.load(work)
    chosen = year or beijing(work.now).year
    set_now = calendar.hours(work, here.code)
    opens, closes = hours or (hh_mm(set_now.opens), hh_mm(set_now.closes))
    return Year(
        frame=here.frame,
        place=here,
        year=chosen,
        known=known.known(chosen),
        days=tuple(
            DayRow(_label(when), day, KIND_LABELS[day.kind])
            for when, day in sorted(known.days.items())
            if when.year == chosen
        ),
        warnings=calendar.warnings(known, work.now),
        hours=set_now,
        opens=opens,
        closes=closes,
        kinds=KINDS,
        draft=draft,
        error=error,
        may_edit=person.role in EDITORS,
        now=work.now,
    )


def _label(day: date) -> str:
    return f"{day.month}月{day.day}日 {WEEKDAY_NAMES[day.weekday()]}"
