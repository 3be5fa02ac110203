"""A city of light kiosks: plans it, runs it in a few processes, shows its progress and reports at the end.

`changxiaozhan simulate --stations N` comes here. The gateway it talks to is opened by whoever calls (see `Centre`).
"""

import json
import os
import queue
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.contract.envelope import Body

PER_PROCESS = 500
READING_S = 20.0
RIDER_EVERY_S = 20.0
"""How often each rider taps somewhere."""
DRAIN_S = 90.0
CONNECT_S = 120.0
DESIRED_S = 60.0


class Centre(Protocol):
    """The gateway: `gateway.trial.Trial`."""

    url: str
    temporary: bool

    def enrol(self, kiosks: Iterable[str]) -> dict[str, str]: ...
    def revoke(self, kiosks: Iterable[str]) -> None: ...
    def desire(self, bodies: Mapping[str, Body]) -> None: ...
    def stations(self) -> list[str]: ...
    def stored(self, kiosks: Iterable[str]) -> dict[str, tuple[int, int]]: ...
    def alarms(self, kiosks: Iterable[str]) -> dict[str, int]: ...


@dataclass
class Report:
    """What the city did, and whether anything was lost."""

    stations: int
    connected_s: float = 0.0
    """From the first connection attempt until every kiosk was connected, born and had its desired state."""
    changed_s: float = 0.0
    """From the change of every desired state until all had it."""
    outages: int = 0
    wrong_clocks: int = 0
    replaced: int = 0
    made: int = 0
    stored: int = 0
    acked: int = 0
    holes: int = 0
    alarms: dict[str, int] = field(default_factory=dict)
    delays: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether every fact was stored once and confirmed."""
        return self.made == self.stored == self.acked and self.holes == 0

    def table(self) -> Table:
        """For a person."""
        table = Table("what", "figure", title=f"{self.stations} stations, {self.seconds:.0f} s")
        table.add_row("connected, born and with their desired state", f"{self.stations} in {self.connected_s:.1f} s")
        table.add_row("a change of every desired state reached all", f"in {self.changed_s:.1f} s")
        table.add_row("outages / wrong clocks / boxes replaced",
                      f"{self.outages} / {self.wrong_clocks} / {self.replaced}")  # fmt: skip
        table.add_row("facts made / stored / confirmed", f"{self.made:,} / {self.stored:,} / {self.acked:,}")
        table.add_row("lost / stored twice", f"{max(0, self.made - self.stored)} / {max(0, self.stored - self.made)}")
        table.add_row("streams with a hole", str(self.holes))
        for lane, delays in sorted(self.delays.items()):
            if len(delays) > 1:
                late = statistics.quantiles(delays, n=100, method="inclusive")[98]
                figure = f"{statistics.median(delays) * 1000:.0f} / {late * 1000:.0f} / {max(delays) * 1000:.0f} ms"
                table.add_row(f"tap to ack, lane {lane}: median / 99 % / worst", figure)
        alarms = ", ".join(f"{kind}: {count}" for kind, count in self.alarms.items()) or "none"
        table.add_row("alarms at the gateway", alarms)
        return table


def run(centre: Centre, stations: int, riders: int, minutes: float, seed: int, console: Console) -> Report:
    """Run the city for so many minutes. Blocks; ends its processes in any case. Raises `Broke`."""
    if not centre.url.startswith("mqtt://"):
        raise Broke(f"simulated kiosks speak plain MQTT, but the broker is {centre.url}")
    chance = random.Random(seed)
    tag = token_hex(2)
    names = [f"sim-{tag}-{number:04d}" for number in range(1, stations + 1)]
    codes = centre.stations()
    homes = {name: codes[number % len(codes)] if codes else name for number, name in enumerate(names)}
    report, began = Report(stations), time.monotonic()
    with _progress(console) as progress:
        bar = progress.add_task("logins and desired states", total=None)
        passwords = centre.enrol(names)
        try:
            centre.desire({name: _body(homes[name], "欢迎") for name in names})
            plans = _plans(names, homes, passwords, minutes * 60, chance, report)
            with _workers(centre.url, plans, riders, stations, seed) as crew:
                _live(centre, crew, names, homes, minutes * 60, chance, report, (progress, bar))
        finally:
            if not centre.temporary:
                centre.revoke(names)
    report.alarms = centre.alarms(names)
    report.seconds = time.monotonic() - began
    return report


def _body(station: str, words: str) -> Body:
    return {"station": {"code": station, "name": station}, "notices": [{"id": "sim", "text": words, "level": "info"}]}


def _plans(
    names: list[str], homes: dict[str, str], passwords: dict[str, str], seconds: float, chance: random.Random,
    report: Report,
) -> list[dict[str, Any]]:  # fmt: skip
    """One plan for each kiosk: one in ten loses its line, one in twenty has no clock, one in twenty a wrong one."""
    plans = []
    for name in names:
        clock, wrong_s, dice = "ntp", 0.0, chance.random()
        if dice < 0.05:
            clock = "none"
        elif dice < 0.1:
            clock, wrong_s = "rtc", -chance.uniform(1, 3) * 365 * 86_400
        report.wrong_clocks += clock != "ntp"
        outages = []
        if chance.random() < 0.1 and seconds > 5:
            outages.append((chance.uniform(0.2, 0.6) * seconds, chance.uniform(0.1, 0.3) * seconds))
        report.outages += len(outages)
        plans.append(
            {
                "kiosk": name, "station": homes[name], "password": passwords[name], "clock": clock, "wrong_s": wrong_s,
                "outages": outages, "spread_s": min(2.0, len(names) / 500),
            }
        )  # fmt: skip
    return plans


class Worker:
    """One process of the fleet, and its latest word."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.kiosks = [one["kiosk"] for one in plan["kiosks"]]
        self.word: dict[str, Any] = {}
        self.made_by: dict[str, int] = {}
        self.delays: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firmware_stubs.simulators.fleet"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl-C reaches us; they leave when we do
        )  # fmt: skip
        self.tell(plan)
        self._ear = threading.Thread(target=self._hear, daemon=True)
        self._ear.start()

    def tell(self, order: dict[str, Any]) -> None:
        """Send it a line."""
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            self.process.stdin.flush()

    def end(self) -> None:
        """Wait for its last word; killed when it has none."""
        try:
            self.tell({"do": "end"})
            self.process.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self._ear.join(5)

    def _hear(self) -> None:
        if self.process.stdout is None:
            return
        for line in self.process.stdout:
            word = json.loads(line)
            if "made_by" in word:
                self.made_by = word["made_by"]
                continue
            for lane, seconds in word.pop("delays"):
                self.delays.put((lane, seconds))
            self.word = word


class Broke(Exception):
    """The fleet did not do what it should; `str()` is one line."""


@contextmanager
def _workers(url: str, plans: list[dict[str, Any]], riders: int, stations: int, seed: int) -> Iterator[list[Worker]]:
    count = max(1, -(-len(plans) // PER_PROCESS))
    tap_s = RIDER_EVERY_S * stations / max(1, riders)
    crew: list[Worker] = []
    try:
        for number in range(count):
            plan = {"url": url, "kiosks": plans[number::count], "seed": seed * 1000 + number, "reading_s": READING_S}
            crew.append(Worker(plan | {"tap_s": tap_s}))
        yield crew
    finally:
        for worker in crew:
            worker.end()


def _live(
    centre: Centre, crew: list[Worker], names: list[str], homes: dict[str, str], seconds: float,
    chance: random.Random, report: Report, shown: tuple[Progress, Any],
) -> None:  # fmt: skip
    progress, bar = shown
    progress.update(bar, description="connecting", total=len(names))
    began = time.monotonic()
    while _count(crew, 1) < len(names) or _sum(crew, "connected") < len(names):
        _watch(crew, began, CONNECT_S, f"{_sum(crew, 'connected')} of {len(names)} connected")
        progress.update(bar, completed=min(_count(crew, 1), _sum(crew, "connected")))
    report.connected_s = time.monotonic() - began

    progress.update(bar, description="a change for everybody", completed=0)
    began = time.monotonic()
    centre.desire({name: _body(homes[name], "今晚停水到六点") for name in names})
    while _count(crew, 2) < len(names):
        _watch(crew, began, DESIRED_S + seconds, f"{_count(crew, 2)} of {len(names)} have the change")
        progress.update(bar, completed=_count(crew, 2))
    report.changed_s = time.monotonic() - began

    began = time.monotonic()
    retiring = set(chance.sample(names, max(1, len(names) // 50)))
    _order(crew, retiring, "retire")
    progress.update(bar, description="riders tap", total=seconds, completed=0)
    while (passed := time.monotonic() - began) < seconds:
        if passed > seconds / 4:
            _replace(centre, crew, retiring)
        _watch(crew, began, seconds + 60, f"{_sum(crew, 'acked')} facts confirmed")
        words = f"riders tap · {_sum(crew, 'made'):,} facts, {_sum(crew, 'acked'):,} confirmed"
        progress.update(bar, completed=passed, description=words)

    for worker in crew:
        worker.tell({"do": "rest"})
    began = time.monotonic()
    progress.update(bar, description="emptying the outboxes", total=None)
    time.sleep(1.2)  # until each has spoken again
    while _sum(crew, "waiting") and time.monotonic() - began < DRAIN_S:
        _watch(crew, began, DRAIN_S + 10, f"{_sum(crew, 'waiting')} facts still waiting")
    for worker in crew:
        worker.end()
    made_by = {name: made for worker in crew for name, made in worker.made_by.items()}
    stored = centre.stored(names)
    report.made, report.acked, report.replaced = sum(made_by.values()), _sum(crew, "acked"), _sum(crew, "replaced")
    report.stored = sum(count for count, _ in stored.values())
    report.holes = sum(holes for _, holes in stored.values())
    for worker in crew:
        while not worker.delays.empty():
            lane, delay = worker.delays.get()
            report.delays.setdefault(lane, []).append(delay)


def _order(crew: list[Worker], names: Iterable[str], do: str) -> None:
    for name in names:
        next(worker for worker in crew if name in worker.kiosks).tell({"do": do, "kiosk": name})


def _replace(centre: Centre, crew: list[Worker], retiring: set[str]) -> None:
    """Give the place of every box that has said everything to a new one; the old one's login dies with that."""
    for worker in crew:
        if ready := retiring.intersection(worker.word.get("retired", ())):
            retiring -= ready
            for name, password in centre.enrol(sorted(ready)).items():
                worker.tell({"do": "replace", "kiosk": name, "password": password})


def _watch(crew: list[Worker], began: float, most: float, words: str) -> None:
    """A short wait; `Broke` when a process has ended or it takes too long."""
    time.sleep(0.05)
    if any(worker.process.poll() is not None for worker in crew):
        raise Broke("a process of the fleet ended early")
    if time.monotonic() - began > most:
        raise Broke(f"after {most:.0f} s only {words}")


def _sum(crew: list[Worker], name: str) -> int:
    return sum(int(worker.word.get(name, 0)) for worker in crew)


def _count(crew: list[Worker], version: int) -> int:
    """How many kiosks have this version of their desired state, or a later one."""
    return sum(one >= version for worker in crew for one in worker.word.get("versions", ()))


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
