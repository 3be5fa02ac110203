"""What the desk hints at and suggests: hints never block anything. Pure."""

from dataclasses import dataclass
from datetime import datetime

from gateway.contract.geo import Point, distance_m
from server.clocks import STAGE_LABELS, Light, Standing
from server.desk.sketch import metres_in_words
from server.incidents import Incident
from server.kit.clock import BEIJING, HOUR_MS, MINUTE_MS, lasted

FAR_M = 500
"""A photo from farther away than this deserves a second look; within it, phones and their GPS differ."""
OLD_MS = 2 * HOUR_MS
AHEAD_MS = 30 * MINUTE_MS

PLATE = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    r"[A-Za-z][·• ]?[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳]"
)
PHONE = r"(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}|0[0-9]{2,3}-[0-9]{7,8}"
"""Both are understood alike by Python and by the page's script, which hints while somebody types."""


@dataclass(frozen=True, slots=True)
class ClockSign:
    """A ticket's clock in words. `tone`: ok, warn, bad, or empty while it stands still."""

    words: str
    tone: str
    icon: str


def clock_sign(standing: Standing | None) -> ClockSign | None:
    """What the list says of the clock that matters most; None without one."""
    if standing is None:
        return None
    stage = STAGE_LABELS[standing.stage]
    if standing.paused:
        return ClockSign(f"{stage}暂停计时", "", "clock")
    if standing.light is Light.RED:
        return ClockSign(f"{stage}超时 {_span(standing.over)}", "bad", "alert-triangle")
    left = f"{stage}还剩 {_span(standing.left)}{'（工时）' if standing.working else ''}"
    return ClockSign(left, "warn" if standing.light is Light.AMBER else "ok", "clock")


def _span(milliseconds: int) -> str:
    return "不到 1 分钟" if milliseconds < MINUTE_MS else lasted(milliseconds)


def photo_hints(incident: Incident, station: Point | None, taken: str | None, point: Point | None) -> tuple[str, ...]:
    """Sentences about a photo whose camera noted another place or another time than the report."""
    hints = []
    if station is not None and point is not None:
        metres = distance_m(station, point)
        if metres > FAR_M:
            hints.append(f"拍摄地点离小站约 {metres_in_words(metres)}")
    moment = _moment(taken)
    if moment is not None:
        before = incident.at - moment
        if before > OLD_MS:
            hints.append(f"比上报早 {lasted(before)}拍的")
        elif before < -AHEAD_MS:
            hints.append(f"比上报晚 {lasted(-before)}拍的，相机的钟可能不准")
    return tuple(hints)


def minutes_taken(incident: Incident, now: int) -> int | None:
    """From report to close, for the letter; None when the moment of the report is only estimated."""
    return None if incident.estimated else max(0, now - incident.at) // MINUTE_MS


def _moment(taken: str | None) -> int | None:
    """UTC milliseconds of a camera's ISO text; without a zone it is taken as Beijing time."""
    try:
        moment = datetime.fromisoformat(taken or "")
        return int((moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
