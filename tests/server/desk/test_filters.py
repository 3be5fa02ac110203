"""Filters as they stand in an address, and where searched words stand in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.desk.filters import Filter, parse, read
from server.desk.found import Piece, excerpt, marked


def hits(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.hit]


def test_a_filter_survives_its_own_address() -> None:
    chosen = Filter(
        "overdue", "sn10", "sn10-north", "duty", "parking", "P2", "7", supervised=True, q="白 车", order="urgent"
    )

    assert parse(chosen.query, "new") == chosen
    assert dict(chosen.fields)["q"] == "白 车"
    assert chosen.without("supervised") == Filter(**{**_fields(chosen), "supervised": False}).query
    assert chosen.on("new").tab == "new"


def _fields(chosen: Filter) -> dict[str, object]:
    names = ("tab", "community", "station", "desk", "group", "level", "who", "supervised", "q", "order", "before")
    return {name: getattr(chosen, name) for name in names}


@pytest.mark.parametrize(
    "typed",
    [
        {"tab": "<script>", "order": "x", "desk": "mayor", "group": "x' or 1=1", "level": "P9", "before": "-5"},
        {"who": "٣", "before": "9" * 40},
        {"who": "0", "before": "1e9"},
        {"supervised": "yes", "tab": ""},
    ],
)
def test_what_makes_no_sense_counts_as_not_said(typed: dict[str, str]) -> None:
    assert read(typed, "working") == Filter("working")


def test_words_alone_are_looked_for_everywhere() -> None:
    assert read({"q": "  白车 \n 北门 "}, "new") == Filter("all", q="白车 北门")


@given(st.dictionaries(st.sampled_from(["tab", "q", "station", "who", "before", "order", "level"]), st.text()))
def test_no_address_can_break_a_filter(typed: dict[str, str]) -> None:
    chosen = read(typed, "new")

    assert parse(chosen.query, "new").query == chosen.query


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("白车挡住北门", "北门 白车", ["白车", "北门"]),
        ("白车挡住北门", "白车挡", ["白车挡"]),
        ("沪A·12345 停在这里", "沪a12345", ["沪A·12345"]),
        ("沪Ａ１２３４５", "a12345", ["Ａ１２３４５"]),
        ("CXZ-261122-0007", "cxz261122", ["CXZ-261122"]),
        ("消防通道", "通道 道", ["通道"]),
        ("消防通道", "垃圾", []),
        ("消防通道", "·", []),
        ("", "白车", []),
    ],
)
def test_found_words_are_marked_as_the_search_compares_them(text: str, typed: str, found: list[str]) -> None:
    pieces = marked(text, typed)

    assert hits(pieces) == found
    assert "".join(piece.text for piece in pieces) == text


def test_an_excerpt_shows_the_first_text_that_holds_the_words_and_what_stands_around_them() -> None:
    shown = excerpt(["没有", "很长的一段话" * 9 + "\n白车\n" + "还有很多话" * 20], "白车")

    assert hits(shown) == ["白车"]
    assert len("".join(piece.text for piece in shown)) < 60
    assert excerpt(["没有"], "白车") == ()
