"""The edge over a real line: a device measures, its port is off, and only then is anything told."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.contract.envelope import Body
from gateway.contract.topics import Lane
from kiosk.agent import records
from kiosk.agent.devices import DeviceBus, Pace
from kiosk.agent.edge import Edge
from kiosk.agent.instruments import Instruments
from kiosk.agent.outbox import Outbox

READINGS = {"port1_a": "A", "port2_a": "A", "temp_c": "°C"}
COMMANDS = ["port_off", "port_on"]


class Station:
    """Bus, instruments and edge as the agent joins them; `told` are the facts, in order."""

    def __init__(self, folder: Path, outbox: Outbox) -> None:
        self.told: list[tuple[Lane, Body]] = []
        self.mono = 0
        self.edge = Edge(outbox, self._tell, lambda: self.mono)
        instruments = Instruments(self._tell, lambda *_: True, lambda: self.mono, edge=self.edge)
        pace = Pace(scan=0.05, ask=0.05, hello=60, quiet=60, lines=1000, shun=0.2, shun_most=0.4)
        self.bus = DeviceBus(folder, instruments, pace)
        self.edge.plug(self.bus.send)
        self.edge.start()
        self.bus.start()

    def _tell(self, lane: Lane, kind: str, body: Body) -> bool:
        if kind == "device":
            self.told.append((lane, body))
        return True

    def events(self, event: str) -> list[tuple[Lane, Body]]:
        return [(lane, body) for lane, body in list(self.told) if body["event"] == event]


@pytest.fixture
def station(folder: Path, tmp_path: Path) -> Iterator[Station]:
    outbox = Outbox(tmp_path / "outbox.db", [records.migrations])
    made = Station(folder, outbox)
    yield made
    made.bus.stop()
    made.edge.stop()
    outbox.close()


def greet(device: Any, eventually: Any, boot: str = "boot-1") -> Any:
    """A cabinet that says hello when it is asked."""
    eventually(lambda: device.heard("hello?"))
    device.hello("rack-1", boot=boot, readings=READINGS, commands=COMMANDS)
    return device


def obey(device: Any, eventually: Any, name: str) -> dict[str, Any]:
    """The next command of this name, answered."""
    seen = device.__dict__.setdefault("obeyed", set())
    command: dict[str, Any] = eventually(
        lambda: next((one for one in device.heard("do") if one["name"] == name and one["id"] not in seen), None)
    )
    seen.add(command["id"])
    device.say(t="result", id=command["id"], ok=True, b={})
    return command


def test_a_hot_port_goes_off_over_the_line_before_the_alarm_is_told(
    station: Station, plug: Any, eventually: Any
) -> None:
    rack = greet(plug("rack-1"), eventually)

    rack.say(t="read", seq=2, r={"port1_a": 1.0, "port2_a": 2.2, "temp_c": 57.5})
    off = eventually(lambda: rack.heard("do"))[0]
    told_before_the_answer = station.events("heat_alarm")
    obey(rack, eventually, "port_off")
    ((lane, alarm),) = eventually(lambda: station.events("heat_alarm"))

    assert (off["name"], off["args"]) == ("port_off", {"port": 2})
    assert told_before_the_answer == []
    assert (lane, alarm["detail"]["off"]) == (Lane.SOS, ["rack-1:2"])


def test_a_cabinet_unplugged_in_an_alarm_is_switched_off_again_when_it_returns(
    station: Station, plug: Any, eventually: Any
) -> None:
    rack = greet(plug("rack-1"), eventually)
    rack.say(t="read", seq=2, r={"port1_a": 1.0, "port2_a": 2.2, "temp_c": 57.5})
    eventually(lambda: rack.heard("do"))
    rack.vanish()
    ((_, alarm),) = eventually(lambda: station.events("heat_alarm"))
    again = greet(plug("rack-1-again"), eventually, boot="boot-2")

    off = obey(again, eventually, "port_off")

    assert alarm["detail"]["not_off"] == ["rack-1:2"]
    assert off["args"] == {"port": 2}
    assert station.edge.latched == (("rack-1", 2),)


def test_a_person_cannot_switch_on_while_it_is_hot_and_what_they_do_later_counts(
    station: Station, plug: Any, eventually: Any
) -> None:
    rack = greet(plug("rack-1"), eventually)
    rack.say(t="read", seq=2, r={"port1_a": 1.0, "port2_a": 2.2, "temp_c": 57.5})
    obey(rack, eventually, "port_off")
    eventually(lambda: station.events("heat_alarm"))
    while_hot = station.bus.send("rack-1", "port_on", {"port": 2})
    station.mono += 120_000
    rack.say(t="read", seq=3, r={"port1_a": 1.0, "port2_a": 0.0, "temp_c": 30.0})
    eventually(lambda: station.events("over"))
    eventually(lambda: station.edge.alarms == ())

    answered: list[bool] = []
    person = threading.Thread(
        target=lambda: answered.append(station.bus.send("rack-1", "port_on", {"port": 2}, timeout=20).ok)
    )
    person.start()
    obey(rack, eventually, "port_on")
    person.join(20)

    assert (while_hot.ok, while_hot.body) == (False, {"why": "hot"})
    assert answered == [True]
    assert station.edge.latched == ()


def test_nonsense_of_a_device_is_counted_told_once_and_never_believed(
    station: Station, plug: Any, eventually: Any
) -> None:
    rack = greet(plug("rack-1"), eventually)
    eventually(lambda: station.events("hello"))
    for line in (
        b'{"t":"read","r":{"temp_c":NaN}}\n', b'{"t":"read","r":{"temp_c":1e999}}\n', b"\x00\xff garbage\n",
        b'{"t":"read","r":{"temp_c":"99"}}\n', b'{"t":"read","r":{"temp_c":-273.2}}\n', b"x" * 2000 + b"\n",
        b'{"t":"read","r":{"temp_c":99999999}}\n',
    ):  # fmt: skip
        rack.send(line)
    rack.say(t="event", seq=9, e="done", b={})
    eventually(lambda: station.events("done"))
    station.mono += 600_000
    rack.send(b"{}\n")
    eventually(lambda: len(station.events("nonsense")) == 2)

    assert [body["detail"]["times"] for _, body in station.events("nonsense")] == [1, 7]
    assert station.events("heat_alarm") == []
