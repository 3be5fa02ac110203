"""What a report's words become, when it happened, and what a letter says by itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.categories import Level
from gateway.contract.topics import Lane
from gateway.mailbox import StoredFact
from server.incidents import STATES, is_client_id, moment_of, stage, thanks
from server.incidents.rules import MAX_WORDS, STAGES, higher, plain

from .test_lifecycle import INCIDENT

NOW = 1_795_359_600_000
FACT = StoredFact("kiosk-01", Lane.EVENT, "s" * 8, 1, "report", NOW, "ntp", "b", 1, {}, {}, "d", NOW)


@given(st.text())
def test_words_are_never_refused_and_never_too_long(typed: str) -> None:
    kept = plain(typed, MAX_WORDS)

    assert len(kept) <= MAX_WORDS
    assert kept == plain(kept, MAX_WORDS)
    kept.encode("utf-8")
    assert "\0" not in kept


def test_words_keep_their_lines_and_lose_what_turns_or_hides_them() -> None:
    assert plain(" 白车\r\n挡住\r门口 ", 500) == "白车\n挡住\n门口"
    assert plain("a\u202eb\u200bc\x1b[31m\0d", 500) == "abc[31md"
    assert plain("12号楼\t3单元", 500) == "12号楼 3单元"
    assert plain("e\u0301", 500) == "\u00e9"
    assert plain("\ud800坏", 500) == "坏"


@pytest.mark.parametrize("good", ["abcdefgh", "A-_9" * 16])
def test_a_client_id_is_plain(good: str) -> None:
    assert is_client_id(good)


@pytest.mark.parametrize("bad", ["", "short", "a" * 65, "abcdefgh\n", "abcd efgh", "编号编号编号编号", "abcdefgh;--"])
def test_a_client_id_that_is_none_is_known(bad: str) -> None:
    assert not is_client_id(bad)


def test_joining_never_lowers_the_level() -> None:
    for one in Level:
        for other in Level:
            assert higher(one, other) == higher(other, one) <= one


def test_every_state_has_a_stage_or_none() -> None:
    assert {state for state in STATES if stage(state) is None} == {"rejected", "merged", "void", "withdrawn"}
    assert all(0 <= (stage(state) or 0) < len(STAGES) for state in STATES)


@pytest.mark.parametrize(
    ("at", "clock", "expected"),
    [
        (NOW - 1000, "ntp", (NOW - 1000, False)),
        (NOW - 3 * 86_400_000, "rtc", (NOW - 3 * 86_400_000, False)),
        (None, "none", (NOW, True)),
        (NOW - 1000, "none", (NOW, True)),
        (NOW + 3_600_000, "rtc", (NOW, True)),
        (946_684_800_000, "rtc", (NOW, True)),
        (0, "ntp", (NOW, True)),
    ],
)
def test_a_clock_that_was_never_set_is_not_believed(at: int | None, clock: str, expected: tuple[int, bool]) -> None:
    assert moment_of(replace(FACT, at=at, clock=clock)) == expected


def test_a_letter_names_the_thing_but_never_a_person_nor_their_words() -> None:
    thing = thanks(replace(INCIDENT, words="沪A12345", place="3号楼"), "淞南十村", 5)
    person = thanks(replace(INCIDENT, category="person.lost_elder", words="王阿婆", place="3号楼302"), "淞南十村", 5)

    assert "消防通道被占" in thing
    assert "5 分钟" in thing
    assert "沪A12345" not in thing
    assert "老人" not in person
    assert "王阿婆" not in person
    assert "302" not in person


def test_a_letter_speaks_of_minutes_only_when_they_are_known_and_few() -> None:
    assert "分钟" not in thanks(INCIDENT, "淞南十村", None)
    assert "分钟" not in thanks(INCIDENT, "淞南十村", 60 * 25)
    assert "1 分钟" in thanks(INCIDENT, "淞南十村", 0)
