"""The serial bus over real ptys."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from kiosk.agent.devices import DeviceBus, Unanswered


def test_a_device_is_asked_for_its_hello_and_then_heard(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus()

    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1", amenity="charging")
    rack.say(t="read", seq=2, r={"temp_c": 31.2})

    eventually(lambda: listener.of("reading"))
    assert listener.of("hello")[0][0] == "rack-1"
    assert listener.of("hello")[0][1]["amenity"] == "charging"
    assert listener.of("reading") == [("rack-1", {"temp_c": 31.2})]


def test_nothing_counts_before_the_hello(plug: Any, open_bus: Any, listener: Any, eventually: Any) -> None:
    rack = plug("port-1")
    open_bus()
    eventually(lambda: rack.heard("hello?"))

    rack.say(t="read", seq=1, r={"temp_c": 99.0})
    rack.hello("rack-1")
    rack.say(t="read", seq=2, r={"temp_c": 31.2})

    eventually(lambda: listener.of("reading"))
    assert listener.of("reading") == [("rack-1", {"temp_c": 31.2})]


def test_a_line_may_come_in_pieces_and_garbage_between(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus()
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")

    for piece in (b'{"t":"re', b'ad","seq":2,"r":{"a', b'":1}}', b"\n"):
        rack.send(piece)
    rack.send(b'\x00\xff\xfe{"t":"read","r":{"a":\n')
    rack.send(b"x" * 5000 + b"\n\n\n")
    rack.send(b'"r":{"a":2}}\n[[[[\n')
    rack.say(t="read", seq=3, r={"a": 3})

    eventually(lambda: len(listener.of("reading")) == 2)
    assert listener.of("reading") == [("rack-1", {"a": 1.0}), ("rack-1", {"a": 3.0})]


def test_an_event_repeated_is_told_once_and_confirmed_each_time(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    sos = plug("port-1")
    open_bus()
    eventually(lambda: sos.heard("hello?"))
    sos.hello("sos-1")

    for _ in range(3):
        sos.say(t="event", seq=7, e="sos", b={"presses": 1})

    eventually(lambda: len(sos.heard("ok")) == 3)
    assert [ok["seq"] for ok in sos.heard("ok")] == [7, 7, 7]
    assert listener.of("event") == [("sos-1", "sos", {"presses": 1})]


def test_an_event_that_could_not_be_kept_is_not_confirmed_and_told_again(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    sos = plug("port-1")
    listener.refuse = True
    open_bus()
    eventually(lambda: sos.heard("hello?"))
    sos.hello("sos-1")
    sos.say(t="event", seq=7, e="sos", b={})
    eventually(lambda: listener.of("event"))
    unconfirmed = sos.heard("ok")

    listener.refuse = False
    sos.say(t="event", seq=7, e="sos", b={})

    eventually(lambda: sos.heard("ok"))
    assert unconfirmed == []
    assert len(listener.of("event")) == 2


def test_an_event_is_not_told_again_after_the_plug_was_out_but_is_after_a_reset(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    first = plug("port-1")
    open_bus()
    eventually(lambda: first.heard("hello?"))
    first.hello("sos-1")
    first.say(t="event", seq=7, e="sos", b={})
    eventually(lambda: first.heard("ok"))
    first.vanish()
    eventually(lambda: listener.of("lost"))

    again = plug("port-1")
    eventually(lambda: again.heard("hello?"))
    again.hello("sos-1")
    again.say(t="event", seq=7, e="sos", b={})
    eventually(lambda: len(again.heard("ok")) == 1)
    after_the_plug = len(listener.of("event"))
    again.hello("sos-1", boot="boot-2")
    again.say(t="event", seq=7, e="sos", b={})
    eventually(lambda: len(again.heard("ok")) == 2)

    assert after_the_plug == 1
    assert len(listener.of("event")) == 2


def test_an_event_that_cannot_be_understood_is_confirmed_so_that_it_stops(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    sos = plug("port-1")
    open_bus()
    eventually(lambda: sos.heard("hello?"))
    sos.hello("sos-1")

    sos.say(t="event", seq=7, e="S O S", b={})

    eventually(lambda: sos.heard("ok"))
    assert listener.of("event") == []


def test_a_device_that_vanishes_is_lost_and_greets_again_when_it_returns(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus()
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")
    eventually(lambda: listener.of("hello"))

    rack.vanish()
    eventually(lambda: listener.of("lost"))
    rack = plug("port-1")
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")

    eventually(lambda: len(listener.of("hello")) == 2)
    assert [told[0] for told in listener.told] == ["hello", "lost", "hello"]


def test_a_link_that_is_taken_away_means_lost_even_while_the_line_stands(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus()
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")
    eventually(lambda: listener.of("hello"))

    rack.path.unlink()

    eventually(lambda: listener.of("lost"))


def test_the_same_hello_twice_is_told_once_and_another_description_is_told(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus()
    eventually(lambda: rack.heard("hello?"))

    rack.hello("rack-1")
    rack.hello("rack-1")
    rack.hello("rack-1", amenity="charging")

    eventually(lambda: len(listener.of("hello")) == 2)
    assert [about.get("amenity") for _, about in listener.of("hello")] == [None, "charging"]


def test_a_second_device_of_the_same_name_is_refused_until_the_first_has_gone(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    first, second = plug("port-1"), plug("port-2")
    with capture_logs() as logs:
        open_bus()
        eventually(lambda: first.heard("hello?"))
        first.hello("rack-1")
        eventually(lambda: listener.of("hello"))
        eventually(lambda: second.heard("hello?"))
        second.hello("rack-1")
        second.say(t="read", seq=2, r={"a": 2})
        eventually(lambda: [line for line in logs if "another device" in line.get("why", "")])
        first.say(t="read", seq=2, r={"a": 1})
        eventually(lambda: listener.of("reading"))
        while_two = list(listener.told)

        first.vanish()
        asked = len(second.heard("hello?"))
        eventually(lambda: len(second.heard("hello?")) > asked)
        eventually(lambda: listener.of("lost"))
        second.hello("rack-1")
        eventually(lambda: len(listener.of("hello")) == 2)

    assert [told[0] for told in while_two] == ["hello", "reading"]
    assert listener.of("reading") == [("rack-1", {"a": 1.0})]


@pytest.mark.parametrize("name", ["Rack 1", "../rack", "", "r" * 65])
def test_a_bad_name_is_no_hello(plug: Any, open_bus: Any, listener: Any, eventually: Any, name: str) -> None:
    rack = plug("port-1")
    with capture_logs() as logs:
        open_bus()
        eventually(lambda: rack.heard("hello?"))
        rack.hello(name)
        eventually(lambda: [line for line in logs if line["event"] == "noise on the line"])

    assert listener.told == []


def test_a_port_that_never_says_hello_is_named_and_left_alone_for_longer_and_longer(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    plug("port-1")
    with capture_logs() as logs:
        open_bus(hello=0.1)
        refusals = eventually(
            lambda: len(found := [line for line in logs if line["event"] == "port refused"]) > 2 and found
        )

    assert refusals[0]["why"] == "never said hello"
    assert refusals[0]["port"].endswith("port-1")
    assert listener.told == []


def test_a_device_that_falls_silent_is_asked_and_then_lost(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus(quiet=0.1, hello=0.3)
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")

    eventually(lambda: listener.of("lost"))

    assert [told[0] for told in listener.told] == ["hello", "lost"]


def test_a_flood_is_cut_and_said_once_and_the_others_are_heard(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack, sos = plug("port-1"), plug("port-2")
    with capture_logs() as logs:
        open_bus(lines=20)
        eventually(lambda: rack.heard("hello?") and sos.heard("hello?"))
        rack.hello("rack-1")
        sos.hello("sos-1")
        eventually(lambda: len(listener.of("hello")) == 2)
        flooding = threading.Event()

        def flood() -> None:
            while not flooding.is_set():
                try:
                    os.write(rack.near, b'{"t":"read","seq":2,"r":{"a":1}}\n' * 50)
                except BlockingIOError:
                    flooding.wait(0.001)

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            eventually(lambda: [line for line in logs if line["event"].startswith("a flood")])
            sos.say(t="event", seq=3, e="sos", b={})
            eventually(lambda: sos.heard("ok"))
            told = len([one for one in listener.of("reading") if one[0] == "rack-1"])
            eventually(lambda: len([one for one in listener.of("reading") if one[0] == "rack-1"]) > told)
        finally:
            flooding.set()
            thread.join()

    assert len([line for line in logs if line["event"].startswith("a flood")]) == 1


def test_lines_above_the_limit_are_dropped_not_put_off(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus(lines=20)
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")

    rack.send(b'{"t":"read","seq":2,"r":{"a":1}}\n' * 500)

    def confirmed() -> bool:
        rack.say(t="event", seq=3, e="sos", b={})
        return bool(rack.heard("ok"))

    eventually(confirmed)
    assert 0 < len(listener.of("reading")) < 500
    assert listener.of("event") == [("rack-1", "sos", {})]


def test_a_device_that_changes_its_name_on_an_open_line_is_refused(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    open_bus()
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")
    eventually(lambda: listener.of("hello"))

    rack.hello("rack-2")

    eventually(lambda: listener.of("lost"))
    assert [device for device, _ in listener.of("hello")] == ["rack-1"]


def test_what_is_no_serial_port_is_left_alone(
    folder: Path, plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    (folder / "a-file").write_text("hello")
    (folder / "a-folder").mkdir()
    (folder / "nowhere").symlink_to(folder / "gone")
    (folder / "null").symlink_to("/dev/null")
    os.mkfifo(folder / "fifo")
    rack = plug("port-1")

    with capture_logs() as logs:
        open_bus()
        eventually(lambda: rack.heard("hello?"))
        rack.hello("rack-1")
        eventually(lambda: listener.of("hello"))

    assert [Path(line["port"]).name for line in logs if line["event"] == "port refused"] in ([], ["null"])


def test_a_terminal_that_took_over_a_stale_links_number_is_not_touched(
    folder: Path, plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    terminal = plug("stale")
    os.utime(terminal.path, ns=(0, 0), follow_symlinks=False)
    rack = plug("port-1")

    open_bus()
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")
    eventually(lambda: listener.of("hello"))

    assert terminal.heard("hello?") == []


def test_two_links_to_one_port_open_it_once(
    folder: Path, plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    rack = plug("port-1")
    (folder / "port-1-by-path").symlink_to(rack.path.readlink())

    with capture_logs() as logs:
        open_bus()
        eventually(lambda: rack.heard("hello?"))
        rack.hello("rack-1")
        eventually(lambda: listener.of("hello"))

    assert [line for line in logs if line["event"] == "port refused"] == []


def test_a_folder_may_be_missing_at_first_and_is_complained_of_once(
    tmp_path: Path, listener: Any, folder: Path, plug: Any, open_bus: Any, eventually: Any
) -> None:
    folder.rmdir()
    with capture_logs() as logs:
        open_bus()
        eventually(lambda: [line for line in logs if line["event"].startswith("no devices")])
        folder.mkdir()
        rack = plug("port-1")
        eventually(lambda: rack.heard("hello?"))

    assert len([line for line in logs if line["event"].startswith("no devices")]) == 1


def test_a_bus_never_started_stops_in_peace_and_does_nothing_for_anybody(folder: Path, listener: Any) -> None:
    bus = DeviceBus(folder, listener)

    bus.stop()

    with pytest.raises(Unanswered, match="was stopped"):
        bus.send("rack-1", "port_off", {"port": 1})
