"""Which step of a topic may follow which, and what it asks for."""

from dataclasses import replace

import pytest

from gateway.contract.categories import category
from server.kit.errors import Invalid, Refused
from server.topics.rules import MOVES, STAGES, STATUSES, Topic, check, offered

TOPIC = Topic(
    1, "sn10", "parking.ebike_pile", "3号楼", "3号楼", "proposed", "", "", 0, 0, 1, 0, category("parking.ebike_pile")
)
FILLED = {"day": "2026-11-22", "owner": "王主任", "note": "说明", "stage": "ask"}


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
