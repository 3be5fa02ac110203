"""Plates are read for comparing only, however people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.duplicates import plates_in
from server.duplicates.plates import MOST, nearly, plate_of, same, without_plates


@pytest.mark.parametrize(
    "typed",
    ["沪A12345", "沪A·12345", "沪 A 12345", "沪a12345", "沪Ａ１２３４５", "白车沪A-12345挡住了"],
)
def test_one_plate_is_one_however_it_is_written(typed: str) -> None:
    assert plates_in(typed) == {"沪A12345"}


@pytest.mark.parametrize(
    ("typed", "plate"),
    [
        ("沪AD12345", "沪AD12345"), ("绿牌 沪A·F12345", "沪AF12345"), ("沪A12345D", "沪A12345D"),
        ("沪B1234学", "沪B1234学"), ("沪AI2345", "沪A12345"), ("沪AO2345", "沪A02345"), ("A12345 没写省", "A12345"),
        ("车牌：8801234", "8801234"), ("牌照号 沪宝山123456", "123456"),
    ],
)  # fmt: skip
def test_new_energy_misread_short_and_e_bike_plates_are_read_too(typed: str, plate: str) -> None:
    assert plates_in(typed) == {plate}


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "北门",
        "3号楼401",
        "13812345678",
        "CXZ-261122-0007",
        "021-5555-0110",
        "B2层",
        "iPhone15",
        "沪A123",
        "2026-11-22",
    ],
)
def test_what_is_no_plate_is_none(typed: str) -> None:
    assert plates_in(typed) == frozenset()


def test_the_province_may_be_missing_but_not_another() -> None:
    assert same({"沪A12345"}, {"A12345"})
    assert same({"A12345"}, {"沪A12345"})
    assert not same({"沪A12345"}, {"苏A12345"})


def test_one_sign_apart_may_be_misread_and_two_are_another_car() -> None:
    assert nearly({"沪A12345"}, {"沪A12346"})
    assert not nearly({"沪A12345"}, {"沪A12366"})
    assert not nearly({"沪A12345"}, {"沪AD12345"})


def test_an_answer_to_the_question_for_a_plate_may_be_anything() -> None:
    assert plate_of("宝 8801 234") == {"宝8801234"}
    assert plate_of("沪A·12345") == {"沪A12345"}
    assert plate_of("不知道") == frozenset()


def test_a_place_loses_its_plate() -> None:
    assert without_plates("北门 沪A·12345").strip() == "北门"


@given(st.text("沪苏AaDIO0123· -挂学车牌照：", max_size=60))
def test_no_text_breaks_the_reading(typed: str) -> None:
    assert len(plates_in(typed)) <= MOST
