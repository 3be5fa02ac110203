"""A drawing of where the stations lie, north up. Pure; no map may be fetched from outside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contract.geo import Point, to_wgs84

WIDTH, HEIGHT, EDGE = 960, 360, 18
LEAST_M = 400.0
"""A single station, or two at one gate, are not blown up further than this."""
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Place:
    """What is to be drawn. `tone`: bad, warn, ok or off."""

    point: Point
    tone: str
    words: str
    station: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A station in the drawing. `tone`: bad, warn, ok or off; `words`: its name and state."""

    x: int
    y: int
    tone: str
    words: str
    station: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What the page draws. `scale`: (length in the drawing, what it stands for)."""

    dots: tuple[Dot, ...]
    scale: tuple[int, str]
    small: bool
    """Whether there are so many that each must be small."""
    width: int = WIDTH
    height: int = HEIGHT


def chart(places: Sequence[Place]) -> Chart | None:
    """All at one scale; None without any. The worst are drawn last, so that nothing hides them."""
    if not places:
        return None
    points = [to_wgs84(one.point) for one in places]
    middle_lat = (max(one.lat for one in points) + min(one.lat for one in points)) / 2
    middle_lon = (max(one.lon for one in points) + min(one.lon for one in points)) / 2
    narrower = math.cos(math.radians(middle_lat))
    metres = [
        ((one.lon - middle_lon) * METRES_PER_DEGREE * narrower, (one.lat - middle_lat) * METRES_PER_DEGREE)
        for one in points
    ]
    wide = max(LEAST_M, 2 * max(abs(x) for x, _ in metres))
    high = max(LEAST_M * HEIGHT / WIDTH, 2 * max(abs(y) for _, y in metres))
    per_metre = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high)
    dots = [
        Dot(round(WIDTH / 2 + x * per_metre), round(HEIGHT / 2 - y * per_metre), one.tone, one.words, one.station)
        for (x, y), one in zip(metres, places, strict=True)
    ]
    return Chart(
        tuple(sorted(dots, key=lambda dot: _ORDER.index(dot.tone))), _scale(per_metre), small=len(dots) > _MANY
    )


_ORDER = ("off", "ok", "warn", "bad")
_MANY = 200


def _scale(per_metre: float) -> tuple[int, str]:
    for length in (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000):
        if length * per_metre >= 60:
            break
    return round(length * per_metre), f"{length} 米" if length < 1000 else f"{length // 1000} 公里"
