"""Listens to what Mosquitto says of itself, and picks out what it denied. `broker.py` gives each child its own."""

import contextlib
import fcntl
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable

import structlog

Refused = Callable[[str, str, str], None]
"""Told (kiosk or empty, topic, reason) of everything the broker denied; must return at once."""

log = structlog.get_logger("broker")


class Ears(threading.Thread):
    """Reads what the child says and picks out what was denied; there are four lines to each message it carries."""

    def __init__(self, child: subprocess.Popen[bytes], refused: Refused) -> None:
        super().__init__(name="broker-ears", daemon=True)
        assert child.stderr is not None  # noqa: S101 (opened with a pipe)
        self._pipe = child.stderr
        self._refused = refused
        self._tail = b""

    def run(self) -> None:
        descriptor = self._pipe.fileno()
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, 1 << 20)
        rest = b""
        while block := os.read(descriptor, 1 << 20):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            if newline:
                self._tail = whole[-4000:]
                if any(mark in whole for mark in _MARKS):
                    for line in whole.split(b"\n"):
                        self._hear(line)
            if len(block) < 1 << 16:
                time.sleep(0.02)  # let lines gather: waking for each costs more than reading it
        self._pipe.close()

    def last_words(self) -> str:
        """The last error, or the last line."""
        self.join(0.5)
        lines = self._tail.decode("utf-8", "replace").splitlines() or ["no output"]
        return next((line for line in reversed(lines) if line.startswith("Error")), lines[-1])

    def _hear(self, line: bytes) -> None:
        if not any(mark in line for mark in _MARKS):
            return
        text = line.decode("utf-8", "replace")
        if (found := _DENIED.match(text)) is not None:
            reason = "larger than the broker carries" if text.startswith("Dropped") else "not this kiosk's topic"
            self._refused(found["who"], found["topic"], reason)
        elif text.endswith("disconnected, not authorised."):
            self._refused("", "login", "wrong user name or password")
        elif (found := _OVERSIZE.match(text)) is not None:
            self._refused(found["who"], "", "a packet larger than the broker reads")
        elif text.startswith("Error") or text.endswith("being dropped for client gateway."):
            log.warning("Mosquitto says", line=text)


# Said at the beginning of a line; a topic that contains these words only makes us look closer.
_MARKS = (b"Denied PUBLISH", b"Dropped too large", b"not authorised", b"oversize packet", b"Error", b"being dropped")
_DENIED = re.compile(r"(?:Denied|Dropped too large) PUBLISH from (?P<who>\S+) \(d\d, q\d, r\d, m\d+, '(?P<topic>.*)', ")
_OVERSIZE = re.compile(r"Client (?P<who>\S+) disconnected due to oversize packet")
