"""Channels that need no outside service: the open desk, the web process's own log (demo only), and Apprise's many."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from server.alerts.channels.message import Answer, Limits, Message, shown
from server.alerts.channels.post import secrets_in

log = structlog.get_logger()


class Live:
    """The open desk of one person. Confirmed only when that page answers; `ring` asks it to."""

    name = "live"
    kind = "live"
    group = False
    limits = Limits(4096, 600, 60, 300)

    def __init__(self, ring: Callable[[Message], bool]) -> None:
        self._ring = ring

    def send(self, message: Message) -> Answer:
        """Handed over when any page is open at all; whose it is, its own answer tells."""
        if not self._ring(message):
            return Answer(False, "没有打开的工作台", again=False)
        return Answer(None, "等工作台回应")

    def close(self) -> None:
        """Nothing is held."""


class Log:
    """Prints alerts to the web process's log, so that one can see them in the demo. Nobody is woken by it."""

    kind = "log"
    group = True
    limits = Limits(4096, 600, 600, 300)

    def __init__(self, name: str = "log") -> None:
        self.name = name

    def send(self, message: Message) -> Answer:
        """Always confirmed."""
        log.info("alert", mark=message.mark, urgent=message.urgent, text=message.text)
        return Answer(True, "写进了日志（演示）")

    def close(self) -> None:
        """Nothing is held."""


class NoApprise(Exception):
    """The optional extra `alerts-more` is not installed."""


class Apprise:
    """Anything Apprise knows. It says only whether all went well, not what was answered."""

    kind = "apprise"
    group = True

    def __init__(self, name: str, urls: Sequence[str], most_bytes: int, per_minute: int) -> None:
        """Raises `NoApprise`, and `ValueError` for an address Apprise does not know."""
        try:
            library: Any = importlib.import_module("apprise")
        except ImportError as cause:
            raise NoApprise("没有安装 apprise，请安装 changxiaozhan[alerts-more]") from cause
        self.name = name
        self.limits = Limits(most_bytes, per_minute, per_minute, per_minute // 2)
        self._secrets = secrets_in(urls)
        self._service = library.Apprise()
        for url in urls:
            if not self._service.add(url):
                raise ValueError("apprise 不认识其中一个地址")

    def send(self, message: Message) -> Answer:
        """Through every address; one that failed means that nothing is confirmed."""
        try:
            sent = self._service.notify(title=message.subject, body=message.text, body_format="text")
        except Exception as cause:
            # A plug-in of somebody else's may raise anything.
            return Answer(False, shown(f"apprise 出错（{type(cause).__name__}）", self._secrets))
        return Answer(True, "apprise 说已发出") if sent else Answer(False, "apprise 没有发出去")

    def close(self) -> None:
        """Nothing is held."""
