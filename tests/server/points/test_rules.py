"""What a report is worth. Pure."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.contract.categories import CATEGORIES
from server.incidents import Incident
from server.kit.clock import DAY_MS, MINUTE_MS
from server.points import rules
from server.points.rules import Past, Rates, unpaid, worth

RATES = Rates(report=5, joined=1, daily=12, same_days=7)
NOON = 1_795_320_000_000  # 2026-11-22 12:00 in Beijing


def ticket(number: int = 1, category: str = "parking.fire_lane", **more: Any) -> Incident:
    values: dict[str, Any] = {
        "id": number, "number": "", "receipt": "", "client_id": "", "station": "sn10-north", "community": "sn10",
        "category": category, "level": "P2", "desk": "duty", "state": "verified", "place": "3号楼", "words": "",
        "channel": "phone", "presence": "none", "at": NOON, "estimated": False, "received": NOON, "updated": NOON,
        "version": 1, "handler": None, "merged_into": None, "reply": "",
    }  # fmt: skip
    return Incident(**{**values, **more})


def test_a_verified_report_is_worth_what_was_set() -> None:
    assert worth(ticket(), False, [], RATES).points == 5


def test_what_was_joined_to_anothers_report_is_worth_less_and_says_so() -> None:
    found = worth(ticket(merged_into=7), False, [], RATES)

    assert (found.points, found.reason) == (1, "并进别人先报的同一件事")


@pytest.mark.parametrize("one", CATEGORIES, ids=lambda one: one.code)
def test_nobody_is_paid_for_a_person_and_everybody_for_a_place(one: Any) -> None:
    why = unpaid(ticket(category=one.code))

    never = one.private or one.group in {"person", "rider", "device"} or one.code == "charging.battery_in_lift"
    assert bool(why) is never


@pytest.mark.parametrize("channel", ["device", "api"])
def test_what_no_rider_reported_is_not_paid(channel: str) -> None:
    assert unpaid(ticket(channel=channel)) == rules.NOBODY


def test_the_same_picture_twice_is_worth_nothing() -> None:
    assert worth(ticket(), True, [], RATES).points == 0


def test_the_same_place_is_paid_once_a_week_another_place_at_once() -> None:
    paid = Past(ticket(2, received=NOON - 6 * DAY_MS), 5)
    unpaid_before = Past(ticket(2, received=NOON - 6 * DAY_MS), 0)
    long_ago = Past(ticket(2, received=NOON - 8 * DAY_MS), 5)
    elsewhere = Past(ticket(2, place="5号楼", received=NOON - 6 * DAY_MS), 5)

    assert worth(ticket(), False, [paid], RATES).points == 0
    for past in (unpaid_before, long_ago, elsewhere):
        assert worth(ticket(), False, [past], RATES).points == 5


def test_more_than_three_within_ten_minutes_are_worth_nothing() -> None:
    row = [Past(ticket(number, place=f"{number}号楼", received=NOON - number * MINUTE_MS), 0) for number in (2, 3, 4)]

    assert worth(ticket(), False, row[:2], RATES).points == 5
    assert worth(ticket(), False, row, RATES).points == 0


def test_a_day_has_a_cap_and_it_is_the_day_of_the_report() -> None:
    today = [
        Past(ticket(number, place=f"{number}号楼", received=NOON - number * 20 * MINUTE_MS), 5) for number in (7, 8)
    ]
    yesterday = [replace(one, incident=replace(one.incident, received=NOON - DAY_MS)) for one in today]

    assert worth(ticket(), False, today, RATES).points == 2
    assert "一天最多 12 分" in worth(ticket(), False, today, RATES).reason
    assert worth(ticket(), False, yesterday, RATES).points == 5


def test_dark_pictures_tell_nothing() -> None:
    assert rules.telling("0f0f0f0f0f0f0f0f")
    assert not any(rules.telling(one) for one in ("", "0000000000000000", "ffffffffffffffff", "0000000000000003"))
