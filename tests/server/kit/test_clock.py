"""UTC inside, Beijing outside."""

from datetime import UTC, datetime

import pytest

from server.kit import clock


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_beijing_reads_eight_hours_later() -> None:
    assert clock.clock(at("2026-03-11T14:06:00")) == "22:06"


@pytest.mark.parametrize(
    ("moment", "now", "shown"),
    [
        ("2026-03-11T14:06:00", "2026-03-11T15:00:00", "22:06"),
        ("2026-03-11T15:59:00", "2026-03-11T16:01:00", "昨天 23:59"),
        ("2026-03-01T04:00:00", "2026-03-11T04:00:00", "3月1日 12:00"),
        ("2025-12-31T15:00:00", "2026-03-11T04:00:00", "2025年12月31日 23:00"),
    ],
)
def test_a_moment_is_shown_as_short_as_it_is_clear(moment: str, now: str, shown: str) -> None:
    assert clock.when(at(moment), at(now)) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(0, "刚刚"), (12, "12 分钟"), (60, "1 小时"), (185, "3 小时 5 分"), (3000, "2 天"), (-5, "刚刚")],
)
def test_a_span_is_told_in_the_largest_useful_unit(minutes: int, shown: str) -> None:
    assert clock.lasted(minutes * clock.MINUTE_MS) == shown


def test_the_day_begins_at_beijing_midnight() -> None:
    assert clock.midnight(at("2026-03-11T15:30:00")) == at("2026-03-10T16:00:00")
    assert clock.midnight(at("2026-03-11T16:00:00")) == at("2026-03-11T16:00:00")
