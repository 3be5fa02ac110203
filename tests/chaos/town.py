"""The town that is stormed: gateway, broker, web process and three kiosks, each started again as soon as it falls."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import changxiaozhan
from gateway.broker import find_mosquitto
from tests.chaos.proxy import Proxy

STATIONS = (*changxiaozhan.KIOSKS, *changxiaozhan.SPARE)
START_S = 60.0
AGAIN_S = 0.3


@dataclass
class Program:
    """One process; `arguments` follow `python -m`."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    due: float = 0.0
    kills: int = 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        outside = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                env=outside | dict(self.environment),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent,
            )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        if self.running and self.process is not None:
            self.process.kill()
            self.process.wait()
            self.kills += 1

    def end(self) -> None:
        if self.running and self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Town:
    """`data` is its folder. Nothing of it outlives `end`."""

    data: Path
    standin: bool = False
    programs: dict[str, Program] = field(default_factory=dict)
    proxies: list[Proxy] = field(default_factory=list)
    broker_kills: int = 0

    def __post_init__(self) -> None:
        self._watching = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        ports = _free_ports(3 + len(STATIONS))
        self.mqtt, self.http, self.screens = ports[0], ports[1], ports[2:]

    def start(self) -> None:
        """Returns when everybody answers. Raises `TimeoutError`."""
        if not self.standin and find_mosquitto() is None:
            raise FileNotFoundError("Mosquitto is not installed; --standin goes without")
        place = changxiaozhan.Place(
            self.data, f"127.0.0.1:{self.http}", self.mqtt, f"127.0.0.1:{self.screens[0]}"
        )  # fmt: skip
        changxiaozhan._prepare(place)
        environment = dict(place.environment)
        logs = self.data / "logs"
        if self.standin:
            arguments = ["tests.chaos.standin", str(self.data), str(self.mqtt)]
            self._start(Program("broker", arguments, {}, logs / "broker.log"))
            password = self.data / "gateway" / "password"
            self.wait(lambda: password.exists() and _listens(self.mqtt), "the stand-in broker")
            login = f"gateway:{password.read_text('utf-8').strip()}"
            environment["CXZ_MQTT_URL"] = f"mqtt://{login}@127.0.0.1:{self.mqtt}"
        self._start(Program("gateway", ["changxiaozhan", "gateway"], environment, logs / "gateway.log"))
        self._start(Program("web", ["changxiaozhan", "web"], environment, logs / "web.log"))
        for (kiosk, _), screen in zip(STATIONS, self.screens, strict=False):
            proxy = Proxy(self.mqtt)
            self.proxies.append(proxy)
            line = {"CXZ_MQTT_URL": f"mqtt://127.0.0.1:{proxy.port}"}
            arguments = ["changxiaozhan", "kiosk", "--data", str(self.data / kiosk), "--http", f"127.0.0.1:{screen}"]
            self._start(Program(kiosk, arguments, line, logs / f"{kiosk}.log"))
        self.wait(lambda: bool(self.get(f"http://127.0.0.1:{self.http}/readyz")), "the web process")
        for screen in self.screens[: len(STATIONS)]:
            self.wait(lambda screen=screen: '"online"' in self.get(f"http://127.0.0.1:{screen}/state"), "a kiosk")
        self._watching.set()
        self._keeper.start()

    def kill(self, name: str) -> None:
        """SIGKILL for one of the programs, or for the broker."""
        with self._lock:
            if name != "broker" or self.standin:
                self.programs[name].kill()
                return
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.data / "gateway" / "mosquitto.pid").read_text("ascii")), signal.SIGKILL)
            self.broker_kills += 1

    def heal(self) -> None:
        for proxy in self.proxies:
            proxy.heal()

    def end(self) -> None:
        """End all, in good order; an orphaned broker too."""
        self._over.set()
        self.heal()
        if self._keeper.is_alive():
            self._keeper.join()
        for program in reversed(self.programs.values()):
            program.end()
        for proxy in self.proxies:
            proxy.close()
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.data / "gateway" / "mosquitto.pid").read_text("ascii"))
            # A number may have been given to another process since; the folder in its command line tells.
            if str(self.data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = START_S) -> None:
        """Raises `TimeoutError`."""
        overdue = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > overdue:
                raise TimeoutError(f"waited {seconds:.0f} s for {what}; logs are in {self.data / 'logs'}")
            time.sleep(0.1)

    def get(self, url: str) -> str:
        """A page, empty while nobody answers."""
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return str(answer.read().decode("utf-8"))
        except OSError:
            return ""

    def _start(self, program: Program) -> None:
        self.programs[program.name] = program
        program.start()

    def _keep(self) -> None:
        """Start again who fell, a moment later."""
        while not self._over.wait(0.1):
            now = time.monotonic()
            with self._lock:
                for program in self.programs.values():
                    if program.running:
                        program.due = 0.0
                    elif not program.due:
                        program.due = now + AGAIN_S
                    elif now >= program.due:
                        program.start()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _free_ports(count: int) -> list[int]:
    held = []
    try:
        for _ in range(count):
            held.append(socket.socket())
            held[-1].bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def _die_with_parent() -> None:
    # Killed without a chance to clean up, we still leave nobody behind.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
