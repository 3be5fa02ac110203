"""What a report is worth, and when it is worth nothing. Pure; the figures are settings of each community.

Points never decide anything: a report goes its way, whatever stands here.
"""

from collections.abc import Collection
from dataclasses import dataclass

from server.incidents import Incident
from server.kit.clock import DAY_MS, MINUTE_MS, beijing
from server.thresholds import Threshold

REPORT = Threshold("points_report", "一条核实的上报", "分", 5, 0, 100)
JOINED = Threshold("points_joined", "并进别人先报的", "分", 1, 0, 100)
DAILY = Threshold("points_daily", "一天最多", "分", 15, 0, 500)
SAME_DAYS = Threshold("points_same_days", "同一处隔几天才再记", "天", 7, 0, 60)
THRESHOLDS = (REPORT, JOINED, DAILY, SAME_DAYS)

CLAIM_MS = 30 * DAY_MS
"""So long after a report its receipt can be put down for points."""
MOST_CLAIMS = 40
"""A day and rider."""
PRINT_MS = 90 * DAY_MS
"""So long a photo's print is held against others."""
SOON_MS, MOST_SOON = 10 * MINUTE_MS, 3

VERIFIED = frozenset({"verified", "closed"})
UNREAL = frozenset({"void", "rejected"})
FRUITLESS = UNREAL | {"withdrawn"}
"""Ended without work: nobody is invited to put it down."""
_RIDERS = frozenset({"phone", "kiosk"})
_ACCUSING = frozenset({"charging.battery_in_lift"})
"""Who does it stands beside it: seen only together with a person."""

PEOPLE = "帮人的事不记分：用感谢信和助人证明谢你"
ACCUSES = "会指到某一个人的事不记分"
OWN = "自己的事不记分"
NOBODY = "不是骑手报的"


@dataclass(frozen=True, slots=True)
class Rates:
    """What holds where the report was made."""

    report: int
    joined: int
    daily: int
    same_days: int


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier report of the same rider. `paid`: points in force for it."""

    incident: Incident
    paid: int


@dataclass(frozen=True, slots=True)
class Worth:
    """Points, and why these."""

    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `points` may be 0, with the reason, or below."""

    id: int
    at: int
    points: int
    kind: str
    reason: str


def unpaid(incident: Incident) -> str:
    """Why reports of this kind are never paid (a sentence); empty when they are."""
    if incident.channel not in _RIDERS or incident.kind.group == "device":
        return NOBODY
    if incident.kind.private or incident.kind.group == "person":
        return PEOPLE
    if incident.kind.group == "rider":
        return OWN
    return ACCUSES if incident.category in _ACCUSING else ""


def worth(own: Incident, photo_seen: bool, past: Collection[Past], rates: Rates) -> Worth:
    """What a verified report is worth. `photo_seen`: another had the same picture; `past`: this rider's others."""
    never = unpaid(own)
    if never:
        return Worth(0, never)
    if photo_seen:
        return Worth(0, "照片和另一条上报的一样")
    if rates.same_days and any(_same_place(own, one, rates.same_days) for one in past):
        return Worth(0, f"同一处 {rates.same_days} 天内已经记过")
    if _in_a_row(own, past) >= MOST_SOON:
        return Worth(0, f"10 分钟里报了超过 {MOST_SOON} 件")
    full, why = (rates.joined, "并进别人先报的同一件事") if own.merged_into else (rates.report, "核实了")
    left = max(0, rates.daily - sum(one.paid for one in past if _day(one.incident) == _day(own)))
    if full <= left:
        return Worth(full, why)
    return Worth(left, f"这一天最多 {rates.daily} 分")


def late(own: Incident, now: int) -> bool:
    """Whether a receipt is too old to be put down."""
    return own.received < now - CLAIM_MS


def telling(likeness: str) -> bool:
    """Whether a picture's print (16 hex digits) says anything: night and a covered lens all look like each other."""
    return len(likeness) == 16 and 8 <= int(likeness, 16).bit_count() <= 56


def _same_place(own: Incident, past: Past, days: int) -> bool:
    other = past.incident
    return (
        past.paid > 0
        and (other.station, other.category, other.place) == (own.station, own.category, own.place)
        and abs(own.received - other.received) < days * DAY_MS
    )


def _in_a_row(own: Incident, past: Collection[Past]) -> int:
    return sum(own.received - SOON_MS < one.incident.received <= own.received for one in past)


def _day(incident: Incident) -> str:
    return beijing(incident.received).date().isoformat()
