"""The kiosk's process: agent and screen together, orderly start and end, one clear line when it cannot run."""

import contextlib
import ctypes
import fcntl
import gc
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import anyio.to_thread
import structlog
import uvicorn
from starlette.applications import Starlette

from gateway.contract.topics import GATEWAY_STATE, down_filter
from gateway.logs import log_to_stderr
from gateway.sqlite import Unusable
from gateway.wire import Will, Wire
from gateway.wire.paho import PahoWire
from kiosk.agent import Agent
from kiosk.agent.commands import LogTail
from kiosk.agent.credentials import Unpaired, read
from kiosk.agent.devices import DeviceBus
from kiosk.pairing import Draft, Ended, Office, Watch, admit
from kiosk.screen import create
from kiosk.settings import Settings

SCREEN_THREADS = 4
"""One touchscreen asks once a second; every further thread would only cost a database connection."""
SQLITE_BYTES = 500_000
"""From here on SQLite takes its own pages again: each thread's connection would else keep up to 2 MB of a backlog."""
MALLOC_ARENAS = 2
"""glibc gives each thread a heap of its own; a kiosk's dozen threads hardly ever meet in one."""
_M_ARENA_MAX = -8

log = structlog.get_logger()


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT. Exit code: 0 in good order, 2 when it cannot start (one line on stderr)."""
    tail = LogTail.of_this_process()
    anew = Anew()
    log_to_stderr("info")
    _spare_memory()
    code = _run(settings, tail, anew)
    if anew.wanted:
        # In place, so that it comes back also where nobody watches over the process.
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - our own command line
    return code


def _run(settings: Settings, tail: LogTail, anew: "Anew") -> int:
    with contextlib.ExitStack() as stack:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_alone(settings.data))
            listener = stack.enter_context(_listen(*settings.address))
            admit(settings, listener)
            credentials = read(settings.data / "kiosk.json")
            office = Office(credentials.public_url, settings.ca_file)
            watch = Watch(credentials, office, Draft(settings.data), anew.ask)

            def connect(will: Callable[[], Will | None]) -> Wire:
                wire = PahoWire(
                    settings.mqtt_url or credentials.mqtt_url,
                    credentials.kiosk,
                    username=credentials.kiosk,
                    password=credentials.password,
                    filters=(down_filter(credentials.kiosk), GATEWAY_STATE),
                    will=will,
                    clean=True,  # a late ack from a kept session would tell a wrong time; nothing here needs one
                    ca_file=settings.ca_file or credentials.ca_file,
                    ca_data=credentials.ca,
                    cert_file=settings.cert_file or credentials.cert_file,
                    key_file=settings.key_file or credentials.key_file,
                )
                return watch.over(wire)

            agent = Agent(
                credentials,
                settings.data,
                connect,
                open_bus=DeviceBus,
                devices=settings.serial,
                telemetry_cap=settings.telemetry_cap,
                telemetry_every_ms=settings.telemetry_s * 1000,
                tail=tail,
                restart=anew.ask,
            )
        except Ended:
            return 0
        except (Unpaired, Unusable, OSError, ValueError) as cause:
            print(f"changxiaozhan kiosk: {cause}", file=sys.stderr)  # noqa: T201 - the person at the console reads it
            return 2
        agent.start()
        watch.start(agent)
        try:
            agent.deeds.screen = _address_of(listener)
            idle_s = agent.twin.wanted.kiosk["idle_s"]
            return _serve(create(agent, idle_s=idle_s), credentials.kiosk, listener, anew)
        finally:
            watch.stop()
            agent.stop()


def _spare_memory() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"pragma soft_heap_limit = {SQLITE_BYTES}")  # of the whole process
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such switch
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, MALLOC_ARENAS)


class Anew:
    """Whether the program shall start itself anew after its orderly end; whoever ends it from outside wins."""

    def __init__(self) -> None:
        self.server: uvicorn.Server | None = None
        self._asked = self._over = False

    @property
    def wanted(self) -> bool:
        """True when it was asked for, and nobody told the program to end."""
        return self._asked and not self._over

    def ask(self) -> None:
        """End in good order, the goodbye said and the database closed, and begin again."""
        self._asked = True
        if self.server is not None:
            self.server.should_exit = True

    def end(self) -> None:
        """The program was told to end, at whatever moment: for good."""
        self._over = True
        if self.server is not None:
            self.server.should_exit = True


def _address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _serve(app: Starlette, kiosk: str, listener: socket.socket, anew: Anew) -> int:
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="asyncio",  # uvloop's speed is lost on one touchscreen, its 3 MB are not
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = anew.server = _Screen(config)

    def leave(_signal: int, _frame: FrameType | None) -> None:
        anew.end()

    # uvicorn raises the signal again when it has ended: without these the process would die before its goodbye.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)
    host, port = listener.getsockname()[:2]
    log.info("kiosk ready", kiosk=kiosk, screen=f"http://{host}:{port}")
    gc.collect()
    gc.freeze()  # what start-up made stays for good
    server.should_exit = anew.wanted
    server.run(sockets=[listener])
    return 0 if server.started else 2


class _Screen(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, with few threads."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = SCREEN_THREADS
        await super().startup(sockets)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two processes on one outbox would fight over one name at the broker. Raises `OSError`."""
    with (folder / "kiosk.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            raise OSError(f"another kiosk process uses {folder}") from cause
        yield


@contextlib.contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket. Raises `OSError` with one plain sentence."""
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as cause:
        raise OSError(f"cannot listen on {host}:{port}: {cause.strerror or cause}") from cause
    with listener:
        yield listener
