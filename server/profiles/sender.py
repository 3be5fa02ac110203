"""How a code reaches a phone: by the text messages that alarms go by too; in the demo it is printed and shown."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from server.alerts import Answer, Ringer
from server.kit.errors import Unavailable
from server.kit.site import Site

log = structlog.get_logger()

AT_ONCE = 2
"""Threads that may wait for the provider: a slow one must not take the whole site along."""
NO_SENDER = "这里还没有接通短信，暂时不能开通。不开通也能用全部功能。"
BUSY = "发短信的人太多了，请过一分钟再试。"
NOT_SENT = "短信没有发出去，请过一分钟再试。"


class Texts(Protocol):
    """A channel that reaches one phone."""

    kind: str

    def send(self, message: Any) -> Answer:
        """Blocks for a few seconds at most; never raises."""


@dataclass(frozen=True, slots=True)
class Text:
    """One message, with the fields that channels read."""

    mark: str
    text: str
    address: str
    subject: str = "畅小站验证码"
    urgent: bool = False
    mentions: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


class Sender:
    """One a site."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(AT_ONCE)

    def check(self, site: Site) -> None:
        """Raises `Unavailable` when nothing could be sent at all."""
        if not site.demo and _channel(site) is None:
            raise Unavailable(NO_SENDER)

    def send(self, site: Site, mark: str, phone: str, code: str) -> str:
        """Send; what the page may show of it: the code in the demo, else nothing. Raises `Unavailable`."""
        channel = _channel(site)
        if channel is None:
            if not site.demo:
                raise Unavailable(NO_SENDER)
            log.info("demo: a code that would be sent by text message", phone=phone, code=code)
            return code
        if not self._slots.acquire(timeout=1):
            raise Unavailable(BUSY)
        try:
            answer = channel.send(
                Text(mark, f"【畅小站】验证码 {code}，5 分钟内有效。不是你本人操作，不用管它，也别告诉别人。", phone)
            )
        finally:
            self._slots.release()
        if answer.confirmed is False:
            log.warning("a code was not sent", reason=answer.words)
            raise Unavailable(NOT_SENT)
        return ""


def _channel(site: Site) -> Texts | None:
    ringer: Ringer | None = site.parts.get("alerts")
    if ringer is None:
        return None
    return next((one.channel for one in ringer.lines if one.channel.kind == "sms"), None)
