"""How anything is put on the wire: compact UTF-8 JSON objects, read strictly, hashed canonically."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 8
MAX_WHOLE = 2**63 - 1
MAX_MOMENT = 253_370_764_799_999
"""The end of the year 9998 in UTC milliseconds: every calendar holds it, in every time zone."""

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

Body = dict[str, Any]


class Broken(ValueError):
    """A message that cannot be read; `str()` is one plain sentence that names the first thing wrong."""


def pack(value: Mapping[str, Any], limit: int | None = None) -> bytes:
    """Compact UTF-8 JSON with sorted keys: equal values give equal bytes.

    Raises `Broken` for what `unpack` would refuse, so that a sender learns it before the message is stored.
    """
    _inspect(value, MAX_DEPTH)
    try:
        text = _write(value)
    except (TypeError, ValueError) as cause:
        raise Broken(f"cannot be written as JSON: {cause}") from cause
    payload = text.encode("utf-8")
    if limit is not None and len(payload) > limit:
        raise Broken(f"larger than {limit} bytes ({len(payload)})")
    return payload


def unpack(payload: bytes, limit: int) -> Body:
    """The object in `payload`, or `Broken` for anything that two readers could understand differently.

    Refused: more than `limit` bytes, not UTF-8, not one JSON object, a repeated key, NaN or infinity,
    whole numbers beyond 64 bits, nesting deeper than `MAX_DEPTH`, lone surrogates (they cannot be stored as
    UTF-8) and U+0000 (PostgreSQL cannot store it).
    """
    if len(payload) > limit:
        raise Broken(f"larger than {limit} bytes ({len(payload)})")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise Broken("not UTF-8") from cause
    try:
        value = _read(text)
        if not isinstance(value, dict):
            raise Broken("not a JSON object")
        if _is_plain(text, value):
            return value
        value = _read_warily(text)
    except Broken:
        raise
    except (ValueError, RecursionError) as cause:
        raise Broken("not JSON") from cause
    _inspect(value, MAX_DEPTH)
    return dict(value)


def digest(value: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(pack(value)).hexdigest()


def text(body: Mapping[str, Any], name: str, *, most: int, least: int = 0) -> str:
    """The string `name` of a body, or `Broken` when it is missing, of another type, too short or too long."""
    value = body.get(name)
    if not isinstance(value, str):
        raise Broken(f"{name} is not text")
    if not least <= len(value) <= most:
        raise Broken(f"{name} has {len(value)} characters, allowed are {least} to {most}")
    return value


def identifier(body: Mapping[str, Any], name: str) -> str:
    """The id `name` of a body: 8 to 64 of A–Z, a–z, 0–9, `-` and `_`, or `Broken`."""
    value = body.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Broken(f"{name} is not 8 to 64 letters, digits, - or _")
    return value


def whole(body: Mapping[str, Any], name: str, *, least: int, most: int = MAX_WHOLE) -> int:
    """The whole number `name` of a body; booleans and floats are not whole numbers here."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Broken(f"{name} is not a whole number")
    if not least <= value <= most:
        raise Broken(f"{name} is out of range")
    return value


def moment(body: Mapping[str, Any], name: str) -> int:
    """The time `name` of a body in milliseconds, small enough for any calendar, or `Broken`."""
    return whole(body, name, least=0, most=MAX_MOMENT)


def version(body: Mapping[str, Any]) -> None:
    """`Broken` for a message of another version than ours: guessing at its meaning would be worse than refusing."""
    if "v" in body and (body["v"] != 1 or type(body["v"]) is not int):
        raise Broken("unknown version")


def _is_plain(text: str, value: Body) -> bool:
    """Whether a cheap look shows that nothing is wrong, as with nearly every fact; False decides nothing.

    Each pair has its colon: as many colons as keys means that no key stands twice. Without `\\u` no string can hold
    U+0000 or a lone surrogate, for strict JSON and strict UTF-8 let neither in as itself.
    """
    if "\\u" in text or text.count("{") + text.count("[") > MAX_DEPTH:
        return False
    colons = text.count(":")
    boxes: list[Any] = [value]
    for box in boxes:
        items = box
        if type(box) is dict:
            colons -= len(box)
            items = box.values()
        for item in items:
            kind = type(item)
            if kind is int:
                if not -MAX_WHOLE - 1 <= item <= MAX_WHOLE:
                    return False
            elif kind is float:
                if not math.isfinite(item):
                    return False
            elif kind is dict or kind is list:
                boxes.append(item)
    return colons == 0


def _object(pairs: list[tuple[str, Any]]) -> Body:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Broken("a key stands twice")
    return value


def _constant(name: str) -> Any:
    raise Broken(f"{name} is not a JSON number")


# Made once: with options, `json.dumps` and `json.loads` build a coder at every call.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode
_read = json.JSONDecoder(parse_constant=_constant).decode
_read_warily = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant).decode


def _inspect(value: Any, depth: int) -> None:
    if depth < 0:
        raise Broken(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise Broken("a lone surrogate")
        if "\0" in value:
            raise Broken("the character U+0000")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Broken("a key is not text")  # json would write 1 and "1" as the same key
            _inspect(key, depth)
            _inspect(item, depth - 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _inspect(item, depth - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Broken("a number beyond double precision")  # 1e999 parses to infinity
    elif isinstance(value, int) and not -MAX_WHOLE - 1 <= value <= MAX_WHOLE:
        raise Broken("a whole number beyond 64 bits")
