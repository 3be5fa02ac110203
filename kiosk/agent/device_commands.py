"""Commands to devices while they wait for their results: repeated until answered, done once.

Callers wait on their own threads in `ask`; `devices.DeviceBus` calls the rest on its one thread.
"""

import threading
from collections.abc import Callable

from kiosk.agent.device_link import Result

AGAIN_S = 2.0


class Unanswered(Exception):
    """A command brought no result; `str()` says why. When it has `left`, nobody knows what the device did."""

    def __init__(self, reason: str, *, left: bool = False) -> None:
        super().__init__(reason)
        self.left = left


class Commands:
    """What has been asked and not answered."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()
        self._closed: str | None = "the bus is not running"

    def open(self) -> None:
        """Take commands from now on."""
        with self._lock:
            self._closed = None

    def close(self, reason: str) -> None:
        """End all that wait, take no more."""
        with self._lock:
            self._closed = reason
            for waiting in self._waiting.values():
                waiting.end(None, reason)

    def ask(self, device: str, command: str, line: bytes, wake: Callable[[], None], timeout: float) -> Result:
        """Wait up to `timeout` seconds for the result. Raises `Unanswered`."""
        waiting = _Waiting(device, line)
        with self._lock:
            if self._closed is not None:
                raise Unanswered(self._closed)
            if command in self._waiting:
                raise Unanswered(f"command {command} is being done")
            self._waiting[command] = waiting
        wake()
        waiting.done.wait(timeout)
        with self._lock:
            del self._waiting[command]
        if waiting.result is None:
            raise Unanswered(waiting.reason or f"{device} did not answer", left=bool(waiting.boot))
        return waiting.result

    def due(self, boot_of: Callable[[str], str | None], now: float) -> list[tuple[str, bytes]]:
        """(device, line) of what is to be said now; `boot_of` gives a connected device's boot."""
        with self._lock:
            found = list(self._waiting.values())
        lines = []
        for waiting in found:
            boot = boot_of(waiting.device)
            if boot is None:
                waiting.end(None, f"{waiting.device} {'was lost meanwhile' if waiting.boot else 'is not connected'}")
            elif waiting.boot not in ("", boot):
                # Done or not before it fell? Doing it again could be the second time.
                waiting.end(None, f"{waiting.device} started anew meanwhile")
            elif now - waiting.tried >= AGAIN_S:
                waiting.tried, waiting.boot = now, boot
                lines.append((waiting.device, waiting.line))
        return lines

    def answered(self, device: str, result: Result) -> None:
        """A result came; one that nobody waits for, or from another device, is passed over."""
        with self._lock:
            waiting = self._waiting.get(result.command)
        if waiting is not None and waiting.device == device:
            waiting.end(result, "")


class _Waiting:
    def __init__(self, device: str, line: bytes) -> None:
        self.device = device
        self.line = line
        self.tried = float("-inf")
        self.boot = ""
        """The boot it was said to, empty while it has not been."""
        self.done = threading.Event()
        self.result: Result | None = None
        self.reason = ""

    def end(self, result: Result | None, reason: str) -> None:
        """The first end counts."""
        if not self.done.is_set():
            self.result, self.reason = result, reason
            self.done.set()
