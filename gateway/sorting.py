"""What one batch of messages comes to: facts, parked facts, readers, troubles, signs of life. Used by `ingest.py`.

It decides and writes nothing; what it read counts only when its `batch` is committed.
"""

import hashlib
import math
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import structlog

from gateway.contract.envelope import Broken, pack, unpack
from gateway.contract.facts import BrokenFact, Fact, check, decode
from gateway.contract.life import MAX_BYTES as MAX_LIFE_BYTES
from gateway.contract.life import Birth, Life, State, heard
from gateway.contract.streams import Reader
from gateway.contract.topics import LANES, Channel, Lane, Topic
from gateway.contract.twin import MAX_BYTES as MAX_TWIN_BYTES
from gateway.contract.twin import Reported
from gateway.entries import Batch, Note, Sign, StoredFact, Trouble
from gateway.sessions import Session, flapping, joined, knows, two_machines
from gateway.timing import Anchor, born, is_good, learnt, placed
from gateway.wire import Message

MAX_RANGES = 512
"""Ranges ahead of holes in one stream. A kiosk has 64 facts on the way; beyond this somebody plays with numbers."""
SHOWN = 2000
SETTLED_S = 60.0
"""After our own connect, so long do births come from our absence or the broker's, and not from a bad line."""
PROMPT_S = 5.0
"""After our own connect, so long may the broker hand out what it kept for us: old, and no measure of time."""

log = structlog.get_logger("ingest")


@dataclass(frozen=True, slots=True)
class Known:
    """What is believed of a kiosk: its life, its session's nonce (None before the first word), its backlog."""

    life: str = "new"
    nonce: str | None = None
    backlog: int = 0
    sessions: tuple[Session, ...] = ()


class Memory(Protocol):
    """What was committed before this batch. Raises `sqlite3.Error` for an unreadable mailbox."""

    def reader(self, kiosk: str, stream: str) -> Reader:
        """A copy."""

    def fact_at(self, kiosk: str, stream: str, seq: int) -> StoredFact | None:
        """What is stored under a key."""

    def is_forked(self, kiosk: str, stream: str) -> bool:
        """Whether two histories of this stream were seen lately."""

    def anchor(self, kiosk: str, boot: str) -> Anchor | None:
        """What is known of a boot's true time."""


class Sorting:
    """Messages go in through `sort`; after `finish`, everything that follows from them stands in the attributes."""

    def __init__(
        self,
        memory: Memory,
        known: Mapping[str, Known],
        now: int,
        *,
        spoilt: str | None = None,
        connected_s: float = math.inf,
    ) -> None:
        """`now`: UTC milliseconds; with `spoilt`, a reason, every message is parked; `connected_s`: how long our own
        connection stands."""
        self.batch = Batch()
        self.readers: dict[tuple[str, str], Reader] = {}
        """Of every stream touched, repeats included: each gets an ack."""
        self.checked: dict[tuple[str, str], int] = {}
        """How far an ack may go: under a number not sent again, an old copy of a kiosk may hold another fact."""
        self.forked: set[tuple[str, str]] = set()
        """Streams of which another fact stands under a number that came."""
        self.known: dict[str, Known] = {}
        self.alive: set[str] = set()
        self._memory = memory
        self._known = known
        self._now = now
        self._spoilt = spoilt
        self._settled = connected_s > SETTLED_S
        self._prompt = connected_s > PROMPT_S
        self._fresh: dict[tuple[str, str, int], StoredFact] = {}
        self._undated: list[tuple[int, Fact]] = []

    def finish(self) -> None:
        """Date the facts whose own clock says nothing, now that every message of the batch was heard."""
        for place, fact in self._undated:
            stored = self.batch.facts[place]
            happened, spread = placed(fact, self._anchor(stored.kiosk, fact.boot), self._now)
            self.batch.facts[place] = replace(stored, happened=happened, spread=spread)

    def sort(self, message: Message) -> None:
        """Take one message in. Never raises for what a kiosk sent, only `sqlite3.Error` for an unreadable mailbox."""
        try:
            kiosk, channel = _topic(message.topic)
        except Broken as cause:
            self._trouble("parked", "", message.topic, str(cause), message.payload)
            return
        try:
            lane = LANES.get(channel)
            if lane is not None:
                self.alive.add(kiosk)
                self._fact(kiosk, lane, message)
            elif self._spoilt is not None:
                self._trouble("parked", kiosk, message.topic, self._spoilt, message.payload)
            elif message.payload:  # an empty one only clears what the broker retains
                _OTHERS[channel](self, kiosk, message)
        except Broken as cause:
            self._trouble("parked", kiosk, message.topic, str(cause), message.payload)
        except sqlite3.Error:
            raise  # the mailbox's fault, not the message's
        except Exception as cause:
            log.exception("a message could not be sorted", kiosk=kiosk, topic=message.topic)
            self._trouble("parked", kiosk, message.topic, f"internal error: {cause}", message.payload)

    def _fact(self, kiosk: str, lane: Lane, message: Message) -> None:
        payload = message.payload
        try:
            fact = decode(payload)
        except BrokenFact as cause:
            if cause.stream is None or cause.seq is None:
                raise
            self._park(kiosk, lane, cause.stream, cause.seq, str(cause), message)
            return
        if self._spoilt is not None:
            self._park(kiosk, lane, fact.stream, fact.seq, self._spoilt, message)
            return
        reason = None
        try:
            check(fact, lane)
        except BrokenFact as cause:
            reason = str(cause)
        happened, spread = None, None
        if good := is_good(fact, self._now):
            happened, spread = placed(fact, None, self._now)
            anchor = learnt(self._anchor(kiosk, fact.boot), fact, self._now)
            if anchor is not None:
                self.batch.anchors[kiosk, fact.boot] = anchor
        stored = StoredFact(
            kiosk, lane, fact.stream, fact.seq, fact.kind, fact.at, fact.clock, fact.boot, fact.mono, fact.body,
            fact.more, hashlib.sha256(payload).hexdigest(), self._now, "ok" if reason is None else "parked", reason,
            0, happened, spread,
        )  # fmt: skip
        if self._is_new(stored, message):
            if not good:
                self._undated.append((len(self.batch.facts), fact))
            self.batch.facts.append(stored)
            if reason is not None:
                self._trouble("parked", kiosk, message.topic, reason, payload)
            elif fact.kind == "gap":
                self._gap(kiosk, lane, message.topic, fact)

    def _park(self, kiosk: str, lane: Lane, stream: str, seq: int, reason: str, message: Message) -> None:
        body = {"payload": _printable(message.payload)}
        digest = hashlib.sha256(message.payload).hexdigest()
        stored = StoredFact(
            kiosk, lane, stream, seq, "", None, "none", "", 0, body, {}, digest, self._now, "parked", reason,
            0, self._now, None,
        )  # fmt: skip
        if self._is_new(stored, message):
            self.batch.facts.append(stored)
            self._trouble("parked", kiosk, message.topic, reason, message.payload)

    def _is_new(self, fact: StoredFact, message: Message) -> bool:
        """Whether this key is to be stored; it is remembered, another fact under the same key reported."""
        kiosk, stream, seq = key = (fact.kiosk, fact.stream, fact.seq)
        reader = self._open(kiosk, stream)
        if reader.has(seq):
            stored = self._fresh.get(key) or self._memory.fact_at(*key)
            if stored is not None:
                if _same(stored, fact):
                    self._check(kiosk, stream, min(seq, reader.upto))
                else:
                    self.forked.add((kiosk, stream))
                    reason = f"another fact under a number of the stream {stream}: somebody copied the kiosk's storage"
                    self._trouble("clone", kiosk, message.topic, reason, b"")
                return False
            # Given up as lost, and yet it came: better late than never.
        elif (kiosk, stream) in self.forked or self._memory.is_forked(kiosk, stream):
            # Two histories under one name; whoever goes on with it begins a new stream and sends this there.
            self.forked.add((kiosk, stream))
            return False
        else:
            if len(reader.ahead) >= MAX_RANGES and seq > reader.ahead[-1][1] + 1:
                # Neither stored nor confirmed: an honest kiosk sends it again when the holes have closed.
                reason = f"more than {MAX_RANGES} holes in the stream {stream}"
                self._trouble("refused", kiosk, message.topic, reason, message.payload)
                return False
            reader.take(seq)
            self.batch.readers[kiosk, stream] = (fact.lane, reader)
        self._check(kiosk, stream, reader.upto)
        self._fresh[key] = fact
        return True

    def _check(self, kiosk: str, stream: str, upto: int) -> None:
        key = (kiosk, stream)
        if upto > self.checked.get(key, 0):
            self.checked[key] = upto

    def _anchor(self, kiosk: str, boot: str) -> Anchor | None:
        return self.batch.anchors.get((kiosk, boot)) or self._memory.anchor(kiosk, boot)

    def _open(self, kiosk: str, stream: str) -> Reader:
        reader = self.readers.get((kiosk, stream))
        if reader is None:
            reader = self.readers[kiosk, stream] = self._memory.reader(kiosk, stream)
        return reader

    def _gap(self, kiosk: str, lane: Lane, topic: str, fact: Fact) -> None:
        reader = self._open(kiosk, fact.stream)
        missing = reader.skip(fact.body["first"], fact.body["last"])
        if missing:
            self.batch.readers[kiosk, fact.stream] = (lane, reader)
            self._check(kiosk, fact.stream, reader.upto)
            reason = f"the kiosk dropped {_ranges(missing)} of the stream {fact.stream}"
            self._trouble("gap", kiosk, topic, reason, pack(fact.body))

    def _birth(self, kiosk: str, message: Message) -> None:
        birth = Birth.decode(message.payload)
        self.alive.add(kiosk)
        sessions = self._session(kiosk, birth, message.topic)
        self.batch.notes.append(
            Note(kiosk, self._now, birth=unpack(message.payload, MAX_LIFE_BYTES), sessions=sessions)
        )
        for head in birth.streams:
            reader = self._open(kiosk, head.stream)
            missing = reader.skip(1, head.first - 1)
            if missing:
                self.batch.readers[kiosk, head.stream] = (head.lane, reader)
                reason = f"{_ranges(missing)} of the stream {head.stream} never came, and the kiosk has them no more"
                self._trouble("gap", kiosk, message.topic, reason, b"")
            self._check(kiosk, head.stream, min(reader.upto, head.first - 1))

    def _session(self, kiosk: str, birth: Birth, topic: str) -> tuple[Session, ...] | None:
        """The kiosk's sessions after this birth, None for a birth that came again; and what they tell."""
        known = self._believed(kiosk)
        if knows(known.sessions, birth.nonce):
            return None
        sessions = joined(known.sessions, Session(birth.boot, birth.nonce, self._now, self._settled))
        self.known[kiosk] = replace(known, sessions=sessions)
        if self._prompt and birth.mono is not None:
            anchor = born(self._anchor(kiosk, birth.boot), birth.mono, self._now)
            if anchor is not None:
                self.batch.anchors[kiosk, birth.boot] = anchor
        if two_machines(sessions):
            self._trouble("clone", kiosk, topic, "two machines connect under this name in turn", b"")
        if self._settled and flapping(sessions, self._now):
            self._trouble("flapping", kiosk, topic, "the line comes and goes", b"")
        return sessions

    def _believed(self, kiosk: str) -> Known:
        return self.known.get(kiosk) or self._known.get(kiosk) or Known()

    def _state(self, kiosk: str, message: Message) -> None:
        state = State.decode(message.payload)
        known = self._believed(kiosk)
        if message.retain and state.nonce == known.nonce:
            return  # what the broker kept is no news, and may be of a kiosk that has died since
        if not heard(known.nonce, state):
            return
        if state.life is Life.READY and not message.retain:
            self.alive.add(kiosk)
        self.batch.signs.append(Sign(kiosk, state.life, state.nonce, state.backlog, self._now))
        self.known[kiosk] = replace(known, life=state.life, nonce=state.nonce, backlog=state.backlog)

    def _reported(self, kiosk: str, message: Message) -> None:
        Reported.decode(message.payload)
        if not message.retain:
            self.alive.add(kiosk)
        self.batch.notes.append(Note(kiosk, self._now, reported=unpack(message.payload, MAX_TWIN_BYTES)))

    def _unexpected(self, _kiosk: str, _message: Message) -> None:
        raise Broken("not a topic on which a kiosk speaks")

    def _trouble(self, kind: str, kiosk: str, topic: str, reason: str, payload: bytes) -> None:
        self.batch.troubles.append(trouble(kind, kiosk, topic, reason, payload, self._now))


_OTHERS: dict[Channel, Callable[[Sorting, str, Message], None]] = {
    Channel.STATE: Sorting._state,
    Channel.BIRTH: Sorting._birth,
    Channel.REPORTED: Sorting._reported,
    Channel.ACK: Sorting._unexpected,
    Channel.DESIRED: Sorting._unexpected,
    Channel.COMMAND: Sorting._unexpected,
}


def _same(stored: StoredFact, fact: StoredFact) -> bool:
    """Whether two facts under one key are the same one; the bytes may differ where the content does not."""
    if stored.digest == fact.digest:
        return True
    if not stored.kind or not fact.kind:
        return False  # unreadable: there are only the bytes
    return _content(stored) == _content(fact)


def _content(fact: StoredFact) -> tuple[object, ...]:
    return (fact.kind, fact.at, str(fact.clock), fact.boot, fact.mono, fact.body, fact.more)


def trouble(kind: str, kiosk: str, topic: str, reason: str, payload: bytes, at: int) -> Trouble:
    """A trouble ready to be stored, with everything a stranger chose made printable and short."""
    digest = hashlib.sha256(payload).hexdigest()
    return Trouble(kind, kiosk[:64], _clean(topic)[:200], _clean(reason)[:300], _printable(payload), digest, at)


def _printable(payload: bytes) -> str:
    return _clean(payload[:SHOWN].decode("utf-8", "replace"))


def _clean(text: str) -> str:
    # U+0000 is what PostgreSQL cannot store, control characters what a terminal would obey.
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _ranges(missing: list[tuple[int, int]]) -> str:
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in missing[:8]]
    more = "" if len(missing) <= 8 else f" and {len(missing) - 8} more"
    return "fact " + ", ".join(shown) + more


@lru_cache(maxsize=4096)
def _topic(topic: str) -> tuple[str, Channel]:
    parsed = Topic.parse(topic)
    return parsed.kiosk, parsed.channel
