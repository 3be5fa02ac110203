"""A small drawing of where things are: the station in the middle, north up, rings with metres. Pure.

Drawn here because no map may be fetched from outside, and an honest sketch says more than an empty tile.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
SIDES = (135, 45, 225, 315, 112, 68, 248, 292, 158, 22, 202, 338)
"""Where a ring may bear its metres, degrees from north; the first that is free is taken."""
MARK_TEXT, RING_TEXT = 11, 10
"""Sizes of the writing, as `ticket.css` has them."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in the drawing."""

_TOLD = ("pin", "photo")
_HERE: Box = (146, 88, 174, 126)
_NORTH: Box = (12, 10, 36, 52)
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
    dx: float = 0
    dy: float = 0
    """Where the middle of its label's foot stands, from the mark."""


@dataclass(frozen=True, slots=True)
class Ring:
    """`radius` in the drawing, the metres it stands for, and where these words begin: a side that is free."""

    radius: float
    words: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """What `desk/_sketch.html` draws. `lines` say the same in words."""

    rings: tuple[Ring, ...]
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
    marks = _labelled(_together([_mark(station, spot, outer) for spot in shown]))
    return Sketch(
        rings=_rings(outer, [box for mark in marks for box in (_glyph(mark), _writing(mark))]),
        marks=marks,
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


def _labelled(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Labels inside the drawing, on the side of their mark where they hide least."""
    placed: list[Mark] = []
    for mark in marks:
        taken = [_HERE, _NORTH, *(_glyph(other) for other in marks if other is not mark)]
        taken += [_writing(other) for other in placed]
        half = _width(mark.label, MARK_TEXT) / 2
        dx = min(max(mark.x, half + 2), WIDTH - half - 2) - mark.x
        sides = {"photo": (4,), "pin": (-10, 20)}.get(mark.kind, (18, -10))
        tries = [replace(mark, dx=round(dx, 1), dy=side) for side in sides]
        placed.append(min(tries, key=lambda one: _hidden(_writing(one), taken)))
    return tuple(placed)


def _rings(outer: int, taken: Sequence[Box]) -> tuple[Ring, ...]:
    """The inner ring and the outer one, each with its metres where nothing else stands."""
    rings: list[Ring] = []
    boxes = [_HERE, _NORTH, *taken]
    for radius, metres in ((RIM, outer), (RIM / 2, outer / 2)):
        tries = [_ring(radius, metres_in_words(metres), side) for side in SIDES]
        rings.append(min(tries, key=lambda one: _hidden(_words_of(one), boxes)))
        boxes.append(_words_of(rings[-1]))
    return tuple(reversed(rings))


def _ring(radius: float, words: str, side: int) -> Ring:
    x = WIDTH / 2 + radius * math.sin(math.radians(side))
    y = HEIGHT / 2 - radius * math.cos(math.radians(side))
    left = x if side < 180 else x - _width(words, RING_TEXT)
    return Ring(radius, words, round(left, 1), round(y + 4, 1))


def _glyph(mark: Mark) -> Box:
    """The sign itself; with its arrow when it lies beyond the rings."""
    reach = 17 if mark.beyond else 10
    return mark.x - reach, mark.y - reach, mark.x + reach, mark.y + reach


def _writing(mark: Mark) -> Box:
    half = _width(mark.label, MARK_TEXT) / 2
    middle, foot = mark.x + mark.dx, mark.y + mark.dy
    return middle - half, foot - MARK_TEXT, middle + half, foot + 3


def _words_of(ring: Ring) -> Box:
    return ring.x - 1, ring.y - RING_TEXT, ring.x + _width(ring.words, RING_TEXT) + 1, ring.y + 3


def _width(words: str, size: int) -> float:
    """About how wide the writing is: Chinese signs are square, others narrower."""
    return sum(size if ord(sign) > 0x2E7F else size * 0.6 for sign in words)


def _hidden(box: Box, taken: Sequence[Box]) -> float:
    """How much of a box lies on others, or outside the drawing."""
    left, top, right, bottom = box
    inside = max(0.0, min(right, WIDTH) - max(left, 0)) * max(0.0, min(bottom, HEIGHT) - max(top, 0))
    outside = (right - left) * (bottom - top) - inside
    over = (
        max(0.0, min(right, one[2]) - max(left, one[0])) * max(0.0, min(bottom, one[3]) - max(top, one[1]))
        for one in taken
    )
    return outside + sum(over)
