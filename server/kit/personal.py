"""A person's own data across all features: events by which each adds to a copy, or takes away what it holds.

Told by the privacy feature; whoever keeps personal data hears them (`Feature.hears`), in one transaction.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from gateway.sqlite import Row
from server.kit.site import Site

ERASED = "已按本人要求删除"
"""What stands where a person's words stood."""
NUMBER_ERASED = "【号码已删除】"
_BETWEEN = r"[\s\-－—–.·()（）]*"


def number_remover(phone: str) -> Callable[[str], str]:
    """Takes this number (11 digits) out of a text, however it is spaced or prefixed, and no longer run of digits."""
    if not phone:
        return lambda text: text
    digits = _BETWEEN.join(f"[{digit}{chr(ord(digit) + 0xFEE0)}]" for digit in phone)
    pattern = re.compile(rf"(?<![0-9０-９])(?:[+＋]?[8８][6６]{_BETWEEN})?{digits}(?![0-9０-９])")
    return lambda text: pattern.sub(NUMBER_ERASED, text)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data. `tickets` this person reported; `mentions`: tickets whose texts hold the `phone` (11 digits).

    `communities`: whose registers the asker may look into; None: the person asks, with a number that was verified.
    """

    tickets: frozenset[int] = frozenset()
    mentions: frozenset[int] = frozenset()
    phone: str = ""
    communities: frozenset[str] | None = None


@dataclass(slots=True)
class Gathering:
    """Whoever knows by this phone number which tickets are this person's adds them."""

    phone: str
    communities: frozenset[str]
    """Whose tickets the asker may see at all."""
    tickets: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Exporting:
    """A copy for the person. `sheets`: title → rows; `files`: name in the copy → where its bytes come from."""

    subject: Subject
    sheets: dict[str, list[Row]] = field(default_factory=dict)
    files: dict[str, Callable[[Site], bytes | None]] = field(default_factory=dict)
    """Called after the transaction; None when the bytes are gone meanwhile."""

    def add(self, title: str, rows: Collection[Row]) -> None:
        """Rows under a title; nothing for none."""
        if rows:
            self.sheets.setdefault(title, []).extend(rows)


@dataclass(slots=True)
class Erasing:
    """What a feature took away is counted by kind, in words: the record of the deed holds nothing else."""

    subject: Subject
    by: int | None
    by_name: str
    role: str
    counts: Counter[str] = field(default_factory=Counter)
