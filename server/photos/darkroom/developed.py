"""What comes out of the darkroom, and its way through the pipe between worker and web process."""

import json
from dataclasses import asdict, dataclass, fields

JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Developed:
    """Two upright sRGB JPEGs without any metadata, and what the original's metadata told.

    `large` is at most 1600 pixels and `small` at most 320 pixels on its longest side; neither is ever enlarged.
    `taken_at` is ISO text of the camera's own clock (`2026-11-22T14:05:09`), with an offset (`+08:00`) only when the
    camera wrote one. `lat` and `lon` are degrees in WGS-84, both or neither. `source_format` is one of `jpeg png webp
    gif heic avif`. `fingerprint` is the 64-bit dHash of the upright picture as 16 hex digits: photos whose
    fingerprints differ in few bits look alike.
    """

    large: bytes
    large_width: int
    large_height: int
    small: bytes
    small_width: int
    small_height: int
    taken_at: str | None
    lat: float | None
    lon: float | None
    source_format: str
    fingerprint: str


def to_parts(developed: Developed) -> list[bytes]:
    """A reply for the pipe: what was read as JSON, then the two pictures."""
    told = asdict(developed)
    large, small = told.pop("large"), told.pop("small")
    return [json.dumps(told).encode(), large, small]


def from_parts(parts: list[bytes]) -> Developed:
    """The other way round; ValueError when the reply is not what a sane worker sends."""
    told, large, small = parts
    try:
        values = json.loads(told)
    except RecursionError as cause:
        raise ValueError("nested too deep") from cause
    if not isinstance(values, dict) or not (large.startswith(JPEG) and small.startswith(JPEG)):
        raise ValueError("not an object and two JPEGs")
    values |= {"large": large, "small": small}
    for field in fields(Developed):
        if field.name not in values or not isinstance(values[field.name], field.type):  # type: ignore[arg-type]
            raise ValueError(f"{field.name} is missing or of another type")
    try:
        return Developed(**values)
    except TypeError as cause:
        raise ValueError("unknown fields") from cause
