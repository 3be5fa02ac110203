"""Plates: any spelling is one plate, what looks odd is asked about, and nothing is ever refused or corrected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.parking import plates


@pytest.mark.parametrize(
    "typed", ["沪A12345", " 沪a·12345 ", "沪Ａ１２３４５", "沪A-12345", "沪 A•1 2 3 4 5", "沪A12345\u202e\x00"]
)
def test_every_spelling_is_one_plate(typed: str) -> None:
    assert plates.normal(typed) == "沪A12345"


@pytest.mark.parametrize(
    "plate",
    [
        "沪A12345", "沪AB1234", "京N8P8F8", "沪AD12345", "沪AF12345", "沪AK12345", "沪A12345D", "沪A12345K",
        "粤Z1234港", "沪A1234学", "沪A1234挂", "沪A1234警", "1234567", "上海 123456", "小蓝车", "", "X9",
    ],
)  # fmt: skip
def test_a_plausible_plate_and_an_e_bikes_free_text_are_left_in_peace(plate: str) -> None:
    assert plates.hint(plate) == ""


@pytest.mark.parametrize(
    ("typed", "asks"),
    [
        ("沪AI2345", "I"), ("沪A1234O", "O"), ("沪a1234i", "1"), ("沪A1234", "少了 1 位"), ("沪A1234567", "多了 1 位"),
        ("沪AX12345", "新能源"), ("沪A123456", "新能源"), ("A12345", "省份"), ("AD12345", "省份"), ("A1234O", "省份"),
    ],
)  # fmt: skip
def test_what_looks_odd_is_asked_about(typed: str, asks: str) -> None:
    assert asks in plates.hint(typed)


@given(st.text(max_size=60))
def test_nothing_typed_breaks_it_and_normal_is_normal_already(typed: str) -> None:
    plate = plates.normal(typed)

    assert plates.normal(plate) == plate
    assert len(plate) <= plates.LONGEST
    assert isinstance(plates.hint(typed), str)
    assert plate in {"", plates.show(plate).replace("·", "")} or plates.show(plate).replace("·", "") == plate


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("沪A12345", "沪A12345", True), ("沪A12345", "A12345", True), ("沪AI2345", "沪A12345", True),
        ("沪A12345", "苏A12345", False), ("沪A12345", "沪A12346", False), ("", "", False), ("123456O", "1234560", True),
    ],
)  # fmt: skip
def test_when_two_plates_are_the_same_one(one: str, other: str, same: bool) -> None:
    assert plates.same(one, other) is same


def test_a_masked_plate_shows_too_little_to_find_the_car() -> None:
    assert plates.masked("沪A12345") == "沪A***45"
    assert plates.masked("1234") == "1***4"
    assert plates.masked("12") == "***"
