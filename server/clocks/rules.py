"""Clocks on a ticket: one for each stage and one overall, in calendar or working time. Pure.

After GB/T 30428 the handling clock starts at dispatch. The numbers are proposals, edited on the desk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol

from gateway.contract.categories import Level
from server.incidents import HELD
from server.kit.clock import HOUR_MS, MINUTE_MS


class Stage(StrEnum):
    """What a clock measures."""

    ACKNOWLEDGE = "acknowledge"
    HANDLE = "handle"
    VERIFY = "verify"
    OVERALL = "overall"


STAGE_LABELS = {Stage.ACKNOWLEDGE: "受理", Stage.HANDLE: "处理", Stage.VERIFY: "核查", Stage.OVERALL: "全程"}


class Light(StrEnum):
    """How a clock stands: under 80 % of its limit green, up to 100 % amber, over it red."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


AMBER_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a stage may take. `category` is a pattern such as `parking.*`; `*` for all.

    `working`: measured in working hours of the community, else by the calendar.
    """

    stage: Stage
    level: Level
    category: str
    ms: int
    working: bool


_DAY = 9 * HOUR_MS
"""A working day of nine hours, lunch counted."""


def _limits(stage: Stage, *rows: tuple[Level, int, bool]) -> tuple[Limit, ...]:
    return tuple(Limit(stage, level, "*", ms, working) for level, ms, working in rows)


SHIPPED: tuple[Limit, ...] = (
    *_limits(
        Stage.ACKNOWLEDGE,
        (Level.P0, MINUTE_MS, False),
        (Level.P1, 5 * MINUTE_MS, False),
        (Level.P2, 30 * MINUTE_MS, True),
        (Level.P3, _DAY, True),
    ),
    *_limits(
        Stage.HANDLE,
        (Level.P0, 30 * MINUTE_MS, False),
        (Level.P1, 2 * HOUR_MS, False),
        (Level.P2, _DAY, True),
        (Level.P3, 3 * _DAY, True),
    ),
    *_limits(
        Stage.VERIFY,
        (Level.P0, 2 * HOUR_MS, False),
        (Level.P1, 2 * HOUR_MS, False),
        (Level.P2, _DAY, True),
        (Level.P3, 2 * _DAY, True),
    ),
    *_limits(
        Stage.OVERALL,
        (Level.P0, 4 * HOUR_MS, False),
        (Level.P1, 24 * HOUR_MS, False),
        (Level.P2, 3 * _DAY, True),
        (Level.P3, 7 * _DAY, True),
    ),
    Limit(Stage.HANDLE, Level.P3, "environment.*", 4 * HOUR_MS, True),
)
"""What holds until somebody edits it: acknowledge limits from the level table, the others proposed."""


class Worktime(Protocol):
    """A community's working hours."""

    def working_ms(self, start: int, end: int) -> int:
        """Worked milliseconds in [start, end)."""

    def add_working(self, start: int, ms: int) -> int:
        """The moment by which so much working time has passed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A clock of one ticket. Moments are UTC milliseconds; `left` is what remained when it was paused."""

    id: int
    incident: int
    stage: Stage
    started: int
    limit: Limit
    amber: int
    due: int
    ended: int | None = None
    paused: int | None = None
    left: int | None = None


def limit_for(limits: Iterable[Limit], stage: Stage, level: Level, category: str) -> Limit:
    """The most specific limit: the longest pattern that fits; the shipped one when nothing is left."""
    fitting = [
        one for one in limits if one.stage is stage and one.level is level and fnmatchcase(category, one.category)
    ]
    if not fitting:
        return limit_for(SHIPPED, stage, level, category)
    return max(fitting, key=lambda one: len(one.category))


def reach(start: int, ms: int, working: bool, worktime: Worktime) -> int:
    """The moment that lies `ms` after `start`, in working or calendar time."""
    return worktime.add_working(start, ms) if working else start + ms


def moments(start: int, limit: Limit, worktime: Worktime) -> tuple[int, int]:
    """When a clock started now turns amber, and when red."""
    amber = reach(start, round(limit.ms * AMBER_SHARE), limit.working, worktime)
    return amber, reach(start, limit.ms, limit.working, worktime)


def remaining(run: Run, now: int, worktime: Worktime) -> int:
    """What is left until the clock turns red; 0 when it has. A clock that is paused keeps what it had."""
    if run.paused is not None:
        return run.left or 0
    if run.limit.working:
        return worktime.working_ms(now, run.due)
    return max(0, run.due - now)


def resumed(run: Run, now: int, worktime: Worktime) -> tuple[int, int]:
    """Amber and red of a paused clock that goes on now with what was left."""
    left = run.left or 0
    before_amber = max(0, left - round(run.limit.ms * (1 - AMBER_SHARE)))
    return reach(now, before_amber, run.limit.working, worktime), reach(now, left, run.limit.working, worktime)


def light(run: Run, now: int) -> Light:
    """How the clock stands now, or stood when it ended or was paused."""
    at = min(moment for moment in (now, run.ended, run.paused) if moment is not None)
    if at > run.due:
        return Light.RED
    return Light.AMBER if at >= run.amber else Light.GREEN


def stands_still(state: str, level: Level, waiting: str) -> bool:
    """Whether the clocks pause: shelved, with another body, or (never at P0, P1) waiting for the reporter."""
    return state in HELD or (waiting == "reporter" and level not in {Level.P0, Level.P1})


STARTS: dict[str, tuple[Stage, ...]] = {
    "report": (Stage.ACKNOWLEDGE, Stage.OVERALL),
    "dispatch": (Stage.HANDLE,),
    "done": (Stage.VERIFY,),
    "return": (Stage.HANDLE,),
    "reopen": (Stage.HANDLE, Stage.OVERALL),
    "recur": (Stage.HANDLE, Stage.OVERALL),
    "refile": (Stage.OVERALL,),
    "unmerge": (Stage.OVERALL,),
}
"""move → the clocks it starts anew."""

ENDS: dict[str, tuple[Stage, ...]] = {
    "file": (Stage.ACKNOWLEDGE,),
    "confirm": (Stage.ACKNOWLEDGE,),
    "dispatch": (Stage.ACKNOWLEDGE, Stage.HANDLE),
    "done": (Stage.HANDLE,),
    "handback": (Stage.HANDLE,),
    "transfer": (Stage.HANDLE,),
    "verify": (Stage.VERIFY,),
    "return": (Stage.VERIFY,),
    "close": tuple(Stage),
    "reject": tuple(Stage),
    "merge": tuple(Stage),
    "false_alarm": tuple(Stage),
    "void": tuple(Stage),
    "take_back": tuple(Stage),
}
"""move → the clocks it ends first."""
