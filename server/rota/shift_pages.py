"""`/desk/rota/shifts`: the shifts the rota is made of."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import people
from server.calendar import hh_mm
from server.desk import Frame
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.people import DAYS, POSTS, Shift, ShiftDraft
from server.rota.place import FARTHEST, Place, place
from server.rota.week_pages import choices
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

Names = Annotated[list[str], Form(default_factory=list)]
Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift in words; `posts`: label → names."""

    shift: Shift
    span: str
    days: str
    dates: str
    posts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shifts:
    """What `rota/shifts.html` shows. `edit`: the number of the shift in the form, 0 for a new one."""

    frame: Frame
    place: Place
    shifts: tuple[ShiftRow, ...]
    edit: int
    draft: ShiftDraft
    error: str
    everybody: tuple[tuple[str, str], ...]
    days: dict[str, str]
    posts: dict[str, str]


NEW = ShiftDraft(days=tuple(DAYS), starts="08:00", ends="20:00")


@router.get("/desk/rota/shifts")
def show(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: str = "",
    edit: Annotated[int, Query(ge=0, le=FARTHEST)] = 0,
) -> Response:
    """All shifts, and a form for a new one or for the one to change."""
    with site.store.look() as look:
        here = place(look, person, "shifts", community)
        row = people.shift_row(look, edit) if edit else None
        if edit and (row is None or row["community"] != here.code):
            raise Missing("没有这个班次")
        shift = next((one for one in people.shifts(look, here.code) if one.id == edit), None)
        draft = NEW if shift is None or row is None else _draft(shift, row)
        context = _shifts(look, person, here.code, edit, draft, "")
    return site.pages.page(request, "rota/shifts.html", context)


@router.post("/desk/rota/shifts")
def save(
    request: Request,
    site: ThisSite,
    person: Triager,
    days: Names,
    duty: Names,
    backup: Names,
    director: Names,
    guard: Names,
    community: Text = "",
    name: Text = "",
    starts: Text = "",
    ends: Text = "",
    first: Text = "",
    last: Text = "",
    edit: Annotated[int, Form(ge=0, le=FARTHEST)] = 0,
    seen: Annotated[int, Form(ge=0, le=FARTHEST)] = 0,
) -> Response:
    """Add or change a shift; what was typed stays when it cannot be taken."""
    posts = {"duty": tuple(duty), "backup": tuple(backup), "director": tuple(director), "guard": tuple(guard)}
    draft = ShiftDraft(name, tuple(days), starts, ends, first, last, posts, seen)
    try:
        with site.store.work() as work:
            people.save_shift(work, person, community, draft, edit)
    except (Invalid, Refused, Missing) as refusal:
        return _again(request, site, person, community, edit, draft, refusal)
    return RedirectResponse(f"/desk/rota/shifts?community={community}", 303)


@router.post("/desk/rota/shifts/{number}/remove")
def remove(
    site: ThisSite,
    person: Triager,
    number: Annotated[int, Path(ge=1, le=FARTHEST)],
    community: Text = "",
) -> Response:
    """Take a shift out of the rota."""
    with site.store.work() as work:
        people.remove_shift(work, person, community, number)
    return RedirectResponse(f"/desk/rota/shifts?community={community}", 303)


def _again(
    request: Request, site: ThisSite, person: Person, community: str, edit: int, draft: ShiftDraft, refusal: Fault
) -> Response:
    with site.store.look() as look:
        context = _shifts(look, person, community, edit, draft, refusal.sentence)
    return site.pages.page(request, "rota/shifts.html", context, status=refusal.status)


def _shifts(work: Work, person: Person, community: str, edit: int, draft: ShiftDraft, error: str) -> Shifts:
    here = place(work, person, "shifts", community)
    names = {key: one.name for key, one in people.contacts(work, here.code, removed=True).items()}
    return Shifts(
        frame=here.frame,
        place=here,
        shifts=tuple(_row(one, names) for one in people.shifts(work, here.code)),
        edit=edit,
        draft=draft,
        error=error,
        everybody=choices(work, here.code),
        days=DAYS,
        posts=POSTS,
    )


def _row(shift: Shift, names: dict[str, str]) -> ShiftRow:
    dates = " 到 ".join(str(day) if day else "…" for day in (shift.first, shift.last))
    return ShiftRow(
        shift=shift,
        span=f"{hh_mm(shift.starts)}–{'次日 ' if shift.ends <= shift.starts else ''}{hh_mm(shift.ends)}",
        days=_days(shift.days),
        dates=dates if shift.first or shift.last else "",
        posts=tuple(
            (label, "、".join(names.get(key, "已删除的人") for key in shift.posts.get(post, ())))
            for post, label in POSTS.items()
        ),
    )


def _days(days: frozenset[str]) -> str:
    if days == DAYS.keys():
        return "每一天"
    return "、".join(label for code, label in DAYS.items() if code in days)


def _draft(shift: Shift, row: Row) -> ShiftDraft:
    return ShiftDraft(
        name=shift.name,
        days=tuple(shift.days),
        starts=hh_mm(shift.starts),
        ends=hh_mm(shift.ends),
        first=str(shift.first or ""),
        last=str(shift.last or ""),
        posts=shift.posts,
        seen=row["at"],
    )
