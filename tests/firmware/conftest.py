"""What the firmware tests share: a line held in memory, and a device running on its desk board."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from firmware_stubs.simulators.desk import Desk, load

DEADLINE_S = 20


class MemoryPort:
    """A serial line in memory; `full` is a kiosk that does not read, `fits` a line that takes only so many bytes."""

    def __init__(self) -> None:
        self.to_device = bytearray()
        self.from_device = bytearray()
        self.full = False
        self.fits: int | None = None

    def read(self, most: int) -> bytes | None:
        data = bytes(self.to_device[:most])
        del self.to_device[:most]
        return data or None

    def write(self, data: bytes) -> int | None:
        if self.full:
            return None
        taken = data[: self.fits]
        self.from_device += taken
        return len(taken)

    def tell(self, **message: Any) -> None:
        self.to_device += json.dumps(message).encode() + b"\n"

    def heard(self, kind: str) -> list[dict[str, Any]]:
        lines = [line for line in bytes(self.from_device).split(b"\n")[:-1] if line]
        return [message for message in map(json.loads, lines) if message["t"] == kind]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [message for message in self.heard("event") if message["e"] == name]

    async def answer(self, command: str, name: str, **args: Any) -> dict[str, Any]:
        self.tell(t="do", id=command, name=name, args=args)
        found = await until(lambda: [one for one in self.heard("result") if one["id"] == command])
        return found[0]


async def until(condition: Callable[[], Any]) -> Any:
    """Wait for a truth, and return it."""
    async with asyncio.timeout(DEADLINE_S):
        while not (found := condition()):
            await asyncio.sleep(0.005)
        return found


@asynccontextmanager
async def run_device(kind: str, wires: Callable[[Desk], None] | None = None, **constants: Any) -> AsyncIterator[Any]:
    """(desk, port) of a device whose program runs; `constants` stand in for those at the top of its file."""
    port = MemoryPort()
    desk = load(kind, "device-1", port, constants.pop("flash", None))
    for name, value in constants.items():
        assert hasattr(desk.code, name)
        setattr(desk.code, name, value)
    if wires:
        wires(desk)
    program = asyncio.ensure_future(desk.main())
    try:
        yield desk, port
    finally:
        program.cancel()
        await asyncio.gather(program, return_exceptions=True)


@pytest.fixture
def running() -> Callable[..., AbstractAsyncContextManager[Any]]:
    return run_device


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    return until


@pytest.fixture
def port() -> MemoryPort:
    return MemoryPort()


@pytest.fixture(scope="session")
def link_file() -> dict[str, Any]:
    """The names of `lib/link.py`, as a device sees them."""
    names: dict[str, Any] = load("sos_button", "device-1", MemoryPort()).code.Link.__init__.__globals__
    return names


@pytest.fixture
def run_link(link_file: dict[str, Any]) -> Callable[..., AbstractAsyncContextManager[Any]]:
    """A link on a port of its own, running, with these commands."""

    @asynccontextmanager
    async def run(port: MemoryPort, **commands: Any) -> AsyncIterator[Any]:
        link = link_file["Link"](port, {"id": "device-1", "kind": "test", "fw": "0.1"}, commands)
        duty = asyncio.ensure_future(link.run())
        try:
            await until(lambda: port.full or port.from_device)
            yield link
        finally:
            duty.cancel()
            await asyncio.gather(duty, return_exceptions=True)

    return run
