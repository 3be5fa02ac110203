"""Which of a device's events open a ticket, as what, and in which words. Pure."""

from collections.abc import Mapping

from gateway.contract.categories import Desk, Level
from server.categories import Kind
from server.kit.clock import MINUTE_MS


def _kind(name: str, label: str, level: Level, desk: Desk, icon: str, calls: tuple[str, ...], advice: str) -> Kind:
    return Kind(f"device.{name}", label, level, desk, icon, calls, advice, phone=False, photo=False)


ALARMS: dict[str, Kind] = {
    "sos": Kind("person.sos", "求助按钮", Level.P0, Desk.DUTY, "urgent", (), "", phone=False),
    "smoke": _kind("smoke", "烟雾报警", Level.P0, Desk.DUTY, "flame", ("119",), "先离开，看到火打 119。"),
    "heat_alarm": _kind("heat_alarm", "设备过热", Level.P1, Desk.DUTY, "temperature", (), "先别碰它，离开一点。"),
    "sensor_fault": _kind("sensor_fault", "探头失灵", Level.P2, Desk.PROP_ENG, "temperature", (), ""),
    "overcurrent": _kind("overcurrent", "充电口电流过大", Level.P2, Desk.PROP_ENG, "bolt", (), ""),
    "forced": _kind("forced", "急救箱被撬开", Level.P2, Desk.DUTY, "first-aid-kit", (), ""),
    "left_open": _kind("left_open", "门一直开着", Level.P3, Desk.PROP_GUARD, "door", (), ""),
    "stock_low": _kind("stock_low", "用品快没了", Level.P3, Desk.VOLUNTEER, "inbox", (), ""),
}
"""event → the category of its ticket, as shipped."""

RINGS_AGAIN_MS = {"sos": 10 * MINUTE_MS, "smoke": 30 * MINUTE_MS, "heat_alarm": 30 * MINUTE_MS}
"""After so long a silence these are a new matter once somebody has taken the first: joined, they would wake nobody."""

KINDS = {
    "charging_cabinet": "充电柜", "raincoat_dispenser": "雨衣机", "first_aid_box": "急救箱",
    "microwave_meter": "微波炉电表", "sos_button": "求助按钮", "door_counter": "门",
    "smoke_climate": "烟雾和温湿度探头", "bay_sensor": "骑手车位",
}  # fmt: skip
"""kind of device → what people call it."""
_AMENITIES = {"raincoat": "雨衣", "first_aid": "急救用品"}


def label(kind: str) -> str:
    """What people call a kind of device; empty for one nobody knows."""
    return KINDS.get(kind, "")


def detail_of(body: Mapping[str, object]) -> dict[str, object]:
    """A fact's detail, empty when it has none."""
    detail = body.get("detail")
    return dict(detail) if isinstance(detail, dict) else {}


def worth_a_line(times: int) -> bool:
    """Whether a repeat is written into the history: the 2nd, 3rd, 5th, 10th, 20th, 50th, 100th, …"""
    return times in {2, 3} or (str(times)[0] in "125" and set(str(times)[1:]) <= {"0"} and times > 1)


def words(event: str, device: str, kind: str, detail: Mapping[str, object]) -> str:
    """One or two sentences for the ticket; only numbers are taken from what the device said."""
    who = f"{label(kind) or '设备'} {device}"
    return f"{who}：{_what(event, detail)}" + _power(detail)


def _what(event: str, detail: Mapping[str, object]) -> str:
    value, limit = _number(detail, "value") or _number(detail, "temp_c"), _number(detail, "limit")
    beyond = f"（界限 {limit}）" if limit else ""
    match event:
        case "heat_alarm" if detail.get("why") == "rising":
            return f"一分钟升了 {_number(detail, 'rise') or '很多'}℃，现在 {value or '？'}℃{beyond}。"
        case "heat_alarm":
            return f"温度 {value}℃{beyond}。" if value else "温度过高。"
        case "smoke":
            return f"烟雾 {value} ppm{beyond}。" if value else "有烟雾。"
        case "overcurrent":
            return f"{_number(detail, 'port') or '有个'} 号充电口电流 {value or '？'} A{beyond}。"
        case "left_open":
            seconds = detail.get("seconds")
            return f"开着 {round(seconds / 60)} 分钟了。" if isinstance(seconds, int | float) else "一直开着。"
        case "stock_low":
            return f"{_AMENITIES.get(str(detail.get('amenity')), '用品')}还剩 {_number(detail, 'left') or '0'}。"
        case "sensor_fault":
            return "温度探头读不出来，充电口已全部断电。"
        case "forced":
            return "没有开锁，门就开了。"
    return "有人按了求助按钮。"


def _power(detail: Mapping[str, object]) -> str:
    off, left = _ports(detail.get("off")), _ports(detail.get("not_off"))
    said = f"已在现场断电：{'、'.join(off)}。" if off else ""
    return said + (f"没能断电：{'、'.join(left)}，请马上到现场拉闸。" if left else "")


def _ports(value: object) -> list[str]:
    """`rack-1:2` → `rack-1 2 号口`; a bare number is a port of the device itself."""
    found = []
    for one in value[:16] if isinstance(value, list) else []:
        device, _, port = str(one).rpartition(":")
        if port.isascii() and port.isdigit() and len(port) <= 2 and len(device) <= 64:
            found.append(f"{device} {port} 号口".strip())
    return found


def _number(detail: Mapping[str, object], name: str) -> str:
    value = detail.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        return ""
    return f"{value:g}"
