"""What a station is like at this moment: open or not, warnings, what works, what can be said wrong with one tap.

The page shows it, and asks for it again every few seconds while somebody looks at it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from server import calendar, categories, notices, stations
from server.kit.store import Work
from server.riders import rules
from server.stations import COUNTED, Amenity, Doors, Station

NOTICES = 4
"""So many are shown, warnings first."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An amenity for riders. `word`: `可用`, or `还剩 40 件` where devices count; `count`: `4 口`, or empty."""

    code: str
    label: str
    icon: str
    state: str
    word: str
    count: str
    note: str
    since: int | None
    """None: nobody has said anything since the station opened."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One tap on what is wrong: a report of this category with these words."""

    category: str
    words: str
    icon: str


@dataclass(frozen=True, slots=True)
class Now:
    """`digest` changes when anything here does."""

    doors: Doors
    warnings: tuple[str, ...]
    notices: tuple[str, ...]
    """What the committee says besides; it can wait further down the page."""
    things: tuple[Thing, ...]
    wrongs: tuple[Wrong, ...]
    digest: str


_TAKEN = {
    ("charging", "low"): "快满了",
    ("charging", "empty"): "都在用",
    ("bay", "low"): "快满了",
    ("bay", "empty"): "停满了",
}
"""Places are taken, not used up."""

_LEFT = {"raincoat": "件", "first_aid": "样"}
"""What is used up, and how one of it is called."""

_WRONGS = {
    "raincoat": Wrong("station.supply_empty", "雨衣没了", "umbrella"),
    "charging": Wrong("station.supply_empty", "充不了电", "plug"),
    "microwave": Wrong("station.supply_empty", "微波炉坏了", "microwave"),
    "first_aid": Wrong("station.supply_empty", "急救箱缺东西", "first-aid-kit"),
    "bay": Wrong("parking.rider_bay", "骑手车位被占", "moped"),
}
_CLOSED = Wrong("station.closed", "开着的时间，门没开", "lock")


def now_of(work: Work, station: Station) -> Now:
    """The station as it is."""
    doors = stations.doors(station.opening, calendar.load(work), work.now)
    known = stations.amenities(work, station.code)
    said = notices.showing(work, station.community, station.code, most=NOTICES)
    warnings = tuple(one["text"] for one in said if one["level"] == "warning")
    others = tuple(one["text"] for one in said if one["level"] != "warning")
    things = tuple(_thing(one, work.now) for one in known if one.state != "removed")
    offered = {one.code for one in rules.for_phones(categories.current(work).values())}
    wrongs = tuple(one for one in _wrongs(doors, known) if one.category in offered)
    digest = hashlib.sha256(repr((doors, warnings, others, things, wrongs)).encode()).hexdigest()[:12]
    return Now(doors, warnings, others, things, wrongs, digest)


def _thing(one: Amenity, now: int) -> Thing:
    free = one.free_at(now)
    unit = COUNTED.get(one.code, "个")
    count = "" if one.size is None else f"{one.size} {unit}"
    word = _TAKEN.get((one.code, one.state)) or stations.STATE_LABELS.get(one.state, one.state)
    if free and one.code in _LEFT:
        left = f"还剩 {free} {_LEFT[one.code]}"
        word, count = (left, "") if one.state == "ok" else (word, left)
    elif free is not None and one.code not in _LEFT:
        word, count = (f"还空 {free} {unit}", "") if free else ("都在用", count)
    since = None if one.by == "setup" else one.since
    return Thing(one.code, one.label, one.icon, one.state, word, count, one.note, since)


def _wrongs(doors: Doors, known: Sequence[Amenity]) -> list[Wrong]:
    found = [_WRONGS[one.code] for one in known if one.code in _WRONGS and one.state in {"ok", "low"}]
    return found if doors.open is False else [*found, _CLOSED]
