"""A station as staff write it down, in one line of text per field: the desk's form, a table's row and a command's
options are read here, by the same rules. Pure."""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.contract.geo import Datum, Point, to_wgs84
from server.stations.hours import Unclear, read_rule, read_unusual, rule_words, unusual_words
from server.stations.rules import AMENITIES, COUNTED, MOST_COUNT, Amenity, Contact, Station

MOST_NAME, MOST_ADDRESS, MOST_SPOT, MOST_SPOTS, MOST_CONTACTS = 20, 60, 20, 40, 8
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{1,18}[0-9]")
_SEPARATORS = re.compile(r"[、,，;；\n]+")
_DATUMS = {"wgs84": Datum.WGS84, "wgs-84": Datum.WGS84, "gps": Datum.WGS84, "gcj02": Datum.GCJ02, "gcj-02": Datum.GCJ02,
           "高德": Datum.GCJ02, "腾讯": Datum.GCJ02}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody typed; None leaves a field as it is. See `LABELS` for the names and `read` for the rules."""

    name: str | None = None
    community: str | None = None
    """Its code."""
    address: str | None = None
    lat: str | None = None
    lon: str | None = None
    datum: str | None = None
    """wgs84 or gcj02; the other is turned into WGS-84 before it is kept."""
    duty_phone: str | None = None
    spots: str | None = None
    opening: str | None = None
    unusual: str | None = None
    amenities: str | None = None
    """Labels of what the station has; the others are marked as taken away."""
    charging_ports: str | None = None
    bay_slots: str | None = None
    contacts: str | None = None


LABELS = {
    "name": "名称",
    "community": "居民区代码",
    "address": "地址",
    "lat": "纬度",
    "lon": "经度",
    "datum": "坐标系",
    "duty_phone": "值班电话",
    "spots": "周边地点",
    "opening": "开放时间",
    "unusual": "特别的日子",
    "amenities": "设施",
    "charging_ports": "充电口数",
    "bay_slots": "车位数",
    "contacts": "联系人",
}
"""Field → how staff call it, on the desk and at the head of a table."""

PORTS = {"charging_ports": "charging", "bay_slots": "bay"}
"""Field → the amenity whose total it is."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What was typed, understood. `totals`: amenity → how many; `has`: the amenities it has, None for as they are."""

    station: Station
    totals: Mapping[str, int | None]
    has: frozenset[str] | None


class Troubles(ValueError):
    """What cannot be taken: field → Chinese sentence."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self.found = dict(found)
        super().__init__("；".join(f"{LABELS[field]}：{sentence}" for field, sentence in found.items()))


def write(station: Station, things: Sequence[Amenity]) -> Written:
    """A station in writing: reading it back changes nothing."""
    totals = {one.code: one.total for one in things}
    return Written(
        name=station.name,
        community=station.community,
        address=station.address,
        lat=f"{station.point.lat:.6f}",
        lon=f"{station.point.lon:.6f}",
        datum=str(station.point.datum),
        duty_phone=station.duty_phone,
        spots="、".join(station.spots),
        opening=rule_words(station.opening),
        unusual=unusual_words(station.opening),
        amenities="、".join(one.label for one in things if one.state != "removed"),
        charging_ports=_number(totals.get("charging")),
        bay_slots=_number(totals.get("bay")),
        contacts="；".join(
            " ".join(part for part in (one.name, one.role, one.phone) if part) for one in station.contacts
        ),
    )


def read(blank: Station, before: Written, new: Written, communities: Mapping[str, str]) -> Meant:
    """`blank` with what was typed laid over it; `before` is how it is written now. Raises `Troubles`.

    `communities`: code → name of those it may belong to.
    """
    said = {field: _line(value) for field, value in dataclasses.asdict(new).items() if value is not None}
    old = dataclasses.asdict(before)
    changed = {field: value for field, value in said.items() if value != (old[field] or "")}
    troubles: dict[str, str] = {}
    station = blank
    for field, reader in _READERS.items():
        if field in changed:
            try:
                station = reader(station, changed[field])
            except Unclear as cause:
                troubles[field] = str(cause)
    if "community" in changed:
        name = communities.get(changed["community"])
        if name is None:
            troubles["community"] = f"没有“{changed['community'][:32]}”这个居民区，或者不归你管"
        station = replace(station, community=changed["community"], community_name=name or "")
    if changed.keys() & {"lat", "lon", "datum"}:
        try:
            station = replace(station, point=_moved(station.point, _point({**old, **said})))
        except Unclear as cause:
            troubles["lat"] = str(cause)
    totals: dict[str, int | None] = {}
    for field, amenity in PORTS.items():
        if field in changed:
            try:
                totals[amenity] = _count(changed[field], amenity)
            except Unclear as cause:
                troubles[field] = str(cause)
    has = None
    if "amenities" in changed:
        try:
            has = _things(changed["amenities"])
        except Unclear as cause:
            troubles["amenities"] = str(cause)
    for field in ("name", "community", "duty_phone"):
        if not said.get(field, old[field]) and field not in troubles:
            troubles[field] = "这一项不能空着"
    if troubles:
        raise Troubles(troubles)
    return Meant(station, totals, has)


def _name(station: Station, text: str) -> Station:
    return replace(station, name=_short(text, MOST_NAME))


def _address(station: Station, text: str) -> Station:
    return replace(station, address=_short(text, MOST_ADDRESS))


def _duty_phone(station: Station, text: str) -> Station:
    return replace(station, duty_phone=_phone(text))


def _spots(station: Station, text: str) -> Station:
    spots = tuple(dict.fromkeys(_short(one.strip(), MOST_SPOT) for one in _SEPARATORS.split(text) if one.strip()))
    if len(spots) > MOST_SPOTS:
        raise Unclear(f"最多写 {MOST_SPOTS} 个地点")
    return replace(station, spots=spots)


def _opening(station: Station, text: str) -> Station:
    rule = read_rule(text)
    kept = station.opening.unusual if station.opening else ()
    if rule is None and kept:
        raise Unclear("还有特别的日子，开放时间不能空着")
    return replace(station, opening=replace(rule, unusual=kept) if rule else None)


def _unusual(station: Station, text: str) -> Station:
    found = read_unusual(text)
    if found and station.opening is None:
        raise Unclear("请先写平时的开放时间")
    return replace(station, opening=replace(station.opening, unusual=found) if station.opening else None)


def _contacts(station: Station, text: str) -> Station:
    found = []
    for line in (line.strip() for line in re.split(r"[;；\n]+", text) if line.strip()):
        words = line.replace("/", " ").split()
        *others, phone = words
        if len(words) < 2 or not _PHONE.fullmatch(phone):
            raise Unclear(f"“{line[:30]}”请写成：王师傅 物业工程 021-55550111，每人一行")
        found.append(Contact(_short(others[0], MOST_NAME), _short(" ".join(others[1:]), MOST_NAME), phone))
    if len(found) > MOST_CONTACTS:
        raise Unclear(f"最多写 {MOST_CONTACTS} 个联系人")
    return replace(station, contacts=tuple(found))


# The days set apart are read after the weekly rule, on which they stand.
_READERS: dict[str, Callable[[Station, str], Station]] = {
    "name": _name,
    "address": _address,
    "duty_phone": _duty_phone,
    "spots": _spots,
    "opening": _opening,
    "unusual": _unusual,
    "contacts": _contacts,
}


def _point(said: Mapping[str, str | None]) -> Point:
    datum = _DATUMS.get((said["datum"] or "wgs84").lower())
    if datum is None:
        raise Unclear("坐标系只认 wgs84（GPS）和 gcj02（高德、腾讯地图）；百度坐标请换成高德的再填")
    try:
        point = Point(float(said["lat"] or ""), float(said["lon"] or ""), datum)
    except ValueError as cause:
        raise Unclear("纬度、经度要写数字，如 31.352900 和 121.486800；看看有没有写反") from cause
    return to_wgs84(point)


def _moved(now: Point, new: Point) -> Point:
    """The new place; the old one when it would be written alike, as a table read for the second time has it."""
    same = (f"{now.lat:.6f}", f"{now.lon:.6f}") == (f"{new.lat:.6f}", f"{new.lon:.6f}")
    return now if same and now.datum is new.datum else new


def _count(text: str, amenity: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_COUNT):
        raise Unclear(f"请写有几个{COUNTED[amenity]}，0 到 {MOST_COUNT}")
    return int(text)


def _things(text: str) -> frozenset[str]:
    labels = {label: code for code, (label, _) in AMENITIES.items()}
    found = set()
    for word in (word.strip() for word in _SEPARATORS.split(text) if word.strip()):
        if word not in labels and word not in AMENITIES:
            raise Unclear(f"没有“{word[:20]}”这种设施，只有 {'、'.join(labels)}")
        found.add(labels.get(word, word))
    return frozenset(found)


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text):
        raise Unclear("电话只写数字、空格和短横线，如 021-5555-0110")
    return text


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise Unclear(f"最多 {most} 个字，现在有 {len(text)} 个")
    return text.replace("\n", " ")


def _line(text: str) -> str:
    """NFC, without control and direction-changing characters; line breaks stay."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return "".join(letter for letter in plain if letter == "\n" or unicodedata.category(letter)[0] != "C").strip()


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
