"""Facts: what a kiosk saw, immutable, with a key given at birth. Sending one twice is harmless.

The key is (kiosk, stream, seq). `stream` is random, made together with the outbox database; `seq` starts at 1,
counts up by one and never resets. Order is by `seq`, never by clock.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.contract import receipts
from gateway.contract.envelope import Body, Broken, digest, pack, text, unpack, whole
from gateway.contract.topics import Lane

MAX_BYTES = 8 * 1024
MAX_SEQ = 2**63 - 1

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Clock(StrEnum):
    """How far `at` may be trusted."""

    NTP = "ntp"
    RTC = "rtc"
    NONE = "none"


class BrokenFact(Broken):
    """A fact that is parked; carries the key where it could still be read, so that the lane goes on."""

    def __init__(self, reason: str, stream: str | None = None, seq: int | None = None) -> None:
        super().__init__(reason)
        self.stream = stream
        self.seq = seq


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `at`: UTC milliseconds, None when the clock knew nothing; `mono`: milliseconds since `boot`."""

    stream: str
    seq: int
    at: int | None
    clock: Clock
    boot: str
    mono: int
    kind: str
    body: Body
    more: Body = field(default_factory=dict)
    """Fields this version does not know; kept, so that an older gateway loses nothing of a newer kiosk."""

    def value(self) -> Body:
        """The JSON object that goes over the wire."""
        return {
            **self.more,
            "v": 1,
            "stream": self.stream,
            "seq": self.seq,
            "at": self.at,
            "clock": str(self.clock),
            "boot": self.boot,
            "mono": self.mono,
            "kind": self.kind,
            "body": self.body,
        }

    def encode(self) -> bytes:
        """Bytes for the wire; `Broken` over 8 KiB, so that a kiosk refuses at the tap, not in the courier."""
        payload = pack(self.value())
        if len(payload) > MAX_BYTES:
            raise Broken(f"larger than {MAX_BYTES} bytes ({len(payload)})")
        return payload

    def digest(self) -> str:
        """The same key with another digest is a clone: somebody copied the kiosk's storage."""
        return digest(self.value())


_FIELDS = {"v", "stream", "seq", "at", "clock", "boot", "mono", "kind", "body"}


def decode(payload: bytes) -> Fact:
    """The fact in a message. Raises `BrokenFact`, with the key where it could be read."""
    try:
        value = unpack(payload, MAX_BYTES)
    except Broken as cause:
        raise BrokenFact(str(cause), *_salvage(payload)) from cause
    stream, seq = _key(value)
    try:
        if value.get("v") != 1 or isinstance(value["v"], bool):
            raise Broken("unknown version of a fact")
        if stream is None:
            raise Broken("stream is not 8 to 64 letters, digits, - or _")
        if seq is None:
            raise Broken("seq is not a whole number from 1")
        at = None if value.get("at") is None else whole(value, "at", least=0, most=2**53)
        clock_name = text(value, "clock", most=8)
        if clock_name not in set(Clock):
            raise Broken("clock is not ntp, rtc or none")
        body = value.get("body")
        if not isinstance(body, dict):
            raise Broken("body is not an object")
        return Fact(
            stream=stream,
            seq=seq,
            at=at,
            clock=Clock(clock_name),
            boot=text(value, "boot", least=1, most=64),
            mono=whole(value, "mono", least=0),
            kind=text(value, "kind", least=1, most=32),
            body=body,
            more={name: item for name, item in value.items() if name not in _FIELDS},
        )
    except Broken as cause:
        raise BrokenFact(str(cause), stream, seq) from cause


def check(fact: Fact, lane: Lane) -> Fact:
    """The fact when its kind is known, allowed in this lane and its body makes sense; else `BrokenFact`."""
    kind = KINDS.get(fact.kind)
    try:
        if kind is None:
            raise Broken(f"unknown kind {fact.kind!r}")
        lanes, check_body = kind
        if lane not in lanes:
            raise Broken(f"kind {fact.kind!r} does not travel in the {lane} lane")
        check_body(fact.body)
    except Broken as cause:
        raise BrokenFact(str(cause), fact.stream, fact.seq) from cause
    return fact


def _key(value: Mapping[str, Any]) -> tuple[str | None, int | None]:
    stream, seq = value.get("stream"), value.get("seq")
    good_stream = isinstance(stream, str) and bool(_ID.fullmatch(stream))
    good_seq = isinstance(seq, int) and not isinstance(seq, bool) and 1 <= seq <= MAX_SEQ
    return (stream if good_stream else None), (seq if good_seq else None)


def _salvage(payload: bytes) -> tuple[str | None, int | None]:
    # Poison must not block its lane: a torn message still often shows its key.
    stream = re.search(rb'"stream"\s*:\s*"([A-Za-z0-9_-]{8,64})"', payload)
    seq = re.search(rb'"seq"\s*:\s*([0-9]{1,18})(?![0-9.eE])', payload)
    if stream is None or seq is None or int(seq[1]) < 1:
        return None, None
    return stream[1].decode("ascii"), int(seq[1])


def _check_id(body: Body) -> None:
    if not _ID.fullmatch(text(body, "id", most=64)):
        raise Broken("id is not 8 to 64 letters, digits, - or _")


def _check_name(body: Body, name: str) -> None:
    if not _NAME.fullmatch(text(body, name, most=64)):
        raise Broken(f"{name} is not a plain name")


def _checkin(body: Body) -> None:
    _check_id(body)
    _check_name(body, "station")


def _report(body: Body) -> None:
    _check_id(body)
    _check_name(body, "station")
    _check_name(body, "category")
    if "place" in body:
        text(body, "place", most=80)
    if "words" in body:
        text(body, "words", most=500)
    if "receipt" in body and not receipts.is_receipt(text(body, "receipt", most=32)):
        raise Broken("receipt is not one")


def _sos(body: Body) -> None:
    _check_id(body)
    _check_name(body, "station")


def _amenity(body: Body) -> None:
    _check_name(body, "station")
    _check_name(body, "amenity")
    if text(body, "state", most=16) not in AMENITY_STATES:
        raise Broken("state is not " + ", ".join(AMENITY_STATES))


def _telemetry(body: Body) -> None:
    _check_name(body, "device")
    readings = body.get("readings")
    if not isinstance(readings, dict) or len(readings) > 64:
        raise Broken("readings is not an object of at most 64 numbers")
    for item in readings.values():
        if isinstance(item, bool) or not isinstance(item, int | float):
            raise Broken("a reading is not a number")


def _device(body: Body) -> None:
    _check_name(body, "device")
    _check_name(body, "event")


def _result(body: Body) -> None:
    _check_id(body)
    _check_name(body, "state")


def _gap(body: Body) -> None:
    if whole(body, "first", least=1) > whole(body, "last", least=1):
        raise Broken("a gap that ends before it begins")


AMENITY_STATES = ("ok", "low", "empty", "broken", "removed")

_EVENT = frozenset({Lane.EVENT})
_URGENT = frozenset({Lane.EVENT, Lane.SOS})
_ANY = frozenset(Lane)

KINDS = {
    "checkin": (_EVENT, _checkin),
    "report": (_URGENT, _report),
    "sos": (frozenset({Lane.SOS}), _sos),
    "amenity": (_EVENT, _amenity),
    "device": (_URGENT, _device),
    "result": (_EVENT, _result),
    "telemetry": (frozenset({Lane.TELEMETRY}), _telemetry),
    "gap": (_ANY, _gap),
}
"""kind → the lanes it may travel in, and the check of its body."""
