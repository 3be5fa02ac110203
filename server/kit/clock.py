"""Time: UTC milliseconds everywhere inside, Beijing time wherever a person reads it."""

import time
from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def now_ms() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


def beijing(at: int) -> datetime:
    """The moment `at` (UTC milliseconds) on a Beijing clock."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(BEIJING)


def clock(at: int) -> str:
    """`22:06`."""
    return beijing(at).strftime("%H:%M")


def day(at: int) -> str:
    """`11月22日`."""
    moment = beijing(at)
    return f"{moment.month}月{moment.day}日"


def when(at: int, now: int) -> str:
    """`22:06` today, `昨天 22:06`, `11月20日 22:06`, with the year when it is another one."""
    moment, today = beijing(at), beijing(now)
    days = (today.date() - moment.date()).days
    if days == 0:
        return moment.strftime("%H:%M")
    if days == 1:
        return moment.strftime("昨天 %H:%M")
    year = "" if moment.year == today.year else f"{moment.year}年"
    return f"{year}{moment.month}月{moment.day}日 {moment:%H:%M}"


def lasted(milliseconds: int) -> str:
    """`刚刚`, `12 分钟`, `3 小时 5 分`, `2 天`."""
    minutes = max(0, milliseconds) // MINUTE_MS
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 24 * 60:
        rest = minutes % 60
        return f"{minutes // 60} 小时 {rest} 分" if rest else f"{minutes // 60} 小时"
    return f"{minutes // (24 * 60)} 天"


def midnight(at: int) -> int:
    """The beginning of that Beijing day, in UTC milliseconds."""
    moment = beijing(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(moment.timestamp() * 1000)
