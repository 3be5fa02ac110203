"""Which days are worked, and how much working time lies between two moments. Pure; Beijing time throughout.

A year nobody announced counts as plain weekdays: `Calendar.known` says so, nothing raises.
"""

import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS, beijing

_BEIJING_MS = 8 * HOUR_MS
_EPOCH = date(1970, 1, 1).toordinal()


class DayKind(StrEnum):
    """What a date is."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup_workday"


WORKED = frozenset({DayKind.WORKDAY, DayKind.MAKEUP})
KIND_LABELS = {
    DayKind.WORKDAY: "工作日",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "节假日",
    DayKind.MAKEUP: "调休上班",
}


@dataclass(frozen=True, slots=True)
class Day:
    """A date that is not what its weekday says. `by` and `at` tell who entered it; empty and None: shipped with us."""

    kind: DayKind
    name: str
    by: str = ""
    at: int | None = None


@dataclass(frozen=True)
class Calendar:
    """The exceptions from the week. `years`: those whose exceptions are all announced."""

    days: Mapping[date, Day]
    years: frozenset[int]

    def known(self, year: int) -> bool:
        """Whether the holidays of a year are entered; if not, its days are plain weekdays and weekends."""
        return year in self.years

    def kind(self, day: date) -> DayKind:
        """What a date is."""
        found = self.days.get(day)
        return plain(day) if found is None else found.kind

    def kind_at(self, at: int) -> DayKind:
        """What the Beijing day of a moment (UTC milliseconds) is."""
        return self.kind(beijing(at).date())

    def name(self, day: date) -> str:
        """The holiday's name; empty on a plain day."""
        found = self.days.get(day)
        return "" if found is None else found.name

    def unknown_years(self, at: int, ahead_days: int = 60) -> tuple[int, ...]:
        """Years without a calendar, of the moment itself and of the days ahead."""
        first, last = beijing(at).year, beijing(at + ahead_days * DAY_MS).year
        return tuple(year for year in range(first, last + 1) if not self.known(year))

    def worked_before(self, day: int) -> int:
        """Working days before a day counted from 1970-01-01, against a fixed beginning; grows with the day."""
        weeks, rest = divmod(day + 3, 7)  # 1970-01-01 was a Thursday
        days, sums = self._corrections
        place = bisect.bisect_left(days, day)
        return 5 * weeks + min(rest, 5) + (sums[place - 1] if place else 0)

    @cached_property
    def _corrections(self) -> tuple[list[int], list[int]]:
        days: list[int] = []
        sums: list[int] = []
        total = 0
        for one in sorted(self.days):
            change = (self.days[one].kind in WORKED) - (plain(one) in WORKED)
            if change:
                total += change
                days.append(one.toordinal() - _EPOCH)
                sums.append(total)
        return days, sums


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours of a community in minutes of the day, lunch counted: opens ≤ worked < closes."""

    opens: int = 8 * 60 + 30
    closes: int = 17 * 60 + 30
    by: str = ""
    at: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= 24 * 60:
            raise ValueError(f"working hours {self.opens}–{self.closes} minutes")

    def __str__(self) -> str:
        return f"{hh_mm(self.opens)}–{hh_mm(self.closes)}"


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A calendar and a community's hours: the clock that runs in working hours only.

    Worked time is the half-open stretch [opens, closes) of every working day. All moments are UTC milliseconds.
    """

    calendar: Calendar
    hours: Hours

    def day_kind(self, day: date) -> DayKind:
        """What a date is."""
        return self.calendar.kind(day)

    def working_ms(self, start: int, end: int) -> int:
        """Worked milliseconds in [start, end); 0 when `end` is not after `start`."""
        return max(0, self._total(end) - self._total(start))

    def add_working(self, start: int, ms: int) -> int:
        """The earliest moment, not before `start`, by which `ms` of working time have passed since `start`.

        Nothing to add gives `start` itself; time that fills a day ends at its close, not at the next morning.
        Raises `ValueError` for a negative amount.
        """
        if ms < 0:
            raise ValueError("working time cannot be taken back")
        if ms == 0:
            return start
        target = self._total(start) + ms
        nth = -(-target // self._length)  # the day in whose course the target is reached, counted from one
        day = self._day_of(nth, (start + _BEIJING_MS) // DAY_MS)
        left = target - (nth - 1) * self._length
        return day * DAY_MS - _BEIJING_MS + self.hours.opens * MINUTE_MS + left

    def is_open(self, at: int) -> bool:
        """Whether it is working time at this moment."""
        return self.working_ms(at, at + 1) == 1

    @property
    def _length(self) -> int:
        return (self.hours.closes - self.hours.opens) * MINUTE_MS

    def _total(self, at: int) -> int:
        day, since = divmod(at + _BEIJING_MS, DAY_MS)
        before = self.calendar.worked_before(day)
        total = before * self._length
        if self.calendar.worked_before(day + 1) > before:
            total += min(max(0, since - self.hours.opens * MINUTE_MS), self._length)
        return total

    def _day_of(self, nth: int, first: int) -> int:
        step = 7
        while self.calendar.worked_before(first + step) < nth:
            step *= 2
        low, high = first, first + step - 1
        while low < high:
            middle = (low + high) // 2
            if self.calendar.worked_before(middle + 1) >= nth:
                high = middle
            else:
                low = middle + 1
        return low


def plain(day: date) -> DayKind:
    """What a date is by its weekday alone."""
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY


def hh_mm(minutes: int) -> str:
    """`08:30`; the end of a day is `24:00`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def minutes_of(text: str) -> int | None:
    """Minutes of the day behind `8:30` or `08:30`; `24:00` is the end of the day. None for anything else."""
    hour, colon, minute = text.strip().replace("：", ":").partition(":")
    if not colon or not (hour + minute).isascii() or not hour.isdigit() or not minute.isdigit():
        return None
    if len(hour) > 2 or len(minute) != 2 or int(minute) > 59:
        return None
    found = int(hour) * 60 + int(minute)
    return found if found <= 24 * 60 else None
