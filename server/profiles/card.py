"""The monthly card 我的一月: a calendar of one's own days, held against nobody else's."""

import re
from calendar import Calendar, monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server import calendar as working_days
from server import stations
from server.kit.clock import BEIJING, DAY_MS, beijing
from server.kit.site import Site
from server.kit.store import Work
from server.profiles import records
from server.profiles.events import Month
from server.profiles.rules import Rider
from server.stations import Station

KEPT_DAYS = 400
"""A year to look back on, and this month."""
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Day:
    """One field of the calendar. `number` 0: of another month."""

    number: int = 0
    visits: tuple[str, ...] = ()
    """Names of stations."""
    reports: int = 0
    closed: bool = False
    today: bool = False

    @property
    def here(self) -> bool:
        """Whether there is something of one's own on it."""
        return bool(self.visits or self.reports)


@dataclass(frozen=True, slots=True)
class Card:
    """One month. `station` is the one whose closed days are shown: where the rider came most."""

    year: int
    month: int
    weeks: tuple[tuple[Day, ...], ...]
    before: str
    after: str
    """`2026-10` to turn the leaf; empty at the ends."""
    days: int
    reports: int
    station: str


def visited(work: Work, rider: Rider | None, station: str) -> bool:
    """Note a check-in on the card of whoever is signed in (`current`), if they want that; False else."""
    if rider is None or not rider.card:
        return False
    records.visit(work, rider.id, beijing(work.now).date().isoformat(), station)
    return True


def card(work: Work, rider: Rider, typed: str) -> Card:
    """The card of a month written `2026-11`; of this one for anything else, the future and what is not kept."""
    today = beijing(work.now).date()
    first = _first(typed, today)
    last = date(first.year, first.month, monthrange(first.year, first.month)[1])
    month = Month(rider, _midnight(first), _midnight(last) + DAY_MS)
    work.tell(month)
    names = {one.code: one for one in stations.all_stations(work)}
    been: dict[str, list[str]] = {}
    times: dict[str, int] = {}
    for row in records.visits(work, rider.id, first.isoformat(), last.isoformat()):
        been.setdefault(row["day"], []).append(names[row["station"]].name if row["station"] in names else "小站")
        times[row["station"]] = times.get(row["station"], 0) + 1
    usual = max((code for code in times if code in names), key=lambda code: times[code], default="")
    closed = closed_days(work, names[usual], first, last) if usual else frozenset[date]()

    def field(day: date) -> Day:
        text = day.isoformat()
        return Day(
            day.day, tuple(been.get(text, ())), month.reported.get(text, 0), day in closed, day == today
        )  # fmt: skip

    weeks = tuple(
        tuple(field(day) if day.month == first.month else Day() for day in week)
        for week in Calendar().monthdatescalendar(first.year, first.month)
    )
    return Card(
        year=first.year,
        month=first.month,
        weeks=weeks,
        before=_leaf(first - timedelta(days=1), today),
        after=_leaf(last + timedelta(days=1), today),
        days=sum(day.here for week in weeks for day in week),
        reports=sum(month.reported.values()),
        station=names[usual].name if usual else "",
    )


def closed_days(work: Work, station: Station, first: date, last: date) -> frozenset[date]:
    """The days on which a station does not open at all, by the rule that holds now; none without a rule."""
    if station.opening is None:
        return frozenset()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    # From the day before: a night that runs past midnight opens the next morning too.
    begin = first - timedelta(days=1)
    hours = list(stations.stretches(station.opening, working_days.load(work), begin, len(days) + 1))
    return frozenset(day for day in days if not _overlaps(day, hours))


def _overlaps(day: date, hours: list[tuple[int, int]]) -> bool:
    start = _midnight(day)
    return any(opens < start + DAY_MS and closes > start for opens, closes in hours)


def forget_old(site: Site) -> None:
    """Days that no card shows any more, codes and links that are over."""
    with site.store.work() as work:
        records.tidy(work, work.now - DAY_MS)
        records.forget_visits_before(work, (beijing(work.now).date() - timedelta(days=KEPT_DAYS)).isoformat())


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp() * 1000)


def _first(typed: str, today: date) -> date:
    if _MONTH.fullmatch(typed):
        first = date.fromisoformat(f"{typed}-01")
        if today - timedelta(days=KEPT_DAYS) <= first <= today:
            return first
    return today.replace(day=1)


def _leaf(day: date, today: date) -> str:
    first = day.replace(day=1)
    return f"{first:%Y-%m}" if today - timedelta(days=KEPT_DAYS) <= first <= today else ""
