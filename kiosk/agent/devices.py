"""The serial bus: finds the station's devices, listens to all of them on one thread, and passes commands to them.

The agent gives it a folder of links to serial ports (`/dev/serial/by-id`, or what the simulator makes) and a listener.
pyserial opens the ports; the reading is ours because its own reader wants a thread for each port.
"""

import contextlib
import os
import secrets
import selectors
import socket
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog

from gateway.contract.envelope import Broken
from kiosk.agent.device_commands import Commands, Unanswered
from kiosk.agent.device_link import (
    MAX_LINE,
    Event,
    Hello,
    Malformed,
    Reading,
    Result,
    ask_hello,
    confirm,
    decode,
    do,
)
from kiosk.agent.serial_port import Port, Target, find, open_line

MAX_PORTS = 32
CHUNK = 4096

__all__ = ["DeviceBus", "DeviceListener", "Pace", "Unanswered"]

log = structlog.get_logger("devices")


class DeviceListener(Protocol):
    """Who is told. Called on the bus's thread: return soon, and never call `send` from here."""

    def hello(self, device: str, description: dict[str, object]) -> None:
        """A device came, came back, started anew, or describes itself differently."""

    def reading(self, device: str, readings: dict[str, float]) -> None:
        """Numbers by name, each finite."""

    def event(self, device: str, event: str, body: dict[str, object]) -> None:
        """Something happened. Confirmed to the device when this returns; when it raises, the device repeats it."""

    def lost(self, device: str) -> None:
        """A device that had said hello vanished or fell silent."""

    def nonsense(self, device: str, reason: str) -> None:
        """Something it said was dropped: it could not be read, or could not be."""

    def objection(self, device: str, name: str) -> str:
        """Why this command may not be given now; empty when it may. Called on the sender's thread."""

    def done(self, device: str, name: str, args: Mapping[str, object]) -> None:
        """A command was done. Called on the sender's thread."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how much; seconds unless named otherwise."""

    scan: float = 2
    ask: float = 2
    """Between two requests for a hello."""
    hello: float = 10
    """A port that has not said hello for so long is closed, and tried again later."""
    quiet: float = 50
    """After so long without a word a device is asked for a hello."""
    lines: int = 20
    """Lines a second taken from one device; what is above is dropped."""
    shun: float = 10
    """First wait before a refused port is tried again; doubles up to `shun_most`."""
    shun_most: float = 600


class DeviceBus:
    """All serial devices of one kiosk. `folder` may be missing, come and go."""

    def __init__(self, folder: Path, listener: DeviceListener, pace: Pace | None = None) -> None:
        self._folder = folder
        self._listener = listener
        self._pace = pace or Pace()
        self._ports: dict[str, Port] = {}
        self._owners: dict[str, Port] = {}
        self._shunned: dict[str, _Shunned] = {}
        self._taken: dict[str, _Taken] = {}
        self._commands = Commands()
        self._stopping = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None
        self._next_scan = 0.0
        self._complaint = ""

    def start(self) -> None:
        """Begin looking for devices; returns at once. A bus is started once."""
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="devices", daemon=True)
        self._commands.open()
        self._thread.start()

    def stop(self) -> None:
        """Close every port and return; nobody is told `lost`, waiting commands end `Unanswered`."""
        self._stopping.set()
        self._wake()
        if self._thread is None:
            self._end()
        else:
            self._thread.join(5)

    def send(
        self, device: str, name: str, args: Mapping[str, object], *, command: str | None = None, timeout: float = 10
    ) -> Result:
        """Have a device do something; waits up to `timeout` seconds for its result.

        The line is repeated until the device answers; it acts once per `command` (an id of its own by default).
        Raises `Unanswered`, or `Broken` when the command does not fit a line.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("send waits for the bus and cannot be called from its listener")
        command = command or secrets.token_hex(8)
        if why := self._listener.objection(device, name):
            return Result(command, False, {"why": why})
        result = self._commands.ask(device, command, do(command, name, args), self._wake, timeout)
        if result.ok:
            self._listener.done(device, name, args)
        return result

    def _wake(self) -> None:
        # Full means it is awake already, closed that it has ended.
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    # --- the bus's thread

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                except Exception:
                    log.exception("the bus stumbled")
                    self._stopping.wait(1)
        finally:
            self._end()

    def _end(self) -> None:
        for port in self._ports.values():
            with contextlib.suppress(OSError, termios.error):
                port.line.close()
        self._commands.close("the bus was stopped")
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _turn(self) -> None:
        now = time.monotonic()
        if now >= self._next_scan:
            self._next_scan = now + self._pace.scan
            self._scan(now)
        for port in list(self._ports.values()):
            self._tend(port, now)
        for device, command in self._commands.due(self._boot_of, now):
            self._owners[device].say(command)
        for key, _ in self._selector.select(min(self._pace.scan, self._pace.ask, 0.5)):
            if key.data is None:
                self._woken.recv(CHUNK)
            else:
                self._read(key.data)

    def _scan(self, now: float) -> None:
        found = self._found()
        for port in list(self._ports.values()):
            if found.get(port.path) != port.target:
                self._close(port, "its link is gone")
        for path in self._shunned.keys() - found.keys():
            del self._shunned[path]
        open_ttys = {port.target.tty for port in self._ports.values()}
        for path, target in found.items():
            shunned = self._shunned.get(path)
            if path in self._ports or target.tty in open_ttys:
                continue
            if shunned is not None and shunned.target == target and now < shunned.until:
                continue
            open_ttys.add(target.tty)
            self._open(path, target, now)

    def _found(self) -> dict[str, Target]:
        try:
            found = find(self._folder)
        except OSError as cause:
            self._complain(f"no devices: {cause.strerror}")
            return {}
        self._complain(f"more than {MAX_PORTS} ports, the rest is left alone" if len(found) > MAX_PORTS else "")
        return dict(list(found.items())[:MAX_PORTS])

    def _complain(self, complaint: str) -> None:
        if complaint and complaint != self._complaint:
            log.warning(complaint, folder=str(self._folder))
        self._complaint = complaint

    def _open(self, path: str, target: Target, now: float) -> None:
        try:
            line = open_line(path)
        except OSError as cause:
            self._shun(path, target, f"cannot be opened: {cause}", now)
            return
        port = Port(path, target, line, opened=now, heard=now)
        self._ports[path] = port
        self._selector.register(line.fileno(), selectors.EVENT_READ, port)
        port.say(b"\n")  # ends whatever half line the device holds

    def _tend(self, port: Port, now: float) -> None:
        port.flush()
        if port.paused and now >= port.second + 1:
            port.paused = False
            self._selector.register(port.line.fileno(), selectors.EVENT_READ, port)
        silent = now - (port.heard if port.device else port.opened)
        patience = self._pace.quiet if port.device else 0
        if silent >= patience + self._pace.hello:
            self._refuse(port, "fell silent" if port.device else "never said hello", now)
        elif silent >= patience and now - port.asked >= self._pace.ask:
            port.asked = now
            port.say(ask_hello())

    def _boot_of(self, device: str) -> str | None:
        port = self._owners.get(device)
        return None if port is None else port.boot

    def _read(self, port: Port) -> None:
        try:
            data = os.read(port.line.fileno(), CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        now = time.monotonic()
        if not data:
            if port.device:
                self._close(port, "hung up")
            else:
                self._refuse(port, "hung up before its hello", now)
            return
        if now >= port.second + 1:
            port.second, port.lines, port.volume = now, 0, 0
        port.volume += len(data)
        lines, too_long = port.cutter.feed(data)
        for _ in range(too_long):
            self._drop(port, f"a line of more than {MAX_LINE} bytes")
        for line in lines:
            port.lines += 1
            if port.lines <= self._pace.lines and self._ports.get(port.path) is port:
                self._hear(port, line, now)
        self._hold_back(port)

    def _hold_back(self, port: Port) -> None:
        if port.lines > self._pace.lines:
            port.flood(f"more than {self._pace.lines} lines a second")
        if port.volume > self._pace.lines * MAX_LINE and self._ports.get(port.path) is port:
            # Unread, the bytes pile up at the device's end, and this thread has time for the others.
            port.flood(f"more than {self._pace.lines * MAX_LINE} bytes a second")
            port.paused = True
            self._selector.unregister(port.line.fileno())

    def _hear(self, port: Port, line: bytes, now: float) -> None:
        try:
            word = decode(line)
        except Broken as cause:
            self._drop(port, str(cause))
            return
        port.heard = now
        if isinstance(word, Hello):
            self._greet(port, word, now)
        elif port.device:
            self._take(port, word)

    def _greet(self, port: Port, hello: Hello, now: float) -> None:
        if self._owners.get(hello.device, port) is not port:
            self._refuse(port, f"another device is called {hello.device} already", now, hello.device)
            return
        if port.device not in ("", hello.device):
            self._refuse(port, f"{port.device} calls itself {hello.device} now", now)
            return
        self._shunned.pop(port.path, None)
        if (port.device, port.boot, port.description) == (hello.device, hello.boot, hello.description):
            return
        port.device, port.boot, port.description = hello.device, hello.boot, hello.description
        self._owners[port.device] = port
        taken = self._taken.pop(port.device, None)
        self._taken[port.device] = taken if taken and taken.boot == port.boot else _Taken(port.boot)
        for absent in [device for device in self._taken if device not in self._owners][:-MAX_PORTS]:
            del self._taken[absent]
        log.info("hello", device=port.device, kind=hello.description["kind"], port=port.path)
        self._tell(self._listener.hello, port.device, dict(port.description))

    def _take(self, port: Port, word: Reading | Event | Result | Malformed | None) -> None:
        match word:
            case Reading(readings, dropped):
                if dropped:
                    self._drop(port, dropped)
                self._tell(self._listener.reading, port.device, readings)
            case Event(seq, event, body):
                taken = self._taken[port.device].seqs
                if seq not in taken:
                    if not self._tell(self._listener.event, port.device, event, body):
                        return
                    taken.append(seq)
                port.say(confirm(seq))
            case Malformed(seq, reason):
                self._drop(port, reason)
                port.say(confirm(seq))
            case Result():
                self._commands.answered(port.device, word)

    def _drop(self, port: Port, reason: str) -> None:
        port.noise(reason)
        if port.device:
            self._tell(self._listener.nonsense, port.device, reason)

    def _refuse(self, port: Port, why: str, now: float, rival: str = "") -> None:
        self._close(port, why, quiet=True)
        self._shun(port.path, port.target, why, now, rival)

    def _shun(self, path: str, target: Target, why: str, now: float, rival: str = "") -> None:
        last = self._shunned.get(path)
        wait = self._pace.shun
        if last is not None and last.target == target:
            wait = min(2 * last.wait, self._pace.shun_most)
        self._shunned[path] = _Shunned(target, now + wait, wait, rival)
        log.warning("port refused", port=path, why=why, again_in_s=round(wait))

    def _close(self, port: Port, why: str, *, quiet: bool = False) -> None:
        del self._ports[port.path]
        if not port.paused:
            self._selector.unregister(port.line.fileno())
        with contextlib.suppress(OSError, termios.error):
            port.line.close()
        if not quiet:
            log.info("port closed", port=port.path, why=why)
        if self._owners.get(port.device) is port:
            self._disown(port)

    def _disown(self, port: Port) -> None:
        del self._owners[port.device]
        for path, shunned in list(self._shunned.items()):
            if shunned.rival == port.device:
                del self._shunned[path]
        log.warning("lost", device=port.device, port=port.path)
        self._tell(self._listener.lost, port.device)

    def _tell(self, call: Callable[..., None], device: str, *what: object) -> bool:
        try:
            call(device, *what)
        except Exception:
            log.exception("the listener failed", call=call.__name__, device=device)
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Shunned:
    target: Target
    until: float
    wait: float
    rival: str


@dataclass(slots=True)
class _Taken:
    """Events told of one device since its boot, so that a repeat is confirmed and not told again."""

    boot: str
    seqs: deque[int] = field(default_factory=lambda: deque(maxlen=64))
