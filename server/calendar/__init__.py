"""The working calendar: holidays, make-up workdays, and each community's hours. Clocks and the rota stand on it."""

from server.calendar.actions import (
    EDITORS,
    confirm_year,
    load,
    read_date,
    set_day,
    set_hours,
    warnings,
    working_time,
)
from server.calendar.records import hours, migrations
from server.calendar.rules import (
    KIND_LABELS,
    Calendar,
    Day,
    DayKind,
    Hours,
    WorkingTime,
    hh_mm,
    minutes_of,
)
from server.calendar.shipped import shipped
from server.kit.feature import Feature

__all__ = [
    "EDITORS", "KIND_LABELS", "Calendar", "Day", "DayKind", "Hours", "WorkingTime", "confirm_year", "feature", "hh_mm",
    "hours", "load", "minutes_of", "read_date", "set_day", "set_hours", "shipped", "warnings", "working_time",
]  # fmt: skip

feature = Feature("calendar", migrations=migrations)
