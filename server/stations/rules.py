"""What a station is, and which of its things a rider cares about. Pure."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.contract.geo import Point, distance_m
from server.stations.opening import Opening


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom staff call about a station: never shown to riders."""

    name: str
    role: str
    phone: str


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
    address: str = ""
    """Where its door is, in words."""
    opening: Opening | None = None
    """None: nobody has entered it yet."""
    contacts: tuple[Contact, ...] = ()
    version: int = 1
    """Counts what staff changed; what devices and screens say about amenities is not counted."""
    retired: int | None = None
    """Since when it is out of service, UTC milliseconds."""
    retired_reason: str = ""

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
    note: str = ""
    """A few words of staff, such as `周三修`; riders read it."""
    total: int | None = None
    """How many there are by the word of staff: charging ports, parking slots."""
    measured: int | None = None
    """How many there are by the devices that count them."""
    free: int | None = None
    """How many of these they called free, at `counted`."""
    counted: int | None = None

    @property
    def size(self) -> int | None:
        """How many there are; staff know of ports that no device counts."""
        return self.measured if self.total is None and self.code in COUNTED else self.total

    def free_at(self, now: int) -> int | None:
        """How many are free, as long as a device has said so lately; a silent one is not believed."""
        fresh = self.counted is not None and now - self.counted <= FRESH_MS
        return self.free if fresh and self.state in {"ok", "low"} else None


AMENITIES = {
    "microwave": ("微波炉", "microwave"),
    "charging": ("充电", "plug"),
    "raincoat": ("雨衣", "umbrella"),
    "first_aid": ("急救箱", "first-aid-kit"),
    "bay": ("骑手车位", "parking"),
}
"""code → label, icon; every station begins with all of them, ok."""

COUNTED = {"charging": "口", "bay": "位"}
"""Amenities that come in numbers, and how one of them is called."""

STATE_LABELS = {"ok": "可用", "low": "快没了", "empty": "用完了", "broken": "坏了", "removed": "暂无"}

SPEAKERS = {"setup": "开站时", "kiosk": "站内屏幕", "device": "设备"}
"""Who says something about an amenity when it is none of the staff."""

FRESH_MS = 15 * 60_000
MOST_COUNT = 999
_PORT = re.compile(r"port\d{1,3}_a")


def counted(readings: Mapping[str, object]) -> tuple[str, int, int] | None:
    """(amenity, free, total) in a device's readings (`docs/devices.md`): of a charging cabinet, a bay sensor, and
    what is left in a raincoat dispenser or a first-aid box, which know no total.
    """
    stock = _whole(readings.get("stock"))
    if stock is not None and ("jam" in readings or "locked" in readings):
        return ("raincoat" if "jam" in readings else "first_aid"), stock, stock
    free, taken = _whole(readings.get("free")), _whole(readings.get("taken"))
    ports = sum(1 for name in readings if _PORT.fullmatch(name))
    if free is None or readings.get("blind"):
        return None
    if ports:
        return ("charging", free, ports) if free <= ports else None
    return None if taken is None else ("bay", free, free + taken)


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_COUNT:
        return None
    return int(value) if value == int(value) else None


def nearest(to: Station, stations: Iterable[Station], most: int = 3) -> list[tuple[Station, int]]:
    """The other stations with their distance in metres, the nearest first."""
    others = [(other, round(distance_m(to.point, other.point))) for other in stations if other.code != to.code]
    return sorted(others, key=lambda pair: pair[1])[:most]


def likely(typed: str, stations: Sequence[Station], most: int = 4) -> list[Station]:
    """The stations somebody with a wrong address most likely meant; never empty while there are stations."""
    codes = difflib.get_close_matches(typed.lower(), [station.code for station in stations], n=most, cutoff=0.3)
    first = [station for code in codes for station in stations if station.code == code]
    return (first + [station for station in stations if station not in first])[:most]
