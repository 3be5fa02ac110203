"""Points on the earth with their datum. Chinese maps and phones speak GCJ-02, satellites WGS-84: 479 m apart here."""

import math
from dataclasses import dataclass
from enum import StrEnum

_A = 6_378_245.0  # Krasovsky 1940, as GCJ-02 uses it
_EE = 0.00669342162296594323
_EARTH_M = 6_371_008.8


class Datum(StrEnum):
    """The frame in which latitude and longitude are meant."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees north and east. Raises `ValueError` off the earth or for a number that is none."""

    lat: float
    lon: float
    datum: Datum

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError(f"not on the earth: {self.lat}, {self.lon}")


def to_gcj02(point: Point) -> Point:
    """The same place in GCJ-02. Outside China the two are taken as one."""
    if point.datum is Datum.GCJ02:
        return point
    if not _in_china(point):
        return Point(point.lat, point.lon, Datum.GCJ02)
    lat, lon = _shift(point.lat, point.lon)
    return Point(point.lat + lat, point.lon + lon, Datum.GCJ02)


def to_wgs84(point: Point) -> Point:
    """The same place in WGS-84, by iteration; exact to under a centimetre."""
    if point.datum is Datum.WGS84:
        return point
    if not _in_china(point):
        return Point(point.lat, point.lon, Datum.WGS84)
    lat, lon = point.lat, point.lon
    for _ in range(8):
        shift_lat, shift_lon = _shift(lat, lon)
        lat, lon = point.lat - shift_lat, point.lon - shift_lon
    return Point(lat, lon, Datum.WGS84)


def distance_m(one: Point, other: Point) -> float:
    """Metres along the great circle; the datums may differ."""
    a, b = to_wgs84(one), to_wgs84(other)
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b.lon - a.lon) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(h)))


def _in_china(point: Point) -> bool:
    return 0.8293 <= point.lat <= 55.8271 and 72.004 <= point.lon <= 137.8347


def _shift(lat: float, lon: float) -> tuple[float, float]:
    """GCJ-02 minus WGS-84 at a WGS-84 place, in degrees: the published approximation of the offset."""
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    waves = (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    rad = lat / 180 * pi
    magic = 1 - _EE * math.sin(rad) ** 2
    lat_shift = north * 180 / ((_A * (1 - _EE)) / (magic * math.sqrt(magic)) * pi)
    lon_shift = east * 180 / (_A / math.sqrt(magic) * math.cos(rad) * pi)
    return lat_shift, lon_shift
