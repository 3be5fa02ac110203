"""Cutting Chinese into pairs."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.search import rules
from server.search.rules import Area


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("消防通道", ["消防", "防通", "通道", "道"]),
        ("沪A·D12345", ["沪", "ad12345", "ad", "ad1"]),
        ("3号楼2单元", ["3", "号楼", "楼", "2", "单元", "元"]),
        ("ＣＸＺ-261122-0007", ["cxz2611220007", *("cxz2611220007"[:length] for length in range(2, 10))]),
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


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("沪AD", '"沪"* AND "ad"'),
        ("ad1", '"ad1"'),
        ("ad12", '"ad12"*'),
        ("CXZ", '"cxz"'),
        ("CXZ-2611", '"cxz2611"'),
        ("CXZ-261122-00", '"cxz26112200"*'),
        ("1", '"1"*'),
    ],
)
def test_a_beginning_that_many_words_share_is_looked_up_as_a_word_of_its_own(typed: str, expression: str) -> None:
    assert rules.match(typed) == expression


@given(st.from_regex(r"[a-z0-9]{1,14}", fullmatch=True), st.integers(1, 14))
def test_every_beginning_of_a_word_finds_it(word: str, length: int) -> None:
    indexed = set(rules.terms(word))
    expression = rules.match(word[:length])

    assert expression is not None
    if expression.endswith("*"):
        assert any(term.startswith(expression.strip('"*')) for term in indexed)
    else:
        assert expression.strip('"') in indexed


NEAR = Area("songnan", "baoshan")
AREAS = {"sn10": NEAR, "sn11": NEAR, "yh1": Area("youyi", "baoshan"), "kj1": Area("kongjiang", "yangpu")}


@pytest.mark.parametrize(
    ("communities", "places"),
    [
        (["sn10"], [("community", "sn10")]),
        (["sn10", "sn11"], [("street", "songnan")]),
        (["sn10", "sn11", "yh1"], [("district", "baoshan")]),
        (["sn10", "yh1", "nowhere"], [("street", "youyi"), ("community", "sn10")]),
        (["kj1", "sn11"], [("district", "yangpu"), ("community", "sn11")]),
        ([], []),
    ],
)
def test_communities_are_covered_by_the_fewest_areas(communities: list[str], places: list[tuple[str, str]]) -> None:
    assert rules.cover(AREAS, communities) == places


@pytest.mark.parametrize("states", [[], ["closed"], ["filed", "done"]])
@pytest.mark.parametrize("desks", [[], ["duty"], ["duty", "grid"]])
def test_the_marks_sought_are_on_exactly_the_tickets_meant(states: list[str], desks: list[str]) -> None:
    everywhere = sorted(AREAS)
    for size in range(1, len(everywhere) + 1):
        communities = everywhere[:size]
        wanted, unwanted = rules.sought(AREAS, communities, states, desks)

        for code, state, desk in product(everywhere, ["closed", "filed", "void"], ["duty", "grid", "street"]):
            marks = set(rules.marks(code, AREAS[code], state, f"{code}-gate", desk))
            found = (not wanted or marks & set(wanted)) and not marks & set(unwanted)
            meant = code in communities and (not states or state in states) and (not desks or desk in desks)

            assert bool(found) == meant
