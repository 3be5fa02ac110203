"""What comes home from a kiosk, and to whom its password goes."""

import base64
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from kiosk.agent.commands import LogTail
from kiosk.agent.commands.collecting import NoPicture, NoUpload, Uploads, redact, shoot


class Centre(HTTPServer):
    """Remembers what it was sent; answers with `status`, and with `location` where one is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.seen: list[tuple[str, str, bytes]] = []
        self.status, self.location = 204, ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Door(BaseHTTPRequestHandler):
    server: Centre

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers["Authorization"], content))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_PUT()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_find_goes_home_under_the_kiosks_own_name(centre: Centre) -> None:
    size = Uploads(centre.url + "/", "kiosk-01", "secret").send("command-0001", "text/plain", "站".encode())

    login = "Basic " + base64.b64encode(b"kiosk-01:secret").decode()
    assert centre.seen == [("/kiosk/commands/command-0001/find", login, "站".encode())]
    assert size == 3


@pytest.mark.parametrize("status", [401, 404, 500, 302, 307])
def test_a_refusal_is_told_and_the_password_follows_no_redirect(centre: Centre, status: int) -> None:
    centre.status, centre.location = status, centre.url + "/elsewhere"

    with pytest.raises(NoUpload, match=str(status)):
        Uploads(centre.url, "kiosk-01", "secret").send("command-0001", "text/plain", b"x")

    assert [path for path, _, _ in centre.seen] == ["/kiosk/commands/command-0001/find"]


def test_a_centre_that_cannot_be_reached_is_told() -> None:
    with pytest.raises(NoUpload, match="cannot be reached"):
        Uploads("http://127.0.0.1:1", "kiosk-01", "secret").send("command-0001", "text/plain", b"x")


def test_the_tail_keeps_the_last_lines_and_passes_everything_on() -> None:
    console = io.StringIO()
    tail = LogTail(console)

    for number in range(1000):
        tail.write(f"line {number}\n")
    tail.write("half a line")
    tail.write(" and the rest\n" + "x" * 10_000 + "\n")

    assert len(console.getvalue()) > 10_000
    assert tail.lines(3)[:2] == ["line 999", "half a line and the rest"]
    assert len(tail.lines(3)[2]) <= 400
    assert len(tail.lines(10_000)) == 500


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("phone 138 1234 5678.", "phone 138****5678."),
        ("+8613812345678", "+86138****5678"),
        ("order 9138123456781", "order 9138123456781"),
        ("mqtt://kiosk-01:secret@broker", "mqtt://…@broker"),
        ("/s/sn10-north?c=9runagpg&x=1", "/s/sn10-north?c=…&x=1"),
        ('{"password": "a b", "x": 1}', '{"password": …, "x": 1}'),
        ("receipt=7kq2mx9vabcd", "receipt=…"),
    ],
)
def test_logs_leave_without_what_is_nobodys_business(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_a_page_that_is_not_served_gives_no_picture() -> None:
    with pytest.raises(NoPicture):
        shoot("")
