"""What happens when a clock turns: who is told at amber, at red, and how long after; what is supervised. Pure.

The steps are data: rows with an author and a date. The shipped ones are proposals, edited on the desk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.contract.categories import Level
from server.alerts import DIGEST, ONCE, RING
from server.clocks import STAGE_LABELS, Run, Stage
from server.clocks import Light as Lamp
from server.kit.clock import HOUR_MS, MINUTE_MS
from server.people import POSTS, UNITS

EVERYWHERE = "*"
"""The community of the steps that hold where nobody set others."""

AMBER, RED, AFTER = str(Lamp.AMBER), str(Lamp.RED), "after"
WHENS = {AMBER: "变黄（用掉 80%）", RED: "变红（超时）", AFTER: "超时以后再过"}
MANNERS = {RING: "马上响，夜里也响", ONCE: "上班时间发一次", DIGEST: "只进早上的汇总"}
WHOM = {"desk": "责任方", "assignee": "经办人", **POSTS, **UNITS, "committee": "居委干部", "district": "区城运"}

MOST_STEPS = 24
MOST_MINUTES = 30 * 24 * 60
WORKDAY_MINUTES = 9 * 60
"""A working day, lunch counted, as the limits count it."""
URGENT = frozenset({Level.P0, Level.P1})


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `minutes` (of working time when `working`) count from red, and only for `after`."""

    level: Level
    stage: Stage
    when: str
    whom: str
    manner: str
    minutes: int = 0
    working: bool = False
    supervise: bool = False
    """Whether the ticket is put under supervision (督办) by it."""
    author: str = "出厂设置"
    at: int = 0
    """Since when it holds, UTC milliseconds; a clock that turned before is none of its business."""

    @property
    def mark(self) -> str:
        """What makes it this step and no other: another manner does not make it fire again."""
        return f"{self.stage}:{self.when}:{self.minutes}{'w' if self.working else 'c'}:{self.whom}"


def _steps(level: Level, *rows: tuple[Stage, str, str, str]) -> tuple[Step, ...]:
    return tuple(Step(level, stage, when, whom, manner) for stage, when, whom, manner in rows)


SHIPPED: tuple[Step, ...] = (
    *_steps(
        Level.P0,
        (Stage.HANDLE, AMBER, "desk", RING),
        (Stage.HANDLE, RED, "desk", RING),
        (Stage.HANDLE, RED, "director", RING),
        (Stage.VERIFY, RED, "director", ONCE),
        (Stage.OVERALL, RED, "director", ONCE),
    ),
    Step(Level.P0, Stage.HANDLE, AFTER, "street", RING, 30, supervise=True),
    *_steps(
        Level.P1,
        (Stage.HANDLE, AMBER, "desk", ONCE),
        (Stage.HANDLE, RED, "desk", RING),
        (Stage.HANDLE, RED, "director", RING),
        (Stage.VERIFY, RED, "duty", ONCE),
        (Stage.OVERALL, RED, "director", ONCE),
    ),
    Step(Level.P1, Stage.HANDLE, AFTER, "street", RING, 60, supervise=True),
    *_steps(
        Level.P2,
        (Stage.ACKNOWLEDGE, RED, "duty", ONCE),
        (Stage.HANDLE, AMBER, "desk", ONCE),
        (Stage.HANDLE, RED, "desk", ONCE),
        (Stage.HANDLE, RED, "director", ONCE),
        (Stage.VERIFY, RED, "duty", ONCE),
        (Stage.OVERALL, RED, "director", DIGEST),
    ),
    Step(Level.P2, Stage.HANDLE, AFTER, "street", ONCE, WORKDAY_MINUTES, True, supervise=True),
    *_steps(
        Level.P3,
        (Stage.ACKNOWLEDGE, RED, "duty", DIGEST),
        (Stage.HANDLE, AMBER, "desk", DIGEST),
        (Stage.HANDLE, RED, "desk", DIGEST),
        (Stage.HANDLE, RED, "director", DIGEST),
        (Stage.VERIFY, RED, "duty", DIGEST),
        (Stage.OVERALL, RED, "director", DIGEST),
    ),
    Step(Level.P3, Stage.HANDLE, AFTER, "street", DIGEST, 2 * WORKDAY_MINUTES, True, supervise=True),
)
"""Proposed. How P0 and P1 are acknowledged is the ladder's: it rings until somebody takes them."""


def trouble(level: Level, steps: Sequence[Step]) -> str | None:
    """Why these steps cannot be a level's (Chinese sentence), or None. P0 and P1 cannot be put to sleep."""
    for step in steps:
        refusal = _wrong(step)
        if refusal is not None:
            return refusal
    if len(steps) > MOST_STEPS:
        return f"一个等级最多 {MOST_STEPS} 步"
    if len({step.mark for step in steps}) < len(steps):
        return "这一步已经有了：同一个时候同一个人只要一步"
    if level in URGENT and not any((step.stage, step.when, step.manner) == (Stage.HANDLE, RED, RING) for step in steps):
        return f"{level} 处理超时必须马上响：至少留一步“处理 变红 马上响”"
    return None


def _wrong(step: Step) -> str | None:
    if step.stage not in set(Stage) or step.when not in WHENS or step.manner not in MANNERS:
        return "请选阶段、什么时候和怎么叫"
    if step.whom not in WHOM:
        return "请选告诉谁"
    if step.when == AFTER and not 1 <= step.minutes <= MOST_MINUTES:
        return "超时以后多久，写 1 分钟到 30 天"
    if step.level in URGENT and step.manner == DIGEST:
        return f"{step.level} 不能只进汇总：选马上响，或上班时间发一次"
    if step.level in URGENT and step.stage is Stage.ACKNOWLEDGE:
        return f"{step.level} 没人接单时会一直响，不用再加一步"
    if step.level not in URGENT and step.manner == RING:
        return f"{step.level} 夜里不响：选上班时间发一次，或只进汇总"
    return None


def moment(step: Step, run: Run, after: int) -> int | None:
    """When a step of a clock is due, UTC milliseconds; None: it has nothing to say of it.

    `after`: when the step's minutes after red are over. Amber is no news once it is red: `due` ends it.
    """
    if step.stage is not run.stage:
        return None
    return {AMBER: run.amber, RED: run.due + 1, AFTER: after}[step.when]


def sorted_steps(steps: Iterable[Step]) -> list[Step]:
    """In the order in which they come: by stage, amber, red, then the minutes after."""
    stages, whens = list(Stage), list(WHENS)
    return sorted(steps, key=lambda one: (stages.index(one.stage), whens.index(one.when), one.minutes, one.whom))


def span(minutes: int, working: bool) -> str:
    """`30 分钟`, `2 小时`, `1 个工作日`."""
    day = WORKDAY_MINUTES if working else 24 * 60
    if minutes % day == 0:
        return f"{minutes // day} {'个工作日' if working else '天'}"
    hours, rest = divmod(minutes, HOUR_MS // MINUTE_MS)
    words = f"{hours} 小时 {rest} 分钟" if hours and rest else f"{hours} 小时" if hours else f"{rest} 分钟"
    return words + ("（工时）" if working else "")


def say(step: Step) -> str:
    """A step as a line: `处理 超时以后再过 1 个工作日 → 街道城运，上班时间发一次，督办`."""
    when = f"{WHENS[AFTER]} {span(step.minutes, step.working)}" if step.when == AFTER else WHENS[step.when]
    more = "，督办" if step.supervise else ""
    return f"{STAGE_LABELS[step.stage]} {when} → {WHOM[step.whom]}，{MANNERS[step.manner]}{more}"
