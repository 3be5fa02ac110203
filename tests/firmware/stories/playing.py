"""One device on its board, driven by a story. Runs unchanged under CPython and MicroPython: plain code, no pytest."""

import asyncio
import json
import sys
from typing import Any

OWN = ("machine", "esp32", "identity", "ticks", "link", "kept", "duties")
FAST = {"LOOK_S": 0.004, "READ_S": 0.03, "BUTTON_S": 0.004, "BEAM_S": 0.004}
PAUSE_S = 0.003
PATIENCE = 5000


class Line:
    """A serial line in memory; `full` is a kiosk that does not read."""

    def __init__(self) -> None:
        self.to_device = b""
        self.from_device = b""
        self.full = False

    def read(self, most: int) -> Any:
        data, self.to_device = self.to_device[:most], self.to_device[most:]
        return data or None

    def write(self, data: bytes) -> Any:
        if self.full:
            return None
        self.from_device += bytes(data)
        return len(data)


class Play:
    """`async with Play("sos_button", wires) as play`: a fresh board whose program runs until the story ends.

    `wires(play)` sets the world before the program begins; `flash` is what outlives a reset; other names stand in for
    the constants at the top of the device's file.
    """

    def __init__(self, kind: str, wires: Any = None, flash: Any = None, **constants: Any) -> None:
        for name in OWN + (kind,):  # noqa: RUF005 - MicroPython has no stars in tuples
            sys.modules.pop(name, None)
        machine = __import__("machine")
        self.line = machine.PORTS[1] = Line()
        self.levels, self.microvolts = machine.LEVELS, machine.MICROVOLTS
        if flash is not None:
            __import__("esp32").FLASH = flash
        __import__("identity").ID = "device-1"
        link = __import__("link")
        link.POLL_S = 0.003
        link.REPEAT_MS = 20
        self.code = __import__(kind)
        for name, value in FAST.items():
            if hasattr(self.code, name):
                setattr(self.code, name, value)
        for name, value in constants.items():
            assert hasattr(self.code, name), name
            setattr(self.code, name, value)
        if wires:
            wires(self)

    async def __aenter__(self) -> Any:
        self.program = asyncio.create_task(self.code.main())
        return self

    async def __aexit__(self, *failure: Any) -> None:
        self.program.cancel()
        try:  # noqa: SIM105 - MicroPython has no contextlib
            await self.program
        except asyncio.CancelledError:
            pass

    def say(self, **message: Any) -> None:
        self.line.to_device += (json.dumps(message) + "\n").encode()

    def heard(self, kind: str) -> list[Any]:
        lines = [line for line in self.line.from_device.split(b"\n")[:-1] if line]
        return [message for message in [json.loads(line) for line in lines] if message["t"] == kind]

    def events(self, name: str) -> list[Any]:
        """Each once, however often it was repeated."""
        found = {message["seq"]: message for message in self.heard("event") if message["e"] == name}
        return [found[seq] for seq in sorted(found)]

    def latest(self) -> Any:
        return self.heard("read")[-1]["r"]

    async def until(self, condition: Any) -> Any:
        """Wait for a truth, and return it."""
        for _ in range(PATIENCE):
            found = condition()
            if found:
                return found
            await asyncio.sleep(PAUSE_S)
        raise AssertionError("it never came true")

    async def some_looks(self, number: int = 4) -> None:
        """Long enough for so many readings: what has not happened by then does not happen."""
        seen = len(self.heard("read"))
        await self.until(lambda: len(self.heard("read")) >= seen + number)

    async def answer(self, command: str, name: str, **args: Any) -> Any:
        self.say(t="do", id=command, name=name, args=args)
        return await self.until(lambda: [one for one in self.heard("result") if one["id"] == command][-1:])


def volts(play: Any, pin: int, value: float, scale: int, zero: int = 0) -> None:
    play.microvolts[pin] = int(zero + value * scale)
