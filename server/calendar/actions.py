"""Reading the calendar, and correcting it: a day, a whole year, a community's hours."""

import unicodedata
from datetime import date

from server.calendar import records
from server.calendar.rules import Calendar, DayKind, WorkingTime, minutes_of, plain
from server.calendar.shipped import shipped
from server.kit.clock import beijing
from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.store import Work
from server.staff import Person

EDITORS = frozenset({"director", "street", "district"})
"""The calendar runs every community's clocks: not everybody who triages may turn it."""
MAX_NAME = 20


def load(work: Work) -> Calendar:
    """What is shipped, with what somebody entered laid over it."""
    entered, years = records.days(work), records.years(work)
    base = shipped()
    if not entered and not years:
        return base
    return Calendar({**base.days, **entered}, base.years | years)


def working_time(work: Work, community: str) -> WorkingTime:
    """The clock of a community."""
    return WorkingTime(load(work), records.hours(work, community))


def warnings(calendar: Calendar, at: int) -> tuple[str, ...]:
    """Sentences about years that are near and not entered."""
    return tuple(f"{year} 年的放假和调休还没有录入，暂时按周一到周五上班计算" for year in calendar.unknown_years(at))


def set_day(work: Work, person: Person, day: str, kind: str, name: str) -> None:
    """Say what a date (`2027-01-01`) is. Raises `Invalid` and `Forbidden`.

    A day that is to be plain again is entered as what its weekday says: it then stays so over the shipped file.
    """
    _check_editor(person)
    when = read_date(day)
    if kind not in set(DayKind):
        raise Invalid("请选这一天是放假还是上班")
    if kind in {DayKind.WORKDAY, DayKind.WEEKEND}:
        kind = plain(when)
    line = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C").strip()
    if len(line) > MAX_NAME:
        raise Invalid(f"名称最多 {MAX_NAME} 个字")
    if abs(when.year - beijing(work.now).year) > 5:
        raise Invalid("日期离今天太远，请再看一下年份")
    records.set_day(work, when, DayKind(kind), line, person.name)


def confirm_year(work: Work, person: Person, year: int) -> None:
    """Declare that all holidays of a year are entered. Raises `Invalid`, when none is, and `Forbidden`."""
    _check_editor(person)
    if not any(day.year == year and entry.kind is DayKind.HOLIDAY for day, entry in load(work).days.items()):
        raise Invalid(f"{year} 年还没有录入任何假日")
    records.confirm_year(work, year, person.name)


def set_hours(work: Work, person: Person, community: str, opens: str, closes: str) -> None:
    """Set a community's working hours, such as `08:30` and `17:30`. Raises `Invalid`, `Missing`, `Forbidden`."""
    _check_editor(person)
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    first, last = minutes_of(opens), minutes_of(closes)
    if first is None or last is None or first >= last:
        raise Invalid("请写上班和下班时间，如 08:30 到 17:30，下班要晚于上班")
    records.set_hours(work, community, first, last, person.name)


def read_date(text: str) -> date:
    """`2026-05-09`; raises `Invalid`."""
    try:
        if len(text.strip()) != 10:
            raise ValueError(text)
        return date.fromisoformat(text.strip())
    except ValueError as cause:
        raise Invalid("请选一个日期") from cause


def _check_editor(person: Person) -> None:
    if person.role not in EDITORS:
        raise Forbidden("工作日历由主任或街道修改")
