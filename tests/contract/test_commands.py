"""Commands: once, in time, and answered."""

import json
from typing import Any

import pytest

from gateway.contract import facts
from gateway.contract.commands import MOVES, Command, Stage, Verdict, decide, move
from gateway.contract.envelope import Broken

COMMAND = Command("command-0001", "open_box", expires=1000)


def test_a_new_command_acts_only_before_it_expires() -> None:
    assert decide(COMMAND, 999, set()) is Verdict.ACT
    assert decide(COMMAND, 1000, set()) is Verdict.EXPIRED
    assert decide(COMMAND, 1001, set()) is Verdict.EXPIRED


def test_a_known_command_is_answered_again_and_never_acted_on_again_even_when_late() -> None:
    for now in (0, 999, 1000, 10**9):
        assert decide(COMMAND, now, {COMMAND.id}) is Verdict.REPEAT


@pytest.mark.parametrize(
    "path",
    [
        ["queued", "sent", "accepted", "done"],
        ["queued", "sent", "accepted", "failed"],
        ["queued", "sent", "done"],
        ["queued", "sent", "expired"],
        ["queued", "expired"],
        ["queued", "sent", "sent", "accepted", "accepted", "done", "done"],
    ],
)
def test_a_command_goes_its_way(path: list[str]) -> None:
    stage = Stage.QUEUED
    for to in path:
        stage = move(stage, Stage(to))

    assert stage == path[-1]


def test_what_truly_happened_wins_over_expired() -> None:
    assert move(Stage.EXPIRED, Stage.DONE) is Stage.DONE
    assert move(move(Stage.EXPIRED, Stage.ACCEPTED), Stage.FAILED) is Stage.FAILED


@pytest.mark.parametrize("end", [Stage.DONE, Stage.FAILED])
def test_what_has_happened_does_not_change(end: Stage) -> None:
    for to in set(Stage) - {end}:
        with pytest.raises(Broken, match=f"does not go from {end} to {to}"):
            move(end, to)


def test_nothing_goes_back_to_the_queue() -> None:
    assert set(MOVES) == set(Stage)
    assert all(Stage.QUEUED not in moves for moves in MOVES.values())


@pytest.mark.parametrize(
    "change",
    [
        {"id": "short"},
        {"id": "an id with spaces"},
        {"id": None},
        {"name": ""},
        {"name": "n" * 33},
        {"expires": -1},
        {"expires": None},
        {"expires": 1.5},
        {"args": []},
        {"args": None},
        {"v": 2},
    ],
)
def test_a_command_that_cannot_be_understood_is_broken(change: dict[str, Any]) -> None:
    value = {"v": 1, "id": "command-0001", "name": "open_box", "args": {}, "expires": 1000}

    with pytest.raises(Broken):
        Command.decode(json.dumps({**value, **change}).encode())


def test_version_and_arguments_may_be_left_out() -> None:
    assert Command.decode(b'{"id":"command-0001","name":"open_box","expires":1000}') == COMMAND


def test_every_command_that_is_taken_can_be_answered() -> None:
    for state in facts.RESULT_STATES:
        answer = facts.Fact(
            "stream-0001", 1, None, facts.Clock.NONE, "b1", 0, "result", {"id": COMMAND.id, "state": state}
        )
        assert facts.check(answer, facts.Lane.EVENT) is answer


def test_a_command_over_8_kib_is_refused_where_it_is_made() -> None:
    with pytest.raises(Broken, match="larger than 8192 bytes"):
        Command("command-0001", "show", 1000, {"text": "x" * 9000}).encode()
