"""What a station's devices say, ready to show: who is there, the latest numbers, and a chart of each."""

import json
from dataclasses import dataclass

from markupsafe import Markup

from gateway.sqlite import Row
from server import thresholds
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.store import Work
from server.stations import Station
from server.telemetry import chart, limits, records
from server.telemetry.rules import FIVE_MS

SPANS = {24: "24 小时", 24 * 7: "7 天", 24 * 30: "30 天", 24 * 365: "一年"}
"""hours → what the page calls it."""
FRESH_MS = 5 * 60_000
"""A number older than this is shown with its age."""

KINDS = {
    "charging_cabinet": ("充电柜", "plug"),
    "raincoat_dispenser": ("雨衣机", "umbrella"),
    "first_aid_box": ("急救箱", "first-aid-kit"),
    "microwave_meter": ("微波炉", "microwave"),
    "sos_button": ("求助按钮", "urgent"),
    "door_counter": ("门和人数", "door"),
    "smoke_climate": ("烟雾和温湿度", "flame"),
    "bay_sensor": ("骑手车位", "parking"),
}
NAMES = {
    "temp_c": "温度", "humidity": "湿度", "smoke_ppm": "烟雾", "free": "空位", "power_w": "功率", "stock": "存量",
    "taken": "停了车", "open": "门（1 为开）", "people": "站内人数", "entered": "进站人次", "on": "在用（1 为是）",
    **{f"port{port}_a": f"{port} 号口电流" for port in range(1, 17)},
}  # fmt: skip
HIDDEN = frozenset({"expires", "presses", "pressed", "locked", "hot", "jam", "blind", "weak"})
"""States and counters that say nothing as a curve."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One reading. `now` is its latest value as text, empty when there is none; `at` when that was."""

    label: str
    unit: str
    now: str
    at: int | None
    svg: Markup | None
    """None: nothing in this span of time."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device. `present`: None when nobody has said; times are UTC milliseconds."""

    name: str
    label: str
    icon: str
    present: bool | None
    changed: int
    heard: int
    dropped: int
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """What `telemetry/_charts.html` shows."""

    station: str
    hours: int
    span: str
    devices: tuple[Device, ...]
    fresh_ms: int = FRESH_MS


def charts(look: Work, station: Station, hours: int = 24) -> Charts:
    """A station's devices over the last `hours`, one of `SPANS` (24 for any other number)."""
    hours = hours if hours in SPANS else 24
    series: dict[int, list[Row]] = {}
    for row in records.series_of(look, station.code):
        series.setdefault(row["device"], []).append(row)
    return Charts(
        station.code,
        hours,
        SPANS[hours],
        tuple(
            _device(look, station, row, series.get(row["id"], []), hours) for row in records.devices(look, station.code)
        ),
    )


def _device(look: Work, station: Station, row: Row, series: list[Row], hours: int) -> Device:
    about = json.loads(row["about"] or "{}")
    label, icon = KINDS.get(str(about.get("kind")), ("设备", "settings"))
    units = about.get("readings")
    units = units if isinstance(units, dict) else {}
    return Device(
        name=row["device"],
        label=label,
        icon=icon,
        present=None if row["present"] is None else bool(row["present"]),
        changed=row["changed"],
        heard=row["heard"],
        dropped=row["dropped"],
        charts=tuple(
            _chart(look, station, one, str(units.get(one["name"], ""))[:8], hours)
            for one in series
            if one["name"] not in HIDDEN
        ),
    )


def _chart(look: Work, station: Station, series: Row, unit: str, hours: int) -> Chart:
    name = str(series["name"])
    label = NAMES.get(name, name)
    table, step = ("telemetry_5min", FIVE_MS) if hours <= 24 else ("telemetry_hour", HOUR_MS)
    until, since = look.now, look.now - hours * HOUR_MS
    points = records.figures(look, table, series["id"], since)
    if hours > 24 * 30:
        points, step = _by_day(points), DAY_MS
    newest = records.newest(look, series["id"])
    now, seen = ("", None) if newest is None else (f"{newest['value']:g}", int(newest["at"]))
    threshold = limits.OF_READING.get(name)
    limit = None if threshold is None else thresholds.value(look, threshold, station.community, station.code)
    if not points:
        return Chart(label, unit, now, seen, None)
    least, most = min(point[2] for point in points), max(point[3] for point in points)
    says = f"{label}，最近 {SPANS[hours]}：最低 {least:g}，最高 {most:g} {unit}"
    return Chart(label, unit, now, seen, chart.draw(points, since, until, step, limit, says))


def _by_day(points: list[chart.Point]) -> list[chart.Point]:
    days: dict[int, list[chart.Point]] = {}
    for point in points:
        days.setdefault(point[0] - point[0] % DAY_MS, []).append(point)
    return [
        (at, sum(one[1] for one in day) / len(day), min(one[2] for one in day), max(one[3] for one in day))
        for at, day in sorted(days.items())
    ]
