"""Working time between two moments, and the moment by which some of it has passed."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.calendar import Calendar, Day, DayKind, Hours, WorkingTime, minutes_of, shipped
from server.kit.clock import BEIJING, DAY_MS, HOUR_MS, MINUTE_MS

USUAL = WorkingTime(shipped(), Hours())
DAY_LONG = 9 * HOUR_MS


def at(text: str) -> int:
    """`2026-05-08 17:00` in Beijing as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-16 09:00", 1, "2026-03-16 10:00"),  # inside a Monday
        ("2026-03-16 17:00", 1, "2026-03-17 09:00"),  # over an evening
        ("2026-03-16 08:30", 9, "2026-03-16 17:30"),  # a whole day ends at its close
        ("2026-03-16 08:30", 18, "2026-03-17 17:30"),
        ("2026-03-16 03:00", 1, "2026-03-16 09:30"),  # before the day opens
        ("2026-03-16 22:00", 1, "2026-03-17 09:30"),  # after it closed
        ("2026-03-13 17:00", 1, "2026-03-16 09:00"),  # over a weekend
        ("2026-05-08 17:00", 1, "2026-05-09 09:00"),  # into a Saturday that is worked
        ("2026-05-09 17:00", 1, "2026-05-11 09:00"),  # and over the Sunday behind it
        ("2026-09-30 17:00", 1, "2026-10-08 09:00"),  # over the National Day week
        ("2026-02-13 17:00", 9, "2026-02-14 17:00"),  # a make-up Saturday before the Spring Festival
        ("2026-02-14 17:30", 1, "2026-02-24 09:30"),  # from its close to behind the festival
        ("2026-12-31 17:00", 1, "2027-01-01 09:00"),  # a year nobody entered is plain weekdays
        ("2030-10-01 17:00", 1, "2030-10-02 09:00"),
    ],
)
def test_working_time_runs_only_while_somebody_works(start: str, hours: int, due: str) -> None:
    assert USUAL.add_working(at(start), hours * HOUR_MS) == at(due)
    assert USUAL.working_ms(at(start), at(due)) == hours * HOUR_MS


def test_opening_is_worked_and_closing_is_not() -> None:
    opens, closes = at("2026-03-16 08:30"), at("2026-03-16 17:30")

    assert USUAL.is_open(opens)
    assert not USUAL.is_open(opens - 1)
    assert USUAL.is_open(closes - 1)
    assert not USUAL.is_open(closes)
    assert not USUAL.is_open(at("2026-10-01 10:00"))
    assert USUAL.is_open(at("2026-09-20 10:00"))


def test_nothing_to_add_is_due_at_once_even_at_night() -> None:
    night = at("2026-03-16 02:10")

    assert USUAL.add_working(night, 0) == night


def test_time_cannot_be_taken_back() -> None:
    with pytest.raises(ValueError, match="taken back"):
        USUAL.add_working(0, -1)

    assert USUAL.working_ms(at("2026-03-17 12:00"), at("2026-03-16 12:00")) == 0


def test_a_holiday_week_holds_no_working_time() -> None:
    assert USUAL.working_ms(at("2026-10-01 00:00"), at("2026-10-08 00:00")) == 0


def test_a_year_holds_its_working_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    worked = sum(USUAL.day_kind(day) in {DayKind.WORKDAY, DayKind.MAKEUP} for day in days)

    assert USUAL.working_ms(at("2026-01-01 00:00"), at("2027-01-01 00:00")) == worked * DAY_LONG
    assert worked == 248


def test_a_thousand_years_ahead_is_no_trouble() -> None:
    far = USUAL.add_working(at("2026-01-05 09:00"), 250_000 * DAY_LONG)

    assert USUAL.working_ms(at("2026-01-05 09:00"), far) == 250_000 * DAY_LONG


def test_hours_that_never_open_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="working hours"):
        Hours(600, 600)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("08:30", 510), ("8:30", 510), (" 8：30 ", 510), ("24:00", 1440), ("00:00", 0),
        ("24:01", None), ("8", None), ("8:5", None), ("a:00", None), ("", None), ("-1:00", None), ("٨:٣٠", None),
    ],
)  # fmt: skip
def test_a_time_of_day_is_read_as_people_write_it(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes


moments = st.integers(at("2024-12-01 00:00"), at("2028-03-01 00:00"))
amounts = st.integers(0, 400 * DAY_LONG)
hours = st.builds(
    lambda opens, length: Hours(opens, min(24 * 60, opens + length)), st.integers(0, 1400), st.integers(1, 1440)
)
exceptions = st.dictionaries(
    st.dates(date(2024, 12, 1), date(2029, 12, 31)),
    st.sampled_from(list(DayKind)).map(lambda kind: Day(kind, "")),
    max_size=60,
)
clocks = st.builds(lambda days, open_hours: WorkingTime(Calendar(days, frozenset()), open_hours), exceptions, hours)


@given(clocks, moments, amounts)
def test_what_was_added_is_measured_again(clock: WorkingTime, start: int, amount: int) -> None:
    due = clock.add_working(start, amount)

    assert clock.working_ms(start, due) == amount
    assert due >= start


@given(clocks, moments, st.integers(1, 400 * DAY_LONG))
@example(USUAL, at("2026-03-16 08:30"), DAY_LONG)
def test_the_due_moment_is_the_earliest(clock: WorkingTime, start: int, amount: int) -> None:
    due = clock.add_working(start, amount)

    assert clock.working_ms(start, due - 1) == amount - 1


@given(clocks, moments, st.integers(0, 40 * DAY_MS), st.integers(0, 40 * DAY_LONG), st.integers(0, 40 * DAY_LONG))
def test_later_and_more_are_never_due_earlier(clock: WorkingTime, start: int, later: int, less: int, more: int) -> None:
    assert clock.add_working(start, less) <= clock.add_working(start + later, less)
    assert clock.add_working(start, less) <= clock.add_working(start, less + more)


@given(clocks, moments, st.integers(0, 40 * DAY_MS), st.integers(0, 40 * DAY_MS))
def test_two_stretches_add_up(clock: WorkingTime, start: int, first: int, second: int) -> None:
    middle, end = start + first, start + first + second

    assert clock.working_ms(start, middle) + clock.working_ms(middle, end) == clock.working_ms(start, end)


@given(clocks, moments)
def test_a_day_is_measured_as_counting_its_minutes_would(clock: WorkingTime, moment: int) -> None:
    minute = moment - moment % MINUTE_MS
    counted = sum(clock.is_open(minute + number * MINUTE_MS) for number in range(24 * 60))

    assert clock.working_ms(minute, minute + DAY_MS) == counted * MINUTE_MS
