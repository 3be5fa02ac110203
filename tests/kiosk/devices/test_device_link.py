"""What the kiosk makes of a device's lines."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.envelope import Broken
from kiosk.agent import device_link
from kiosk.agent.device_link import MAX_LINE, Event, Hello, Lines, Malformed, Reading, Result

HELLO = {"t": "hello", "seq": 1, "id": "rack-1", "kind": "charging_cabinet", "fw": "0.1", "boot": "b00t"}
whole_lines = st.lists(st.binary(min_size=1, max_size=MAX_LINE - 1).map(lambda line: line.replace(b"\n", b" ")))


def decode(message: Any) -> Any:
    return device_link.decode(json.dumps(message).encode())


@given(garbage=st.binary(max_size=2000), wanted=whole_lines, sizes=st.lists(st.integers(0, 700)))
def test_after_any_garbage_in_any_pieces_the_next_newline_brings_order_back(
    garbage: bytes, wanted: list[bytes], sizes: list[int]
) -> None:
    cutter, found = Lines(), []
    data = garbage + b"\n" + b"".join(line + b"\n" for line in wanted)

    for size in [*sizes, len(data)]:
        found += cutter.feed(data[:size])[0]
        data = data[size:]

    assert found[len(found) - len(wanted) :] == wanted
    assert all(len(line) < MAX_LINE for line in found)


def test_the_tail_of_a_line_that_was_too_long_is_no_line() -> None:
    cutter = Lines()
    cutter.feed(b"x" * 600)

    found = cutter.feed(b'{"t":"read","r":{"a":1}}\n{"t":"weather"}\n')

    assert found == ([b'{"t":"weather"}'], 0)


@given(line=st.binary(max_size=600))
def test_any_bytes_are_understood_or_broken_never_worse(line: bytes) -> None:
    with contextlib.suppress(Broken):
        device_link.decode(line)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    base=st.sampled_from(
        [HELLO, {"t": "read", "r": {}}, {"t": "event", "seq": 2, "e": "x", "b": {}}, {"t": "result", "id": "1"}]
    ),
    data=st.data(),
)
def test_any_field_may_be_any_value_and_is_understood_or_broken(value: Any, base: Any, data: st.DataObject) -> None:
    names = sorted(set(base) | {"seq", "amenity", "stock", "broken", "low", "readings", "events", "commands", "b", "r"})
    message = base | {data.draw(st.sampled_from(names)): value}

    with contextlib.suppress(Broken):
        decode(message)


def test_a_hello_keeps_all_it_says_without_the_lines_own_fields() -> None:
    word = decode(HELLO | {"amenity": "charging", "readings": {"temp_c": "°C"}, "colour": "blue"})

    assert word == Hello(
        "rack-1",
        "b00t",
        {
            "id": "rack-1",
            "kind": "charging_cabinet",
            "fw": "0.1",
            "amenity": "charging",
            "readings": {"temp_c": "°C"},
            "colour": "blue",
        },
    )


def test_the_other_words_are_read() -> None:
    assert decode({"t": "read", "seq": 3, "r": {"temp_c": 31.2, "free": 2}}) == Reading({"temp_c": 31.2, "free": 2.0})
    assert decode({"t": "event", "seq": 4, "e": "sos", "b": {"presses": 1}}) == Event(4, "sos", {"presses": 1})
    assert decode({"t": "result", "seq": 5, "id": "c-1", "ok": True, "b": {}}) == Result("c-1", True, {})
    assert decode({"t": "weather"}) is None
    assert isinstance(decode({"t": "event", "seq": 4, "e": "S O S"}), Malformed)


@pytest.mark.parametrize(
    "message",
    [
        HELLO | {"id": "Rack 1"},
        HELLO | {"id": "../rack"},
        HELLO | {"id": "r" * 65},
        HELLO | {"kind": None},
        HELLO | {"boot": 7},
        HELLO | {"readings": {"temp_c": 1}},
        HELLO | {"readings": ["temp_c"]},
        HELLO | {"events": {"sos": "maybe"}},
        HELLO | {"events": {"sos": ["urgent"]}},
        HELLO | {"commands": [7]},
        HELLO | {"low": True},
        {"t": "read", "r": [1]},
        {"t": "event", "e": "sos"},
        {"t": "result", "id": "c-1", "ok": 1},
        {"t": 1},
        {},
        [],
    ],
)
def test_what_makes_no_sense_is_broken(message: Any) -> None:
    with pytest.raises(Broken):
        decode(message)


@pytest.mark.parametrize(("name", "value"), [("a", True), ("a", "31"), ("a", None), ("Temp C", 1), ("a", [1])])
def test_a_reading_that_is_none_is_dropped_and_the_others_are_kept(name: str, value: object) -> None:
    word = decode({"t": "read", "r": {name: value, "free": 2}})

    assert word.readings == {"free": 2.0}
    assert word.dropped.startswith(name if name == "a" else "a reading")


def test_not_a_number_and_repeated_keys_are_broken() -> None:
    for line in (b'{"t":"read","r":{"a":NaN}}', b'{"t":"read","r":{"a":1e999}}', b'{"t":"read","t":"hello"}'):
        with pytest.raises(Broken):
            device_link.decode(line)


def test_a_command_that_does_not_fit_a_line_is_refused() -> None:
    with pytest.raises(Broken):
        device_link.do("c-1", "say", {"words": "x" * 600})
