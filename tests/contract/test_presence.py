"""The presence code."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.presence import DRIFT_STEPS, REMEMBERED_STEPS, STEP_MS, Presence, code, remaining, verify

KEY = bytes(range(32))
STATION = "sn10-north"
NOW = 1_790_000_000_000

moments = st.integers(0, 2**45)


@given(moments, st.integers(-DRIFT_STEPS, DRIFT_STEPS))
def test_two_steps_of_drift_to_either_side_are_verified(now: int, drift: int) -> None:
    shown = code(KEY, STATION, now + drift * STEP_MS)

    assert verify(KEY, STATION, shown, now) is Presence.VERIFIED


@pytest.mark.parametrize("age", [DRIFT_STEPS + 1, 10, REMEMBERED_STEPS])
def test_a_code_up_to_an_hour_old_is_expired(age: int) -> None:
    assert verify(KEY, STATION, code(KEY, STATION, NOW - age * STEP_MS), NOW) is Presence.EXPIRED


def test_an_hour_is_what_is_remembered() -> None:
    assert REMEMBERED_STEPS * STEP_MS == 60 * 60 * 1000


@pytest.mark.parametrize("age", [-DRIFT_STEPS - 1, -10, REMEMBERED_STEPS + 1, 10_000])
def test_an_older_code_and_one_from_the_future_are_wrong(age: int) -> None:
    assert verify(KEY, STATION, code(KEY, STATION, NOW - age * STEP_MS), NOW) is Presence.WRONG


def test_another_stations_code_and_another_keys_code_are_wrong() -> None:
    assert verify(KEY, STATION, code(KEY, "sn10-south", NOW), NOW) is Presence.WRONG
    assert verify(KEY, STATION, code(b"another key", STATION, NOW), NOW) is Presence.WRONG


def test_no_code_is_none() -> None:
    assert verify(KEY, STATION, "", NOW) is Presence.NONE


@given(st.text(min_size=1, max_size=20))
def test_whatever_is_typed_is_judged_and_never_fails(given_code: str) -> None:
    assert verify(KEY, STATION, given_code, NOW) in {Presence.WRONG, Presence.VERIFIED, Presence.EXPIRED}


@pytest.mark.parametrize("odd", ["\ud800" * 8, "\0" * 8, "北门站北门站北门", " " * 8, "x" * 1_000_000, "?c=23456789"])
def test_hostile_codes_are_wrong(odd: str) -> None:
    assert verify(KEY, STATION, odd, NOW) is Presence.WRONG


def test_capitals_are_forgiven() -> None:
    assert verify(KEY, STATION, code(KEY, STATION, NOW).upper(), NOW) is Presence.VERIFIED


@given(moments)
def test_the_code_changes_exactly_when_the_remaining_time_is_over(now: int) -> None:
    left = remaining(now)

    assert 1 <= left <= STEP_MS
    assert code(KEY, STATION, now + left - 1) == code(KEY, STATION, now)
    assert code(KEY, STATION, now + left) != code(KEY, STATION, now)


def test_the_code_is_what_the_published_recipe_gives() -> None:
    step = NOW // 30_000
    mac = hmac.new(KEY, b"cxz-presence\x00sn10-north\x00" + str(step).encode(), hashlib.sha256).digest()
    number, letters = int.from_bytes(mac[:8], "big"), ""
    for _ in range(8):
        letters += "23456789abcdefghjkmnpqrstuvwxyz"[number % 31]
        number //= 31

    assert code(KEY, STATION, NOW) == letters
