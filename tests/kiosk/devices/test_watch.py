"""What the edge finds in a device's readings: pure, no clock but the one given."""

from typing import Any

import pytest

from kiosk.agent import limits
from kiosk.agent.limits import BOUNDS, Limits
from kiosk.agent.watch import AGAIN_MS, NEXT_PORT_MS, Finding, Watch

RACK = {
    "kind": "charging_cabinet",
    "amenity": "charging",
    "stock": "free",
    "readings": {"port1_a": "A", "port2_a": "A", "temp_c": "°C", "free": ""},
    "commands": ["port_off", "port_on"],
}
CLIMATE = {"kind": "smoke_climate", "readings": {"temp_c": "°C", "smoke_ppm": "ppm"}}
DOOR = {"kind": "door_counter", "readings": {"open": ""}}
COATS = {"kind": "raincoat_dispenser", "amenity": "raincoat", "stock": "stock", "low": 8, "readings": {"stock": ""}}
NOW = 1_000_000
SHIPPED = Limits()


def look(watch: Watch, now: int, off: frozenset[int] = frozenset(), limits: Limits = SHIPPED, **readings: float) -> Any:
    return watch.look(readings, limits, now, off)


def amps(temp_c: float, one: float = 1.0, two: float = 2.0) -> dict[str, float]:
    return {"temp_c": temp_c, "port1_a": one, "port2_a": two, "free": 0}


def test_heat_takes_the_busiest_port_and_while_it_lasts_the_next() -> None:
    watch = Watch(RACK)
    calm = look(watch, NOW, **amps(30))
    watch = Watch(RACK)

    (first,) = look(watch, NOW, **amps(56))
    soon = look(watch, NOW + 5_000, frozenset({2}), **amps(56, two=0))
    (next_one,) = look(watch, NOW + NEXT_PORT_MS, frozenset({2}), **amps(57, two=0))

    assert calm == []
    assert (first.event, first.ports, first.detail["why"]) == ("heat_alarm", (2,), "hot")
    assert soon == []
    assert next_one.ports == (1,)


def test_far_above_the_limit_every_port_goes_at_once() -> None:
    (found,) = look(Watch(RACK), NOW, **amps(66))

    assert found.ports == (1, 2)


def test_a_steep_rise_counts_long_before_the_limit() -> None:
    watch = Watch(RACK)
    look(watch, NOW, **amps(25))

    (found,) = look(watch, NOW + 50_000, **amps(34))

    assert (found.detail["why"], found.detail["rise"], found.ports) == ("rising", 9, (2,))


def test_a_slow_rise_is_a_warm_day() -> None:
    watch = Watch(CLIMATE)

    found = [look(watch, NOW + minute * 60_001, temp_c=20 + minute * 4) for minute in range(8)]

    assert found == [[]] * 8


def test_a_value_that_trembles_around_the_limit_is_one_finding_and_its_end_another() -> None:
    watch = Watch(CLIMATE)

    found = [one for step in range(200) for one in look(watch, NOW + step * 1000, temp_c=55 + (step % 2) * 0.2 - 0.1)]
    cooled = look(watch, NOW + 400_000, temp_c=49.0)

    assert [one.event for one in found] == ["heat_alarm"]
    assert cooled == [Finding("heat_alarm", over=True)]


def test_smoke_and_heat_without_ports_of_their_own_concern_every_port_of_the_station() -> None:
    (smoke,) = look(Watch(CLIMATE), NOW, smoke_ppm=301)
    (heat,) = look(Watch(CLIMATE), NOW, temp_c=60)

    assert (smoke.event, smoke.everywhere) == ("smoke", True)
    assert (heat.event, heat.everywhere) == ("heat_alarm", True)


def test_a_danger_that_lasts_is_told_again_and_again_but_not_a_door() -> None:
    climate, door = Watch(CLIMATE), Watch(DOOR)
    times = range(NOW, NOW + 4 * AGAIN_MS, 10_000)

    smoke = [one for now in times for one in look(climate, now, smoke_ppm=500)]
    left_open = [one for now in times for one in look(door, now, open=1)]

    assert len(smoke) == 4
    assert [(one.event, one.detail["seconds"]) for one in left_open] == [("left_open", 300)]


def test_a_door_that_the_device_told_of_already_is_not_told_twice() -> None:
    watch = Watch(DOOR)
    look(watch, NOW, open=1)

    heard = watch.heard("left_open", NOW + 1)
    later = look(watch, NOW + 400_000, open=1)
    shut = look(watch, NOW + 400_001, open=0)

    assert (heard, later) == (None, [])
    assert shut == [Finding("left_open", over=True)]


def test_one_peak_of_current_is_a_charger_that_starts_two_in_a_row_are_not() -> None:
    watch = Watch(RACK)

    peak = (
        look(watch, NOW, **amps(25, one=6)) + look(watch, NOW + 5000, **amps(25)) + look(watch, NOW, **amps(25, one=6))
    )
    (found,) = look(watch, NOW + 10_000, **amps(25, one=6))

    assert peak == []
    assert (found.event, found.ports, found.detail["port"]) == ("overcurrent", (1,), 1)


def test_a_port_that_a_person_gave_back_is_judged_anew() -> None:
    watch = Watch(RACK)
    for step in range(3):
        look(watch, NOW + step, **amps(25, one=6))
    watch.released(1)

    again = [one for step in range(2) for one in look(watch, NOW + 10 + step, **amps(25, one=6))]

    assert [one.ports for one in again] == [(1,)]


def test_a_shortage_is_told_once_until_it_is_filled_up_again() -> None:
    watch = Watch(COATS)

    found = [one for left in (40, 9, 8, 9, 8, 3, 0, 40, 8) for one in look(watch, NOW, stock=left)]

    assert [(one.event, one.over) for one in found] == [("stock_low", False), ("stock_low", True), ("stock_low", False)]


def test_a_set_limit_outdoes_what_the_device_calls_low_and_free_ports_are_no_stock() -> None:
    (found,) = look(Watch(COATS), NOW, limits=Limits(low=20), stock=15)

    assert found.detail == {"left": 15, "limit": 20, "amenity": "raincoat"}
    assert look(Watch(RACK), NOW, **amps(25)) == []


@pytest.mark.parametrize("nonsense", [None, [], "55", {"hot_c": "55"}, {"hot_c": True}, {"hot_c": float("nan")}])
def test_limits_that_make_no_sense_leave_the_last_good_ones(nonsense: object) -> None:
    last = Limits(hot_c=60)

    assert limits.read(nonsense, last) == last


@pytest.mark.parametrize("name", BOUNDS)
def test_a_limit_is_believed_within_its_bounds_only(name: str) -> None:
    least, most = BOUNDS[name]

    believed = [getattr(limits.read({name: value}, Limits()), name) for value in (least, most)]

    assert believed == [least, most]
    assert limits.read({name: least - 1}, Limits()) == limits.read({name: most + 1}, Limits()) == Limits()
