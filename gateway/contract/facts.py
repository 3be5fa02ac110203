"""Facts: what a kiosk saw, immutable, with a key given at birth. Sending one twice is harmless.

The key is (kiosk, stream, seq). `stream` is random, made together with the outbox database; `seq` starts at 1,
counts up by one and never resets. Order is by `seq`, never by clock.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.contract import receipts, vouchers
from gateway.contract.commands import Stage
from gateway.contract.envelope import (
    MAX_WHOLE,
    Body,
    Broken,
    digest,
    identifier,
    moment,
    pack,
    text,
    unpack,
    version,
    whole,
)
from gateway.contract.topics import Lane

MAX_BYTES = 8 * 1024
MAX_SEQ = MAX_WHOLE

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
        return pack(self.value(), MAX_BYTES)

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
    try:
        if "v" not in value:
            raise Broken("v is missing")
        version(value)
        at = None if value.get("at") is None else moment(value, "at")
        clock_name = text(value, "clock", most=8)
        if clock_name not in set(Clock):
            raise Broken("clock is not ntp, rtc or none")
        body = value.get("body")
        if not isinstance(body, dict):
            raise Broken("body is not an object")
        return Fact(
            stream=identifier(value, "stream"),
            seq=whole(value, "seq", least=1, most=MAX_SEQ),
            at=at,
            clock=Clock(clock_name),
            boot=text(value, "boot", least=1, most=64),
            mono=moment(value, "mono"),
            kind=text(value, "kind", least=1, most=32),
            body=body,
            more={name: item for name, item in value.items() if name not in _FIELDS},
        )
    except Broken as cause:
        raise BrokenFact(str(cause), *_key(value)) from cause


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
        if fact.kind == "gap" and fact.body["last"] >= fact.seq:
            raise Broken("a gap over numbers that were not given out before it")
    except Broken as cause:
        raise BrokenFact(str(cause), fact.stream, fact.seq) from cause
    return fact


def _key(value: Mapping[str, Any]) -> tuple[str | None, int | None]:
    try:
        return identifier(value, "stream"), whole(value, "seq", least=1, most=MAX_SEQ)
    except Broken:
        return None, None


_TORN_STREAM = re.compile(rb'"stream"\s*:\s*"([A-Za-z0-9_-]{8,64})"')
_TORN_SEQ = re.compile(rb'"seq"\s*:\s*([1-9][0-9]{0,17})\s*[,}]')


def _salvage(payload: bytes) -> tuple[str | None, int | None]:
    """The key of a message that cannot be read, so that poison does not block its lane; nothing when in doubt."""
    if len(payload) <= 8 * MAX_BYTES:
        try:
            # Pairs, because a body may have a `seq` of its own, and a key that stands twice is no key.
            pairs = json.loads(payload.decode("utf-8", "replace"), object_pairs_hook=_Pairs)
        except (ValueError, RecursionError):
            pairs = None
        if isinstance(pairs, _Pairs):
            names = [name for name, _ in pairs]
            return _key(dict(pairs)) if names.count("stream") == names.count("seq") == 1 else (None, None)
    streams, seqs = _TORN_STREAM.findall(payload), _TORN_SEQ.findall(payload)
    if len(streams) != 1 or len(seqs) != 1:
        return None, None
    return streams[0].decode("ascii"), int(seqs[0])


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs."""


def _check_name(body: Body, name: str) -> None:
    if not _NAME.fullmatch(text(body, name, most=64)):
        raise Broken(f"{name} is not a plain name")


def _checkin(body: Body) -> None:
    identifier(body, "id")
    _check_name(body, "station")


def _report(body: Body) -> None:
    identifier(body, "id")
    _check_name(body, "station")
    _check_name(body, "category")
    if "place" in body:
        text(body, "place", most=80)
    if "words" in body:
        text(body, "words", most=500)
    if "receipt" in body and not receipts.is_receipt(text(body, "receipt", most=32)):
        raise Broken("receipt is not one")


def _sos(body: Body) -> None:
    identifier(body, "id")
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
    identifier(body, "id")
    if text(body, "state", most=16) not in RESULT_STATES:
        raise Broken("state is not " + ", ".join(RESULT_STATES))


def _voucher(body: Body) -> None:
    identifier(body, "id")
    _check_name(body, "station")
    _check_name(body, "item")
    whole(body, "step", least=0)
    whole(body, "number", least=0, most=vouchers.NUMBERS - 1)
    if text(body, "outcome", most=16) not in VOUCHER_OUTCOMES:
        raise Broken("outcome is not " + ", ".join(VOUCHER_OUTCOMES))


def _gap(body: Body) -> None:
    if whole(body, "first", least=1) > whole(body, "last", least=1):
        raise Broken("a gap that ends before it begins")


AMENITY_STATES = ("ok", "low", "empty", "broken", "removed")
RESULT_STATES = tuple(str(stage) for stage in (Stage.ACCEPTED, Stage.DONE, Stage.FAILED, Stage.EXPIRED))
"""What a kiosk may answer to a command."""
VOUCHER_OUTCOMES = ("accepted", "dispensed", "by_hand", "unknown")
"""`accepted` when the code was taken; afterwards how it ended, with the same `id`."""

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
    "voucher": (_EVENT, _voucher),
    "telemetry": (frozenset({Lane.TELEMETRY}), _telemetry),
    "gap": (_ANY, _gap),
}
"""kind → the lanes it may travel in, and the check of its body."""
