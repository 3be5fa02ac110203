"""Stand-ins for the three group robots, as their documents describe them, and for what else answers HTTP.

They check signature, content type, byte limits and rates, and answer like the real ones: errors come inside HTTP 200.
`mood` makes one misbehave: hang, garbage, error500, busy (HTTP 429), redirect, drip, closed.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from server.kit.clock import now_ms

KEY = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
SECRET = "SEC0123456789abcdef"
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


class Robot:
    """One stand-in; `texts` is what a group would see, `requests` everything that came."""

    kind = ""
    path = "/"

    def __init__(self, clock: Callable[[], int] = now_ms) -> None:
        self.clock = clock
        self.mood = ""
        self.texts: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.arrived: list[float] = []
        self.let_go = threading.Event()
        self._taken: deque[int] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """What is entered as the robot's address."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def entry(self, name: str, more: str = "") -> str:
        """Its part of `channels.toml`."""
        return f'[[channel]]\nname = "{name}"\nkind = "{self.kind}"\nurl = "{self.url}"\n{self.secret_line}{more}\n'

    secret_line = ""

    def shut(self) -> None:
        """Close the port."""
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def judge(self, query: dict[str, list[str]], headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """The answer's body; appends to `texts` when the message is taken."""
        raise AssertionError

    def too_many(self, per_minute: int) -> bool:
        """Count one; whether there have been more than allowed in the last minute."""
        now = self.clock()
        while self._taken and self._taken[0] <= now - MINUTE_MS:
            self._taken.popleft()
        self._taken.append(now)
        return len(self._taken) > per_minute

    def take(self, text: str, body: dict[str, Any]) -> None:
        """The group sees it."""
        self.texts.append(text)
        self.bodies.append(body)
        self.arrived.append(time.perf_counter())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        robot = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length", "0")))
                robot.requests.append((self.path, {name.lower(): text for name, text in self.headers.items()}, raw))
                if robot.mood == "hang":
                    robot.let_go.wait(30)
                elif robot.mood == "garbage":
                    self._answer(200, b"<html>\xff\xfe not json")
                elif robot.mood == "error500":
                    self._answer(500, b"internal error")
                elif robot.mood == "busy":
                    self._answer(429, b"{}", {"Retry-After": "7"})
                elif robot.mood == "redirect":
                    self._answer(302, b"", {"Location": f"http://127.0.0.1:{robot.port}/elsewhere"})
                elif robot.mood == "drip":
                    self._drip()
                else:
                    with robot._lock:
                        self._answer(*robot.respond(self.path, self.headers, raw))

            def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def _drip(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "100000")
                self.end_headers()
                while not robot.let_go.wait(0.1):
                    try:
                        self.wfile.write(b" ")
                        self.wfile.flush()
                    except OSError:
                        return

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    def respond(self, path: str, headers: Any, raw: bytes) -> tuple[int, bytes]:
        """A well-behaved answer."""
        parts = urlsplit(path)
        if parts.path != urlsplit(self.path).path:
            return 404, b"not found"
        if not headers.get("content-type", "").startswith("application/json"):
            return 200, json.dumps({"errcode": 43004, "errmsg": "require content-type application/json"}).encode()
        found = self.judge(parse_qs(parts.query), dict(headers), json.loads(raw))
        return 200, json.dumps(found, ensure_ascii=False).encode()


class WeComRobot(Robot):
    """`{"errcode": 0, "errmsg": "ok"}`; text of at most 2,048 bytes; 20 a minute."""

    kind = "wecom"
    path = f"/cgi-bin/webhook/send?key={KEY}"

    def judge(self, query: dict[str, list[str]], headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        if query.get("key") != [KEY]:
            return {"errcode": 93000, "errmsg": f"invalid webhook url, hint: [{KEY}]"}
        if body.get("msgtype") != "text" or not isinstance(body["text"].get("content"), str):
            return {"errcode": 40008, "errmsg": "invalid message type"}
        if len(body["text"]["content"].encode()) > 2048:
            return {"errcode": 40058, "errmsg": "text.content exceed max length 2048"}
        if self.too_many(20):
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        self.take(body["text"]["content"], body)
        return {"errcode": 0, "errmsg": "ok"}


class DingTalkRobot(Robot):
    """Signed in the query; 20 a minute, one more shuts it for ten minutes."""

    kind = "dingtalk"
    path = f"/robot/send?access_token={KEY}"
    secret_line = f'secret = "{SECRET}"\n'
    shut_until = 0

    def judge(self, query: dict[str, list[str]], headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        if query.get("access_token") != [KEY]:
            return {"errcode": 300001, "errmsg": "token is not exist"}
        at = query.get("timestamp", ["0"])[0]
        digest = hmac.new(SECRET.encode(), f"{at}\n{SECRET}".encode(), hashlib.sha256).digest()
        if query.get("sign") != [base64.b64encode(digest).decode()]:
            return {"errcode": 310000, "errmsg": "sign not match"}
        if abs(self.clock() - int(at)) > HOUR_MS:
            return {"errcode": 310000, "errmsg": "invalid timestamp"}
        if len(json.dumps(body, ensure_ascii=False).encode()) > 20_000:
            return {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}
        if self.clock() < self.shut_until or self.too_many(20):
            self.shut_until = max(self.shut_until, self.clock() + 10 * MINUTE_MS)
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        assert body["at"]["isAtAll"] is False
        self.take(body["text"]["content"], body)
        return {"errcode": 0, "errmsg": "ok"}


class FeishuRobot(Robot):
    """Signed in the body with an empty message; 100 a minute and 5 a second."""

    kind = "feishu"
    path = f"/open-apis/bot/v2/hook/{KEY}"
    secret_line = f'secret = "{SECRET}"\n'

    def judge(self, query: dict[str, list[str]], headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        at = body.get("timestamp", "0")
        digest = hmac.new(f"{at}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
        if body.get("sign") != base64.b64encode(digest).decode() or abs(self.clock() // 1000 - int(at)) > 3600:
            return {"code": 19021, "data": {}, "msg": "sign match fail or timestamp is not within one hour"}
        if len(json.dumps(body, ensure_ascii=False).encode()) > 20_480:
            return {"code": 9499, "data": {}, "msg": "Bad Request"}
        now = self.clock()
        if self.too_many(100) or sum(at > now - 1000 for at in self._taken) > 5:
            return {"code": 11232, "data": {}, "msg": "frequency limited psm"}
        self.take(body["content"]["text"], body)
        return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}


class Elsewhere(Robot):
    """Any other HTTP service: takes everything, answers what `says` holds."""

    path = "/hook/0123456789abcdef0123"
    status = 200
    says = b'{"ok": true}'

    def respond(self, path: str, headers: Any, raw: bytes) -> tuple[int, bytes]:
        if urlsplit(path).path == "/elsewhere":
            self.texts.append("followed a redirect")
        self.take(raw.decode(), {})
        return self.status, self.says
