"""The rota: which shifts run when, who is on them after swaps, and where nobody is. Pure; Beijing time.

A shift belongs to the day it begins on. It runs to the next day when its end is not after its beginning, so that
22:00–06:00 is a night and 08:00–08:00 a whole day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from server.calendar import Calendar, DayKind
from server.kit.clock import BEIJING, DAY_MS, MINUTE_MS, beijing, midnight
from server.people.rules import POSTS, Contact

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = {
    "mon": "周一", "tue": "周二", "wed": "周三", "thu": "周四", "fri": "周五", "sat": "周六", "sun": "周日",
    "holiday": "节假日", "makeup_workday": "调休上班",
}  # fmt: skip
"""When a shift runs. A holiday or make-up workday is only that: a Monday's shift does not run on a holiday."""

WATCHED = ("duty", "backup")
"""Posts that must never be empty: an alarm climbs from the one to the other."""


@dataclass(frozen=True, slots=True)
class Shift:
    """`starts` and `ends` in minutes of the day; `first` and `last`: the days from and to which it is in force.

    `posts`: post → keys of contacts, in order.
    """

    id: int
    name: str
    days: frozenset[str]
    starts: int
    ends: int
    posts: Mapping[str, tuple[str, ...]]
    first: date | None = None
    last: date | None = None

    def runs_on(self, day: date, kind: DayKind) -> bool:
        """Whether it begins on this day."""
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return False
        plain = kind in {DayKind.WORKDAY, DayKind.WEEKEND}
        return (WEEKDAYS[day.weekday()] if plain else str(kind)) in self.days

    def span(self, day: date) -> tuple[int, int]:
        """Its [start, end) when it begins on this day, in UTC milliseconds."""
        zero = int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp() * 1000)
        over = DAY_MS if self.ends <= self.starts else 0
        return zero + self.starts * MINUTE_MS, zero + self.ends * MINUTE_MS + over


@dataclass(frozen=True, slots=True)
class Swap:
    """On one day, `into` stands in for `out` at one post of a shift. `by` and `at`: who entered it and when."""

    id: int
    shift: int
    day: date
    post: str
    out: str
    into: str
    reason: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of a shift, swaps applied."""

    shift: Shift
    day: date
    start: int
    end: int
    posts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which nothing changes: everybody named for each post, gone people too."""

    start: int
    end: int
    posts: Mapping[str, tuple[Contact, ...]]
    shifts: tuple[str, ...] = ()

    def on(self, post: str) -> tuple[Contact, ...]:
        """Those at a post who can still be reached."""
        return tuple(one for one in self.posts.get(post, ()) if one.active)

    def gone(self, post: str) -> tuple[str, ...]:
        """Names of those at a post who cannot."""
        return tuple(one.name for one in self.posts.get(post, ()) if not one.active)


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole. `kind`: `no_rota` (no shift at all), `nobody` (no one was named) or `gone` (`names` were, and left).

    `covered`: somebody else still stands at the post.
    """

    start: int
    end: int
    post: str
    kind: str
    names: tuple[str, ...] = ()
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Rota:
    """The shifts in force and the swaps of a community; `contacts`: everybody they name, by key."""

    shifts: tuple[Shift, ...]
    swaps: tuple[Swap, ...] = ()
    contacts: Mapping[str, Contact] = field(default_factory=dict)

    def turns(self, calendar: Calendar, start: int, end: int) -> list[Turn]:
        """The runs of shifts that touch [start, end), the earlier first."""
        found = []
        for day in _dates(start - DAY_MS, end):
            kind = calendar.kind(day)
            for shift in self.shifts:
                if shift.runs_on(day, kind):
                    first, last = shift.span(day)
                    if first < end and last > start:
                        found.append(Turn(shift, day, first, last, self._swapped(shift, day)))
        return sorted(found, key=lambda turn: (turn.start, turn.shift.id))

    def stretches(self, calendar: Calendar, start: int, end: int) -> list[Stretch]:
        """[start, end) cut wherever somebody comes or goes; overlapping shifts stand together."""
        turns = self.turns(calendar, start, end)
        cuts = {start, end}
        for turn in turns:
            cuts |= {cut for cut in (turn.start, turn.end) if start < cut < end}
        return [
            self._stretch(first, last, [turn for turn in turns if turn.start <= first and turn.end >= last])
            for first, last in pairwise(sorted(cuts))
        ]

    def at(self, calendar: Calendar, moment: int) -> Stretch:
        """Who is named for this moment; its end is when the next of these shifts ends or another begins."""
        day = self.stretches(calendar, moment, moment + DAY_MS)
        return day[0]

    def gaps(self, calendar: Calendar, start: int, end: int) -> list[Gap]:
        """The holes in [start, end), each as long as it lasts, the earliest first."""
        if not self.shifts:
            return [Gap(start, end, "duty", "no_rota")] if start < end else []
        open_gaps: dict[tuple[str, str, tuple[str, ...], bool], Gap] = {}
        found: list[Gap] = []
        for stretch in self.stretches(calendar, start, end):
            here = {(gap.post, gap.kind, gap.names, gap.covered): gap for gap in holes(stretch)}
            found += [gap for key, gap in open_gaps.items() if key not in here]
            open_gaps = {
                key: Gap(open_gaps[key].start if key in open_gaps else gap.start, gap.end, *key)
                for key, gap in here.items()
            }
        order = list(POSTS)
        return sorted([*found, *open_gaps.values()], key=lambda gap: (gap.start, order.index(gap.post)))

    def _swapped(self, shift: Shift, day: date) -> dict[str, tuple[str, ...]]:
        posts = {post: list(keys) for post, keys in shift.posts.items()}
        for swap in self.swaps:
            people = posts.get(swap.post, [])
            if swap.shift == shift.id and swap.day == day and swap.out in people:
                people[people.index(swap.out)] = swap.into
        return {post: tuple(dict.fromkeys(keys)) for post, keys in posts.items()}

    def _stretch(self, start: int, end: int, turns: list[Turn]) -> Stretch:
        posts = {}
        for post in POSTS:
            keys = dict.fromkeys(key for turn in turns for key in turn.posts.get(post, ()))
            posts[post] = tuple(self._contact(key) for key in keys)
        return Stretch(start, end, posts, tuple(turn.shift.name for turn in turns))

    def _contact(self, key: str) -> Contact:
        return self.contacts.get(key) or Contact(key, "已删除的人", active=False)


def holes(stretch: Stretch) -> Iterator[Gap]:
    """What is missing in a stretch: an empty post that must not be, and everybody who was named and left."""
    for post in POSTS:
        gone, there = stretch.gone(post), bool(stretch.on(post))
        if gone:
            yield Gap(stretch.start, stretch.end, post, "gone", gone, there)
        elif not there and post in WATCHED:
            yield Gap(stretch.start, stretch.end, post, "nobody")


def _dates(start: int, end: int) -> Iterable[date]:
    first = beijing(midnight(start)).date()
    last = beijing(end - 1).date()
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
