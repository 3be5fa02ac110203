"""Days as people type them into a form, and the moment that is meant: the end of that day in Beijing. Pure."""

import re
import unicodedata
from datetime import datetime, timedelta

from server.kit.clock import BEIJING, DAY_MS, beijing
from server.kit.errors import Invalid

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_SHORT = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def end_of_day(typed: str, now: int) -> int | None:
    """UTC milliseconds of the last second of the day; None for nothing typed.

    `2026-11-29`, `2026/11/29`, `2026年11月29日`; without a year the next such day. Raises `Invalid`.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    found, short = _DAY.fullmatch(text), _SHORT.fullmatch(text)
    try:
        if found is not None:
            return _end(datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=BEIJING))
        if short is not None:
            year, month, day = beijing(now).year, int(short[1]), int(short[2])
            this_year = _end(datetime(year, month, day, tzinfo=BEIJING))
            return this_year if this_year > now else _end(datetime(year + 1, month, day, tzinfo=BEIJING))
    except (ValueError, OverflowError) as error:
        raise Invalid(_SENTENCE) from error
    raise Invalid(_SENTENCE)


def typed_day(now: int, days: int) -> str:
    """The day so many days from now, as a date field wants it: `2026-11-29`."""
    return beijing(now + days * DAY_MS).strftime("%Y-%m-%d")


def is_typed_day(typed: str) -> bool:
    """Whether a browser's date field can show it; anything else stands in a plain field, so that nothing is lost."""
    return bool(re.fullmatch(r"[1-9]\d{3}-\d\d-\d\d", typed))


_SENTENCE = "看不懂这个日期，请写成 2026-11-29 这样"


def _end(midnight: datetime) -> int:
    return int((midnight + timedelta(days=1)).timestamp() * 1000) - 1000
