"""Real ptys with a scripted device at the near end, and a listener that remembers."""

import contextlib
import json
import os
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.agent.devices import DeviceBus, Pace

DEADLINE_S = 30
PACE = Pace(scan=0.05, ask=0.05, hello=60, quiet=60, lines=1000, shun=0.2, shun_most=0.4)


def until(condition: Callable[[], Any]) -> Any:
    """Wait for a truth, and return it."""
    end = time.monotonic() + DEADLINE_S
    while not (found := condition()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)
    return found


class Device:
    """The near end of a pty whose far end is linked as `<folder>/<name>`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        self.near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self.near, False)
        self.path.symlink_to(os.ttyname(self._far))
        self._seen = b""
        self._here = True

    def send(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self.near, data) :]
            except BlockingIOError:
                time.sleep(0.001)

    def say(self, **message: Any) -> None:
        self.send(json.dumps(message).encode() + b"\n")

    def hello(self, device: str, boot: str = "boot-1", **more: Any) -> None:
        self.say(t="hello", seq=1, id=device, boot=boot, kind="test", fw="0.1", **more)

    def heard(self, kind: str) -> list[dict[str, Any]]:
        with contextlib.suppress(BlockingIOError):
            self._seen += os.read(self.near, 65536)
        lines = [line for line in self._seen.split(b"\n")[:-1] if line]
        return [message for message in map(json.loads, lines) if message["t"] == kind]

    def vanish(self) -> None:
        if self._here:
            self._here = False
            self.path.unlink(missing_ok=True)
            os.close(self.near)
            os.close(self._far)


class Listener:
    """Remembers what it was told, in order; `refuse` makes it raise for events."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.refuse = False
        self.objections: dict[str, str] = {}

    def hello(self, device: str, description: dict[str, object]) -> None:
        self.told.append(("hello", device, description))

    def reading(self, device: str, readings: dict[str, float]) -> None:
        self.told.append(("reading", device, readings))

    def event(self, device: str, event: str, body: dict[str, object]) -> None:
        self.told.append(("event", device, event, body))
        if self.refuse:
            raise OSError("no space left on device")

    def lost(self, device: str) -> None:
        self.told.append(("lost", device))

    def nonsense(self, device: str, reason: str) -> None:
        self.told.append(("nonsense", device, reason))

    def objection(self, device: str, name: str) -> str:
        return self.objections.get(name, "")

    def done(self, device: str, name: str, args: Any) -> None:
        self.told.append(("done", device, name, dict(args)))

    def of(self, call: str) -> list[tuple[Any, ...]]:
        return [told[1:] for told in list(self.told) if told[0] == call]


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    return until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "devices"
    folder.mkdir()
    return folder


@pytest.fixture
def plug(folder: Path) -> Iterator[Callable[[str], Device]]:
    """Plugs a scripted device in."""
    plugged: list[Device] = []

    def plug(name: str) -> Device:
        plugged.append(Device(folder, name))
        return plugged[-1]

    yield plug
    for device in plugged:
        device.vanish()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def open_bus(folder: Path, listener: Listener) -> Iterator[Callable[..., DeviceBus]]:
    """A running bus on the folder; values given change the pace."""
    buses: list[DeviceBus] = []

    def open_bus(**pace: Any) -> DeviceBus:
        values = {name: getattr(PACE, name) for name in Pace.__dataclass_fields__} | pace
        buses.append(DeviceBus(folder, listener, Pace(**values)))
        buses[-1].start()
        return buses[-1]

    yield open_bus
    for bus in buses:
        bus.stop()
    assert "devices" not in {thread.name for thread in threading.enumerate()}
