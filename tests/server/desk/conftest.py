"""The site on a real server, for whatever stays connected."""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.staff import Person
from server.staff import records as staff_records
from server.staff.actions import fingerprint

PATIENCE_S = 30.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as it holds; fail when it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """The site on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE_S)


SessionFactory = Callable[[Person], str]


@pytest.fixture
def session(site: Site) -> SessionFactory:
    """The cookie's value for somebody who has just logged in."""

    def make(person: Person) -> str:
        token = uuid.uuid4().hex
        with site.store.work() as work:
            staff_records.open_session(work, fingerprint(token), person.id, work.now + HOUR_MS)
        return token

    return make
