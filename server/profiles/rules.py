"""What a profile may be called, how long codes and links hold, and how often they may be asked for. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS
from server.kit.errors import Invalid
from server.people import clean_phone, mask

SHORTEST, LONGEST = 2, 12
CODE_MS = 5 * MINUTE_MS
TRIES = 5
MOVE_MS = 5 * MINUTE_MS
TICKET_S = 15 * 60
"""How long a verified number may wait for its nickname."""
SESSION_MS = 90 * DAY_MS
SEEN_MS = DAY_MS
"""A session's last use is written down so often at most."""
MOST_PHONES = 8
"""Sessions of one profile; the one not used for longest makes room."""

PER_PHONE = ((MINUTE_MS, 1), (HOUR_MS, 5), (DAY_MS, 10))
PER_ADDRESS = ((HOUR_MS, 20), (DAY_MS, 60))
"""Generous: a carrier puts many riders behind one address."""
PER_SITE = ((MINUTE_MS, 10),)
"""The text messages of alarms go the same way: they must find it free."""

_DIGITS = re.compile(r"\d")
_PLATE = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][A-Z0-9]{4,6}")
_OFFICE = ("居委", "值班", "物业", "官方", "客服", "管理员", "街道", "派出所", "畅小站")
_MARKS = frozenset(" ·_-")


@dataclass(frozen=True, slots=True)
class Rider:
    """Who is signed in on this phone. `card`: whether visits are remembered on the monthly card; `points`: whether
    points are written down. Both only as far as the consents cover what the notice says now.
    """

    id: int
    nickname: str
    phone: str
    """Eleven digits; pages show `masked`."""
    card: bool
    created: int
    session: int
    points: bool = True
    due: tuple[str, ...] = ()
    """Purposes to be asked about anew before anything else on these pages."""

    @property
    def masked(self) -> str:
        """`138****8000`."""
        return mask(self.phone)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that is signed in. Times are UTC milliseconds."""

    id: int
    device: str
    created: int
    seen: int


def mobile(typed: str) -> str:
    """Eleven digits, of what people write with +86 and spaces. Raises `Invalid`."""
    digits = clean_phone(typed[:40])
    if digits is None or len(digits) != 11 or not digits.isdigit():
        raise Invalid("手机号是 1 开头的 11 位数字")
    return digits


def nickname(typed: str) -> str:
    """As it is kept: NFKC, one space at most. Raises `Invalid`: length, other signs, a number, a plate, an office."""
    name = " ".join(unicodedata.normalize("NFKC", typed).split())
    if not SHORTEST <= len(name) <= LONGEST:
        raise Invalid(f"昵称写 {SHORTEST}–{LONGEST} 个字")
    if not all(letter in _MARKS or unicodedata.category(letter)[0] in "LN" for letter in name):
        raise Invalid("昵称只用字、字母和数字")
    bare = "".join(letter for letter in name if letter not in _MARKS).upper()
    if not any(unicodedata.category(letter)[0] == "L" for letter in bare):
        raise Invalid("昵称里至少有一个字")
    # Four digits are a year or half a number; five are somebody's phone, plate or papers.
    if len(_DIGITS.findall(bare)) > 4 or _PLATE.search(bare):
        raise Invalid("昵称里不要写手机号、车牌或证件号")
    if any(word in bare for word in _OFFICE):
        raise Invalid("这个昵称会让人以为是工作人员，换一个吧")
    return name


_SYSTEMS = (
    ("iPhone", "苹果手机"),
    ("iPad", "平板"),
    ("Android", "安卓手机"),
    ("Windows", "电脑"),
    ("Macintosh", "电脑"),
)


def device(user_agent: str) -> str:
    """`安卓手机 · 微信`: what the owner recognises, and no more of it is kept."""
    system = next((label for mark, label in _SYSTEMS if mark in user_agent), "别的设备")
    return f"{system} · 微信" if "MicroMessenger" in user_agent else system


def wait(times: list[int], limits: tuple[tuple[int, int], ...], now: int) -> int:
    """Milliseconds until one more is allowed after those at `times`; 0: now."""
    waits = [0]
    for window, most in limits:
        within = sorted(at for at in times if at > now - window)
        if len(within) >= most:
            waits.append(within[-most] + window - now)
    return max(waits)
