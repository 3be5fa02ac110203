"""When a station is open: the rule as data, and what it says about a moment. Pure; Beijing time throughout.

A stretch of hours belongs to the day on which it begins, and may run past midnight. Days that somebody set apart own
their whole date: the night before ends at their midnight.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from server.kit.clock import BEIJING, DAY_MS, MINUTE_MS, beijing

DAY = 24 * 60
MOST_SPANS = 4
MOST_UNUSUAL = 100
HORIZON_DAYS = 92
"""How far ahead the next opening is looked for."""
ALWAYS_DAYS = 8
"""Open without a break for this long counts as open round the clock."""
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")

Spans = tuple["Span", ...]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes of the day: open from `opens` until before `closes`, which lies past 1440 when it runs into the night.

    Raises `ValueError` for what is no stretch of at most 24 hours.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens < DAY and self.opens < self.closes <= self.opens + DAY):
            raise ValueError(f"no opening hours: {self.opens}–{self.closes} minutes")


ALL_DAY: Spans = (Span(0, DAY),)


@dataclass(frozen=True, slots=True)
class Unusual:
    """Dates, both counted, that go their own way; without `spans` the station stays shut. `reason` is for riders."""

    first: date
    last: date
    spans: Spans
    reason: str


@dataclass(frozen=True, slots=True)
class Opening:
    """The rule of one station. `week`: Monday to Sunday. None: a holiday or make-up workday is like its weekday, or
    for the make-up workday like a Monday. The later of two `unusual` entries for one date counts."""

    week: tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
    holiday: Spans | None = None
    makeup: Spans | None = None
    unusual: tuple[Unusual, ...] = ()


class Days(Protocol):
    """What a rule asks of the working calendar (`server/calendar`); a year nobody announced is plain weekdays."""

    def kind(self, day: date) -> str:
        """`workday`, `weekend`, `holiday` or `makeup_workday`."""

    def name(self, day: date) -> str:
        """The holiday's name; empty on a plain day."""


@dataclass(frozen=True, slots=True)
class Openness:
    """Whether it is open, and when that changes: UTC milliseconds, None when it does not for as long as one looks.

    `reason`: why today is unlike other days; empty on a plain one.
    """

    open: bool
    changes: int | None
    reason: str = ""


def open_at(rule: Opening, calendar: Days, now: int) -> Openness:
    """What the rule says about a moment (UTC milliseconds)."""
    today = beijing(now).date()
    reason = _reason(rule, calendar, today)
    until: int | None = None
    for start, end in stretches(rule, calendar, today - timedelta(days=1)):
        if until is None:
            if end <= now:
                continue
            if start > now:
                return Openness(False, start, reason)
            until = end
        elif start <= until:
            until = max(until, end)
        else:
            break
        if until - now > ALWAYS_DAYS * DAY_MS:
            return Openness(True, None, reason)
    return Openness(until is not None, until, reason)


def stretches(rule: Opening, calendar: Days, first: date, days: int = HORIZON_DAYS) -> Iterator[tuple[int, int]]:
    """(opens, closes) in UTC milliseconds, in order, for stretches that begin on these dates."""
    for offset in range(days):
        day = first + timedelta(days=offset)
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp() * 1000)
        cut = _unusual(rule, day + timedelta(days=1)) is not None
        for span in spans_of(rule, calendar, day):
            closes = min(span.closes, DAY) if cut else span.closes
            yield midnight + span.opens * MINUTE_MS, midnight + closes * MINUTE_MS


def spans_of(rule: Opening, calendar: Days, day: date) -> Spans:
    """The hours of one date, in order."""
    unusual = _unusual(rule, day)
    if unusual is not None:
        return unusual.spans
    kind = calendar.kind(day)
    if kind == "holiday" and rule.holiday is not None:
        return rule.holiday
    if kind == "makeup_workday":
        return rule.week[0] if rule.makeup is None else rule.makeup
    return rule.week[day.weekday()]


def with_unusual(rule: Opening, new: Unusual, today: date) -> Opening:
    """The rule with one more entry; those that ended more than a year ago are dropped."""
    kept = [one for one in rule.unusual if one.last >= today - timedelta(days=366) and one != new]
    return replace(rule, unusual=(*kept, new)[-MOST_UNUSUAL:])


def as_data(rule: Opening) -> dict[str, Any]:
    """What is stored; `from_data` reads it."""
    return {
        "week": [_pairs(spans) for spans in rule.week],
        "holiday": None if rule.holiday is None else _pairs(rule.holiday),
        "makeup": None if rule.makeup is None else _pairs(rule.makeup),
        "unusual": [
            {"first": str(one.first), "last": str(one.last), "spans": _pairs(one.spans), "reason": one.reason}
            for one in rule.unusual
        ],
    }


def from_data(data: Mapping[str, Any]) -> Opening:
    """Raises `ValueError`, `TypeError` or `KeyError` for what is no rule."""
    week = [_spans(pairs) for pairs in data["week"]]
    if len(week) != len(WEEKDAYS):
        raise ValueError(f"a week of {len(week)} days")
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = week
    return Opening(
        (monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        None if data["holiday"] is None else _spans(data["holiday"]),
        None if data["makeup"] is None else _spans(data["makeup"]),
        tuple(
            Unusual(
                date.fromisoformat(one["first"]), date.fromisoformat(one["last"]), _spans(one["spans"]), one["reason"]
            )
            for one in data["unusual"]
        ),
    )


def _reason(rule: Opening, calendar: Days, day: date) -> str:
    unusual = _unusual(rule, day)
    if unusual is not None:
        return unusual.reason
    return calendar.name(day) if rule.holiday is not None and calendar.kind(day) == "holiday" else ""


def _unusual(rule: Opening, day: date) -> Unusual | None:
    return next((one for one in reversed(rule.unusual) if one.first <= day <= one.last), None)


def _pairs(spans: Spans) -> list[list[int]]:
    return [[span.opens, span.closes] for span in spans]


def _spans(pairs: Sequence[Sequence[int]]) -> Spans:
    return tuple(Span(opens, closes) for opens, closes in pairs)
