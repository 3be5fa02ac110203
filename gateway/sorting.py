"""What one batch of messages comes to: facts, parked facts, readers, troubles, signs of life. Used by `ingest.py`.

It decides and writes nothing; what it read counts only when its `batch` is committed.
"""

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import structlog

from gateway.contract.envelope import Broken, pack, unpack
from gateway.contract.facts import BrokenFact, Fact, check, decode
from gateway.contract.life import MAX_BYTES as MAX_LIFE_BYTES
from gateway.contract.life import Birth, Life, State, heard
from gateway.contract.streams import Reader
from gateway.contract.topics import LANES, Channel, Lane, Topic
from gateway.contract.twin import MAX_BYTES as MAX_TWIN_BYTES
from gateway.contract.twin import Reported
from gateway.mailbox import Batch, Note, Sign, StoredFact, Trouble
from gateway.wire import Message

MAX_RANGES = 512
"""Ranges ahead of holes in one stream. A kiosk has 64 facts on the way; beyond this somebody plays with numbers."""
SHOWN = 2000

log = structlog.get_logger("ingest")


@dataclass(frozen=True, slots=True)
class Known:
    """What is believed of a kiosk: its life, its session's nonce (None before the first word), its backlog."""

    life: str
    nonce: str | None
    backlog: int


class Sorting:
    """Messages go in through `sort`; everything that follows from them stands in the attributes."""

    def __init__(
        self,
        reader: Callable[[str, str], Reader],
        digest_of: Callable[[str, str, int], str | None],
        known: dict[str, Known],
        now: int,
        spoilt: str | None = None,
    ) -> None:
        """`reader` returns a copy; `now`: UTC milliseconds; with `spoilt`, a reason, every message is parked."""
        self.batch = Batch()
        self.readers: dict[tuple[str, str], Reader] = {}
        """Of every stream touched, repeats included: each gets an ack."""
        self.known: dict[str, Known] = {}
        self.alive: set[str] = set()
        self._reader = reader
        self._digest_of = digest_of
        self._known = known
        self._now = now
        self._spoilt = spoilt
        self._fresh: dict[tuple[str, str, int], str] = {}

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
        digest = fact.digest()
        if self._is_new(kiosk, lane, fact.stream, fact.seq, digest, message):
            self.batch.facts.append(
                StoredFact(
                    kiosk, lane, fact.stream, fact.seq, fact.kind, fact.at, fact.clock, fact.boot, fact.mono,
                    fact.body, fact.more, digest, self._now, "ok" if reason is None else "parked", reason,
                )
            )  # fmt: skip
            if reason is not None:
                self._trouble("parked", kiosk, message.topic, reason, payload)
            elif fact.kind == "gap":
                self._gap(kiosk, lane, message.topic, fact)

    def _park(self, kiosk: str, lane: Lane, stream: str, seq: int, reason: str, message: Message) -> None:
        digest = hashlib.sha256(message.payload).hexdigest()
        if self._is_new(kiosk, lane, stream, seq, digest, message):
            body = {"payload": _printable(message.payload)}
            self.batch.facts.append(
                StoredFact(
                    kiosk, lane, stream, seq, "", None, "none", "", 0, body, {}, digest, self._now, "parked", reason
                )
            )
            self._trouble("parked", kiosk, message.topic, reason, message.payload)

    def _is_new(self, kiosk: str, lane: Lane, stream: str, seq: int, digest: str, message: Message) -> bool:
        """Whether this key is to be stored; its digest is remembered, another one's under the same key reported."""
        key = (kiosk, stream, seq)
        reader = self._open(kiosk, stream)
        if reader.has(seq):
            stored = self._fresh.get(key) or self._digest_of(kiosk, stream, seq)
            if stored is not None:
                if stored != digest:
                    reason = f"another fact under the key {stream}/{seq}: somebody copied the kiosk's storage"
                    self._trouble("clone", kiosk, message.topic, reason, message.payload)
                return False
            # Given up as lost, and yet it came: better late than never.
        else:
            if len(reader.ahead) >= MAX_RANGES and seq > reader.ahead[-1][1] + 1:
                # Neither stored nor confirmed: an honest kiosk sends it again when the holes have closed.
                reason = f"more than {MAX_RANGES} holes in the stream {stream}"
                self._trouble("refused", kiosk, message.topic, reason, message.payload)
                return False
            reader.take(seq)
            self.batch.readers[kiosk, stream] = (lane, reader)
        self._fresh[key] = digest
        return True

    def _open(self, kiosk: str, stream: str) -> Reader:
        reader = self.readers.get((kiosk, stream))
        if reader is None:
            reader = self.readers[kiosk, stream] = self._reader(kiosk, stream)
        return reader

    def _gap(self, kiosk: str, lane: Lane, topic: str, fact: Fact) -> None:
        reader = self._open(kiosk, fact.stream)
        missing = reader.skip(fact.body["first"], fact.body["last"])
        if missing:
            self.batch.readers[kiosk, fact.stream] = (lane, reader)
            reason = f"the kiosk dropped {_ranges(missing)} of the stream {fact.stream}"
            self._trouble("gap", kiosk, topic, reason, pack(fact.body))

    def _birth(self, kiosk: str, message: Message) -> None:
        birth = Birth.decode(message.payload)
        self.alive.add(kiosk)
        self.batch.notes.append(Note(kiosk, self._now, birth=unpack(message.payload, MAX_LIFE_BYTES)))
        for head in birth.streams:
            reader = self._open(kiosk, head.stream)
            missing = reader.skip(1, head.first - 1)
            if missing:
                self.batch.readers[kiosk, head.stream] = (head.lane, reader)
                reason = f"{_ranges(missing)} of the stream {head.stream} never came, and the kiosk has them no more"
                self._trouble("gap", kiosk, message.topic, reason, b"")

    def _state(self, kiosk: str, message: Message) -> None:
        state = State.decode(message.payload)
        known = self.known.get(kiosk) or self._known.get(kiosk)
        nonce = None if known is None else known.nonce
        if message.retain and state.nonce == nonce:
            return  # what the broker kept is no news, and may be of a kiosk that has died since
        if not heard(nonce, state):
            return
        if state.life is Life.READY and not message.retain:
            self.alive.add(kiosk)
        self.batch.signs.append(Sign(kiosk, state.life, state.nonce, state.backlog, self._now))
        self.known[kiosk] = Known(state.life, state.nonce, state.backlog)

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
