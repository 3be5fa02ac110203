"""Runs a station's devices as real code on desk boards, each over a real pty; `cli.devices` calls it."""

import asyncio
import fcntl
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from firmware_stubs.simulators.desk import load
from firmware_stubs.simulators.people import Weather, around
from firmware_stubs.simulators.ptys import PtyPort

STEP_S = 0.25
RESTART_S = 2

SHORT_NAMES = {
    "charging_cabinet": "rack-1",
    "first_aid_box": "aid-1",
    "microwave_meter": "microwave-1",
    "raincoat_dispenser": "raincoat-1",
    "sos_button": "sos-1",
}


class Taken(Exception):
    """Another simulator runs in this folder."""


def name_for(kind: str) -> str:
    """The first device of its kind at a station."""
    return SHORT_NAMES.get(kind, f"{kind.replace('_', '-')}-1")


def run(folder: Path, devices: Mapping[str, str], seed: int, ready: Callable[[], None]) -> None:
    """Run `devices` (name → kind) until SIGTERM or SIGINT, then take their links away.

    `ready` is called once every link is there. Raises `Taken`, `ValueError` for an unknown kind, `OSError` for a
    folder that cannot be used.
    """
    with ExitStack() as held:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".simulator", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        held.callback(os.close, lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            raise Taken(f"another simulator runs in {folder}") from cause
        asyncio.run(_run(folder, devices, seed, ready))


async def _run(folder: Path, devices: Mapping[str, str], seed: int, ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    # Before the first link is made: from here on every end takes them away.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
    with ExitStack() as held:
        try:
            weather = Weather(random.Random(f"{seed} weather"))
            tasks.append(asyncio.create_task(_sky(weather)))
            for name, kind in devices.items():
                port = PtyPort(folder / name)
                held.callback(port.close)
                chance = random.Random(f"{seed} {name}")
                tasks.append(asyncio.create_task(_live(name, kind, port, weather, chance)))
            ready()
            # Nothing but `stop` ends by itself: whatever else does has failed, and the failure goes out.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _sky(weather: Weather) -> None:
    while True:
        await asyncio.sleep(STEP_S)
        weather.pass_time(STEP_S)


async def _live(name: str, kind: str, port: PtyPort, weather: Weather, chance: random.Random) -> None:
    """A device's whole life: when its code fails it starts anew, as its watchdog would have it."""
    flash: dict[Any, int] = {}
    while True:
        desk = load(kind, name, port, flash)
        around_it = around(kind, desk, weather, chance)
        program = asyncio.ensure_future(desk.main())
        try:
            while not program.done():
                await asyncio.wait([program], timeout=STEP_S)
                around_it.pass_time(STEP_S)
            program.result()
        except Exception as failure:
            sys.stderr.write(f"{name} stopped: {failure!r}\n")
        finally:
            program.cancel()
            await asyncio.gather(program, return_exceptions=True)
        await asyncio.sleep(RESTART_S)
