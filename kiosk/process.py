"""The kiosk's process: agent and screen together, orderly start and end, one clear line when it cannot run."""

import contextlib
import fcntl
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import anyio.to_thread
import structlog
import uvicorn
from fastapi import FastAPI

from gateway.contract.topics import GATEWAY_STATE, down_filter
from gateway.logs import log_to_stderr
from gateway.sqlite import Unusable
from gateway.wire import Will, Wire
from gateway.wire.paho import PahoWire
from kiosk.agent import Agent
from kiosk.agent.credentials import Unpaired, read
from kiosk.agent.devices import DeviceBus
from kiosk.screen import create
from kiosk.settings import Settings

SCREEN_THREADS = 4
"""One touchscreen asks once a second; every further thread would only cost a database connection."""

log = structlog.get_logger()


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT. Exit code: 0 in good order, 2 when it cannot start (one line on stderr)."""
    log_to_stderr("info")
    with contextlib.ExitStack() as stack:
        try:
            credentials = read(settings.data / "kiosk.json")
            stack.enter_context(_alone(settings.data))
            listener = stack.enter_context(_listen(*settings.address))

            def connect(will: Callable[[], Will | None]) -> Wire:
                return PahoWire(
                    settings.mqtt_url or credentials.mqtt_url,
                    credentials.kiosk,
                    username=credentials.kiosk,
                    password=credentials.password,
                    filters=(down_filter(credentials.kiosk), GATEWAY_STATE),
                    will=will,
                    clean=True,  # a late ack from a kept session would tell a wrong time; nothing here needs one
                )

            agent = Agent(
                credentials,
                settings.data,
                connect,
                open_bus=DeviceBus,
                devices=settings.serial,
                telemetry_cap=settings.telemetry_cap,
                telemetry_every_ms=settings.telemetry_s * 1000,
            )
        except (Unpaired, Unusable, OSError, ValueError) as cause:
            print(f"changxiaozhan kiosk: {cause}", file=sys.stderr)  # noqa: T201 - the person at the console reads it
            return 2
        agent.start()
        try:
            return _serve(create(agent), credentials.kiosk, listener)
        finally:
            agent.stop()


def _serve(app: FastAPI, kiosk: str, listener: socket.socket) -> int:
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="auto",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Screen(config)

    def leave(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again when it has ended: without these the process would die before its goodbye.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)
    host, port = listener.getsockname()[:2]
    log.info("kiosk ready", kiosk=kiosk, screen=f"http://{host}:{port}")
    gc.collect()
    gc.freeze()  # what start-up made stays for good
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
