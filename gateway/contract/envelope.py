"""How anything is put on the wire: compact UTF-8 JSON objects, read strictly, hashed canonically."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 8

Body = dict[str, Any]


class Broken(ValueError):
    """A message that cannot be read; `str()` is one plain sentence that names the first thing wrong."""


def pack(value: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON with sorted keys: equal values give equal bytes."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError, UnicodeEncodeError) as cause:
        raise Broken(f"cannot be written as JSON: {cause}") from cause


def unpack(payload: bytes, limit: int) -> Body:
    """The object in `payload`, or `Broken` for anything that two readers could understand differently.

    Refused: more than `limit` bytes, not UTF-8, not one JSON object, a repeated key, NaN or infinity,
    nesting deeper than `MAX_DEPTH`, and lone surrogates (they cannot be stored as UTF-8).
    """
    if len(payload) > limit:
        raise Broken(f"larger than {limit} bytes ({len(payload)})")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise Broken("not UTF-8") from cause
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except Broken:
        raise
    except (ValueError, RecursionError) as cause:
        raise Broken("not JSON") from cause
    if not isinstance(value, dict):
        raise Broken("not a JSON object")
    _inspect(value, MAX_DEPTH)
    return value


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


def whole(body: Mapping[str, Any], name: str, *, least: int, most: int = 2**63 - 1) -> int:
    """The whole number `name` of a body; booleans and floats are not whole numbers here."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Broken(f"{name} is not a whole number")
    if not least <= value <= most:
        raise Broken(f"{name} is out of range")
    return value


def _object(pairs: list[tuple[str, Any]]) -> Body:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Broken("a key stands twice")
    return value


def _constant(name: str) -> Any:
    raise Broken(f"{name} is not a JSON number")


def _inspect(value: Any, depth: int) -> None:
    if depth < 0:
        raise Broken(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as cause:
            raise Broken("a lone surrogate") from cause
    elif isinstance(value, dict):
        for key, item in value.items():
            _inspect(key, depth)
            _inspect(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _inspect(item, depth - 1)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise Broken("a number beyond double precision")  # 1e999 parses to infinity
