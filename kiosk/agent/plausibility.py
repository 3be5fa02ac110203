"""What a healthy device can measure; the rest says only that the device is ill. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

MOST_READINGS = 64
ANYTHING = (-1e15, 1e15)
POSSIBLE = {
    "": (0, 1e9), "°C": (-50, 150), "%": (0, 100), "A": (0, 100), "W": (0, 20_000), "ppm": (0, 100_000), "s": (0, 1e9),
}  # fmt: skip
"""unit → least and most."""


def plausible(readings: Mapping[str, Any], description: Mapping[str, Any]) -> dict[str, float]:
    """Finite numbers under short names, each possible in its unit; a device's nonsense is left out, the rest kept."""
    units = description.get("readings")
    units = units if isinstance(units, dict) else {}
    clean = {
        name: value
        for name, value in readings.items()
        if len(name) <= 32 and name.isascii() and name.isprintable()
        if isinstance(value, int | float) and not isinstance(value, bool) and _can_be(value, units.get(name))
    }
    return dict(list(clean.items())[:MOST_READINGS])


def _can_be(value: float, unit: object) -> bool:
    if unit == "yyyymmdd":
        return value == 0 or _is_day(value)
    least, most = POSSIBLE.get(unit, ANYTHING) if isinstance(unit, str) else ANYTHING
    return least <= value <= most


def _is_day(value: float) -> bool:
    try:
        return date(int(value) // 10_000, int(value) // 100 % 100, int(value) % 100).year >= 2020
    except (ValueError, OverflowError):
        return False
