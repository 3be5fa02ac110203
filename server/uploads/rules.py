"""How much may wait here and for how long, and what the protocol's headers say. Pure."""

import base64
import binascii
import re
from dataclasses import dataclass

from server.kit.clock import DAY_MS

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
"""Of one upload: what the darkroom takes at most."""
MOST_EACH = 12
"""Uploads of one report: six photos, and six that were taken away again."""
MOST_WAITING = 4096 * MEGABYTE
"""All that is not taken yet, of everybody."""
LEFT_FREE = 256 * MEGABYTE
"""Of the disk: the database must go on when photos cannot."""
RESTED_MS = DAY_MS
"""An upload to which nothing was added for so long is deleted."""
REMEMBERED_MS = 3 * DAY_MS
"""That an upload was taken is known for so long: a repeat must not become a second photo."""

VERSION = "1.0.0"
_REPORT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way. `report`: the client id it belongs to; `name` tells its files apart. Times in UTC ms."""

    id: str
    report: str
    name: str
    length: int
    made: int
    taken: int | None
    photo: int | None
    """What it has become, once taken; None when it was refused."""


def whole(header: str) -> int | None:
    """A header that is a whole number, as tus has them; None for anything else."""
    return int(header) if header.isascii() and header.isdigit() and len(header) <= 15 else None


def described(metadata: str) -> tuple[str, str] | None:
    """(report, name) out of an `Upload-Metadata` header; None when one is missing or no proper one."""
    found: dict[str, str] = {}
    for pair in metadata[:1000].split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
    report, name = found.get("report", ""), found.get("name", "")
    return (report, name) if _REPORT.fullmatch(report) and _NAME.fullmatch(name) else None
