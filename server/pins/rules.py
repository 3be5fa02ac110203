"""A pin as it is typed, stored and said in words. Pure."""

import math
import re
from dataclasses import dataclass

from gateway.contract.geo import Datum, Point, to_wgs84

FAR_M = 5_000
"""Who stands farther from the station than this means another place, or has a broken GPS."""
_METRES_PER_DEGREE = 111_195.0
_WINDS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_TYPED = re.compile(r"(map|gps),(-?\d{1,5}),(-?\d{1,5}),(\d{1,6})")
SOURCES = {"map": "在图上指的", "gps": "手机定位"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form brought: metres east and north of the station, and how exact it may be in metres (0: unsaid)."""

    source: str
    east: int
    north: int
    accuracy: int


@dataclass(frozen=True, slots=True)
class Pin:
    """A report's place. The point carries its datum; `source` is a key of `SOURCES`."""

    point: Point
    source: str
    accuracy: int


def read(typed: str) -> Typed | None:
    """`map,120,-40,0`; None for anything that is no pin near the station."""
    found = _TYPED.fullmatch(typed.strip()[:40])
    if found is None:
        return None
    pin = Typed(found[1], int(found[2]), int(found[3]), min(int(found[4]), FAR_M))
    return pin if math.hypot(pin.east, pin.north) <= FAR_M else None


def placed(typed: Typed, station: Point) -> Pin:
    """The point in WGS-84, whatever datum the station is written down in."""
    here = to_wgs84(station)
    lat = here.lat + typed.north / _METRES_PER_DEGREE
    lon = here.lon + typed.east / (_METRES_PER_DEGREE * math.cos(math.radians(here.lat)))
    return Pin(Point(round(lat, 6), round(lon, 6), Datum.WGS84), typed.source, typed.accuracy)


def said(typed: Typed, name: str) -> str:
    """`北门站东北约 120 米`, as it stands on the ticket when nothing else was said."""
    metres = math.hypot(typed.east, typed.north)
    if metres < 15:
        return f"{name}旁"
    wind = _WINDS[round(math.degrees(math.atan2(typed.east, typed.north)) / 45) % 8]
    return f"{name}{wind}约 {round(metres / 10) * 10} 米"
