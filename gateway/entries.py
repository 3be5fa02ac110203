"""What stands in the mailbox, as values: facts, troubles, signs of life. Made by `sorting.py`, kept by `mailbox.py`."""

from dataclasses import dataclass, field

from gateway.contract.envelope import Body
from gateway.contract.streams import Reader
from gateway.contract.topics import Lane
from gateway.sessions import Session
from gateway.timing import Anchor


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact as the mailbox keeps it. `id` is the position; times are UTC milliseconds.

    `state` is `ok`, or `parked` with its `reason`: then `body` may be anything, and nobody acts on it.
    """

    kiosk: str
    lane: Lane
    stream: str
    seq: int
    kind: str
    at: int | None
    clock: str
    boot: str
    mono: int
    body: Body
    more: Body
    digest: str
    received: int
    state: str = "ok"
    reason: str | None = None
    id: int = 0
    happened: int | None = None
    """When it happened, as well as the gateway could tell; None in rows older than this column."""
    spread: int | None = None
    """`happened` is right give or take this many milliseconds; None: an estimate, nobody knows how good."""

    @property
    def when(self) -> int:
        """The best known time, never after the fact was received."""
        if self.happened is not None:
            return min(self.happened, self.received)
        return self.received if self.at is None or self.clock == "none" else min(self.at, self.received)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was parked, refused, missing or cloned, for the log and the desk. Repeats only count up."""

    kind: str
    """`parked`, `refused`, `gap`, `clone`, `flapping` or `flood`."""
    kiosk: str
    topic: str
    reason: str
    payload: str
    """The beginning of what came, made printable; at most 2,000 characters."""
    digest: str
    at: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life, or a death. `at`: UTC milliseconds; a `nonce` of None leaves the known one."""

    kiosk: str
    life: str
    nonce: str | None
    backlog: int
    at: int


@dataclass(frozen=True, slots=True)
class Note:
    """A kiosk's birth certificate or its reported state, as it came; None leaves what is known."""

    kiosk: str
    at: int
    birth: Body | None = None
    reported: Body | None = None
    sessions: tuple[Session, ...] | None = None


@dataclass(slots=True)
class Batch:
    """What one transaction of the gateway writes."""

    facts: list[StoredFact] = field(default_factory=list)
    readers: dict[tuple[str, str], tuple[Lane, Reader]] = field(default_factory=dict)
    """(kiosk, stream) → its lane and how far it is read after this batch."""
    troubles: list[Trouble] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    anchors: dict[tuple[str, str], Anchor] = field(default_factory=dict)
    """(kiosk, boot) → what is now known of that boot's true time."""

    def __bool__(self) -> bool:
        return bool(self.facts or self.readers or self.troubles or self.signs or self.notes or self.anchors)


@dataclass(frozen=True, slots=True)
class KioskStatus:
    """What the gateway believes of a kiosk. `life`: ready, disconnected, lost, or `new` before the first word."""

    kiosk: str
    life: str
    since: int
    seen: int
    backlog: int
    nonce: str | None
    birth: Body | None
    reported: Body | None
    sessions: tuple[Session, ...] = ()
    """Its latest connections, oldest first; `gateway.sessions.flapping` judges them."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A kiosk's right to log in. `secret` is a hash in the broker's own format, never the password."""

    kiosk: str
    secret: str
    demo: bool
    created: int
    revoked: int | None
