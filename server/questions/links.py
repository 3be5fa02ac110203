"""What an outside body's link is, and what it says to whoever opens it. Pure."""

import re
from dataclasses import dataclass

from gateway.contract.categories import Category, Level
from server.incidents import Incident

MAX_BODY = 40
MAX_ASKS = 300
MAX_WORDS = 500
MOST_PHOTOS = 3
DEFAULT_DAYS = 7
MOST_DAYS = 30
MOST_SAID = 40
"""Words through one link; whoever has more to say should telephone."""

AT_WORK = ("dispatched", "transferred")
"""While a ticket is here, an outside body can do something about it."""

STATES = {
    "open": "等对方回话",
    "done": "对方说办好了",
    "declined": "对方说不归他们管",
    "revoked": "已收回",
    "expired": "已到期",
    "passed": "工单已经往下走了",
}

CLOSED_DOORS = {
    "done": "已经告诉居委办好了，会有人来核查。谢谢你们。",
    "declined": "已经告诉居委这件事不归你们管。谢谢。",
    "revoked": "这个链接已经收回，不用再办了。",
    "expired": "这个链接到期了。要接着说，请联系发给你的人。",
    "passed": "这件事已经另有安排，不用再回话了。",
}

USES = {
    "opened": "打开看了",
    "received": "收到了",
    "word": "说了进展",
    "done": "说办好了",
    "declined": "说不归他们管",
    "photo": "看了照片",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A way in for a body without an account. `until` is its last moment, UTC milliseconds; `state` one of `STATES`."""

    id: int
    incident: int
    body: str
    asks: str
    photos: tuple[int, ...]
    """Those that were there, and allowed, when the link was made."""
    at: int
    by_id: int
    by_name: str
    until: int
    state: str
    settled: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """One line of what was done through a link: `what` a key of `USES`. No address and no device is kept."""

    at: int
    what: str
    words: str
    photo: int | None


def standing(link: Link, incident: Incident, now: int) -> str:
    """`open`, or why nobody can answer through it any more (a key of `CLOSED_DOORS`)."""
    if link.state != "open":
        return link.state
    if now > link.until:
        return "expired"
    return "open" if incident.state in AT_WORK else "passed"


def may_show_photos(kind: Category) -> bool:
    """Never of a person in need, whatever anybody ticks."""
    return not kind.private and getattr(kind, "visibility", "") != "duty"


LEVEL_WORDS = {Level.P0: "特急", Level.P1: "紧急", Level.P2: "一般", Level.P3: "普通"}

HIDDEN = "***"
_D = r"[0-9０-９]"
_BREAK = r"[\s\-－—–.()（）]*"
_NUMBER = re.compile(rf"(?<![A-Za-z0-9])[+＋]?{_D}(?:{_BREAK}{_D}){{6,}}[XxＸ]?")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATES = (
    re.compile(
        rf"([{_PROVINCES}]\s*[A-Za-zＡ-Ｚ])[\s·•・.\-]*(?:[A-Za-z0-9Ａ-Ｚ０-９][\s·•・]*){{3,5}}[A-Za-z0-9Ａ-Ｚ０-９挂学警港澳]"
    ),
    re.compile(r"(?i)(?<![a-z0-9])[a-z][\s·•.\-]?(?=(?:[a-z]*[0-9]){3})[a-z0-9]{5,6}(?![a-z0-9])"),
)


def masked(incident: Incident, text: str) -> str:
    """The rider's text for outside eyes: no telephone, no long number; a plate only where it is the matter itself."""
    if incident.kind.group != "parking":
        for pattern in _PLATES:
            text = pattern.sub(HIDDEN, text)
    return _NUMBER.sub(HIDDEN, text)
