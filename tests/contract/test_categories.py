"""What can be reported."""

import re

import pytest

from gateway.contract import facts
from gateway.contract.categories import BY_CODE, CATEGORIES, DESK_LABELS, GROUPS, Category, Desk, Level, category

urgent = [one for one in CATEGORIES if one.urgent]


def test_every_code_stands_once_and_belongs_to_a_group() -> None:
    assert len(BY_CODE) == len(CATEGORIES)
    for one in CATEGORIES:
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", one.code)
        assert one.group in GROUPS


def test_every_group_has_something_to_report() -> None:
    assert {one.group for one in CATEGORIES} == set(GROUPS)


def test_every_code_may_stand_in_a_report() -> None:
    for one in CATEGORIES:
        body = {"id": "report-0001", "station": "sn10-north", "category": one.code}
        report = facts.Fact("stream-0001", 1, None, facts.Clock.NONE, "b1", 0, "report", body)
        assert facts.check(report, facts.Lane.SOS if one.urgent else facts.Lane.EVENT) is report


def test_a_label_fits_a_tile() -> None:
    for one in CATEGORIES:
        assert 2 <= len(one.label) <= 8
    assert len({one.label for one in CATEGORIES}) == len(CATEGORIES)


def test_every_desk_has_a_name() -> None:
    assert set(DESK_LABELS) == set(Desk)


def test_an_unknown_category_is_taken_as_other_and_never_refused() -> None:
    for code in ("", "parking", "parking.ufo", "other.other", "北门", "../../etc"):
        assert category(code).code == "other.other"
    assert category("parking.fire_lane") is BY_CODE["parking.fire_lane"]


@pytest.mark.parametrize("one", [one for one in CATEGORIES if one.level is Level.P0], ids=lambda one: one.code)
def test_where_a_life_is_at_stake_the_number_to_call_and_an_advice_come_before_the_form(one: Category) -> None:
    assert set(one.calls) & {"110", "119", "120"}
    assert one.advice
    assert one.desk is Desk.DUTY
    assert one.kiosk or one.code == "person.sos", "the SOS is a button, not a tile"


@pytest.mark.parametrize("one", urgent, ids=lambda one: one.code)
def test_what_endangers_a_person_comes_with_a_call_or_an_advice(one: Category) -> None:
    # A blocked stairway is urgent because a fire would be; nobody beside it is in danger now.
    assert one.calls or one.advice or one.code == "charging.corridor"


def test_an_advice_never_sends_anybody_closer_to_the_danger() -> None:
    assert "不要靠近" in BY_CODE["fire.battery_smoke"].advice
    assert "搬" not in "".join(one.advice for one in CATEGORIES)
    assert "不要开关电器" in BY_CODE["gas.smell"].advice
    assert "别让老人独自离开" in BY_CODE["person.lost_elder"].advice


def test_what_is_about_a_person_is_private_and_only_an_elder_who_is_lost_may_be_shown() -> None:
    for one in CATEGORIES:
        if one.group == "person":
            assert one.private
        if one.private:
            assert one.photo == (one.code == "person.lost_elder")


def test_no_photo_is_asked_where_taking_one_would_harm() -> None:
    for code in ("person.lost_child", "gas.smell", "charging.battery_in_lift"):
        assert not BY_CODE[code].photo


def test_a_missing_raincoat_needs_neither_text_nor_photo() -> None:
    assert not BY_CODE["station.supply_empty"].photo
    assert BY_CODE["station.supply_empty"].kiosk


@pytest.mark.parametrize(
    ("code", "level", "desk"),
    [
        ("person.lost_elder", "P1", "duty"),
        ("person.lost_child", "P0", "duty"),
        ("person.elder_needs_help", "P2", "duty"),
        ("person.injury", "P0", "duty"),
        ("fire.open_flame", "P0", "duty"),
        ("fire.battery_smoke", "P0", "duty"),
        ("gas.smell", "P0", "duty"),
        ("charging.corridor", "P1", "prop_guard"),
        ("charging.battery_in_lift", "P2", "prop_guard"),
        ("parking.fire_lane", "P2", "prop_guard"),
        ("parking.spot_taken", "P2", "prop_guard"),
        ("parking.ebike_pile", "P3", "volunteer"),
        ("parking.blind_path", "P3", "street"),
        ("hazard.flood", "P1", "duty"),
        ("facility.light", "P2", "prop_eng"),
        ("environment.garbage", "P3", "prop_guard"),
        ("station.supply_empty", "P3", "volunteer"),
        ("station.medicine_expired", "P3", "volunteer"),
        ("rider.entry_denied", "P3", "grid"),
        ("device.heat_alarm", "P1", "duty"),
    ],
)
def test_a_report_gets_the_level_and_the_desk_that_the_committee_expects(code: str, level: str, desk: str) -> None:
    assert (BY_CODE[code].level, BY_CODE[code].desk) == (level, desk)


def test_no_national_number_is_invented() -> None:
    assert all(one.national is None for one in CATEGORIES)


def test_everything_is_on_the_phone_but_what_a_button_or_a_device_says() -> None:
    assert {one.code for one in CATEGORIES if not one.phone} == {"person.sos", "device.heat_alarm"}
