"""What a template may say, where it fits, and how it is filled."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import categories, incidents
from server.replies.rules import (
    MAX_FILLED,
    MAX_TEXT,
    MOVES,
    PLACEHOLDERS,
    Draft,
    Template,
    ascii_braces,
    claims_done,
    fill,
    inert,
    shipped,
    trouble,
)

CODES = categories.shipped()
GOOD = Draft("close", "parking.*", False, "车挪开了", "{地点}的车挪开了。谢谢你。")
NOT_DONE = ("transfer", "shelve", "extend", "return", "dispatch", "ask", "reject", "merge", "void")


def test_there_are_words_for_every_important_move_and_group() -> None:
    assert len(shipped()) >= 25
    for move in ("close", "reject", "void", "transfer", "word", "ask", "shelve", "extend"):
        assert any(one.move == move and one.category == "*" for one in shipped()), move
    closing = {one.category for one in shipped() if one.move == "close" and not one.letter}
    assert closing >= {f"{group}.*" for group in ("parking", "charging", "hazard", "facility", "person", "station")}


@pytest.mark.parametrize("one", shipped(), ids=lambda one: one.key)
def test_what_the_program_brings_could_be_typed_on_the_desk(one: Template) -> None:
    assert trouble(Draft(one.move, one.category, one.letter, one.title, one.text), CODES) is None
    assert len(one.text) <= 120, "short"


@pytest.mark.parametrize("move", NOT_DONE)
def test_nothing_says_that_it_is_solved_before_it_is(move: str) -> None:
    assert all(claims_done(one.text) is None for one in shipped() if one.move == move)


def test_every_move_with_words_is_a_move_of_the_table() -> None:
    assert set(MOVES) <= set(incidents.MOVES)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": "{车主姓名}的车"}, r"不认识 \{车主姓名\}"),
        ({"text": "{地点的车"}, "花括号要成对"),
        ({"text": "{}"}, "不认识"),
        ({"text": ""}, "1–300 个字"),
        ({"text": "好" * (MAX_TEXT + 1)}, "1–300 个字"),
        ({"title": ""}, "1–20 个字"),
        ({"move": "fly"}, "哪一步"),
        ({"category": "parking"}, "请选类别"),
        ({"category": "moon.*"}, "请选类别"),
        ({"text": "转给{对方}了。"}, r"还没有 \{对方\}"),
        ({"move": "shelve", "text": "已经解决了。"}, "不能说“已经解决"),
        ({"move": "transfer", "text": "都办好了，放心。"}, "不能说“办好了”"),
        ({"move": "reject", "letter": True}, "只有结案"),
        ({"letter": True, "text": "{单号}办完了"}, r"不能写 \{单号\}"),
        ({"letter": True, "text": "沪A12345 挪开了"}, "车牌或电话"),
        ({"letter": True, "text": "打 138 1234 5678"}, "车牌或电话"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_reason(change: dict[str, object], sentence: str) -> None:
    draft = replace(GOOD, **change)  # type: ignore[arg-type]

    refusal = trouble(draft, CODES)

    assert refusal is not None
    assert re.search(sentence, refusal), refusal


@pytest.mark.parametrize(
    "text", ["还没有修好", "没有解决，先记着", "等修好了告诉你", "不能算处理好了", "我们在 {日期} 前办好"]
)
def test_saying_that_it_is_not_done_yet_is_allowed(text: str) -> None:
    assert claims_done(text) is None


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [("parking.fire_lane", True), ("parking.*", True), ("*", True), ("park.*", False), ("hazard.*", False)],
)
def test_a_template_fits_its_category_its_group_or_all(pattern: str, fits: bool) -> None:
    one = Template("o-1", "sn10", "close", pattern, False, "题", "话")

    assert one.fits("close", "parking.fire_lane") is fits
    assert not one.fits("reject", "parking.fire_lane")
    assert not replace(one, retired=True).fits("close", "parking.fire_lane")


def test_a_sentence_with_an_unknown_fact_is_left_out() -> None:
    text = "办好了。从你发来到办好，一共 {用时}。谢谢你！"

    assert fill(text, {"用时": "42 分钟"}) == "办好了。从你发来到办好，一共 42 分钟。谢谢你！"
    assert fill(text, {"用时": ""}) == "办好了。谢谢你！"
    assert fill("{用时}", {}) == ""
    assert fill(text, {}, kept=["用时"]) == text


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert fill("{地点}好了", {"地点": inert("{单号}\n{地点}"), "单号": "X"}) == "｛单号｝ ｛地点｝好了"


def test_full_width_braces_of_a_chinese_keyboard_are_braces() -> None:
    assert ascii_braces("｛地点｝和{ 用时 }") == "{地点}和{用时}"


@given(st.text("{}地点用时。！\n好", max_size=400), st.text(max_size=200))
def test_no_text_breaks_the_filling_and_none_gets_too_long(text: str, value: str) -> None:
    filled = fill(text, dict.fromkeys(PLACEHOLDERS, inert(value)))

    assert len(filled) <= MAX_FILLED
