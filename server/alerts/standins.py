"""Stand-ins for the group robots of WeCom, DingTalk and Feishu, for trying alerts out without an account there.

They check address, signature, age, content type, byte limits and rates as documented, and answer like the real ones:
errors come inside HTTP 200. `mood` makes one misbehave: hang, garbage, error500, busy (HTTP 429), redirect, drip.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from server.kit.clock import HOUR_MS, MINUTE_MS, now_ms

KEY = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
SECRET = "SEC0123456789abcdef"  # noqa: S105 - known to everybody: it guards nothing
SHUT_OUT_MS = 10 * MINUTE_MS
MOST_TEXT_BYTES = 2048
MOST_BODY_BYTES = 20_000
EVERYBODY = "@所有人 "

Values = dict[str, Any]


class Robot:
    """One stand-in; `texts` is what a group would see, `requests` everything that came. Port 0: any free one."""

    kind = ""
    path = "/"
    secret_line = ""
    """The secret's part of `channels.toml`."""

    def __init__(
        self, clock: Callable[[], int] = now_ms, port: int = 0, heard: Callable[[str, str], None] | None = None
    ) -> None:
        """`heard` is called with the kind and the text of each message that the group sees."""
        self.clock = clock
        self._heard = heard
        self.mood = ""
        self.texts: list[str] = []
        self.bodies: list[Values] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.let_go = threading.Event()
        self._taken: deque[int] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
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

    def shut(self) -> None:
        """Close the port."""
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def judge(self, query: dict[str, list[str]], body: Values) -> Values:
        """The answer's body; takes the message when nothing is wrong with it."""
        raise AssertionError("a robot says how it judges")

    def unreadable(self) -> Values:
        """What it answers to a body that is no JSON object, or not sent as JSON."""
        raise AssertionError("a robot says what it cannot read")

    def too_many(self, per_minute: int) -> bool:
        """Count one; whether there have been more than allowed in the last minute."""
        now = self.clock()
        while self._taken and self._taken[0] <= now - MINUTE_MS:
            self._taken.popleft()
        self._taken.append(now)
        return len(self._taken) > per_minute

    def take(self, text: str, body: Values) -> None:
        """The group sees it."""
        self.texts.append(text)
        self.bodies.append(body)
        if self._heard is not None:
            self._heard(self.kind, text)

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
        try:
            body = json.loads(raw) if headers.get("content-type", "").startswith("application/json") else None
        except ValueError:
            body = None
        found = self.judge(parse_qs(parts.query), body) if isinstance(body, dict) else self.unreadable()
        return 200, json.dumps(found, ensure_ascii=False).encode()


class WeComRobot(Robot):
    """The key stands in the address; text of at most 2,048 bytes; 20 messages a minute."""

    kind = "wecom"
    path = f"/cgi-bin/webhook/send?key={KEY}"

    def judge(self, query: dict[str, list[str]], body: Values) -> Values:
        """`{"errcode": 0, "errmsg": "ok"}`; 93000 address, 40008 kind, 40058 length, 45009 too many."""
        if query.get("key") != [KEY]:
            return {"errcode": 93000, "errmsg": "invalid webhook url"}
        text = _text(body, "text", "content")
        if body.get("msgtype") != "text" or text is None:
            return {"errcode": 40008, "errmsg": "invalid message type"}
        if len(text.encode()) > MOST_TEXT_BYTES:
            return {"errcode": 40058, "errmsg": f"text.content exceed max length {MOST_TEXT_BYTES}"}
        if self.too_many(20):
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        mentioned = body["text"].get("mentioned_list", [])
        self.take((EVERYBODY if "@all" in mentioned else "") + text, body)
        return {"errcode": 0, "errmsg": "ok"}

    def unreadable(self) -> Values:
        """47001: no JSON."""
        return {"errcode": 47001, "errmsg": "data format error"}


class DingTalkRobot(Robot):
    """Time and signature stand in the address, for an hour; 20 a minute, one more shuts it for ten minutes."""

    kind = "dingtalk"
    path = f"/robot/send?access_token={KEY}"
    secret_line = f'secret = "{SECRET}"\n'
    shut_until = 0

    def judge(self, query: dict[str, list[str]], body: Values) -> Values:
        """300001 address, 310000 signature or age, 40035 what is missing, 460101 length, 130101 too fast."""
        if query.get("access_token") != [KEY]:
            return {"errcode": 300001, "errmsg": "token is not exist"}
        at = query.get("timestamp", [""])[0]
        digest = hmac.new(SECRET.encode(), f"{at}\n{SECRET}".encode(), hashlib.sha256).digest()
        if query.get("sign") != [base64.b64encode(digest).decode()]:
            return {"errcode": 310000, "errmsg": "sign not match"}
        if not _recent(at, self.clock()):
            return {"errcode": 310000, "errmsg": "invalid timestamp"}
        text = _text(body, "text", "content")
        if body.get("msgtype") != "text" or text is None:
            return {"errcode": 40035, "errmsg": "缺少参数 msgtype"}
        if len(json.dumps(body, ensure_ascii=False).encode()) > MOST_BODY_BYTES:
            return {"errcode": 460101, "errmsg": f"message too long, exceed {MOST_BODY_BYTES} bytes"}
        if self.clock() < self.shut_until or self.too_many(20):
            self.shut_until = max(self.shut_until, self.clock() + SHUT_OUT_MS)
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        everybody = body.get("at", {}).get("isAtAll") is True
        self.take((EVERYBODY if everybody else "") + text, body)
        return {"errcode": 0, "errmsg": "ok"}

    def unreadable(self) -> Values:
        """40035: no JSON."""
        return {"errcode": 40035, "errmsg": "缺少参数 json"}


class FeishuRobot(Robot):
    """Time and signature of an empty message stand in the body, for an hour; 100 a minute and 5 a second."""

    kind = "feishu"
    path = f"/open-apis/bot/v2/hook/{KEY}"
    secret_line = f'secret = "{SECRET}"\n'

    def judge(self, query: dict[str, list[str]], body: Values) -> Values:
        """19021 signature or age, 9499 form or length, 11232 too many."""
        at = str(body.get("timestamp", ""))
        digest = hmac.new(f"{at}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
        signed = body.get("sign") == base64.b64encode(digest).decode()
        if not signed or not at.isdigit() or not _recent(f"{at}000", self.clock()):
            return {"code": 19021, "data": {}, "msg": "sign match fail or timestamp is not within one hour"}
        text = _text(body, "content", "text")
        if body.get("msg_type") != "text" or text is None:
            return self.unreadable()
        if len(json.dumps(body, ensure_ascii=False).encode()) > MOST_BODY_BYTES:
            return self.unreadable()
        now = self.clock()
        if self.too_many(100) or sum(at > now - 1000 for at in self._taken) > 5:
            return {"code": 11232, "data": {}, "msg": "frequency limited psm"}
        self.take(text.replace('<at user_id="all">', EVERYBODY), body)
        return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}

    def unreadable(self) -> Values:
        """9499: whatever it does not understand."""
        return {"code": 9499, "data": {}, "msg": "Bad Request"}


def _text(body: Values, outer: str, inner: str) -> str | None:
    held = body.get(outer)
    found = held.get(inner) if isinstance(held, dict) else None
    return found if isinstance(found, str) else None


def _recent(at: str, now: int) -> bool:
    return at.isascii() and at.isdigit() and len(at) < 16 and abs(now - int(at)) <= HOUR_MS
