"""One open serial port of a device, and the search for ports; `devices.DeviceBus` is the only caller."""

import os
import stat
import termios
from dataclasses import dataclass, field
from pathlib import Path

import serial
import structlog

from gateway.contract.envelope import Body
from kiosk.agent.device_link import MAX_LINE, Lines

BAUD = 115200

log = structlog.get_logger("devices")


@dataclass(frozen=True, slots=True)
class Target:
    """What a path led to: the tty's device number, and when its link was made (0: no link)."""

    tty: int
    made: int


def find(folder: Path) -> dict[str, Target]:
    """Path → target of every serial port in the folder, by name. Raises `OSError` when the folder cannot be read."""
    found: dict[str, Target] = {}
    for path in sorted(folder.iterdir()):
        try:
            link, tty = path.lstat(), path.stat()
        except OSError:
            continue  # a link to nothing: its device is gone
        if path.name.startswith(".") or not stat.S_ISCHR(tty.st_mode):
            continue
        if not stat.S_ISLNK(link.st_mode):
            found[str(path)] = Target(tty.st_rdev, 0)
        # A pty younger than its link was made for somebody else: a terminal, not our device.
        elif not str(path.resolve()).startswith("/dev/pts/") or tty.st_ctime_ns <= link.st_mtime_ns:
            found[str(path)] = Target(tty.st_rdev, link.st_mtime_ns)
    return found


def open_line(path: str) -> serial.Serial:
    """The port, raw and ours alone. Raises `OSError`, also for what is no serial port or is in use."""
    try:
        return serial.Serial(path, BAUD, timeout=0, write_timeout=0, exclusive=True)
    except (ValueError, termios.error) as cause:
        raise OSError(str(cause)) from cause


@dataclass(slots=True, eq=False)
class Port:
    """One open serial port. `device` is empty before its hello."""

    path: str
    target: Target
    line: serial.Serial
    opened: float
    heard: float
    asked: float = float("-inf")
    device: str = ""
    boot: str = ""
    description: Body = field(default_factory=dict)
    cutter: Lines = field(default_factory=Lines)
    out: bytearray = field(default_factory=bytearray)
    second: float = 0
    """When the second began in which `lines` and `volume` (bytes) are counted."""
    lines: int = 0
    volume: int = 0
    paused: bool = False
    said: set[str] = field(default_factory=set)

    def say(self, line: bytes) -> None:
        """Send, or keep for the next turn; a device that takes nothing has at most four lines waiting."""
        if len(self.out) + len(line) <= 4 * MAX_LINE:
            self.out += line
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the line takes it now."""
        try:
            while self.out:
                del self.out[: os.write(self.line.fileno(), self.out)]
        except BlockingIOError:
            return
        except OSError:
            self.out.clear()  # a port that is gone shows it in the next read

    def noise(self, reason: str) -> None:
        """Log what could not be read, once a connection."""
        self._say_once("noise on the line", reason)

    def flood(self, reason: str) -> None:
        """Log that the device says too much, once a connection."""
        self._say_once("a flood, the rest is dropped", reason)

    def _say_once(self, what: str, reason: str) -> None:
        if what not in self.said:
            self.said.add(what)
            log.warning(what, device=self.device, port=self.path, reason=reason)
