"""The kiosk before it is paired, and after it was taken out of service: one page that asks for a code.

`process.py` calls `admit` first; when it returns, there is a `kiosk.json` to go on with.
"""

import signal
import socket
import threading
from dataclasses import dataclass
from types import FrameType

import structlog
import uvicorn

from kiosk.agent.credentials import Unpaired, read
from kiosk.pairing.draft import Draft
from kiosk.pairing.exchange import NotPaired, Office
from kiosk.settings import Settings

RECHECK_S = 30.0
"""How often a stopped kiosk asks whether it was taken back."""
SHOW_S = 2.5
"""How long the page says that it worked, before the station's own page comes."""

log = structlog.get_logger()


class Ended(Exception):
    """Told to end before it was paired."""


def admit(settings: Settings, listener: socket.socket) -> None:
    """Return at once for a paired kiosk; else serve the page until it is one. Raises `Ended`."""
    draft = Draft(settings.data)
    if draft.credentials.exists() and not draft.stopped:
        return
    from kiosk.pairing.page import Porch, create  # here, so that a paired kiosk does not carry it in its memory

    door = _Door(settings, draft)
    porch = Porch(draft, settings.server or draft.server, settings.ca_file)
    server = uvicorn.Server(
        uvicorn.Config(
            create(porch, door.done.set),
            http="httptools",
            loop="asyncio",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    told = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        told.set()
        server.should_exit = True

    # uvicorn raises the signal again when it has ended: without these the process would die of it.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)
    watcher = threading.Thread(target=_wait, args=(door, server, told), name="porch", daemon=True)
    watcher.start()
    host, port = listener.getsockname()[:2]
    log.info("waiting to be paired", screen=f"http://{host}:{port}", stopped=draft.stopped)
    # uvicorn closes the sockets that it served; the next one needs this address again.
    server.run(sockets=[listener.dup()])
    if told.is_set():
        raise Ended
    if not server.started:
        raise OSError("the pairing page could not be served")


@dataclass
class _Door:
    settings: Settings
    draft: Draft

    def __post_init__(self) -> None:
        self.done = threading.Event()

    def taken_back(self) -> bool:
        """Whether the server has put this stopped kiosk into service again."""
        try:
            known = read(self.draft.credentials)
            return Office(known.public_url, self.settings.ca_file).in_service(known.kiosk, known.password)
        except (Unpaired, NotPaired):
            return False


def _wait(door: _Door, server: uvicorn.Server, told: threading.Event) -> None:
    while not door.done.wait(RECHECK_S):
        if told.is_set():
            return
        if door.draft.stopped and door.taken_back():
            door.draft.go_on()
            server.should_exit = True
            return
    told.wait(SHOW_S)
    server.should_exit = True
