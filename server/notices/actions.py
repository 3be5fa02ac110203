"""Notices: a line of the committee on the stations' screens and on the riders' page."""

import unicodedata

from server.kit.clock import HOUR_MS
from server.kit.errors import Invalid, Missing
from server.kit.site import PanelChanged
from server.kit.store import Work
from server.notices import records
from server.staff import Person
from server.stations import get as get_station

LEVELS = {"info": "通知", "warning": "提醒"}
MAX_TEXT = 60
"""What fits one line of the screen at a metre."""


def post(work: Work, person: Person, community: str, station: str, text: str, level: str, hours: int | None) -> int:
    """Put a notice up at one station, or (station empty) in the whole community. Raises `Invalid`, `Missing`."""
    kept = (letter for letter in text if letter.isspace() or unicodedata.category(letter)[0] != "C")
    line = " ".join("".join(kept).split())
    if not 1 <= len(line) <= MAX_TEXT:
        raise Invalid(f"通知写 1–{MAX_TEXT} 个字")
    if level not in LEVELS:
        raise Invalid("请选通知或提醒")
    if hours is not None and not 1 <= hours <= 24 * 90:
        raise Invalid("显示 1 小时到 90 天")
    if station:
        community = get_station(work, station).community
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    until = None if hours is None else work.now + hours * HOUR_MS
    notice = records.add(work, community, station or None, line, level, until, person.name)
    work.tell(PanelChanged(station or "*"))
    return notice


def withdraw(work: Work, person: Person, notice_id: int) -> None:
    """Take a notice down everywhere at once; raises `Missing`."""
    row = records.get(work, notice_id)
    if row is None or not person.sees(row["community"]):
        raise Missing("没有这条通知")
    records.withdraw(work, notice_id)
    work.tell(PanelChanged(row["station"] or "*"))
