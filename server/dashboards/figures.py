"""The Monday page as values: what the screen, the paper and the spreadsheet show. Pure."""

from dataclasses import dataclass

from server.dashboards.rules import Span


@dataclass(frozen=True, slots=True)
class Count:
    """A number, and the address of exactly these tickets."""

    value: int
    url: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one week: a count (`hits`), a rate (`text`, `hits` of `sample`) or a time (`text` of `sample`)."""

    text: str
    hits: Count | None
    sample: Count | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `means` says how it is counted."""

    name: str
    means: str
    this: Cell
    last: Cell


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of thing, this week and last."""

    name: str
    this: Count
    last: Count
    change: str


@dataclass(frozen=True, slots=True)
class Held:
    """Tickets that are neither being worked on nor solved, now."""

    name: str
    tickets: Count
    note: str


@dataclass(frozen=True, slots=True)
class Aside:
    """Received tickets that ended without being solved, this week and last."""

    name: str
    this: Count
    last: Count


@dataclass(frozen=True, slots=True)
class Owner:
    """A desk with open tickets past their limit."""

    name: str
    overdue: Count
    longest: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A place that came up again and again. `id` opens the topic, `tickets` its tickets of late."""

    id: int
    title: str
    tickets: Count


@dataclass(frozen=True, slots=True)
class Month:
    """Complaints of a month. `source` and `by` of the only community, or how many communities have a number."""

    month: str
    number: int
    note: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One kiosk that somebody should look at."""

    name: str
    word: str
    since: str


@dataclass(frozen=True, slots=True)
class Monday:
    """All figures. `now` is the moment they were counted."""

    this: Span
    last: Span
    running: bool
    """Whether `this` is not over yet."""
    figures: tuple[Figure, ...]
    groups: tuple[Group, ...]
    held: tuple[Held, ...]
    asides: tuple[Aside, ...]
    owners: tuple[Owner, ...]
    proposed: tuple[Proposed, ...]
    more_proposed: int
    topic_days: int
    months: tuple[Month, ...]
    screens: tuple[Screen, ...]
    screen_words: tuple[tuple[str, int], ...]
    now: int
