"""What a station is, and which of its things a rider cares about. Pure."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.contract.geo import Point, distance_m


@dataclass(frozen=True, slots=True)
class Station:
    """A station. `code` stands in addresses and is never reused; `spots` are places nearby a rider may mean."""

    code: str
    name: str
    community: str
    community_name: str
    point: Point
    duty_phone: str
    spots: tuple[str, ...]
    presence_key: bytes

    @property
    def full_name(self) -> str:
        """`淞南十村 · 北门站`."""
        return f"{self.community_name} · {self.name}"


@dataclass(frozen=True, slots=True)
class Amenity:
    """One thing at a station. `state`: ok, low, empty, broken, removed; `since`: UTC ms; `by`: who said so."""

    code: str
    label: str
    icon: str
    state: str
    since: int
    by: str


AMENITIES = {
    "microwave": ("微波炉", "microwave"),
    "charging": ("充电", "plug"),
    "raincoat": ("雨衣", "umbrella"),
    "first_aid": ("急救箱", "first-aid-kit"),
    "bay": ("骑手车位", "parking"),
}
"""code → label, icon; every station begins with all of them, ok."""

STATE_LABELS = {"ok": "可用", "low": "快没了", "empty": "用完了", "broken": "坏了", "removed": "暂无"}


def nearest(to: Station, stations: Iterable[Station], most: int = 3) -> list[tuple[Station, int]]:
    """The other stations with their distance in metres, the nearest first."""
    others = [(other, round(distance_m(to.point, other.point))) for other in stations if other.code != to.code]
    return sorted(others, key=lambda pair: pair[1])[:most]


def likely(typed: str, stations: Sequence[Station], most: int = 4) -> list[Station]:
    """The stations somebody with a wrong address most likely meant; never empty while there are stations."""
    codes = difflib.get_close_matches(typed.lower(), [station.code for station in stations], n=most, cutoff=0.3)
    first = [station for code in codes for station in stations if station.code == code]
    return (first + [station for station in stations if station not in first])[:most]
