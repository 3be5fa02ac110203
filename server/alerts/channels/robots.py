"""The group robots of WeCom, DingTalk and Feishu. Written by hand: Apprise's send without signatures.

Each is a signature, a body and a reading of the answer: an HTTP 200 can carry an error code.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import quote_plus

from server.alerts.channels.message import Answer, Limits, Message, shown
from server.alerts.channels.post import NotSent, Post, Reply, as_json, secrets_in

HEADERS = {"Content-Type": "application/json; charset=utf-8"}
MINUTE_MS = 60_000


class Robot:
    """What the three have in common. `clock`: UTC milliseconds, for the signature."""

    kind = ""
    group = True
    limits = Limits(2048, 20, 20, 10)

    def __init__(self, name: str, url: str, secret: str, post: Post, clock: Callable[[], int]) -> None:
        self.name = name
        self._url = url
        self._secret = secret
        self._post = post
        self._clock = clock

    def send(self, message: Message) -> Answer:
        """Post it, and read the error code inside the answer."""
        url, body = self.request(message)
        try:
            reply = self._post.send("POST", url, as_json(body), HEADERS)
        except NotSent as refusal:
            return Answer(False, str(refusal), again=refusal.again)
        return self._read(reply)

    def close(self) -> None:
        """Close the connections."""
        self._post.close()

    def request(self, message: Message) -> tuple[str, dict[str, object]]:
        """Address and body; each robot its own."""
        raise AssertionError("a robot says how it is asked")

    def judge(self, fields: dict[str, object]) -> tuple[int | None, str, int, bool]:
        """(error code or None when there is none, words, blocked ms, whether to try again)."""
        raise AssertionError("a robot says how its answers are read")

    def _read(self, reply: Reply) -> Answer:
        fields = reply.fields()
        code, words, blocked, again = self.judge(fields)
        words = shown(words, (*secrets_in([self._url]), self._secret))
        if reply.status == 429:
            return Answer(False, f"HTTP 429 太频繁 {words}".strip(), max(blocked, reply.retry_after * 1000, MINUTE_MS))
        if reply.status != 200:
            return Answer(False, f"HTTP {reply.status} {words}".strip(), blocked)
        if code is None:
            return Answer(False, "对方的回答看不懂")
        if code == 0:
            return Answer(True, words or "ok")
        return Answer(False, f"错误码 {code} {words}".strip(), blocked, again)


def number(value: object) -> int | None:
    """An error code; some gateways send it as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return (
        int(value) if isinstance(value, str) and value.lstrip("-").isascii() and value.lstrip("-").isdigit() else None
    )


class WeCom(Robot):
    """Text of at most 2,048 bytes, 20 messages a minute. The key stands in the address."""

    kind = "wecom"
    limits = Limits(most_bytes=2048, per_minute=20, per_second=20, reserve=10)
    WRONG_SETUP = frozenset({93000, 93004, 93008, 40058})
    """Address unknown, robot removed from its group, sender not allowed, wrong parameter."""

    def request(self, message: Message) -> tuple[str, dict[str, object]]:
        """`mentioned_list` holds ids of single persons only."""
        text: dict[str, object] = {"content": message.text}
        mentions = [one for one in message.mentions if one.lower() not in {"all", "@all"}]
        if mentions:
            text["mentioned_list"] = mentions
        return self._url, {"msgtype": "text", "text": text}

    def judge(self, fields: dict[str, object]) -> tuple[int | None, str, int, bool]:
        """45009: more than 20 a minute."""
        code = number(fields.get("errcode"))
        return code, str(fields.get("errmsg", "")), MINUTE_MS if code == 45009 else 0, code not in self.WRONG_SETUP


class DingTalk(Robot):
    """20 messages a minute; one more, and the robot is shut out for ten minutes."""

    kind = "dingtalk"
    limits = Limits(most_bytes=4096, per_minute=20, per_second=20, reserve=10)
    SHUT_OUT_MS = 10 * MINUTE_MS
    TOO_FAST = frozenset({130101, 90030, 410100})

    def request(self, message: Message) -> tuple[str, dict[str, object]]:
        """Signed over the time and the secret, both again in the text that is signed; valid for an hour."""
        url = self._url
        if self._secret:
            at = str(self._clock())
            signature = hmac.new(self._secret.encode(), f"{at}\n{self._secret}".encode(), hashlib.sha256).digest()
            url += f"&timestamp={at}&sign={quote_plus(base64.b64encode(signature))}"
        return url, {
            "msgtype": "text",
            "text": {"content": message.text},
            "at": {"atMobiles": [], "atUserIds": [], "isAtAll": False},
        }

    def judge(self, fields: dict[str, object]) -> tuple[int | None, str, int, bool]:
        """130101 and its kin: too fast. 310000: signature, keyword or address not accepted."""
        code = number(fields.get("errcode"))
        words = str(fields.get("errmsg", ""))
        too_fast = code in self.TOO_FAST or (code != 0 and "too fast" in words.lower())
        return code, words, self.SHUT_OUT_MS if too_fast else 0, code not in {310000, 300001, 300005, 40035}


class Feishu(Robot):
    """100 messages a minute and 5 a second; time and signature stand in the body."""

    kind = "feishu"
    limits = Limits(most_bytes=4096, per_minute=100, per_second=5, reserve=40)
    TOO_FAST = frozenset({11232, 99991400})

    def request(self, message: Message) -> tuple[str, dict[str, object]]:
        """The key is `timestamp\\nsecret`, the message that is signed is empty."""
        body: dict[str, object] = {"msg_type": "text", "content": {"text": message.text}}
        if self._secret:
            at = str(self._clock() // 1000)
            signature = hmac.new(f"{at}\n{self._secret}".encode(), b"", hashlib.sha256).digest()
            body = {"timestamp": at, "sign": base64.b64encode(signature).decode(), **body}
        return self._url, body

    def judge(self, fields: dict[str, object]) -> tuple[int | None, str, int, bool]:
        """`code`, or `StatusCode` of the older answers. 19021: signature; 19022: address; 19024: keyword."""
        code = number(fields.get("code", fields.get("StatusCode")))
        words = str(fields.get("msg", fields.get("StatusMessage", "")))
        too_fast = code in self.TOO_FAST or (
            code != 0 and ("frequency" in words.lower() or "too many" in words.lower())
        )
        return code, words, MINUTE_MS if too_fast else 0, code not in {19001, 19021, 19022, 19024}
