"""A voucher's one-time code: eight digits that a kiosk checks without a line, and the server made.

An HMAC of the station's key over station, item, the minute it was made and a number small enough to try them all.
The code is no proof of who holds it, and works once: the kiosk remembers what it took in its own database.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

ITEMS = ("raincoat", "meal")
"""What can be had. New items go to the end: a kiosk tries them in this order."""
NUMBERS = 16
"""Vouchers of one item that one station can hand out within a minute."""
STEP_MS = 60_000
VALID_MS = 10 * 60_000
DRIFT_STEPS = 1
"""Two clocks are never one: taken a minute early, and up to two minutes late."""
LENGTH = 8

_AGES = range(-DRIFT_STEPS, VALID_MS // STEP_MS + DRIFT_STEPS + 1)


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a code stands for. `step`: minutes since 1970; `number`: 0…15, given out in order."""

    item: str
    step: int
    number: int


def code(key: bytes, station: str, voucher: Voucher) -> str:
    """Eight digits."""
    text = f"cxz-voucher\0{station}\0{voucher.item}\0{voucher.step}\0{voucher.number}"
    mac = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8]) % 10**LENGTH:0{LENGTH}d}"


def step(at: int) -> int:
    """The step of a moment in UTC milliseconds."""
    return at // STEP_MS


def find(key: bytes, station: str, typed: str, now: int) -> Voucher | None:
    """The voucher behind a code typed at `now` (UTC milliseconds); None for a wrong one and for one whose time is over.

    At any moment 416 of the 100,000,000 codes are good: whoever asks limits the tries.
    """
    if len(typed) != LENGTH or not (typed.isascii() and typed.isdigit()):
        return None
    found = None
    for voucher in _all(step(now), _AGES):
        # In constant time and without an early end; the first match counts.
        if hmac.compare_digest(code(key, station, voucher), typed) and found is None:
            found = voucher
    return found


def alone(key: bytes, station: str, voucher: Voucher) -> bool:
    """Whether no other voucher could be taken for this one as long as it is good: else another number must do."""
    own = code(key, station, voucher)
    steps = range(-_AGES[-1] - DRIFT_STEPS, _AGES[-1] + DRIFT_STEPS + 1)
    return all(other == voucher or code(key, station, other) != own for other in _all(voucher.step, steps))


def _all(now: int, ages: range) -> Iterator[Voucher]:
    for age in ages:
        for item in ITEMS:
            for number in range(NUMBERS):
                yield Voucher(item, now - age, number)
