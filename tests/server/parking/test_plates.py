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


@pytest.mark.parametrize(
    ("one", "other", "may_be", "alike"),
    [
        ("沪B67890", "67890", True, True), ("沪B67890", "7890", True, True), ("沪B67890", "890", False, False),
        ("67890", "沪B67890", True, True), ("沪B67890", "6789O", True, True), ("沪B67890", "沪B67890", False, False),
        ("沪A12345", "沪A12I45", False, True), ("沪A12345", "苏A12345", False, True),
        ("沪A12345", "沪A54321", False, False), ("", "沪A12345", False, False),
    ],
)  # fmt: skip
def test_a_part_may_be_a_plate_and_one_misread_sign_makes_two_alike(
    one: str, other: str, may_be: bool, alike: bool
) -> None:
    assert (plates.may_be(one, other), plates.alike(one, other)) == (may_be, alike)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("白车 67890 堵着", ["67890"]), ("尾号７８９０，又是 7890", ["7890"]), ("b6789o", ["B6789O"]),
        ("1202室 12345元 2026年 6号楼 678", []), ("13867890123，021-67890123", []), ("2026-11-22 12:3045", []),
        ("沪B·67890 旁边", []), ("ABCDE", []),
    ],
)  # fmt: skip
def test_what_in_somebodys_words_may_be_the_end_of_a_plate(words: str, found: list[str]) -> None:
    assert plates.pieces(words) == found


@given(st.text(alphabet=st.sampled_from("沪AB17890O·- 室年:/.１"), max_size=80))
def test_no_words_break_the_search_for_plates(words: str) -> None:
    found = plates.pieces(words)

    assert len(found) <= plates.MOST_PIECES and all(4 <= len(one) <= 7 for one in found)
