"""Who may rate what, and until when. Pure."""

from dataclasses import dataclass

from server.incidents import STATES, Incident
from server.kit.clock import DAY_MS, day
from server.thresholds import Threshold

MAX_WORDS = 200
DAYS = Threshold("rating_days", "办结后可评价", "天", 7, 1, 90)


@dataclass(frozen=True, slots=True)
class Face:
    """One of the three; the word says what the icon shows."""

    label: str
    icon: str


FACES = {
    "good": Face("满意", "mood-smile"),
    "fair": Face("一般", "mood-neutral"),
    "bad": Face("不满意", "mood-sad"),
}


@dataclass(frozen=True, slots=True)
class Rating:
    """What a reporter said of how their ticket ended; once. Times are UTC milliseconds."""

    incident: int
    face: str
    words: str
    at: int


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the receipt: the `given` rating, or a form open `until`, or neither."""

    given: Rating | None
    until: int | None
    """The last moment to rate; None when there is nothing to rate (any more)."""
    faces: dict[str, Face]
    reworked: bool = False
    """Whether what was not good enough has been done again and closed."""
    longest: int = MAX_WORDS


def until(closed_at: int, days: int) -> int:
    """The last moment to rate what was closed then."""
    return closed_at + days * DAY_MS


_NOT_TAKEN = {"rejected": "没有受理", "void": "作废了", "withdrawn": "撤回了"}


def why_not(leading: Incident, reopened: bool, last_moment: int | None, now: int) -> str | None:
    """Why nobody can rate now (a sentence for the reporter); None when they can. `leading` carries the report on."""
    if leading.state in _NOT_TAKEN:
        return f"这条上报{_NOT_TAKEN[leading.state]}，不用评价；有话请打值班电话。"
    if leading.state != "closed" or last_moment is None:
        again = "正在重新处理" if reopened else f"现在是“{STATES[leading.state]}”"
        return f"这件事{again}，办结以后再请你评价。"
    if now > last_moment:
        return f"评价到 {day(last_moment)} 为止，已经过了；还有问题请再上报一次。"
    return None
