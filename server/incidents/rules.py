"""What a ticket is, what a report must look like, and where it goes first. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.contract.categories import Category, Desk, Level, category
from gateway.contract.presence import Presence
from gateway.mailbox import StoredFact
from server.categories import shipped

MAX_PLACE = 80
MAX_WORDS = 500
CHANNELS = {"phone": "手机", "kiosk": "站内屏幕", "device": "设备", "api": "接口"}


@dataclass(frozen=True, slots=True)
class Incident:
    """A ticket. Times are UTC milliseconds. `receipt` opens it for its reporter, `number` names it among staff."""

    id: int
    number: str
    receipt: str
    client_id: str
    station: str
    community: str
    category: str
    level: Level
    desk: Desk
    state: str
    place: str
    words: str
    channel: str
    presence: Presence
    at: int
    """When it was seen; `estimated` says that the reporting clock could not be trusted."""
    estimated: bool
    received: int
    updated: int
    version: int
    handler: int | None
    """Who did the work: nobody of these may verify it."""
    merged_into: int | None
    reply: str
    """The last word to the reporter, as it stands on the receipt."""
    barred: int | None = None
    """Whose work the reporter was not satisfied with: after a reopening, another person must do it."""
    assignee: int | None = None
    """Who of the responsible desk has it in hand."""
    waiting: str = ""
    """Whose answer is awaited: `reporter`, `outside`, or nobody's."""
    review_at: int | None = None
    """When a shelved or transferred ticket is looked at again."""
    look_at: int | None = None
    """When somebody looks a second time at a closed one."""
    supervised: int | None = None
    """Since when somebody who oversees has an eye on it."""
    body: str = ""
    """The outside body it was transferred to."""
    split_from: int | None = None

    category_version: int = 0
    """Of the category as it was when the ticket was opened; 0: older than versions."""
    known: Category | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> Category:
        """The category as the ticket was made with it; an unknown code is shown as 其他."""
        return self.known or shipped().get(self.category) or category(self.category)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a ticket's history; append-only."""

    at: int
    by: str
    """Name of the person, or `骑手`, `小站屏幕`, `系统`."""
    role: str
    move: str
    from_state: str
    to_state: str
    note: str
    reply: str
    desk: str
    changes: tuple[tuple[str, str, str], ...] = ()
    """What was changed: field, before, after, in the words of that day."""


REQUEST_STATES = {
    "asked": "等批准",
    "approved": "已批准",
    "declined": "没有批准",
    "withdrawn": "已撤回",
    "lapsed": "已失效",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A move that waits for somebody else's word. Times are UTC milliseconds; `until` as the move's own."""

    id: int
    incident: int
    move: str
    by_id: int
    by_name: str
    by_role: str
    at: int
    note: str
    reply: str
    until: int | None
    state: str
    answered: int | None
    answered_by: int | None
    answered_name: str
    answer: str


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports. `client_id` is made where the report is made: the same one twice is one ticket.

    `answers` by question name; `doubts` what the photos' hints say against them (`routing.DOUBTS`).
    """

    client_id: str
    station: str
    category: str
    channel: str
    place: str = ""
    words: str = ""
    presence: Presence = Presence.NONE
    photos: tuple[int, ...] = ()
    receipt: str | None = None
    at: int | None = None
    estimated: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    doubts: frozenset[str] = frozenset()
    split_from: int | None = None


OLDEST_MS = 60 * 24 * 3_600_000
"""A fact said to be older than this comes from a clock that was never set (2000-01-01), not from a long outage."""


def moment_of(fact: StoredFact) -> tuple[int, bool]:
    """When a fact happened (UTC milliseconds), and whether that is only estimated from its arrival."""
    if fact.happened is not None:
        return fact.when, fact.spread is None
    if fact.at is None or fact.clock == "none":
        return fact.received, True
    if not fact.received - OLDEST_MS <= fact.at <= fact.received + 60_000:
        return fact.received, True
    return fact.at, False


_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def is_client_id(client_id: str) -> bool:
    """8–64 letters, digits, hyphens, underscores."""
    return bool(_CLIENT_ID.fullmatch(client_id))


def plain(typed: str, most: int) -> str:
    """What a person typed, as it may be stored: NFC, no control or direction-changing characters, cut to `most`.

    Line breaks stay. A report is never refused for its words.
    """
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    kept = (letter for letter in text if letter == "\n" or unicodedata.category(letter)[0] != "C")
    return "".join(kept).strip()[:most].rstrip()


def higher(one: Level, other: Level) -> Level:
    """The more urgent of two: joining reports never lowers the level."""
    return min(one, other)


STAGES = ("已收到", "已立案", "处理中", "已处理", "已办结")
_STAGE_OF = {
    "reported": 0, "unconfirmed": 0, "filed": 1, "dispatched": 2, "shelved": 2, "transferred": 2, "done": 3,
    "verified": 3, "closed": 4,
}  # fmt: skip


def stage(state: str) -> int | None:
    """How far a report has come on its reporter's page (index into `STAGES`); None where it ended without work."""
    return _STAGE_OF.get(state)


def thanks(incident: Incident, community: str, minutes: int | None) -> str:
    """A suggestion for the letter on the station's screen: nobody's name, no plate, no place of a person."""
    what = "有人需要帮助" if incident.kind.private else f"“{incident.kind.label}”"
    taken = "" if minutes is None or minutes > 24 * 60 else f"从你发来到办好，一共 {max(1, minutes)} 分钟。"
    return f"谢谢你告诉我们{what}。{taken}已经办好了。{community}因为你更安心，路上慢点，随时来歇歇。"
