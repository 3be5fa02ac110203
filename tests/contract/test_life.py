"""Birth, heartbeat and last will."""

import json
from typing import Any

import pytest

from gateway.contract.envelope import MAX_MOMENT, Broken
from gateway.contract.life import MAX_BYTES, Birth, Life, State, StreamHead, heard
from gateway.contract.topics import Lane

HEAD = {"lane": "event", "stream": "stream-0001", "first": 3, "last": 9}
BIRTH: dict[str, Any] = {"v": 1, "nonce": "n0nce", "boot": "b1", "software": "0.1.0", "streams": [HEAD]}


@pytest.mark.parametrize("life", Life)
def test_every_ready_is_believed_and_a_death_only_with_the_current_nonce(life: Life) -> None:
    assert heard("now1", State(life, "now1"))
    assert heard(None, State(life, "any1"))
    assert heard("now1", State(life, "old1")) is (life is Life.READY)


def test_a_late_will_cannot_bury_a_newer_birth() -> None:
    believed, nonce = Life.LOST, None
    for state in (State(Life.READY, "first"), State(Life.READY, "second"), State(Life.LOST, "first")):
        if heard(nonce, state):
            believed, nonce = state.life, state.nonce

    assert (believed, nonce) == (Life.READY, "second")


def test_a_state_needs_only_its_word_and_its_nonce() -> None:
    assert State.decode(b'{"state":"lost","nonce":"n0nce"}') == State(Life.LOST, "n0nce", None, 0)
    assert State.decode(b'{"state":"lost","nonce":"n0nce","at":null,"x":1}') == State(Life.LOST, "n0nce")


@pytest.mark.parametrize(
    "payload",
    [
        {"state": "ready"},
        {"nonce": "n0nce"},
        {"state": "alive", "nonce": "n0nce"},
        {"state": ["ready"], "nonce": "n0nce"},
        {"state": "ready", "nonce": "abc"},
        {"state": "ready", "nonce": "n" * 65},
        {"state": "ready", "nonce": 12345},
        {"state": "ready", "nonce": "n0nce", "at": -1},
        {"state": "ready", "nonce": "n0nce", "at": MAX_MOMENT + 1},
        {"state": "ready", "nonce": "n0nce", "at": 1.0},
        {"state": "ready", "nonce": "n0nce", "backlog": -1},
        {"state": "ready", "nonce": "n0nce", "backlog": None},
        {"state": "ready", "nonce": "n0nce", "backlog": True},
    ],
)
def test_a_state_that_cannot_be_understood_is_broken(payload: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        State.decode(json.dumps(payload).encode())


def test_a_birth_keeps_the_fields_it_does_not_know() -> None:
    birth = Birth.decode(json.dumps({**BIRTH, "uptime": 5, "devices": [{"name": "esp-01"}]}).encode())

    assert birth.more == {"uptime": 5}
    assert birth.devices == ({"name": "esp-01"},)
    assert birth.streams == (StreamHead(Lane.EVENT, "stream-0001", 3, 9),)


def test_an_empty_stream_is_born_with_first_one_above_last() -> None:
    for first, last in ((1, 0), (10, 9)):
        birth = Birth.decode(json.dumps({**BIRTH, "streams": [{**HEAD, "first": first, "last": last}]}).encode())
        assert birth.streams[0] == StreamHead(Lane.EVENT, "stream-0001", first, last)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"nonce": "abc"},
        {"boot": ""},
        {"boot": None},
        {"software": ["0.1.0"]},
        {"streams": None},
        {"streams": {}},
        {"streams": [None]},
        {"streams": [[]]},
        {"streams": [HEAD] * 9},
        {"streams": [{**HEAD, "lane": "fast"}]},
        {"streams": [{**HEAD, "lane": ["event"]}]},
        {"streams": [{**HEAD, "stream": "not a stream"}]},
        {"streams": [{**HEAD, "first": 0}]},
        {"streams": [{**HEAD, "first": 11}]},
        {"streams": [{**HEAD, "last": 2**63}]},
        {"streams": [{**HEAD, "first": 3.0}]},
        {"devices": {}},
        {"devices": ["esp-01"]},
        {"devices": None},
    ],
)
def test_a_birth_that_cannot_be_understood_is_broken(change: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        Birth.decode(json.dumps({**BIRTH, **change}).encode())


def test_a_birth_too_large_for_the_gateway_is_refused_where_it_is_made() -> None:
    birth = Birth("n0nce", "b1", "0.1.0", (), ({"name": "x" * MAX_BYTES},))

    with pytest.raises(Broken, match="larger than 16384 bytes"):
        birth.encode()


def test_a_birth_says_how_long_its_boot_has_lasted_or_leaves_it_out() -> None:
    birth = Birth("nonce-1", "boot-1", "0.1", (), mono=81_234)

    assert Birth.decode(birth.encode()) == birth
    assert b"mono" not in Birth("nonce-1", "boot-1", "0.1", ()).encode()
