"""Readings become figures: once, in any order, however late; and go when their time is over."""

from typing import Any

import pytest

from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS
from server.kit.site import Site
from server.telemetry import intake, records, rollup
from server.telemetry.rules import FIVE_MS, MOST_DEVICES, MOST_SERIES, bucket, hour


@pytest.fixture
def start(site: Site) -> int:
    """The beginning of an hour two hours ago."""
    return hour(site.store.clock() - 2 * HOUR_MS)


def figures(site: Site, table: str, since: int = 0) -> list[Any]:
    with site.store.look() as look:
        return [
            (at, round(mean, 3), least, most)
            for row in records.series_of(look, "sn10-north")
            for at, mean, least, most in records.figures(look, table, row["id"], since)
        ]


def raw(site: Site) -> int:
    with site.store.look() as look:
        return int(look.value("select count(*) from telemetry_raw"))


def test_readings_become_figures_of_five_minutes_and_of_the_hour(site: Site, start: int, measure: Any) -> None:
    for minute, value in ((0, 20), (1, 22), (4, 27), (6, 30)):
        measure(start + minute * MINUTE_MS, temp_c=value)

    rollup.roll_up(site)

    assert figures(site, "telemetry_5min") == [(start, 23.0, 20.0, 27.0), (start + FIVE_MS, 30.0, 30.0, 30.0)]
    assert figures(site, "telemetry_hour") == [(start, 24.75, 20.0, 30.0)]


def test_a_late_reading_changes_its_own_figures_and_the_same_one_twice_nothing(
    site: Site, start: int, measure: Any
) -> None:
    measure(start + MINUTE_MS, temp_c=20)
    rollup.roll_up(site)

    late = measure(start, temp_c=40)
    for _ in range(3):
        with site.store.work() as work:
            intake.from_telemetry(work, late)
    rollup.roll_up(site)
    rollup.roll_up(site)

    assert figures(site, "telemetry_5min") == [(start, 30.0, 20.0, 40.0)]
    assert figures(site, "telemetry_hour") == [(start, 30.0, 20.0, 40.0)]


def test_a_bucket_that_has_not_ended_waits(site: Site, measure: Any, clock: Any) -> None:
    measure(site.store.clock(), temp_c=20)
    rollup.roll_up(site)
    before = figures(site, "telemetry_5min")
    clock.forward(10 * MINUTE_MS)

    rollup.roll_up(site)

    assert (len(before), len(figures(site, "telemetry_5min"))) == (0, 1)


def test_raw_readings_go_after_their_days_and_the_figures_stay(
    site: Site, start: int, measure: Any, clock: Any
) -> None:
    measure(start, temp_c=20)
    rollup.roll_up(site)
    clock.forward(7 * DAY_MS - 3 * HOUR_MS)
    rollup.tidy(site)
    kept = raw(site)
    clock.forward(5 * HOUR_MS)

    rollup.tidy(site)

    assert (kept, raw(site)) == (1, 0)
    assert len(figures(site, "telemetry_5min")) == len(figures(site, "telemetry_hour")) == 1


def test_nothing_goes_before_its_figures_are_made(site: Site, start: int, measure: Any, clock: Any) -> None:
    measure(start, temp_c=20)
    clock.forward(30 * DAY_MS)

    rollup.tidy(site)

    assert raw(site) == 1


def test_figures_of_five_minutes_go_after_theirs_and_hours_last_longest(
    site: Site, start: int, measure: Any, clock: Any
) -> None:
    measure(start, temp_c=20)
    rollup.roll_up(site)
    clock.forward(92 * DAY_MS)

    rollup.tidy(site)

    assert figures(site, "telemetry_5min") == []
    assert len(figures(site, "telemetry_hour")) == 1


def test_a_fact_from_before_what_is_kept_raw_is_added_to_the_figures(
    site: Site, start: int, measure: Any, clock: Any
) -> None:
    measure(start, temp_c=20)
    rollup.roll_up(site)
    clock.forward(8 * DAY_MS)
    rollup.tidy(site)

    measure(start + MINUTE_MS, temp_c=50)
    rollup.roll_up(site)

    assert figures(site, "telemetry_5min") == [(start, 35.0, 20.0, 50.0)]
    assert figures(site, "telemetry_hour") == [(start, 35.0, 20.0, 50.0)]
    assert raw(site) == 0


@pytest.mark.parametrize("clock_says", ["none", "2001", "2100"])
def test_a_clock_that_talks_nonsense_is_replaced_by_the_moment_of_arrival(
    site: Site, measure: Any, clock_says: str
) -> None:
    at = {"none": 0, "2001": 1_000_000_000_000, "2100": 4_102_444_800_000}[clock_says]

    measure(at, clock="none" if clock_says == "none" else "rtc", temp_c=20)

    with site.store.look() as look:
        kept = look.value("select at from telemetry_raw")
    assert abs(kept - site.store.clock()) < MINUTE_MS


def test_what_cannot_be_kept_is_counted_and_the_rest_is_kept(site: Site, start: int, measure: Any) -> None:
    measure(start, temp_c=20, huge=10**18, **{"<b>": 1, "名": 2, "x" * 40: 3})

    with site.store.look() as look:
        (device,) = records.devices(look, "sn10-north")
    assert raw(site) == 1
    assert device["dropped"] == 4


def test_devices_and_readings_without_end_are_cut(site: Site, start: int, measure: Any) -> None:
    for number in range(MOST_DEVICES + 5):
        measure(start, device=f"d-{number}", temp_c=1)
    for number in range(0, MOST_SERIES + 20, 10):
        measure(start + 1, device="d-0", **{f"r{number + one}": 1 for one in range(10)})

    with site.store.look() as look:
        assert len(records.devices(look, "sn10-north")) == MOST_DEVICES
        assert look.value("select count(*) from telemetry_series") == MOST_DEVICES - 1 + MOST_SERIES


def test_a_device_comes_goes_and_an_older_word_changes_nothing(site: Site, greet: Any, clock: Any) -> None:
    greet("hello")
    clock.forward(MINUTE_MS)
    greet("lost")
    clock.forward(-2 * MINUTE_MS)
    greet("hello")

    with site.store.look() as look:
        (device,) = records.devices(look, "sn10-north")
    assert device["present"] == 0
    assert "charging_cabinet" in device["about"]


def test_a_bucket_begins_on_the_minute_of_beijing_and_of_utc_alike() -> None:
    assert bucket(1_795_320_299_999, FIVE_MS) == 1_795_320_000_000
