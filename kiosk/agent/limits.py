"""The limits that this kiosk watches over: as head office set them, as they last were, or as they shipped. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

BOUNDS: dict[str, tuple[float, float]] = {
    "hot_c": (40, 70),
    "rise_c": (3, 20),
    "smoke_ppm": (50, 2000),
    "over_a": (1, 20),
    "open_s": (30, 7200),
    "low": (0, 50),
}
"""name → what is believed. The centre has the same bounds; a kiosk does not rely on that."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is told. No authority names such limits: they are settings."""

    hot_c: float = 55
    rise_c: float = 8
    """Degrees within a minute."""
    smoke_ppm: float = 300
    over_a: float = 4
    open_s: float = 300
    low: float = 0
    """So few left of anything that gets used up; 0: as each device says itself."""

    def for_devices(self) -> dict[str, int]:
        """What is told to devices that act by themselves: whole numbers, each takes those it knows."""
        return {name: round(getattr(self, name)) for name in ("hot_c", "rise_c", "smoke_ppm", "open_s")}


def read(part: object, last: Limits) -> Limits:
    """The limits of a desired state's part; what is missing or makes no sense stays as it was."""
    if not isinstance(part, Mapping):
        return last
    sound = {name: number for name in BOUNDS if (number := _sound(name, part.get(name))) is not None}
    return replace(last, **sound)


def _sound(name: str, value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    least, most = BOUNDS[name]
    return value if math.isfinite(value) and least <= value <= most else None
