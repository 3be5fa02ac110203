"""Cutting Chinese into pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.search import rules


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("消防通道", ["消防", "防通", "通道", "道"]),
        ("沪A·D12345", ["沪", "ad12345"]),
        ("3号楼2单元", ["3", "号楼", "楼", "2", "单元", "元"]),
        ("ＣＸＺ-261122-0007", ["cxz2611220007"]),
        ("<b>=1+1</b>", ["b", "1", "1", "b"]),
        ("", []),
    ],
)
def test_text_is_cut_into_pairs_and_words(text: str, terms: list[str]) -> None:
    assert rules.terms(text) == terms


@given(st.text(max_size=200))
def test_whatever_is_typed_makes_an_expression_without_operators_of_its_own(typed: str) -> None:
    expression = rules.match(typed)

    if expression is not None:
        outside = expression.split('"')[0::2]
        assert all(part in {"", "*", " AND ", "* AND "} for part in outside)


def test_nothing_to_look_for_is_no_expression() -> None:
    assert rules.match("  ！？·") is None
