"""Every row of the table, from every state, for those who triage and for the desk that works."""

from dataclasses import replace

import pytest

from gateway.contract.categories import Desk, Level
from gateway.contract.presence import Presence
from server.incidents import ENDED, MOVES, OPEN, STATES, Incident, offered
from server.incidents.lifecycle import check, stale
from server.kit.errors import Forbidden, Invalid, Refused
from server.staff import Person

INCIDENT = Incident(
    id=1, number="CXZ-261122-0001", receipt="abcdefghjkmn", client_id="c" * 8, station="sn10-north", community="sn10",
    category="parking.fire_lane", level=Level.P2, desk=Desk.PROP_GUARD, state="reported", place="", words="",
    channel="phone", presence=Presence.NONE, at=0, estimated=False, received=0, updated=0, version=1, handler=None,
    merged_into=None, reply="",
)  # fmt: skip
DUTY = Person(1, "duty", "王值班", "duty", ("community:sn10",), frozenset({"sn10"}))
GUARD = Person(2, "guard", "李师傅", "prop_guard", ("community:sn10",), frozenset({"sn10"}))
ENGINEER = Person(3, "eng", "张工", "prop_eng", ("community:sn10",), frozenset({"sn10"}))
IT = Person(4, "it", "小陈", "it", ("community:sn10",), frozenset({"sn10"}))
FILLED = {"note": "说明", "reply": "谢谢", "desk": "prop_guard", "into": "CXZ-261122-0002"}

# Written down a second time on purpose: what a duty officer can do from each state.
EXPECTED = {
    "reported": {"file": "filed", "reject": "rejected", "merge": "merged"},
    "filed": {"dispatch": "dispatched", "reject": "rejected", "merge": "merged"},
    "dispatched": {"dispatch": "dispatched", "done": "done", "handback": "filed", "merge": "merged"},
    "done": {"verify": "verified", "return": "dispatched"},
    "verified": {"return": "dispatched", "close": "closed"},
    "closed": {},
    "rejected": {},
    "merged": {},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", MOVES)
def test_a_move_is_allowed_exactly_where_the_table_says(state: str, name: str) -> None:
    incident = replace(INCIDENT, state=state)

    if name in EXPECTED[state]:
        assert check(incident, name, DUTY, FILLED).to == EXPECTED[state][name]
        assert name in offered(incident, DUTY)
    else:
        with pytest.raises(Refused):
            check(incident, name, DUTY, FILLED)
        assert name not in offered(incident, DUTY)


def test_every_state_is_open_or_ended_and_an_ended_one_offers_nothing() -> None:
    assert sorted((*OPEN, *ENDED)) == sorted(STATES)
    for state in ENDED:
        assert offered(replace(INCIDENT, state=state), DUTY) == []
    for state in OPEN:
        assert offered(replace(INCIDENT, state=state), DUTY)


@pytest.mark.parametrize("state", STATES)
def test_the_desk_that_works_may_only_report_that_it_is_done_or_hand_it_back(state: str) -> None:
    incident = replace(INCIDENT, state=state)

    assert offered(incident, GUARD) == (["done", "handback"] if state == "dispatched" else [])
    assert offered(incident, ENGINEER) == []
    assert offered(incident, IT) == []


@pytest.mark.parametrize("name", [name for name in MOVES if name not in {"done", "handback"}])
def test_a_move_that_is_not_the_desks_is_forbidden_to_it(name: str) -> None:
    with pytest.raises(Forbidden):
        check(replace(INCIDENT, state=MOVES[name].from_states[0]), name, GUARD, FILLED)


def test_who_did_the_work_does_not_verify_it_but_may_hand_it_back() -> None:
    own = replace(INCIDENT, state="done", handler=DUTY.id)

    assert offered(own, DUTY) == ["return"]
    with pytest.raises(Refused, match="换一个人"):
        check(own, "verify", DUTY, FILLED)
    assert "verify" in offered(replace(own, handler=99), DUTY)


@pytest.mark.parametrize(
    ("name", "asked"), [(name, asked) for name, move in MOVES.items() for asked in move.asks], ids=lambda part: part
)
@pytest.mark.parametrize("typed", ["", "  \n "])
def test_what_a_move_asks_for_cannot_be_left_out(name: str, asked: str, typed: str) -> None:
    incident = replace(INCIDENT, state=MOVES[name].from_states[0])

    with pytest.raises(Invalid):
        check(incident, name, DUTY, {**FILLED, asked: typed})
    with pytest.raises(Invalid):
        check(incident, name, DUTY, {key: value for key, value in FILLED.items() if key != asked})


def test_a_move_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="没有这一步"):
        check(INCIDENT, "explode" * 100, DUTY, FILLED)


def test_an_overtaken_page_says_who_did_what_and_when() -> None:
    refusal = stale(replace(INCIDENT, state="done"), "李师傅", "done", "22:06")

    assert refusal.sentence == "李师傅 22:06 已报告处理完成这张工单，现在是“待核查”。请看一眼再决定。"
    assert "更新了" in stale(INCIDENT, "系统", "raise", "22:06").sentence
