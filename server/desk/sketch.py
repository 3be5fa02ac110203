"""A small drawing of where things are: the station in the middle, north up, rings with metres. Pure.

Drawn here because no map may be fetched from outside, and an honest sketch says more than an empty tile.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.contract.geo import Point, distance_m, to_gcj02, to_wgs84

WIDTH, HEIGHT = 320, 200
RIM = 84.0
"""Radius of the outer ring in the drawing."""
RINGS_M = (100, 200, 400, 600, 1000, 2000, 4000)
"""What the outer ring may stand for. What lies farther away is drawn beyond it, with an arrow."""
NEAR_M = 600
TOGETHER = 15.0
"""Marks closer than this in the drawing share one."""
CLEAR = 34.0
"""Another station nearer than this in the drawing would hide ours."""
HERE_M = 15

_TOLD = ("pin", "photo")
_WINDS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


@dataclass(frozen=True, slots=True)
class Spot:
    """Something with a place. `kind`: photo, pin (where the reporter pointed), or station for another one nearby."""

    label: str
    point: Point
    kind: str = "photo"


@dataclass(frozen=True, slots=True)
class Mark:
    """Where it stands in the drawing. `beyond`: outside the rings, `turn` degrees from north."""

    x: float
    y: float
    label: str
    kind: str
    beyond: bool
    turn: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """What `desk/_sketch.html` draws. `lines` say the same in words."""

    rings: tuple[tuple[float, str], ...]
    """Radius in the drawing, and the metres it stands for."""
    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    geo: str
    """`geo:` address of the pin, else of the first photo's place, else the station's: WGS-84, as RFC 5870 says."""
    gcj: tuple[str, str]
    """The same place for Chinese maps: latitude and longitude in GCJ-02, six digits."""
    width: int = WIDTH
    height: int = HEIGHT


def sketch(station: Point, spots: Sequence[Spot]) -> Sketch:
    """Pin and photos decide how much is shown; other stations are drawn where they fit."""
    told = sorted((spot for spot in spots if spot.kind in _TOLD), key=lambda spot: _TOLD.index(spot.kind))
    far = [distance_m(station, spot.point) for spot in told]
    if not far:
        far = [min([metres for spot in spots if (metres := distance_m(station, spot.point)) <= NEAR_M], default=0)]
    outer = next((ring for ring in RINGS_M if max(far) <= ring), RINGS_M[-1])
    shown = [
        spot for spot in spots if spot.kind in _TOLD or CLEAR * outer / RIM <= distance_m(station, spot.point) <= outer
    ]
    target = to_wgs84(told[0].point if told else station)
    gcj = to_gcj02(target)
    return Sketch(
        rings=((RIM / 2, metres_in_words(outer / 2)), (RIM, metres_in_words(outer))),
        marks=_together([_mark(station, spot, outer) for spot in shown]),
        lines=tuple(f"{spot.label}：{where(station, spot.point)}" for spot in shown),
        geo=f"geo:{target.lat:.6f},{target.lon:.6f}",
        gcj=(f"{gcj.lat:.6f}", f"{gcj.lon:.6f}"),
    )


def where(station: Point, point: Point) -> str:
    """`离小站约 120 米，东北`, or `就在小站`."""
    metres = distance_m(station, point)
    if metres < HERE_M:
        return "就在小站"
    return f"离小站约 {metres_in_words(metres)}，{_WINDS[round(_turn(station, point) / 45) % 8]}"


def metres_in_words(metres: float) -> str:
    """`40 米`, `790 米`, `5.2 公里`, `1112 公里`."""
    if metres >= 10_000:
        return f"{metres / 1000:.0f} 公里"
    if metres >= 1000:
        return f"{metres / 1000:.1f} 公里".replace(".0 ", " ")
    return f"{round(metres, -1):.0f} 米"


def _turn(station: Point, point: Point) -> float:
    """Degrees clockwise from north, on the small plane around the station."""
    here, there = to_wgs84(station), to_wgs84(point)
    east = (there.lon - here.lon) * math.cos(math.radians(here.lat))
    return math.degrees(math.atan2(east, there.lat - here.lat)) % 360


def _mark(station: Point, spot: Spot, outer: int) -> Mark:
    turn, metres = _turn(station, spot.point), distance_m(station, spot.point)
    radius = min(RIM * metres / outer, RIM + 8)
    x = WIDTH / 2 + radius * math.sin(math.radians(turn))
    y = HEIGHT / 2 - radius * math.cos(math.radians(turn))
    return Mark(round(x, 1), round(y, 1), spot.label, spot.kind, metres > outer, round(turn))


def _together(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Photos at one place become one mark with all their numbers."""
    heaps: list[list[Mark]] = []
    for kind, same in groupby(sorted(marks, key=lambda mark: mark.kind), key=lambda mark: mark.kind):
        for mark in same:
            heap = next(
                (h for h in heaps if h[0].kind == kind and math.dist((h[0].x, h[0].y), (mark.x, mark.y)) < TOGETHER),
                None,
            )
            if heap is None:
                heaps.append([mark])
            else:
                heap.append(mark)
    return tuple(_joined(heap) for heap in heaps)


def _joined(heap: Sequence[Mark]) -> Mark:
    first = heap[0]
    label = "、".join(mark.label.removeprefix("照片 ") for mark in heap)
    return Mark(first.x, first.y, label, first.kind, first.beyond, first.turn)
