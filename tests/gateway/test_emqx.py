"""The cut at EMQX, against a server that answers as EMQX's management is documented to."""

import base64
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gateway.emqx import Bouncer
from gateway.mailbox import Mailbox
from gateway.sqlite import Unusable


class Management:
    """`DELETE /api/v5/clients/{clientid}`: 204 for a connected client, 404 for another, 401 without the key."""

    def __init__(self) -> None:
        self.connected: set[str] = set()
        self.kicked: list[str] = []
        self.broken = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_DELETE(self) -> None:
                client = self.path.removeprefix("/api/v5/clients/")
                key = base64.b64encode(b"key:sec:ret").decode()
                if outer.broken:
                    code = 503
                elif self.headers["authorization"] != f"Basic {key}":
                    code = 401
                elif client in outer.connected:
                    code = 204
                    outer.connected.discard(client)
                    outer.kicked.append(client)
                else:
                    code = 404
                self.send_response(code)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def api(self) -> str:
        return f"http://key:sec%3Aret@127.0.0.1:{self.server.server_port}"


def elsewhere(deed: Callable[[], None]) -> None:
    """In a thread of its own: a connection does not notice its own changes."""
    thread = threading.Thread(target=deed)
    thread.start()
    thread.join()


@pytest.fixture
def emqx() -> Iterator[Management]:
    made = Management()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path / "mailbox.db")
    for kiosk in ("kiosk-01", "kiosk-02", "kiosk-03"):
        made.enrol(kiosk, "hash", 1)
    yield made
    made.close()


def test_who_lost_the_login_is_kicked_and_nobody_else(
    emqx: Management, mailbox: Mailbox, tmp_path: Path, wait_until: Any
) -> None:
    emqx.connected = {"kiosk-01", "kiosk-02", "kiosk-03"}
    bouncer = Bouncer(mailbox, tmp_path, emqx.api)
    bouncer.start()
    wait_until((tmp_path / "emqx-done").exists)

    mailbox.revoke("kiosk-01", 2)
    mailbox.enrol("kiosk-02", "another", 2)
    wait_until(lambda: len(emqx.kicked) == 2)
    bouncer.stop()

    assert emqx.kicked == ["kiosk-01", "kiosk-02"]
    assert emqx.connected == {"kiosk-03"}


def test_what_changed_while_the_gateway_was_down_is_not_missed(
    emqx: Management, mailbox: Mailbox, tmp_path: Path
) -> None:
    Bouncer(mailbox, tmp_path, emqx.api).step()
    emqx.connected = {"kiosk-02", "kiosk-03"}
    mailbox.enrol("kiosk-02", "another", 3)

    Bouncer(mailbox, tmp_path, emqx.api).step()

    assert emqx.kicked == ["kiosk-02"]


def test_a_kick_that_failed_is_tried_again(emqx: Management, mailbox: Mailbox, tmp_path: Path) -> None:
    emqx.connected = {"kiosk-01"}
    bouncer = Bouncer(mailbox, tmp_path, emqx.api)
    bouncer.step()
    elsewhere(lambda: mailbox.revoke("kiosk-01", 2))

    emqx.broken = True
    with pytest.raises(OSError, match="503"):
        bouncer.step()
    emqx.broken = False
    bouncer.step()

    assert emqx.kicked == ["kiosk-01"]


@pytest.mark.parametrize("api", ["emqx:18083", "http://127.0.0.1:18083", "ftp://a:b@c", "http://a:b@c:port"])
def test_a_management_address_that_cannot_be_used_is_named(tmp_path: Path, api: str) -> None:
    with pytest.raises(Unusable, match="CXZ_EMQX_API"):
        Bouncer(None, tmp_path, api)  # type: ignore[arg-type]
