"""A town for journeys: the whole product as `changxiaozhan demo` starts it, on free ports, in a folder of its own."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tests.ports import free_port

PATIENCE_S = 60.0
T = TypeVar("T")


def wait_for(what: Callable[[], T], name: str, seconds: float = PATIENCE_S) -> T:
    """Look until it is true, and return it; a generous end, never a measure of speed."""
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {name}")
        time.sleep(0.02)


class Town:
    """The running demo. `end()` is Ctrl-C."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.http = f"127.0.0.1:{free_port()}"
        self.mqtt_port = free_port()
        self.kiosk_port = free_port(2)
        self.url = f"http://{self.http}"
        self.kiosks = [f"http://127.0.0.1:{self.kiosk_port + index}" for index in range(2)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
        environment |= {
            "CXZ_DATA": str(data),
            "CXZ_HTTP": self.http,
            "CXZ_MQTT_PORT": str(self.mqtt_port),
            "CXZ_KIOSK_HTTP": f"127.0.0.1:{self.kiosk_port}",
        }
        self.output = data.parent / f"{data.name}.out"
        began = time.monotonic()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "changxiaozhan", "demo", "--no-riders"],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        wait_for(self._ready, f"READY; so far: {self.said()}")
        self.ready_s = time.monotonic() - began
        self.passwords: dict[str, str] = json.loads((data / "demo.json").read_text("utf-8"))["staff"]
        self.kiosk_passwords: dict[str, str] = json.loads((data / "demo.json").read_text("utf-8"))["kiosks"]

    def said(self) -> str:
        """What the demo printed."""
        return self.output.read_text("utf-8", "replace") if self.output.exists() else ""

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the demo ended: {self.said()}")
        return "READY" in self.said()

    def end(self) -> int:
        """Ctrl-C; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def children(self) -> list[psutil.Process]:
        """Every process below the demo."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, *words: str) -> psutil.Process:
        """The process whose command line holds all these words."""

        def find() -> psutil.Process | None:
            for process in self.children():
                with contextlib.suppress(psutil.Error):
                    line = process.cmdline()
                    if all(any(word == part or part.endswith(word) for part in line) for word in words):
                        return process
            return None

        return wait_for(find, f"a process with {words}")

    def broker(self) -> psutil.Process:
        """Mosquitto."""
        for process in psutil.process_iter(["name", "cmdline"]):
            with contextlib.suppress(psutil.Error):
                if process.info["name"] == "mosquitto" and any(
                    str(self.data) in part for part in process.info["cmdline"]
                ):
                    return process
        raise AssertionError("no broker")

    def rows(self, sql: str, *parameters: Any, database: str = "changxiaozhan.db") -> list[tuple[Any, ...]]:
        """Look into a database from outside."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / database}?mode=ro", uri=True)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def tap(self, kiosk: int, path: str, body: dict[str, str]) -> int:
        """A touch on a kiosk's screen, as its page sends it; the HTTP status."""
        request = urllib.request.Request(
            f"{self.kiosks[kiosk]}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)

    def state(self, kiosk: int) -> str:
        """The kiosk's `/state`, empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.kiosks[kiosk]}/state", timeout=5) as answer:
                return str(answer.read().decode("utf-8"))
        except (OSError, urllib.error.URLError):
            return ""
