"""What the screen says when a device found something beyond its limit. Pure; true with head office or without."""

from dataclasses import dataclass

from kiosk.agent.view import Alarm, View

NOT_A_FIRE_ALARM = "本装置仅作提醒，非消防报警系统"

_WHAT = {
    "smoke": "闻到烟了",
    "heat_alarm": "充电这里太热了",
    "overcurrent": "充电口电流过大",
    "left_open": "门一直开着",
}
_DO = {
    "smoke": "请马上出去，看到火就打 119。",
    "heat_alarm": "请离开一点，别碰电池，看到火就打 119。",
    "overcurrent": "请换一个口充电。",
    "left_open": "请随手关门。",
}
_UNITS = {"smoke": "ppm", "heat_alarm": "℃", "overcurrent": "A"}


@dataclass(frozen=True, slots=True)
class Banner:
    """The one that matters most. `more`: how many others there are; `off`: what was done about it already."""

    danger: bool
    icon: str
    what: str
    off: str
    advice: str
    disclaimer: str
    more: int


def banner(view: View) -> Banner | None:
    """What stands above everything else; None while all is well."""
    if not view.alarms:
        return None
    worst = view.alarms[0]
    return Banner(
        danger=worst.danger,
        icon="flame" if worst.danger else "alert-triangle",
        what=_WHAT.get(worst.event, "设备报警") + _value(worst),
        off="充电口已断电。" if worst.off else "",
        advice=_DO.get(worst.event, ""),
        disclaimer=NOT_A_FIRE_ALARM if worst.danger else "",
        more=len(view.alarms) - 1,
    )


def _value(alarm: Alarm) -> str:
    value = alarm.detail.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or alarm.event not in _UNITS:
        return ""
    return f"：{value:g} {_UNITS[alarm.event]}"
