"""What of a rider's words goes outside. Pure."""

from dataclasses import replace

import pytest

from gateway.contract.categories import Desk, Level
from gateway.contract.presence import Presence
from server import categories
from server.incidents import Incident
from server.questions import links, rules

LAMP = Incident(
    id=1, number="CXZ-261122-0001", receipt="abcdefghjkmn", client_id="c" * 8, station="sn10-north", community="sn10",
    category="facility.light", level=Level.P2, desk=Desk.PROP_ENG, state="dispatched", place="", words="",
    channel="phone", presence=Presence.NONE, at=0, estimated=False, received=0, updated=0, version=1, handler=None,
    merged_into=None, reply="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("电话+86 138-1234-8000", "电话***"),
        ("１３８１２３４８０００", "***"),
        ("021-5555-0110 找老王", "*** 找老王"),
        ("身份证31011019700101123X", "身份证***"),
        ("沪 A·D12345 和 苏E8K66学", "*** 和 ***"),
        ("A12345 挡着", "*** 挡着"),
        ("3号楼 401，第2根灯杆，12:30", "3号楼 401，第2根灯杆，12:30"),
    ],
)
def test_telephones_and_plates_stay_here(typed: str, shown: str) -> None:
    assert links.masked(LAMP, typed) == shown


def test_a_plate_stays_readable_where_it_is_the_matter_itself() -> None:
    car = replace(LAMP, category="parking.fire_lane")

    assert links.masked(car, "沪A12345 挡住了，电话13812348000") == "沪A12345 挡住了，电话***"


def test_pictures_of_a_person_or_for_few_eyes_go_nowhere() -> None:
    shipped = categories.shipped()

    assert links.may_show_photos(shipped["facility.light"])
    assert not links.may_show_photos(shipped["person.elder_needs_help"])
    assert not links.may_show_photos(replace(shipped["facility.light"], visibility="duty"))


def test_chips_are_read_from_one_line() -> None:
    assert rules.read_choices(" 还在、不在了，没看清 ; / ") == ("还在", "不在了", "没看清")
    assert rules.clean_choices(["还在", "", "还在"]) == ("还在",)
