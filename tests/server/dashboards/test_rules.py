"""Weeks from Monday to Monday in Beijing, and how rates and times are said."""

from datetime import UTC, datetime

import pytest

from server.dashboards.rules import change, middle_and_ninetieth, moment_of, percent, read_week, spoken, week

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


MONDAY = utc(2026, 11, 15, 16)
"""2026-11-16 00:00 in Beijing."""


@pytest.mark.parametrize("at", [MONDAY, MONDAY + 1, MONDAY + 3 * DAY, MONDAY + 7 * DAY - 1])
def test_a_week_runs_from_monday_midnight_to_the_last_millisecond_of_sunday(at: int) -> None:
    assert (week(at).start, week(at).end) == (MONDAY, MONDAY + 7 * DAY)


def test_a_millisecond_before_monday_is_last_week() -> None:
    assert week(MONDAY - 1).end == MONDAY


def test_europes_and_americas_clock_changes_change_nothing() -> None:
    for at in (utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2026, 3, 8, 7), utc(2026, 11, 1, 6)):
        assert week(at).end - week(at).start == 7 * DAY
        assert (week(at).start + 8 * HOUR) % DAY == 0


def test_a_week_is_labelled_by_its_days_over_months_and_years_too() -> None:
    assert week(MONDAY).label == "11月16日–22日"
    assert week(utc(2026, 12, 31)).label == "12月28日–1月3日"


@pytest.mark.parametrize(
    "typed", ["", "x", "2026-13-01", "9999-01-01", "2026-11-30", "20261116", "2026-W47-1", "-" * 999]
)
def test_nonsense_and_the_future_show_this_week(typed: str) -> None:
    assert read_week(typed, MONDAY + DAY).start == MONDAY


def test_any_day_of_a_week_shows_that_week() -> None:
    assert read_week("2026-11-15", MONDAY + DAY).end == MONDAY
    assert moment_of("2026-11-16") == MONDAY


@pytest.mark.parametrize(
    ("hits", "sample", "said"),
    [(0, 0, "—"), (0, 9, "0%"), (9, 9, "100%"), (1, 3, "33%*"), (999, 1000, "99%"), (1, 1000, "1%"), (1, 1, "100%*")],
)
def test_a_rate_never_rounds_to_all_or_nothing_and_marks_a_small_sample(hits: int, sample: int, said: str) -> None:
    assert percent(hits, sample) == said


def test_median_and_ninetieth_of_nothing_one_and_ten() -> None:
    assert middle_and_ninetieth([]) is None
    assert middle_and_ninetieth([7]) == (7, 7)
    assert middle_and_ninetieth([10, 1, 2, 3, 4, 5, 6, 7, 8, 9]) == (6, 9)  # 5.5 rounds to even
    assert middle_and_ninetieth(list(range(1, 101))) == (50, 90)


def test_times_are_said_in_words() -> None:
    assert spoken([]) == "—"
    assert spoken([20_000]) == "不到 1 分 / 不到 1 分*"
    assert spoken([8 * MINUTE] * 5) == "8 分钟 / 8 分钟"
    assert spoken([3 * HOUR + 5 * MINUTE] * 4 + [5 * DAY]) == "3 小时 5 分 / 5.0 天"


def test_a_change_is_said_with_its_sign() -> None:
    assert (change(3, 1), change(1, 3), change(2, 2)) == ("+2", "−2", "=")
