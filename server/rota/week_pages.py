"""`/desk/rota`: who is on duty now, the week with its holes, and standing in for one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from server import calendar, people
from server.calendar import KIND_LABELS, Calendar, DayKind, hh_mm
from server.desk import Frame
from server.kit.clock import BEIJING, DAY_MS, MINUTE_MS, beijing
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.people import POSTS, Contact, OnDuty, Rota, Stretch, Swap
from server.rota.place import FARTHEST, Place, place
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

WEEK = 7
WEEKDAY_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True, slots=True)
class Line:
    """One stretch of a day: `span` such as `08:00–20:00`."""

    span: str
    stretch: Stretch
    now: bool


@dataclass(frozen=True, slots=True)
class DayRows:
    """A day of the week; `kind` is empty on plain days."""

    label: str
    kind: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class SwapRow:
    """A swap in words."""

    swap: Swap
    shift: str
    out: str
    into: str


@dataclass(frozen=True, slots=True)
class SwapDraft:
    """As typed. `turn`: shift, day, post and key, with bars between."""

    turn: str = ""
    into: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """What `rota/week.html` shows."""

    frame: Frame
    place: Place
    duty: OnDuty
    source: str
    troubles: tuple[str, ...]
    has_rota: bool
    days: tuple[DayRows, ...]
    earlier: str
    later: str
    turns: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Day → (value, label) of everybody who may be stood in for."""
    everybody: tuple[tuple[str, str], ...]
    swaps: tuple[SwapRow, ...]
    draft: SwapDraft
    error: str
    posts: dict[str, str]
    now: int


@router.get("/desk/rota")
def show(request: Request, site: ThisSite, person: Triager, community: str = "", day: str = "") -> Response:
    """The week from `day` on, today when it makes no sense."""
    with site.store.look() as look:
        context = _week(look, person, community, day, SwapDraft(), "")
    return site.pages.page(request, "rota/week.html", context)


@router.post("/desk/rota/swaps")
def swap(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
    turn: Annotated[str, Form()] = "",
    into: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Somebody stands in for another on one day; what was typed stays when it cannot be taken."""
    shift, when, post, out = (*turn.split("|"), "", "", "", "")[:4]
    number = int(shift) if shift.isascii() and shift.isdigit() and len(shift) < 16 else 0
    try:
        if not number:
            raise Invalid("请选谁的班")
        with site.store.work() as work:
            people.swap(work, person, community, number, when, post, out, into, reason)
    except (Invalid, Refused, Missing) as refusal:
        with site.store.look() as look:
            context = _week(look, person, community, day, SwapDraft(turn, into, reason), refusal.sentence)
        return site.pages.page(request, "rota/week.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/rota?community={community}&day={calendar.read_date(when)}", 303)


@router.post("/desk/rota/swaps/{number}/withdraw")
def withdraw(
    site: ThisSite,
    person: Triager,
    number: Annotated[int, Path(ge=1, le=FARTHEST)],
    community: Annotated[str, Form()] = "",
) -> Response:
    """The usual person is back."""
    with site.store.work() as work:
        here = place(work, person, "rota", community)
        people.withdraw_swap(work, person, here.code, number)
    return RedirectResponse(f"/desk/rota?community={here.code}", 303)


def _week(work: Work, person: Person, community: str, day: str, draft: SwapDraft, error: str) -> Week:
    here = place(work, person, "rota", community)
    first = _first(day, work.now)
    start = int(datetime(first.year, first.month, first.day, tzinfo=BEIJING).timestamp() * 1000)
    end = start + WEEK * DAY_MS
    found, known = people.rota(work, here.code, start, end), calendar.load(work)
    duty = people.on_duty(work, here.code, work.now)
    return Week(
        frame=here.frame,
        place=here,
        duty=duty,
        source=people.SOURCES[duty.source],
        troubles=people.troubles(work, here.code, work.now),
        has_rota=bool(found.shifts),
        days=tuple(_day(found, known, start + number * DAY_MS, work.now) for number in range(WEEK)),
        earlier=(first - timedelta(days=WEEK)).isoformat(),
        later=(first + timedelta(days=WEEK)).isoformat(),
        turns=_turns(found, known, start, end),
        everybody=choices(work, here.code),
        swaps=tuple(_swap(found, one) for one in found.swaps if one.day >= first),
        draft=draft,
        error=error,
        posts=POSTS,
        now=work.now,
    )


def _first(day: str, now: int) -> date:
    today = beijing(now).date()
    try:
        asked = calendar.read_date(day) if day else today
    except Invalid:
        return today
    return asked if abs((asked - today).days) <= 1000 else today


def _day(found: Rota, known: Calendar, start: int, now: int) -> DayRows:
    day = beijing(start).date()
    kind = known.kind(day)
    special = "" if kind in {DayKind.WORKDAY, DayKind.WEEKEND} else f"{KIND_LABELS[kind]} {known.name(day)}".strip()
    lines = tuple(
        Line(_span(one, start), one, one.start <= now < one.end)
        for one in found.stretches(known, start, start + DAY_MS)
    )
    return DayRows(_label(day), special, lines)


def _span(stretch: Stretch, midnight: int) -> str:
    return f"{hh_mm((stretch.start - midnight) // MINUTE_MS)}–{hh_mm((stretch.end - midnight) // MINUTE_MS)}"


def _turns(found: Rota, known: Calendar, start: int, end: int) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    days: dict[str, list[tuple[str, str]]] = {}
    for turn in found.turns(known, start, end):
        for post, keys in turn.posts.items():
            for key in keys:
                value = f"{turn.shift.id}|{turn.day}|{post}|{key}"
                label = f"{turn.shift.name} · {POSTS[post]} · {_name(found, key)}"
                days.setdefault(_label(turn.day), []).append((value, label))
    return tuple((day, tuple(options)) for day, options in days.items())


def _swap(found: Rota, one: Swap) -> SwapRow:
    shift = next((shift.name for shift in found.shifts if shift.id == one.shift), "")
    return SwapRow(one, f"{_label(one.day)} {shift} · {POSTS[one.post]}", _name(found, one.out), _name(found, one.into))


def _name(found: Rota, key: str) -> str:
    contact = found.contacts.get(key)
    return contact.name if contact is not None else "已删除的人"


def _label(day: date) -> str:
    return f"{day.month}月{day.day}日 {WEEKDAY_NAMES[day.weekday()]}"


def choices(work: Work, community: str) -> tuple[tuple[str, str], ...]:
    """(key, label) of everybody who can be put on a shift: contacts first, then accounts that are none yet."""
    known = [one for one in people.contacts(work, community).values() if one.active]
    accounts = [one for _, one in people.accounts(work, community) if one.key.startswith("staff:")]
    return (*_labels(known, ""), *_labels(accounts, "（账号）"))


def _labels(found: Sequence[Contact], mark: str) -> list[tuple[str, str]]:
    return [(one.key, one.name + mark) for one in found]
