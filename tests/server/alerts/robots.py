"""The stand-in robots, and a stand-in for whatever else answers HTTP."""

from typing import Any
from urllib.parse import urlsplit

from server.alerts.standins import KEY, SECRET, DingTalkRobot, FeishuRobot, Robot, WeComRobot

__all__ = ["KEY", "SECRET", "DingTalkRobot", "Elsewhere", "FeishuRobot", "Robot", "WeComRobot"]


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
