"""The device's end of the serial link, under CPython."""

import asyncio
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

LIMIT = 512
lines_of_text = st.lists(st.binary(min_size=1, max_size=LIMIT - 1).map(lambda line: line.replace(b"\n", b" ")))


def feed_in_pieces(lines: Any, data: bytes, sizes: list[int]) -> list[bytes]:
    found: list[bytes] = []
    for size in sizes:
        found += lines.feed(data[:size])
        data = data[size:]
    return found + lines.feed(data)


@given(wanted=lines_of_text, sizes=st.lists(st.integers(0, 700)))
def test_lines_come_out_whole_however_the_bytes_are_split(
    link_file: dict[str, Any], wanted: list[bytes], sizes: list[int]
) -> None:
    data = b"".join(line + b"\n" for line in wanted)

    found = feed_in_pieces(link_file["Lines"](), data, sizes)

    assert found == wanted


@given(garbage=st.binary(max_size=2000), wanted=lines_of_text, sizes=st.lists(st.integers(0, 700)))
def test_after_any_garbage_the_next_newline_brings_order_back(
    link_file: dict[str, Any], garbage: bytes, wanted: list[bytes], sizes: list[int]
) -> None:
    data = garbage + b"\n" + b"".join(line + b"\n" for line in wanted)

    found = feed_in_pieces(link_file["Lines"](), data, sizes)

    assert found[len(found) - len(wanted) :] == wanted
    assert all(len(line) < LIMIT for line in found)


def test_the_tail_of_a_line_that_was_too_long_is_no_line(link_file: dict[str, Any]) -> None:
    lines = link_file["Lines"]()
    lines.feed(b"x" * 600)

    found = lines.feed(b'{"t":"do"}\n{"t":"hello?"}\n')

    assert found == [b'{"t":"hello?"}']


@given(flood=st.integers(0, 5000))
def test_a_flood_without_a_newline_is_not_held(link_file: dict[str, Any], flood: int) -> None:
    lines = link_file["Lines"]()

    lines.feed(b"x" * flood)

    assert len(lines.held) < LIMIT


def test_a_device_says_hello_first_and_again_when_asked(port: Any, run_link: Any, eventually: Any) -> None:
    async def story() -> None:
        async with run_link(port):
            port.tell(t="hello?")
            hellos = await eventually(lambda: len(port.heard("hello")) == 2 and port.heard("hello"))

        assert [hello["id"] for hello in hellos] == ["device-1", "device-1"]
        assert hellos[0]["boot"] == hellos[1]["boot"]
        assert hellos[0]["seq"] < hellos[1]["seq"]

    asyncio.run(story())


def test_a_kiosk_that_asks_gets_the_latest_readings_too(port: Any, run_link: Any, eventually: Any) -> None:
    async def story() -> None:
        async with run_link(port) as link:
            link.read({"temp_c": 21.5})
            port.tell(t="hello?")
            reads = await eventually(lambda: len(port.heard("read")) == 2 and port.heard("read"))

        assert [read["r"] for read in reads] == [{"temp_c": 21.5}] * 2

    asyncio.run(story())


def test_an_event_is_repeated_under_its_number_until_it_is_confirmed(
    port: Any, run_link: Any, eventually: Any, link_file: dict[str, Any], monkeypatch: Any
) -> None:
    monkeypatch.setitem(link_file, "REPEAT_MS", 10)

    async def story() -> None:
        async with run_link(port) as link:
            link.event("sos", {"presses": 1})
            events = await eventually(lambda: len(port.heard("event")) >= 3 and port.heard("event"))
            port.tell(t="ok", seq=events[0]["seq"])
            await eventually(lambda: link.unconfirmed() == 0)

        assert {event["seq"] for event in events} == {events[0]["seq"]}

    asyncio.run(story())


def test_a_kiosk_that_does_not_read_stops_nothing_and_gets_the_latest_events_later(
    port: Any, run_link: Any, eventually: Any, link_file: dict[str, Any], monkeypatch: Any
) -> None:
    monkeypatch.setitem(link_file, "REPEAT_MS", 10)
    port.full = True

    async def story() -> None:
        async with run_link(port) as link:
            for number in range(100):
                link.event("tick", {"number": number})
            port.full = False
            events = await eventually(lambda: len(port.heard("event")) >= 16 and port.heard("event"))

        assert [event["b"]["number"] for event in events[:16]] == list(range(84, 100))

    asyncio.run(story())


def test_a_torn_line_does_not_spoil_the_next_one(port: Any, run_link: Any) -> None:
    async def story() -> None:
        async with run_link(port) as link:
            port.fits = 9
            link.read({"temp_c": 1.0})
            port.fits = None
            link.read({"temp_c": 2.0})

        last = bytes(port.from_device).split(b"\n")[-2]
        assert json.loads(last)["r"] == {"temp_c": 2.0}

    asyncio.run(story())


def test_a_command_that_comes_twice_is_done_once_and_answered_twice(port: Any, run_link: Any, eventually: Any) -> None:
    done: list[Any] = []

    async def push(args: Any) -> dict[str, int]:
        done.append(args)
        return {"pushed": len(done)}

    async def story() -> None:
        async with run_link(port, push=push):
            await port.answer("c-1", "push", hard=True)
            port.tell(t="do", id="c-1", name="push", args={"hard": True})
            results = await eventually(lambda: len(port.heard("result")) == 2 and port.heard("result"))

        assert done == [{"hard": True}]
        assert [(result["ok"], result["b"]) for result in results] == [(True, {"pushed": 1})] * 2

    asyncio.run(story())


def test_a_command_during_another_is_told_busy_and_may_come_again(port: Any, run_link: Any, eventually: Any) -> None:
    async def story() -> None:
        go_on = asyncio.Event()

        async def slow(args: Any) -> None:
            await go_on.wait()

        async with run_link(port, slow=slow):
            port.tell(t="do", id="c-1", name="slow", args={})
            busy = await port.answer("c-2", "slow")
            go_on.set()
            await eventually(lambda: [one for one in port.heard("result") if one["id"] == "c-1" and one["ok"]])
            port.tell(t="do", id="c-2", name="slow", args={})
            await eventually(lambda: [one for one in port.heard("result") if one["id"] == "c-2" and one["ok"]])

        assert (busy["ok"], busy["b"]) == (False, {"why": "busy"})

    asyncio.run(story())


def test_a_command_that_breaks_is_answered_and_the_link_lives_on(port: Any, run_link: Any) -> None:
    async def broken(args: Any) -> None:
        raise ZeroDivisionError

    async def story() -> None:
        async with run_link(port, broken=broken):
            failed = await port.answer("c-1", "broken")
            unknown = await port.answer("c-2", "dance")

        assert failed["b"] == {"why": "failed"}
        assert unknown["b"] == {"why": "unknown command"}

    asyncio.run(story())


def test_nonsense_from_the_kiosk_is_passed_over(port: Any, run_link: Any, eventually: Any) -> None:
    async def story() -> None:
        async with run_link(port):
            for line in (b"\xff\xfe", b"[1]", b"null", b"{" * 300, b'{"t":"do"}', b'{"t":"do","id":7,"name":"x"}'):
                port.to_device += line + b"\n"
            port.to_device += b'{"t":"ok","seq":{}}\n{"t":["x"]}\n{"t":"do","id":"a","name":["x"],"args":{}}\n'
            port.tell(t="hello?")
            await eventually(lambda: len(port.heard("hello")) == 2)

    asyncio.run(story())


def test_a_line_that_would_be_too_long_is_not_sent_and_not_waited_for(port: Any, run_link: Any) -> None:
    async def story() -> None:
        async with run_link(port) as link:
            link.event("long", {"words": "x" * 600})

            assert link.unconfirmed() == 0
            assert port.heard("event") == []

    asyncio.run(story())
