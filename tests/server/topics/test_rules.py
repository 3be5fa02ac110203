"""When two places are the same, and which step may follow which."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.categories import category
from server.kit.errors import Invalid, Refused
from server.topics import place_key
from server.topics.rules import MAX_KEY, MOVES, STAGES, STATUSES, Topic, check, offered

TOPIC = Topic(
    1, "sn10", "parking.ebike_pile", "3号楼", "3号楼", "proposed", "", "", 0, 0, 1, 0, category("parking.ebike_pile")
)
FILLED = {"day": "2026-11-22", "owner": "王主任", "note": "说明", "stage": "ask"}


@pytest.mark.parametrize(
    "typed",
    [
        "3号楼", "３号楼", " 3 号楼 ", "三号楼", "第三号楼", "03号楼", "3栋", "三幢", "3#", "3#楼", "3座", "3号",
        "3号楼楼下", "3号楼门口", "3号楼旁边", "3号楼。", "3号楼 沪A·12345", "沪AD12345 3号楼门口", "3号楼附近的旁边",
    ],
)  # fmt: skip
def test_one_building_has_one_name_however_it_is_written(typed: str) -> None:
    assert place_key(typed) == "3号楼"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北门", "北门口"), ("北大门", "北门旁边"), ("十二号楼", "12栋"), ("二十号楼", "20幢"), ("二十三号楼", "23#"),
        ("自行车棚", "车棚"), ("3号楼二单元", "三栋2单元"), ("A座楼下", "a座"), ("楼梯间", "楼道"),
    ],
)  # fmt: skip
def test_light_synonyms_meet(one: str, other: str) -> None:
    assert place_key(one) == place_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("3号楼", "13号楼"), ("3号楼", "3号门"), ("北门", "南门"), ("3号楼2单元", "3号楼3单元"), ("3楼", "3号楼")],
)
def test_different_places_stay_apart(one: str, other: str) -> None:
    assert place_key(one) != place_key(other)


@pytest.mark.parametrize("typed", ["", "   ", "。，！", "沪A12345", "\u202e\u200b"])
def test_where_nothing_is_said_there_is_no_key(typed: str) -> None:
    assert place_key(typed) == ""


def test_a_place_that_is_only_vague_keeps_its_words() -> None:
    assert place_key("门口") == "门口"


@given(st.text(max_size=100))
def test_any_text_has_a_key_that_is_its_own_key(typed: str) -> None:
    assert len(place_key(typed)) <= MAX_KEY


@given(st.text("零一二三四五六七八九十两号楼栋幢座#单元门口旁边0123", max_size=30))
def test_no_heap_of_numerals_breaks_it(typed: str) -> None:
    place_key(typed)


# Written down a second time on purpose.
EXPECTED = {"proposed": ["adopt", "dismiss"], "adopted": ["step"], "dismissed": [], "finished": []}


@pytest.mark.parametrize("status", STATUSES)
def test_a_move_is_offered_exactly_where_the_table_says(status: str) -> None:
    topic = replace(TOPIC, status=status, stage="ask" if status == "adopted" else "")

    assert offered(topic) == EXPECTED[status]
    for name in MOVES:
        if name not in EXPECTED[status]:
            with pytest.raises(Refused):
                check(topic, name, FILLED)


def test_only_after_evaluation_a_topic_is_finished() -> None:
    assert offered(replace(TOPIC, status="adopted", stage="run")) == ["step"]
    assert offered(replace(TOPIC, status="adopted", stage="evaluate")) == ["step", "finish"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_topic_walks_forward_one_stage_at_a_time_and_back_as_far_as_need_be(stage: str) -> None:
    topic, order = replace(TOPIC, status="adopted", stage=stage), list(STAGES)

    for place, wanted in enumerate(order):
        if place <= order.index(stage) + 1:
            assert check(topic, "step", {**FILLED, "stage": wanted}).to == "adopted"
        else:
            with pytest.raises(Refused, match="一次往前走一步"):
                check(topic, "step", {**FILLED, "stage": wanted})


@pytest.mark.parametrize(
    ("name", "asked"), [(name, asked) for name, move in MOVES.items() for asked in move.asks], ids=lambda part: part
)
def test_what_a_move_asks_for_cannot_be_left_out(name: str, asked: str) -> None:
    topic = replace(TOPIC, status=MOVES[name].from_status, stage="evaluate" if name == "finish" else "ask")

    with pytest.raises(Invalid):
        check(topic, name, {**FILLED, asked: " "})


@pytest.mark.parametrize("day", ["2026-02-30", "22.11.2026", "20261122", "1026-11-22", "=1+1", "2026-W47-1"])
def test_what_is_no_date_is_refused(day: str) -> None:
    with pytest.raises(Invalid, match="日期"):
        check(TOPIC, "adopt", {**FILLED, "day": day})
