"""The years that come with the program, out of `china.toml`."""

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from server.calendar.rules import Calendar, Day, DayKind

FILE = Path(__file__).parent / "china.toml"


@cache
def shipped() -> Calendar:
    """The calendar before anybody entered anything."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    days: dict[date, Day] = {}
    for block in content["holiday"]:
        length = (block["to"] - block["from"]).days + 1
        for offset in range(length):
            days[block["from"] + timedelta(days=offset)] = Day(DayKind.HOLIDAY, block["name"])
        for day in block["makeup"]:
            days[day] = Day(DayKind.MAKEUP, block["name"])
    return Calendar(days, frozenset(content["years"]))
