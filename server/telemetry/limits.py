"""The limits that stations watch over by themselves, and how long their readings are kept: settings of people."""

from server import thresholds
from server.kit.site import PanelChanged
from server.kit.store import Work
from server.staff import Person
from server.stations import Station
from server.thresholds import Threshold

HOT = Threshold("edge_hot_c", "过热", "℃", 55, 40, 70)
RISE = Threshold("edge_rise_c", "一分钟升温", "℃", 8, 3, 20)
SMOKE = Threshold("edge_smoke_ppm", "烟雾", "ppm", 300, 50, 2000)
CURRENT = Threshold("edge_over_a", "单口电流", "A", 4, 1, 20)
OPEN = Threshold("edge_open_min", "门开着超过", "分钟", 5, 1, 120)
LOW = Threshold("edge_low", "用品剩到（0：按设备自己的）", "份", 0, 0, 50)
EDGE = (HOT, RISE, SMOKE, CURRENT, OPEN, LOW)
"""No authority names these: they are the community's own, and a warning is no fire alarm."""

RAW_DAYS = Threshold("telemetry_raw_days", "原始读数保留", "天", 7, 1, 30)
FIVE_DAYS = Threshold("telemetry_5min_days", "5 分钟数据保留", "天", 90, 30, 400)
HOUR_DAYS = Threshold("telemetry_hour_days", "小时数据保留", "天", 1100, 90, 3650)
KEPT = (RAW_DAYS, FIVE_DAYS, HOUR_DAYS)

OF_READING = {"temp_c": HOT, "smoke_ppm": SMOKE, **{f"port{port}_a": CURRENT for port in range(1, 17)}}
"""reading → the limit that is drawn across its chart."""


def of_station(work: Work, station: Station) -> dict[str, int]:
    """The part `limits` of a station's desired state, by the names a kiosk knows."""

    def value(threshold: Threshold) -> int:
        return thresholds.value(work, threshold, station.community, station.code)

    return {
        "hot_c": value(HOT), "rise_c": value(RISE), "smoke_ppm": value(SMOKE), "over_a": value(CURRENT),
        "open_s": value(OPEN) * 60, "low": value(LOW),
    }  # fmt: skip


def set_station(work: Work, person: Person, station: Station, typed: dict[str, str]) -> None:
    """This station's own limits; an empty one is the community's again. Raises `Missing`, `Forbidden`, `Invalid`."""
    for threshold in EDGE:
        thresholds.set_for_station(work, person, threshold, station.code, typed.get(threshold.name, ""))
    work.tell(PanelChanged(station.code))


def set_community(work: Work, person: Person, community: str, typed: dict[str, str]) -> None:
    """The limits of a whole community, and how long its readings are kept. Raises as `set_station`."""
    for threshold in (*EDGE, *KEPT):
        thresholds.set_value(work, person, threshold, community, typed.get(threshold.name, ""))
    work.tell(PanelChanged("*"))
