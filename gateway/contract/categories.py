"""What can be reported: two levels, as data. The first edition; a station's desired state carries the list it shows.

Levels: P0 life, fire, gas; P1 a person or a way of escape at risk; P2; P3. `desk` is who is responsible first.
Nobody invents national codes: `national` stays empty until the city assigns one.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How urgent; the acknowledge limits belong to the server's settings."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Desk(StrEnum):
    """A responsible desk: who gets a report of a category when no other rule speaks."""

    DUTY = "duty"
    PROP_GUARD = "prop_guard"
    PROP_ENG = "prop_eng"
    VOLUNTEER = "volunteer"
    GRID = "grid"
    STREET = "street"
    DIRECTOR = "director"


DESK_LABELS = {
    Desk.DUTY: "值班",
    Desk.PROP_GUARD: "物业秩序",
    Desk.PROP_ENG: "物业工程",
    Desk.VOLUNTEER: "志愿者",
    Desk.GRID: "网格员",
    Desk.STREET: "街道城运",
    Desk.DIRECTOR: "主任",
}

GROUPS = {
    "person": "人需要帮助",
    "fire": "火情",
    "gas": "燃气",
    "charging": "充电隐患",
    "parking": "停车",
    "hazard": "路面危险",
    "facility": "设施坏了",
    "environment": "环境卫生",
    "station": "小站物品",
    "suggestion": "建议",
    "rider": "骑手的事",
    "device": "设备",
    "other": "其他",
}


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of report. `code` is `group.name`; `calls` are numbers offered before the form."""

    code: str
    label: str
    level: Level
    desk: Desk
    icon: str
    calls: tuple[str, ...] = ()
    advice: str = ""
    phone: bool = True
    """Offered to riders on the phone."""
    kiosk: bool = False
    """Offered on the kiosk's screen."""
    photo: bool = True
    """Whether a photo may come along; of people only where somebody is looked for, and never of a child."""
    private: bool = False
    """About a person: never named in a letter, on a screen, or in the open."""
    national: str | None = None

    @property
    def group(self) -> str:
        """The first level."""
        return self.code.partition(".")[0]

    @property
    def urgent(self) -> bool:
        """P0 and P1 travel in the SOS lane and are never held back."""
        return self.level in {Level.P0, Level.P1}


_STAY = "先陪着，别让老人独自离开。"

CATEGORIES: tuple[Category, ...] = (
    Category("person.lost_elder", "老人走失", Level.P1, Desk.DUTY, "old",
             ("110",), _STAY + "有危险先拨 110。", kiosk=True, private=True),
    Category("person.lost_child", "小孩独自一人", Level.P0, Desk.DUTY, "mood-kid",
             ("110",), "先陪着孩子，不用拍照。", kiosk=True, photo=False, private=True),
    Category("person.elder_needs_help", "老人要帮忙", Level.P2, Desk.DUTY, "wheelchair",
             (), "", kiosk=True, photo=False, private=True),
    Category("person.injury", "有人受伤", Level.P0, Desk.DUTY, "ambulance",
             ("120",), "先拨 120，再告诉我们。", kiosk=True, photo=False, private=True),
    Category("person.rider_unwell", "骑手不舒服", Level.P1, Desk.DUTY, "heart-broken",
             ("120",), "先坐下休息，严重时拨 120。", kiosk=True, photo=False, private=True),
    Category("person.sos", "紧急求助", Level.P0, Desk.DUTY, "urgent",
             ("110", "120"), "值班员马上联系小站。", phone=False, photo=False, private=True),
    Category("fire.open_flame", "着火了", Level.P0, Desk.DUTY, "flame",
             ("119",), "先拨 119，离远一点，叫大家出来。", kiosk=True),
    Category("fire.battery_smoke", "电瓶冒烟", Level.P0, Desk.DUTY, "battery-charging",
             ("119",), "不要靠近，不要泼水，叫大家离开。", kiosk=True),
    Category("gas.smell", "闻到燃气味", Level.P0, Desk.DUTY, "wind",
             ("119",), "不要开关电器，不要点火，到外面再打电话。", kiosk=True, photo=False),
    Category("charging.flying_wire", "飞线充电", Level.P2, Desk.PROP_GUARD, "plug"),
    Category("charging.corridor", "楼道停车充电", Level.P1, Desk.PROP_GUARD, "door", kiosk=True),
    Category("charging.battery_in_lift", "电瓶进电梯", Level.P2, Desk.PROP_GUARD, "elevator", photo=False),
    Category("parking.fire_lane", "消防通道被占", Level.P2, Desk.PROP_GUARD, "firetruck", kiosk=True),
    Category("parking.spot_taken", "车位被占", Level.P2, Desk.PROP_GUARD, "parking"),
    Category("parking.road_block", "路被堵了", Level.P2, Desk.PROP_GUARD, "barrier-block", kiosk=True),
    Category("parking.ebike_pile", "电动车堆放", Level.P3, Desk.VOLUNTEER, "bike", kiosk=True),
    Category("parking.blind_path", "盲道被占", Level.P3, Desk.STREET, "blind"),
    Category("parking.rider_bay", "骑手车位被占", Level.P3, Desk.PROP_GUARD, "moped", kiosk=True),
    Category("hazard.ice", "路面结冰", Level.P2, Desk.STREET, "snowflake"),
    Category("hazard.manhole", "井盖坏了", Level.P1, Desk.PROP_ENG, "circle-off",
             (), "别靠近，提醒旁边的人。", kiosk=True),
    Category("hazard.flood", "积水", Level.P1, Desk.DUTY, "droplets",
             (), "别下水，小心触电。", kiosk=True),
    Category("hazard.falling", "有东西要掉", Level.P1, Desk.PROP_ENG, "alert-triangle",
             (), "离远一点，提醒旁边的人。", kiosk=True),
    Category("facility.light", "灯不亮", Level.P2, Desk.PROP_ENG, "bulb-off", kiosk=True),
    Category("environment.garbage", "垃圾", Level.P3, Desk.PROP_GUARD, "trash"),
    Category("station.supply_empty", "东西用完了", Level.P3, Desk.VOLUNTEER, "umbrella", kiosk=True, photo=False),
    Category("station.appliance_spark", "电器冒火花", Level.P1, Desk.DUTY, "bolt",
             (), "先别碰它，离开一点。", kiosk=True),
    Category("station.medicine_expired", "药品过期", Level.P3, Desk.VOLUNTEER, "first-aid-kit",
             kiosk=True, photo=False),
    Category("station.closed", "小站没开门", Level.P3, Desk.VOLUNTEER, "lock"),
    Category("suggestion.idea", "我有建议", Level.P3, Desk.DIRECTOR, "message-circle"),
    Category("rider.entry_denied", "门口进不去", Level.P3, Desk.GRID, "hand-stop", photo=False),
    Category("device.heat_alarm", "设备过热", Level.P1, Desk.DUTY, "temperature",
             (), "先别碰它，离开一点。", phone=False),
    Category("other.other", "其他", Level.P3, Desk.DUTY, "dots", kiosk=True),
)  # fmt: skip

BY_CODE = {category.code: category for category in CATEGORIES}


def category(code: str) -> Category:
    """The category of this code; an unknown one is taken as `other.other`: a report is never refused for it."""
    return BY_CODE.get(code, BY_CODE["other.other"])
