"""Buckets of time, and what may be a reading's name and value. Pure."""

import re
from collections.abc import Mapping

from server.kit.clock import HOUR_MS, MINUTE_MS

FIVE_MS = 5 * MINUTE_MS
MOST_DEVICES = 64
"""Of one station; further ones are counted, not kept."""
MOST_SERIES = 64
"""Of one device."""
MOST_VALUE = 1e15

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def bucket(at: int, width: int) -> int:
    """When the bucket of this moment began."""
    return at - at % width


def hour(at: int) -> int:
    """When this moment's hour began."""
    return bucket(at, HOUR_MS)


def sound(readings: Mapping[str, float]) -> dict[str, float]:
    """The readings that can be kept: a plain name, a number that a chart can show."""
    return {
        name: float(value) for name, value in readings.items() if _NAME.fullmatch(name) and abs(value) <= MOST_VALUE
    }
