"""`/desk/limits`: how long each stage may take in each level, who said so, and a form to change it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.categories import Level
from gateway.sqlite import Row
from server import clocks
from server.clocks import STAGE_LABELS, Limit, Stage
from server.desk.framing import Frame, frame
from server.kit.clock import HOUR_MS, MINUTE_MS
from server.kit.errors import Fault, Invalid, Missing
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Triager
from server.stations import communities

router = APIRouter(include_in_schema=False)

UNITS = {"minutes": ("分钟", 1), "hours": ("小时", 60)}


@dataclass(frozen=True, slots=True)
class Draft:
    """A change as typed."""

    stage: str = "handle"
    level: str = "P2"
    category: str = ""
    amount: str = ""
    unit: str = "hours"
    working: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One limit in words."""

    words: str
    working: bool


@dataclass(frozen=True, slots=True)
class Special:
    """A limit for some categories only."""

    stage: str
    level: str
    category: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Limits:
    """What `desk/limits.html` shows."""

    frame: Frame
    community: str
    places: tuple[tuple[str, str], ...]
    levels: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    special: tuple[Special, ...]
    history: tuple[tuple[Row, str], ...]
    stages: dict[str, str]
    units: dict[str, str]
    draft: Draft
    error: str
    may_edit: bool
    now: int


@router.get("/desk/limits")
def show(request: Request, site: ThisSite, person: Triager, community: str = "") -> Response:
    """What holds in one community."""
    with site.store.look() as look:
        context = _limits(look, person, community, Draft(), "")
    return site.pages.page(request, "desk/limits.html", context)


@router.post("/desk/limits")
def change(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Annotated[str, Form()] = "",
    stage: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    category: Annotated[str, Form()] = "",
    amount: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "hours",
    working: Annotated[bool, Form()] = False,
) -> Response:
    """A new limit from now on; a refusal keeps what was typed."""
    draft = Draft(stage, level, category[:64], amount[:10], unit, working)
    try:
        minutes = _minutes(draft)
        with site.store.work() as work:
            clocks.set_limit(work, person, community, stage, level, category, minutes, working)
    except Fault as refusal:
        with site.store.look() as look:
            context = _limits(look, person, community, draft, refusal.sentence)
        return site.pages.page(request, "desk/limits.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/limits?community={community}", 303)


def _minutes(draft: Draft) -> int:
    if not (draft.amount.isascii() and draft.amount.isdigit() and draft.unit in UNITS):
        raise Invalid("时限请填一个整数")
    return int(draft.amount) * UNITS[draft.unit][1]


def _limits(look: Work, person: Person, community: str, draft: Draft, error: str) -> Limits:
    places = tuple((row["code"], row["name"]) for row in communities(look) if person.sees(row["code"]))
    if not places:
        raise Missing("没有找到这个居民区")
    chosen = community if community in dict(places) else places[0][0]
    held = clocks.limits(look, chosen)
    general = {(one.stage, one.level): one for one in held if one.category == "*"}
    return Limits(
        frame=frame(look, person, "limits"),
        community=chosen,
        places=places,
        levels=tuple(str(level) for level in Level),
        rows=tuple(
            (label, tuple(_cell(general[stage, level]) for level in Level)) for stage, label in STAGE_LABELS.items()
        ),
        special=tuple(
            Special(STAGE_LABELS[one.stage], str(one.level), one.category, _cell(one))
            for one in held
            if one.category != "*"
        ),
        history=tuple((row, span(row["ms"])) for row in clocks.limit_history(look, chosen)[:20]),
        stages={str(stage): STAGE_LABELS[stage] for stage in Stage},
        units={name: label for name, (label, _) in UNITS.items()},
        draft=draft,
        error=error,
        may_edit=person.role in clocks.EDITORS,
        now=look.now,
    )


def _cell(limit: Limit) -> Cell:
    return Cell(span(limit.ms), limit.working)


def span(milliseconds: int) -> str:
    """`30 分钟`, `9 小时`, `1 小时 30 分`."""
    hours, rest = divmod(milliseconds, HOUR_MS)
    minutes = rest // MINUTE_MS
    if not hours:
        return f"{minutes} 分钟"
    return f"{hours} 小时 {minutes} 分" if minutes else f"{hours} 小时"
