"""What the screen says: the agent's picture turned into words and marks. Pure; every sentence here must be true."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from kiosk.agent.view import Amenity, Line, Notice, Tile, View

BEIJING = timezone(timedelta(hours=8))

ITEMS = {"raincoat": "雨衣", "meal": "餐券"}
_WEEKDAYS = "一二三四五六日"
_APPLIANCES = {"microwave", "plug", "plug-connected", "battery-charging", "bulb", "lamp", "wifi", "tools", "bath"}
"""Icons of things that break; everything else on a station's shelf runs out."""
_GONE = {"bay": ("停满了", "有空位了")}
"""What is not taken away but taken up: how that is said, and how its end."""


@dataclass(frozen=True, slots=True)
class Said:
    """A short sentence with its icon; `tone` is `ok`, `warn`, `bad` or `plain`, never said by colour alone."""

    text: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """One amenity as it stands on the strip. `tap`: the state that one press reports, empty where none is left."""

    code: str
    label: str
    icon: str
    state: str
    said: Said
    tap: str
    tap_label: str


def line(view: View) -> Said:
    """How far a tap gets now."""
    if view.line is Line.ONLINE:
        if view.backlog:
            return Said(f"在线 · 正在送出 {view.backlog} 条", "wifi", "ok")
        return Said("在线", "wifi", "ok")
    if view.backlog:
        return Said(f"离线 · 已保存 · {view.backlog} 条待发", "wifi-off", "warn")
    return Said("离线 · 点了会先存在这里", "wifi-off", "warn")


def clock(view: View) -> str:
    """`14:05` in Beijing; empty when the clock cannot be trusted: no time is better than a wrong one."""
    return f"{_moment(view):%H:%M}" if view.clock_ok else ""


def date(view: View) -> str:
    """`11月22日 星期日`; empty when the clock cannot be trusted."""
    moment = _moment(view)
    return f"{moment.month}月{moment.day}日 星期{_WEEKDAYS[moment.weekday()]}" if view.clock_ok else ""


def tiles(view: View) -> list[Tile]:
    """The categories, most urgent first, otherwise in the order given; `other` stays last."""
    return sorted(view.tiles, key=lambda tile: (tile.group == "other", tile.level))


def shelf(view: View) -> list[Shelf]:
    """The amenities that are there."""
    return [_shelf(amenity) for amenity in view.amenities if amenity.state != "removed"]


def notices(view: View) -> list[Notice]:
    """Warnings first."""
    return sorted(view.notices, key=lambda notice: notice.level != "warning")


def amenity_reported(code: str, label: str, state: str) -> str:
    """`雨衣没了`, `骑手车位停满了`, `微波炉坏了`, `雨衣有了`."""
    gone, back = _GONE.get(code, ("没了", "有了"))
    return label + {"empty": gone, "broken": "坏了", "low": "快没了"}.get(state, back)


def _shelf(amenity: Amenity) -> Shelf:
    breaks = amenity.icon in _APPLIANCES
    gone, _ = _GONE.get(amenity.code, ("没了", ""))
    good = amenity.detail or ("能用" if breaks else "有")
    said = {
        "ok": Said(good, "circle-check", "ok"),
        "low": Said(amenity.detail or "快没了", "alert-triangle", "warn"),
        "empty": Said(f"已报{gone}", "circle-x", "plain"),
        "broken": Said("已报坏了", "circle-x", "plain"),
    }.get(amenity.state, Said(good, "dots", "plain"))
    tap = "" if amenity.state in {"empty", "broken"} else ("broken" if breaks else "empty")
    tap_label = {"broken": "坏了？", "empty": f"{gone}？", "": ""}[tap]
    return Shelf(amenity.code, amenity.label, amenity.icon, amenity.state, said, tap, tap_label)


def _moment(view: View) -> datetime:
    return datetime.fromtimestamp(view.now_ms / 1000, UTC).astimezone(BEIJING)
