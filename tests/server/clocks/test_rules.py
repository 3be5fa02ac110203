"""Limits, lights, and time that stands still."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.categories import CATEGORIES, Level
from server.calendar import Calendar, Hours, WorkingTime, shipped
from server.clocks import rules
from server.clocks.rules import SHIPPED, Light, Limit, Run, Stage
from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS

PLAIN = WorkingTime(Calendar({}, frozenset({2026})), Hours())


def at(text: str) -> int:
    """Beijing time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) - 8 * HOUR_MS


def run(limit: Limit, start: int) -> Run:
    amber, due = rules.moments(start, limit, PLAIN)
    return Run(1, 1, limit.stage, start, limit, amber, due)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("level", Level)
def test_every_stage_of_every_level_has_a_shipped_limit(stage: Stage, level: Level) -> None:
    for category in CATEGORIES:
        assert rules.limit_for(SHIPPED, stage, level, category.code).ms > 0


@pytest.mark.parametrize(
    ("level", "ms", "working"),
    [(Level.P0, MINUTE_MS, False), (Level.P1, 5 * MINUTE_MS, False), (Level.P2, 30 * MINUTE_MS, True)],
)
def test_the_acknowledge_limits_are_those_of_the_level_table(level: Level, ms: int, working: bool) -> None:
    limit = rules.limit_for(SHIPPED, Stage.ACKNOWLEDGE, level, "parking.fire_lane")

    assert (limit.ms, limit.working) == (ms, working)


def test_garbage_has_the_four_working_hours_of_the_city_standard() -> None:
    garbage = rules.limit_for(SHIPPED, Stage.HANDLE, Level.P3, "environment.garbage")
    bikes = rules.limit_for(SHIPPED, Stage.HANDLE, Level.P3, "parking.ebike_pile")

    assert (garbage.ms, garbage.working) == (4 * HOUR_MS, True)
    assert bikes.ms > garbage.ms


def test_a_p2_of_friday_night_is_due_on_monday_morning() -> None:
    limit = rules.limit_for(SHIPPED, Stage.ACKNOWLEDGE, Level.P2, "facility.light")

    clock = run(limit, at("2026-11-20T22:26:00"))

    assert clock.due == at("2026-11-23T09:00:00")


def test_a_p3_counts_a_make_up_saturday_as_a_working_day() -> None:
    real = WorkingTime(shipped(), Hours())
    limit = Limit(Stage.ACKNOWLEDGE, Level.P3, "*", 9 * HOUR_MS, True)

    _, due = rules.moments(at("2026-05-08T17:30:00"), limit, real)

    assert due == at("2026-05-09T17:30:00")


def test_a_p0_does_not_wait_for_the_morning() -> None:
    limit = rules.limit_for(SHIPPED, Stage.ACKNOWLEDGE, Level.P0, "fire.open_flame")
    start = at("2026-01-02T01:12:00")

    assert run(limit, start).due == start + MINUTE_MS


@pytest.mark.parametrize(
    ("share", "light"), [(0, Light.GREEN), (79, Light.GREEN), (80, Light.AMBER), (100, Light.AMBER), (101, Light.RED)]
)
def test_the_light_turns_amber_at_eighty_percent_and_red_over_the_limit(share: int, light: Light) -> None:
    limit = Limit(Stage.HANDLE, Level.P1, "*", 100_000, False)
    clock = run(limit, 0)

    assert rules.light(clock, share * 1000) is light


def test_a_clock_that_ended_in_time_stays_green_for_ever() -> None:
    limit = Limit(Stage.HANDLE, Level.P1, "*", 100_000, False)
    clock = Run(1, 1, Stage.HANDLE, 0, limit, 80_000, 100_000, ended=50_000)

    assert rules.light(clock, 10**12) is Light.GREEN


@given(
    start=st.integers(at("2026-01-01T00:00:00"), at("2026-12-01T00:00:00")),
    limit_ms=st.integers(1, 20 * 9 * HOUR_MS),
    share=st.floats(0, 1),
    pause_ms=st.integers(0, 40 * DAY_MS),
    working=st.booleans(),
)
def test_a_pause_neither_gives_nor_takes_time(
    start: int, limit_ms: int, share: float, pause_ms: int, working: bool
) -> None:
    limit = Limit(Stage.HANDLE, Level.P2, "*", limit_ms, working)
    clock = run(limit, start)
    paused_at = start + round((clock.due - start) * share)
    left = rules.remaining(clock, paused_at, PLAIN)
    paused = Run(1, 1, clock.stage, start, limit, clock.amber, clock.due, paused=paused_at, left=left)

    _, due = rules.resumed(paused, paused_at + pause_ms, PLAIN)

    resumed_at = paused_at + pause_ms
    spent = PLAIN.working_ms(resumed_at, due) if working else due - resumed_at
    assert spent == left


def test_the_longest_pattern_that_fits_wins() -> None:
    general = Limit(Stage.HANDLE, Level.P2, "*", 1, False)
    parking = Limit(Stage.HANDLE, Level.P2, "parking.*", 2, False)
    lane = Limit(Stage.HANDLE, Level.P2, "parking.fire_lane", 3, False)

    found = [
        rules.limit_for((general, parking, lane), Stage.HANDLE, Level.P2, code).ms
        for code in ("facility.light", "parking.ebike_pile", "parking.fire_lane")
    ]

    assert found == [1, 2, 3]
