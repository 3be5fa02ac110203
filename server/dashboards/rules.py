"""Weeks, rates and times as the Monday page counts them. Pure.

A week runs from Monday 00:00 to Monday 00:00, Beijing time, which knows no summer time.
"""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from server.kit.clock import BEIJING, DAY_MS, beijing, lasted, midnight

FEW = 5
"""A rate over fewer tickets than this says little, and is marked."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole Beijing days: `start` ≤ at < `end`, UTC milliseconds."""

    start: int
    end: int

    @property
    def first(self) -> date:
        """The first day."""
        return beijing(self.start).date()

    @property
    def behind(self) -> date:
        """The day after the last."""
        return beijing(self.end).date()

    @property
    def label(self) -> str:
        """`11月16日–22日`."""
        last = beijing(self.end - 1).date()
        month = f"{last.month}月" if last.month != self.first.month else ""
        return f"{self.first.month}月{self.first.day}日–{month}{last.day}日"

    def shifted(self, days: int) -> "Span":
        """The same length, so many days later."""
        return Span(self.start + days * DAY_MS, self.end + days * DAY_MS)


def week(at: int) -> Span:
    """The week in which a moment lies."""
    start = midnight(at) - beijing(at).weekday() * DAY_MS
    return Span(start, start + 7 * DAY_MS)


def read_week(typed: str, now: int) -> Span:
    """The week of an ISO date in an address; this week for nonsense and for what has not begun."""
    day = moment_of(typed)
    return week(now if day is None or day > now else day)


def moment_of(typed: str) -> int | None:
    """Midnight of an ISO date in Beijing; None for what is no date between 2000 and 2099."""
    try:
        day = date.fromisoformat(typed) if _DAY.fullmatch(typed) else None
    except ValueError:
        return None
    if day is None or not 2000 <= day.year < 2100:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp() * 1000)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""`fromisoformat` alone takes week dates too."""


def percent(hits: int, sample: int) -> str:
    """`83%`, with a star when the sample is small; a dash without one. Never rounds up to 100 or down to 0."""
    if sample == 0:
        return "—"
    rounded = round(100 * hits / sample)
    if 0 < hits < sample:
        rounded = min(99, max(1, rounded))
    return f"{rounded}%{'*' if sample < FEW else ''}"


def middle_and_ninetieth(milliseconds: Sequence[int]) -> tuple[int, int] | None:
    """Median and the 90th percentile (nearest rank); None for nothing."""
    if not milliseconds:
        return None
    ordered = sorted(milliseconds)
    return round(statistics.median(ordered)), ordered[-(-9 * len(ordered) // 10) - 1]


def spoken(milliseconds: Sequence[int]) -> str:
    """`8 分钟 / 35 分钟`: median and 90th; a dash without any."""
    found = middle_and_ninetieth(milliseconds)
    if found is None:
        return "—"
    return " / ".join(_duration(one) for one in found) + ("*" if len(milliseconds) < FEW else "")


def change(this: int, last: int) -> str:
    """`+3`, `−2`, or `=`."""
    return "=" if this == last else f"+{this - last}" if this > last else f"−{last - this}"


def _duration(milliseconds: int) -> str:
    if milliseconds < 60_000:
        return "不到 1 分"
    if milliseconds >= 3 * DAY_MS:
        return f"{milliseconds / DAY_MS:.1f} 天"
    return lasted(milliseconds) if milliseconds < DAY_MS else f"{milliseconds / 3_600_000:.0f} 小时"
