"""`/desk/escalation`: who is told when a clock turns, who said so, and a form to change it a step at a time."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.categories import Level
from gateway.sqlite import Row
from server.clocks import STAGE_LABELS, Stage
from server.desk import Frame, frame
from server.escalation import edit, records, rules
from server.escalation.rules import EVERYWHERE, MANNERS, WHENS, WHOM, Step
from server.kit.errors import Fault, Invalid, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.staff import Person, Triager
from server.stations import communities

router = APIRouter(include_in_schema=False)

MOST_CHANGES = 20
UNITS = {"minutes": "分钟", "hours": "小时", "days": "天", "workdays": "工作日（9 小时）"}
_MINUTES = {"minutes": 1, "hours": 60, "days": 24 * 60, "workdays": rules.WORKDAY_MINUTES}


@dataclass(frozen=True, slots=True)
class Draft:
    """A step as typed. `replaces`: the mark of the step it stands for; empty: a new one."""

    level: str = "P2"
    stage: str = "handle"
    when: str = "red"
    amount: str = ""
    unit: str = "workdays"
    working: bool = False
    whom: str = "desk"
    manner: str = "once"
    supervise: bool = False
    replaces: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A step in words."""

    step: Step
    stage: str
    when: str
    whom: str
    manner: str


@dataclass(frozen=True, slots=True)
class Rungs:
    """The steps of one level. `own`: set for this community, not the ones for everywhere."""

    level: str
    plan: int
    own: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """What `escalation/escalation.html` shows."""

    frame: Frame
    community: str
    places: tuple[tuple[str, str], ...]
    levels: tuple[Rungs, ...]
    changes: tuple[Row, ...]
    stages: dict[str, str]
    whens: dict[str, str]
    whom: dict[str, str]
    manners: dict[str, str]
    units: dict[str, str]
    draft: Draft
    error: str
    may_edit: bool
    everywhere: bool
    now: int


@router.get("/desk/escalation")
def show(request: Request, site: ThisSite, person: Triager, community: str = "", edit: str = "") -> Response:
    """What holds in one community; `edit` (`P2` or `P2 handle:red:0c:desk`) puts a step into the form."""
    with site.store.look() as look:
        chosen = _chosen(look, person, community)
        context = _page(look, person, chosen, _draft_of(look, chosen, edit[:120]), "")
    return site.pages.page(request, "escalation/escalation.html", context)


@router.post("/desk/escalation")
def put(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    stage: Annotated[str, Form()] = "",
    when: Annotated[str, Form()] = "",
    amount: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "minutes",
    working: Annotated[bool, Form()] = False,
    whom: Annotated[str, Form()] = "",
    manner: Annotated[str, Form()] = "",
    supervise: Annotated[bool, Form()] = False,
    replaces: Annotated[str, Form()] = "",
    seen: Annotated[int, Form()] = 0,
) -> Response:
    """Add a step or change one; a refusal keeps what was typed."""
    draft = Draft(level, stage, when, amount[:10], unit, working, whom, manner, supervise, replaces[:120], seen)
    try:
        step = _step(draft)
        with site.store.work() as work:
            edit.put_step(work, person, community, step, replaces=draft.replaces, seen=seen)
    except Fault as refusal:
        return _refused(request, site, person, community, draft, refusal)
    return RedirectResponse(f"/desk/escalation?community={_place(community)}#{level}", 303)


@router.post("/desk/escalation/drop")
def drop(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    mark: Annotated[str, Form()] = "",
    seen: Annotated[int, Form()] = 0,
) -> Response:
    """Take a step away."""
    try:
        with site.store.work() as work:
            edit.drop_step(work, person, community, _level(level), mark, seen=seen)
    except Fault as refusal:
        return _refused(request, site, person, community, None, refusal)
    return RedirectResponse(f"/desk/escalation?community={_place(community)}#{level}", 303)


@router.post("/desk/escalation/restore")
def restore(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    seen: Annotated[int, Form()] = 0,
) -> Response:
    """Go back to what holds everywhere."""
    try:
        with site.store.work() as work:
            edit.restore(work, person, community, _level(level), seen=seen)
    except Fault as refusal:
        return _refused(request, site, person, community, None, refusal)
    return RedirectResponse(f"/desk/escalation?community={_place(community)}#{level}", 303)


def _refused(
    request: Request, site: Site, person: Person, community: str, draft: Draft | None, refusal: Fault
) -> Response:
    with site.store.look() as look:
        chosen = _chosen(look, person, community)
        if draft is None:
            draft = _draft_of(look, chosen, "")
        elif draft.level in set(Level):
            # Whoever sends it again has seen what holds now: it stands right above the form.
            now = records.plan(look, chosen, Level(draft.level))
            gone = draft.replaces not in {step.mark for step in now.steps}
            draft = Draft(
                draft.level, draft.stage, draft.when, draft.amount, draft.unit, draft.working, draft.whom,
                draft.manner, draft.supervise, "" if gone else draft.replaces, now.id,
            )  # fmt: skip
        context = _page(look, person, chosen, draft, refusal.sentence)
    return site.pages.page(request, "escalation/escalation.html", context, status=refusal.status)


def _step(draft: Draft) -> Step:
    minutes = 0
    if draft.when == rules.AFTER:
        if not (draft.amount.isascii() and draft.amount.isdigit() and draft.unit in UNITS):
            raise Invalid("超时以后多久，请填一个整数")
        minutes = int(draft.amount) * _MINUTES[draft.unit]
    if draft.stage not in set(Stage):
        raise Invalid("请选阶段")
    return Step(
        level=_level(draft.level),
        stage=Stage(draft.stage),
        when=draft.when,
        whom=draft.whom,
        manner=draft.manner,
        minutes=minutes,
        working=bool(minutes) and (draft.working or draft.unit == "workdays"),
        supervise=draft.supervise,
    )


def _level(typed: str) -> Level:
    if typed not in set(Level):
        raise Invalid("请选等级")
    return Level(typed)


def _draft_of(look: Work, community: str, chosen: str) -> Draft:
    level, _, mark = chosen.partition(" ")
    found = Level(level) if level in set(Level) else Level.P2
    plan = records.plan(look, community, found)
    step = next((one for one in plan.steps if one.mark == mark), None)
    if step is None:
        return Draft(level=str(found), manner="ring" if found in rules.URGENT else "once", seen=plan.id)
    amount, unit = _typed(step)
    return Draft(
        str(found), str(step.stage), step.when, amount, unit, step.working, step.whom, step.manner, step.supervise,
        mark, plan.id,
    )  # fmt: skip


def _typed(step: Step) -> tuple[str, str]:
    if not step.minutes:
        return "", "workdays"
    for unit in ("workdays",) if step.working else ("days",):
        if step.minutes % _MINUTES[unit] == 0:
            return str(step.minutes // _MINUTES[unit]), unit
    if step.minutes % 60 == 0:
        return str(step.minutes // 60), "hours"
    return str(step.minutes), "minutes"


def _place(community: str) -> str:
    return community if community == EVERYWHERE or community.replace("-", "").isalnum() else ""


def _chosen(look: Work, person: Person, community: str) -> str:
    if community == EVERYWHERE and edit.may_edit(look, person, EVERYWHERE):
        return EVERYWHERE
    seen = [row["code"] for row in communities(look) if person.sees(row["code"])]
    if not seen:
        raise Missing("没有找到这个居民区")
    return community if community in seen else seen[0]


def _page(look: Work, person: Person, community: str, draft: Draft, error: str) -> Escalation:
    everywhere = edit.may_edit(look, person, EVERYWHERE)
    places = [(row["code"], row["name"]) for row in communities(look) if person.sees(row["code"])]
    return Escalation(
        frame=frame(look, person, "escalation"),
        community=community,
        places=tuple(places + ([(EVERYWHERE, "所有居民区的默认")] if everywhere else [])),
        levels=tuple(_level_of(look, community, level) for level in Level),
        changes=tuple(records.changes(look, community, MOST_CHANGES)),
        stages={str(stage): STAGE_LABELS[stage] for stage in Stage},
        whens=WHENS,
        whom=WHOM,
        manners=MANNERS,
        units=UNITS,
        draft=draft,
        error=error,
        may_edit=edit.may_edit(look, person, community),
        everywhere=community == EVERYWHERE,
        now=look.now,
    )


def _level_of(look: Work, community: str, level: Level) -> Rungs:
    plan = records.plan(look, community, level)
    lines = tuple(
        Line(
            step=step,
            stage=STAGE_LABELS[step.stage],
            when=f"{WHENS[step.when]} {rules.span(step.minutes, step.working)}" if step.minutes else WHENS[step.when],
            whom=WHOM[step.whom],
            manner=MANNERS[step.manner],
        )
        for step in rules.sorted_steps(plan.steps)
    )
    return Rungs(str(level), plan.id, plan.community == community, lines)
