"""A server as a kiosk meets it on a bad day: it answers what the test says."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kiosk.pairing import Draft

GOOD = {
    "kiosk": "kiosk-07",
    "password": "do-not-show-this",
    "station": "sn10-north",
    "presence_key": "ab" * 32,
    "mqtt_url": "mqtt://127.0.0.1:1",
    "public_url": "http://127.0.0.1:8000",
    "name": "北门站",
    "community": "淞南十村",
    "duty_phone": "021-5555-0110",
    "ca": "",
}


class Centre:
    """`answers[path]` is (status, body, headers); what was asked is in `asked`."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any, dict[str, str]]] = {"/healthz": (200, {"status": "ok"}, {})}
        self.asked: list[tuple[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                body = self.rfile.read(length)
                outer.asked.append((self.path, json.loads(body) if body else None))
                status, content, headers = outer.answers.get(self.path, (404, {}, {}))
                payload = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(payload)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = _answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def says(self, path: str, content: Any, status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, content, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


@pytest.fixture
def good() -> dict[str, str]:
    return dict(GOOD)


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(tmp_path)
