from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.categories import Level
from server.alerts import rules
from server.alerts.channels import Limits
from server.alerts.quota import Quota
from server.alerts.rules import RING, SHIPPED

MINUTE = 60_000


def rings(level: Level, minutes: int, step_ms: int = 5_000) -> list[tuple[int, str]]:
    """(second, role) of every ring while nobody accepts."""
    found = []
    rungs = rules.rungs_for(SHIPPED, level, "phone")
    last = None
    for now in range(0, minutes * MINUTE + 1, step_ms):
        for rung in rungs:
            if rung.manner == RING and rules.ringing(rung, 0, last, now):
                found.append((now // 1000, rung.role))
        last = now
    return found


def test_p0_rings_all_four_at_once_and_again_every_minute() -> None:
    everybody = ["duty", "backup", "director", "guard"]

    assert rings(Level.P0, 2) == [(second, role) for second in (0, 60, 120) for role in everybody]


def test_p1_calls_the_backup_at_three_minutes_and_the_director_at_ten() -> None:
    found = rings(Level.P1, 11)

    assert [second for second, role in found if role == "duty"] == list(range(0, 661, 60))
    assert [second for second, role in found if role == "backup"] == list(range(180, 661, 60))
    assert [second for second, role in found if role == "director"] == [600, 660]


def test_p2_and_p3_never_ring() -> None:
    assert rings(Level.P2, 30) == rings(Level.P3, 30) == []


def test_rings_missed_while_the_program_was_down_ring_once() -> None:
    duty = SHIPPED[4]

    assert rules.ringing(duty, 0, last=0, now=10 * MINUTE)
    assert not rules.ringing(duty, 0, last=10 * MINUTE, now=10 * MINUTE + 1000)


@given(st.integers(0, 3_600_000), st.integers(0, 3_600_000))
def test_the_next_ring_is_the_moment_at_which_somebody_rings(started: int, passed: int) -> None:
    rungs = rules.rungs_for(SHIPPED, Level.P1, "phone")
    now = started + passed

    following = rules.next_ring(rungs, started, now)

    assert following is not None
    assert now < following <= now + MINUTE
    assert any(rules.ringing(rung, started, now, following) for rung in rungs)
    assert not any(rules.ringing(rung, started, now, following - 1) for rung in rungs)


def test_a_devices_alarm_tells_the_duty_officer_at_once_and_once() -> None:
    first, *rest = rules.rungs_for(SHIPPED, Level.P2, "device")

    assert (first.role, first.manner, first.repeat_s) == ("duty", RING, 0)
    assert rules.ringing(first, 0, None, 0)
    assert not rules.ringing(first, 0, 0, MINUTE)
    assert [rung.role for rung in rest] == ["desk"]


def test_a_failing_channel_does_not_count_but_is_still_tried() -> None:
    ways = ["wecom", "sms", "email", "feishu"]

    assert rules.chosen(ways, set(), 2, 1) == ["wecom", "sms"]
    assert rules.chosen(ways, {"wecom"}, 2, 1) == ["wecom", "sms", "email"]
    assert rules.chosen(ways, set(), 2, 2) == ["wecom", "sms", "email"]
    assert rules.chosen(ways, set(ways), 2, 1) == ways


@pytest.mark.parametrize(
    "change",
    [
        {"manner": "digest"},
        {"repeat_s": 0},
        {"repeat_s": 3600},
        {"after_s": 5},
        {"after_s": -1},
        {"channels": 0},
        {"role": "nobody"},
    ],
)
def test_p0_cannot_be_made_silent(change: dict[str, object]) -> None:
    duty = SHIPPED[0]

    assert rules.trouble([duty]) is None
    assert rules.trouble([replace(duty, **change)])  # type: ignore[arg-type]


def test_retries_wait_longer_and_longer_with_some_spread() -> None:
    waits = [rules.again_after(True, tries, 0.5) for tries in range(1, 8)]

    assert waits == [2000, 4000, 8000, 15000, 30000, 30000, 30000]
    assert rules.again_after(True, 1, 0.0) == 1600
    assert rules.again_after(False, 99, 1.0) == 1_080_000


def test_alarms_share_a_message_only_when_there_is_no_room_for_one_each() -> None:
    assert rules.together(waiting=3, room=10, most=5) == 1
    assert rules.together(waiting=30, room=10, most=5) == 3
    assert rules.together(waiting=300, room=1, most=5) == 5


WECOM = Limits(2048, 20, 20, 10)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9_000)), max_size=200))
def test_a_channel_is_never_used_more_often_than_it_allows(uses: list[tuple[bool, int]]) -> None:
    quota, now, taken = Quota(Limits(2048, 20, 5, 10)), 0, []

    for urgent, later in uses:
        now += later
        if quota.take(urgent, now) == 0:
            taken.append((now, urgent))

    for at, urgent in taken:
        window = [one for one, _ in taken if at - MINUTE < one <= at]
        assert len(window) <= 20
        assert len([one for one, _ in taken if at - 1000 < one <= at]) <= 5
        if not urgent and at:
            earlier = next(place for place, pair in enumerate(taken) if pair == (at, urgent))
            assert len([one for one, _ in taken[:earlier] if one > at - MINUTE]) < 10


def test_a_share_is_kept_for_what_is_urgent() -> None:
    quota = Quota(WECOM)

    ordinary = [quota.take(False, 0) for _ in range(15)]
    urgent = [quota.take(True, 0) for _ in range(12)]

    assert ordinary == [0] * 10 + [MINUTE] * 5
    assert urgent == [0] * 10 + [MINUTE] * 2


def test_the_wait_that_is_named_is_the_wait_that_is_needed() -> None:
    quota = Quota(WECOM)
    for second in range(20):
        assert quota.take(True, second * 1000) == 0

    wait = quota.take(True, 20_000)

    assert quota.take(True, 20_000 + wait - 1) == 1
    assert quota.take(True, 20_000 + wait) == 0


def test_a_block_outlives_a_restart() -> None:
    quota = Quota(WECOM, tries=[0], blocked=600_000)

    assert quota.take(True, 100_000) == 500_000
    assert quota.take(True, 600_000) == 0
