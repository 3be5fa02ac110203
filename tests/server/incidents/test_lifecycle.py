"""Every row of the table, from every state, for those who triage and for the desk that works."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.contract.categories import Desk, Level
from gateway.contract.presence import Presence
from server.incidents import ENDED, MOVES, OPEN, STATES, Incident, offered, why_not_approve
from server.incidents.lifecycle import check, stale, why_not_from_here
from server.kit.clock import DAY_MS
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
NOON = 1_795_359_600_000
IT = Person(4, "it", "小陈", "it", ("community:sn10",), frozenset({"sn10"}))
DIRECTOR = Person(5, "director", "赵主任", "director", ("community:sn10",), frozenset({"sn10"}))
FILLED = {
    "note": "说明", "reply": "谢谢", "desk": "prop_guard", "into": "CXZ-261122-0002", "until": DAY_MS,
    "body": "区绿化", "assignee": 2,
}  # fmt: skip

WHILE_OPEN = {"void": "void", "claim": "", "assign": "", "correct": "", "ask": "", "word": "", "note": ""}
AFTERWARDS = {"word": "", "note": ""}

# Written down a second time on purpose: what a duty officer can do from each state; "" stays where it is.
EXPECTED = {
    "reported": {"file": "filed", "reject": "rejected", "merge": "merged", **WHILE_OPEN},
    "unconfirmed": {
        "confirm": "filed", "false_alarm": "rejected", "reject": "rejected", "merge": "merged", **WHILE_OPEN,
    },
    "filed": {
        "dispatch": "dispatched", "shelve": "shelved", "transfer": "transferred", "reject": "rejected",
        "merge": "merged", **WHILE_OPEN,
    },
    "dispatched": {
        "dispatch": "dispatched", "done": "done", "handback": "filed", "merge": "merged", "extend": "",
        "shelve": "shelved", "transfer": "transferred", "engage": "", **WHILE_OPEN,
    },
    "done": {"verify": "verified", "return": "dispatched", **WHILE_OPEN},
    "verified": {"return": "dispatched", "close": "closed", **WHILE_OPEN},
    "shelved": {"resume": "filed", **WHILE_OPEN},
    "transferred": {"done": "done", "recall": "filed", "engage": "", **WHILE_OPEN},
    "closed": {"reopen": "dispatched", "look_ok": "", "recur": "dispatched", **AFTERWARDS},
    "rejected": {"refile": "filed", **AFTERWARDS},
    "merged": {"unmerge": "filed", **AFTERWARDS},
    "void": {"refile": "filed", **AFTERWARDS},
    "withdrawn": {"refile": "filed", **AFTERWARDS},
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", [name for name, move in MOVES.items() if not (move.by_overseers or move.by_reporter)])
def test_a_move_is_allowed_exactly_where_the_table_says(state: str, name: str) -> None:
    incident = replace(INCIDENT, state=state, look_at=0)

    if name in EXPECTED[state]:
        assert check(incident, name, DUTY, FILLED).to == EXPECTED[state][name]
        assert name in offered(incident, DUTY)
    else:
        with pytest.raises(Refused):
            check(incident, name, DUTY, FILLED)
        assert name not in offered(incident, DUTY)


def test_every_state_is_open_or_ended_and_an_ended_one_only_comes_back_or_is_written_about() -> None:
    assert sorted((*OPEN, *ENDED)) == sorted(STATES)
    for state in ENDED:
        back = set(offered(replace(INCIDENT, state=state), DUTY)) - set(AFTERWARDS)
        assert {MOVES[name].to for name in back} <= {"dispatched", "filed"}
    for state in OPEN:
        assert offered(replace(INCIDENT, state=state), DUTY)


def test_only_those_who_oversee_supervise_and_approve_and_nobody_approves_for_themselves() -> None:
    assert "supervise" in offered(INCIDENT, DIRECTOR)
    assert "supervise" not in offered(INCIDENT, DUTY)
    assert why_not_approve(DUTY.id, DIRECTOR) is None
    assert isinstance(why_not_approve(GUARD.id, DUTY), Forbidden)
    assert isinstance(why_not_approve(DIRECTOR.id, DIRECTOR), Refused)


def test_only_its_reporter_takes_a_report_back_and_only_while_nobody_has_it_and_nobody_is_in_danger() -> None:
    with pytest.raises(Forbidden):
        check(INCIDENT, "take_back", DIRECTOR, FILLED)

    assert why_not_from_here(INCIDENT, "take_back") is None
    for held in (
        {"state": "filed"}, {"state": "unconfirmed"}, {"level": Level.P0}, {"level": Level.P1}, {"assignee": 2},
        {"waiting": "reporter"}, {"supervised": NOON}, {"channel": "device"}, {"channel": "api"},
    ):  # fmt: skip
        assert why_not_from_here(replace(INCIDENT, **held), "take_back") is not None, held


def test_a_person_in_danger_is_never_shelved_and_nobody_asks_a_device() -> None:
    urgent = replace(INCIDENT, state="filed", level=Level.P1)
    found = replace(INCIDENT, state="filed", channel="device")

    assert "shelve" not in offered(urgent, DUTY)
    assert {"ask", "word"}.isdisjoint(offered(found, DUTY))
    assert check(replace(found, state="reported"), "reject", DUTY, {"note": "误报"}).to == "rejected"


def test_a_closed_ticket_without_a_second_look_is_not_looked_at_again() -> None:
    assert {"look_ok", "recur"}.isdisjoint(offered(replace(INCIDENT, state="closed"), DUTY))


@pytest.mark.parametrize("name", ["extend", "shelve", "transfer"])
def test_a_date_behind_us_or_years_ahead_is_refused(name: str) -> None:
    incident = replace(INCIDENT, state="dispatched")

    for until in (NOON, NOON + 366 * DAY_MS):
        with pytest.raises(Invalid):
            check(incident, name, DUTY, {**FILLED, "until": until}, NOON)
    assert check(incident, name, DUTY, {**FILLED, "until": NOON + DAY_MS}, NOON)


@pytest.mark.parametrize("state", STATES)
def test_the_desk_that_works_reports_back_asks_for_time_and_says_who_has_it(state: str) -> None:
    incident = replace(INCIDENT, state=state)

    work = {
        "unconfirmed": ["confirm", "false_alarm"],
        "filed": ["shelve"],
        "dispatched": ["done", "handback", "extend", "shelve"],
        "transferred": ["done"],
    }.get(state, [])
    hand = ["claim", "assign"] if state in OPEN else []
    assert offered(incident, GUARD) == [*work, *hand, "note"]
    assert offered(incident, ENGINEER) == []
    assert offered(incident, IT) == []


@pytest.mark.parametrize("name", [name for name, move in MOVES.items() if not move.by_desk])
def test_a_move_that_is_not_the_desks_is_forbidden_to_it(name: str) -> None:
    with pytest.raises(Forbidden):
        check(replace(INCIDENT, state=MOVES[name].from_states[0]), name, GUARD, FILLED)


def test_who_did_the_work_does_not_verify_it_but_may_hand_it_back() -> None:
    own = replace(INCIDENT, state="done", handler=DUTY.id)

    assert set(offered(own, DUTY)) - set(WHILE_OPEN) == {"return"}
    with pytest.raises(Refused, match="换一个人"):
        check(own, "verify", DUTY, FILLED)
    assert "verify" in offered(replace(own, handler=99), DUTY)


@pytest.mark.parametrize(
    ("name", "asked"), [(name, asked) for name, move in MOVES.items() for asked in move.asks], ids=lambda part: part
)
@pytest.mark.parametrize("typed", ["", "  \n "])
def test_what_a_move_asks_for_cannot_be_left_out(name: str, asked: str, typed: str) -> None:
    incident = replace(INCIDENT, state=MOVES[name].from_states[0], look_at=0)

    with pytest.raises(Invalid):
        check(incident, name, DIRECTOR, {**FILLED, asked: typed})
    with pytest.raises(Invalid):
        check(incident, name, DIRECTOR, {key: value for key, value in FILLED.items() if key != asked})


def test_a_move_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="没有这一步"):
        check(INCIDENT, "explode" * 100, DUTY, FILLED)


def test_an_overtaken_page_says_who_did_what_and_when() -> None:
    refusal = stale(replace(INCIDENT, state="done"), "李师傅", "done", "22:06")

    assert refusal.sentence == "李师傅 22:06 报告处理完成，这张工单现在是“待核查”。请看一眼再决定。"
    assert "系统 22:06 提高了级别" in stale(INCIDENT, "系统", "raise", "22:06").sentence
    assert "更新了" in stale(INCIDENT, "系统", "something", "22:06").sentence


def test_the_written_table_is_the_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "lifecycle.md").read_text("utf-8")

    for name, label in STATES.items():
        assert f"| `{name}` | {label} |" in page
    for name, move in MOVES.items():
        assert f"| `{name}`{'*' if move.approval else ''} | {move.label} |" in page
