"""What a device and its kiosk say over the serial line: pure, one JSON object a line; `docs/devices.md` describes it.

`devices.DeviceBus` moves the bytes; here they become checked values, and values become lines.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract.envelope import Body, Broken, pack, text, unpack, whole

MAX_LINE = 512
"""Bytes, the newline included."""
MAX_READINGS = 64

_DEVICE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_WORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True)
class Hello:
    """A device introduces itself. `description` is all it said, without the line's own fields."""

    device: str
    boot: str
    description: Body


@dataclass(frozen=True, slots=True)
class Reading:
    """Numbers by name; units stand in the description."""

    readings: dict[str, float]
    dropped: str = ""
    """What the first number was that is none; the others are kept."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened. Repeated with the same `seq` until it is confirmed."""

    seq: int
    event: str
    body: Body


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended."""

    command: str
    ok: bool
    body: Body


@dataclass(frozen=True, slots=True)
class Malformed:
    """An event that could be numbered but not understood: it is confirmed too, else it would come for ever."""

    seq: int
    reason: str


Word = Hello | Reading | Event | Result | Malformed | None


class Lines:
    """Cuts bytes into lines; holds at most one line, drops one that is too long up to its newline."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """The lines that `data` completed (no empty ones), and how many were too long."""
        done, too_long = [], 0
        for number, part in enumerate(data.split(b"\n")):
            if number:
                if self._held:
                    done.append(bytes(self._held))
                self._held.clear()
                self._dropping = False
            if self._dropping:
                continue
            if len(self._held) + len(part) > MAX_LINE - 1:
                self._held.clear()
                self._dropping = True
                too_long += 1
            else:
                self._held += part
        return done, too_long


def decode(line: bytes) -> Word:
    """What a device's line says; None for a type this version does not know. Raises `Broken`."""
    value = unpack(line, MAX_LINE - 1)
    match value.get("t"):
        case "hello":
            return _hello(value)
        case "read":
            return _reading(value)
        case "event":
            return _event(value)
        case "result":
            return Result(text(value, "id", least=1, most=64), _truth(value, "ok"), _object(value, "b"))
        case str():
            return None
        case _:
            raise Broken("t is not text")


def ask_hello() -> bytes:
    """Asks who is there."""
    return _line({"t": "hello?"})


def confirm(seq: int) -> bytes:
    """The event is safe here."""
    return _line({"t": "ok", "seq": seq})


def do(command: str, name: str, args: Mapping[str, object]) -> bytes:
    """A command; said again with the same id it is not done again. Raises `Broken` when it does not fit a line."""
    if not 0 < len(command) <= 64:
        raise Broken("a command's id has 1 to 64 characters")
    return _line({"t": "do", "id": command, "name": name, "args": args})


def _hello(value: Body) -> Hello:
    device = text(value, "id", most=64)
    if not _DEVICE.fullmatch(device):
        raise Broken("id is not a device's name")
    _word(value, "kind")
    text(value, "fw", least=1, most=32)
    for name in ("amenity", "stock", "broken"):
        if name in value:
            _word(value, name)
    low = value.get("low", 0)
    if isinstance(low, bool) or not isinstance(low, int | float):
        raise Broken("low is not a number")
    for name, unit in _object(value, "readings").items():
        if not _WORD.fullmatch(name) or not isinstance(unit, str):
            raise Broken("readings is not an object of units")
    for name, weight in _object(value, "events").items():
        if not _WORD.fullmatch(name) or weight not in ("urgent", "note"):
            raise Broken("events is not an object of urgent or note")
    commands = value.get("commands", [])
    if not isinstance(commands, list) or not all(isinstance(item, str) and _WORD.fullmatch(item) for item in commands):
        raise Broken("commands is not a list of names")
    description = {name: item for name, item in value.items() if name not in ("t", "seq", "boot")}
    return Hello(device, text(value, "boot", least=4, most=32), description)


def _reading(value: Body) -> Reading:
    said = _object(value, "r")
    if len(said) > MAX_READINGS:
        raise Broken(f"more than {MAX_READINGS} readings")
    readings, dropped = {}, ""
    for name, item in said.items():
        try:
            readings[name] = _number(name, item)
        except Broken as cause:
            dropped = dropped or str(cause)
    return Reading(readings, dropped)


def _number(name: str, item: object) -> float:
    if not _WORD.fullmatch(name):
        raise Broken("a reading has no plain name")
    if isinstance(item, bool) or not isinstance(item, int | float):
        raise Broken(f"{name} is not a number")
    try:
        number = float(item)
    except OverflowError as cause:
        raise Broken(f"{name} is beyond double precision") from cause
    if not math.isfinite(number):
        raise Broken(f"{name} is not finite")
    return number


def _event(value: Body) -> Event | Malformed:
    seq = whole(value, "seq", least=1)
    try:
        return Event(seq, _word(value, "e"), _object(value, "b"))
    except Broken as cause:
        return Malformed(seq, str(cause))


def _word(value: Body, name: str) -> str:
    word = text(value, name, most=32)
    if not _WORD.fullmatch(word):
        raise Broken(f"{name} is not a plain word")
    return word


def _object(value: Body, name: str) -> Body:
    part = value.get(name, {})
    if not isinstance(part, dict):
        raise Broken(f"{name} is not an object")
    return part


def _truth(value: Body, name: str) -> bool:
    truth = value.get(name)
    if not isinstance(truth, bool):
        raise Broken(f"{name} is not true or false")
    return truth


def _line(value: Mapping[str, object]) -> bytes:
    line = pack(value) + b"\n"
    if len(line) > MAX_LINE:
        raise Broken(f"a line of more than {MAX_LINE} bytes")
    return line
