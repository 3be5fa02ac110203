"""Commands through the bus: one result each, or a plain word why there is none."""

import threading
from typing import Any

import pytest

from kiosk.agent.devices import Unanswered


def test_a_command_brings_its_result(plug: Any, open_bus: Any, listener: Any, eventually: Any) -> None:
    box = plug("port-1")
    bus = open_bus()
    eventually(lambda: box.heard("hello?"))
    box.hello("aid-1")
    eventually(lambda: listener.of("hello"))
    results: list[Any] = []
    asking = threading.Thread(
        target=lambda: results.append(bus.send("aid-1", "unlock", {}, command="c-1", timeout=30)), daemon=True
    )

    asking.start()
    first, second = eventually(lambda: len(found := box.heard("do")) >= 2 and found[:2])
    box.say(t="result", seq=2, id="c-9", ok=False, b={})
    box.say(t="result", seq=3, id="c-1", ok=True, b={"stock": 6})
    asking.join(30)

    assert first == second == {"t": "do", "id": "c-1", "name": "unlock", "args": {}}
    assert (results[0].ok, results[0].body) == (True, {"stock": 6})


def test_a_command_to_nobody_or_to_a_bus_that_stops_is_unanswered_at_once(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    box = plug("port-1")
    bus = open_bus()
    eventually(lambda: box.heard("hello?"))
    box.hello("aid-1")
    eventually(lambda: listener.of("hello"))
    reasons: list[str] = []

    def ask() -> None:
        try:
            bus.send("aid-1", "unlock", {}, timeout=30)
        except Unanswered as reason:
            reasons.append(str(reason))

    with pytest.raises(Unanswered, match="not connected"):
        bus.send("aid-2", "unlock", {}, timeout=30)
    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: box.heard("do"))
    bus.stop()
    asking.join(20)

    assert reasons == ["the bus was stopped"]
    with pytest.raises(Unanswered, match="was stopped"):
        bus.send("aid-1", "unlock", {})


def test_a_command_to_a_device_that_is_lost_meanwhile_says_so(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    coats = plug("port-1")
    bus = open_bus()
    eventually(lambda: coats.heard("hello?"))
    coats.hello("raincoat-1")
    eventually(lambda: listener.of("hello"))
    reasons: list[str] = []

    def ask() -> None:
        try:
            bus.send("raincoat-1", "dispense", {}, timeout=30)
        except Unanswered as reason:
            reasons.append(str(reason))

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: coats.heard("do"))
    coats.vanish()
    asking.join(20)

    assert reasons == ["raincoat-1 was lost meanwhile"]


def test_a_device_that_starts_anew_is_not_told_the_same_command_again(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    coats = plug("port-1")
    bus = open_bus()
    eventually(lambda: coats.heard("hello?"))
    coats.hello("raincoat-1")
    eventually(lambda: listener.of("hello"))
    reasons: list[str] = []

    def ask() -> None:
        try:
            bus.send("raincoat-1", "dispense", {}, timeout=30)
        except Unanswered as reason:
            reasons.append(str(reason))

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: coats.heard("do"))
    coats.hello("raincoat-1", boot="boot-2")
    asking.join(20)

    assert reasons == ["raincoat-1 started anew meanwhile"]


def test_a_command_from_within_the_listener_is_a_mistake_said_plainly(
    plug: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    mistakes: list[str] = []
    rack = plug("port-1")
    bus = open_bus()

    def reading(device: str, readings: dict[str, float]) -> None:
        try:
            bus.send(device, "port_off", {"port": 1})
        except RuntimeError as mistake:
            mistakes.append(str(mistake))

    listener.reading = reading
    eventually(lambda: rack.heard("hello?"))
    rack.hello("rack-1")
    rack.say(t="read", seq=2, r={"a": 1})

    eventually(lambda: mistakes)
