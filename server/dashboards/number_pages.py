"""`/desk/monday/numbers`: complaints entered by hand, and the limits that ratings and topics keep to."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import duplicates, phones, questions, ratings, thresholds, topics
from server.dashboards import actions, records
from server.dashboards.place import Place, place
from server.desk import Frame, frame
from server.kit.clock import beijing
from server.kit.errors import Fault, Forbidden, Invalid, Missing
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Triager
from server.thresholds import SETTERS, Setting, Threshold

router = APIRouter(include_in_schema=False)

SETTABLE: tuple[Threshold, ...] = (
    ratings.DAYS, topics.ENOUGH, topics.DAYS, duplicates.SAME_NOW, questions.HOURS, phones.MOST_REPORTS,
    phones.MOST_SPAM,
)  # fmt: skip
LONG_AGO = "2000-01"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody put into a form; kept when it was refused. `name`: of the threshold."""

    month: str = ""
    number: str = ""
    source: str = ""
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What `dashboards/numbers.html` shows."""

    frame: Frame
    place: Place
    complaints: tuple[Row, ...]
    settings: tuple[tuple[Threshold, Setting], ...]
    may_set: bool
    typed: Typed
    error: str
    month: str
    longest: int
    now: int


@router.get("/desk/monday/numbers")
def show(request: Request, site: ThisSite, person: Triager, community: str = "") -> Response:
    """Both tables of one community, with a form each."""
    with site.store.look() as look:
        context = _numbers(look, person, community, Typed(), "")
    return site.pages.page(request, "dashboards/numbers.html", context)


@router.post("/desk/monday/complaints")
def enter(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Annotated[str, Form()] = "",
    month: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
) -> Response:
    """Enter, or correct, a month."""
    try:
        with site.store.work() as work:
            actions.enter_complaints(work, person, community, month, number, source)
    except Invalid as refusal:
        return _again(request, site, person, community, Typed(month, number, source), refusal)
    return RedirectResponse(f"/desk/monday/numbers?community={community}", 303)


@router.post("/desk/monday/thresholds")
def set_threshold(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
) -> Response:
    """Move one line."""
    threshold = next((one for one in SETTABLE if one.name == name), None)
    if threshold is None:
        raise Missing("没有这个设定")
    try:
        with site.store.work() as work:
            thresholds.set_value(work, person, threshold, community, value)
    except (Invalid, Forbidden) as refusal:
        return _again(request, site, person, community, Typed(name=name, value=value), refusal)
    return RedirectResponse(f"/desk/monday/numbers?community={community}#limits", 303)


def _again(request: Request, site: ThisSite, person: Person, community: str, typed: Typed, refusal: Fault) -> Response:
    with site.store.look() as look:
        context = _numbers(look, person, community, typed, refusal.sentence)
    return site.pages.page(request, "dashboards/numbers.html", context, status=refusal.status)


def _numbers(work: Work, person: Person, community: str, typed: Typed, error: str) -> Numbers:
    where = place(work, person, community)
    if not where.code and where.others:
        where = place(work, person, where.others[0][0])
    return Numbers(
        frame=frame(work, person, "monday"),
        place=where,
        complaints=tuple(records.complaints(work, [where.code] if where.code else [], LONG_AGO)),
        settings=tuple((one, thresholds.setting(work, one, where.code)) for one in SETTABLE),
        may_set=person.role in SETTERS,
        typed=typed,
        error=error,
        month=beijing(work.now).strftime("%Y-%m"),
        longest=actions.MAX_SOURCE,
        now=work.now,
    )
