"""Receipt codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import receipts

codes = st.text(receipts.ALPHABET, min_size=receipts.LENGTH, max_size=receipts.LENGTH)


def test_a_new_receipt_is_one_and_never_the_same_twice() -> None:
    made = {receipts.new_receipt() for _ in range(1000)}

    assert len(made) == 1000
    assert all(receipts.is_receipt(code) for code in made)


def test_no_character_can_be_mistaken_for_another_when_read_aloud() -> None:
    assert not set(receipts.ALPHABET) & set("01oil")
    assert len(set(receipts.ALPHABET)) == len(receipts.ALPHABET) == 31


@given(codes)
def test_what_is_shown_can_be_typed_back_in_any_dress(code: str) -> None:
    shown = receipts.show(code)

    assert shown == f"{code[:4]}-{code[4:8]}-{code[8:]}"
    for typed in (code, shown, shown.upper(), f"  {shown}\n", shown.replace("-", " "), shown.replace("-", "\u3000")):
        assert receipts.read(typed) == code


@pytest.mark.parametrize(
    "dash", ["-", "－", "—", "——", "–", "‐", "‑", "−", "﹣", "﹘", "〜", "─", "ー", "一", " － ", "\u200b", "\u00ad"]
)
def test_a_code_from_a_chinese_keyboard_is_the_same_code(dash: str) -> None:
    code = "7kq2mx9vabcd"
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)

    for typed in (code, code.upper(), wide, wide.upper()):
        assert receipts.read(f"{typed[:4]}{dash}{typed[4:8]}{dash}{typed[8:]}") == code


@pytest.mark.parametrize(
    "typed", ["7kq2　mx9v abcd。", "编号：7kq2-mx9v-abcd", "查验编号 7KQ2，MX9V，ABCD", "回执:7kq2mx9vabcd."]
)
def test_a_code_copied_with_what_stands_around_it_is_read(typed: str) -> None:
    assert receipts.read(typed) == "7kq2mx9vabcd"


def test_what_is_far_too_long_is_not_read_at_all() -> None:
    assert receipts.read("\ufdfa" * 1_000_000) is None
    assert receipts.read(" " * (receipts.LONGEST_TYPED - 12) + "7kq2mx9vabcd") == "7kq2mx9vabcd"
    assert receipts.read(" " * (receipts.LONGEST_TYPED - 11) + "7kq2mx9vabcd") is None


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_receipt_or_nothing(typed: str) -> None:
    code = receipts.read(typed)

    assert code is None or receipts.is_receipt(code)


@pytest.mark.parametrize(
    "typed",
    ["", "abcd", "abcd-efgh-jkm", "abcd-efgh-jkmnp", "abcd-efgh-jkm0", "abcd-efgh-jkml", "北门站北门站北门站北门站"],
)
def test_a_code_too_short_too_long_or_with_other_characters_is_none(typed: str) -> None:
    assert receipts.read(typed) is None
    assert not receipts.is_receipt(typed)


def test_as_stored_means_without_capitals_and_hyphens() -> None:
    assert receipts.is_receipt("abcdefghjkmn")
    assert not receipts.is_receipt("ABCDEFGHJKMN")
    assert not receipts.is_receipt("abcd-efgh-jkmn")
