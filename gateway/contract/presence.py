"""The presence code in a kiosk's rotating QR: proof that somebody stood before this screen just now.

An HMAC of the station's key over a 30-second step, so that it works while the kiosk has no line. The printed
sign carries no code and proves nothing.
"""

import hashlib
import hmac
from enum import StrEnum

STEP_MS = 30_000
DRIFT_STEPS = 2
"""Accepted this many steps to either side: a rider needs time, and two clocks are never one."""
REMEMBERED_STEPS = 120
"""A code up to an hour old is told apart from an invented one, so that the page can say 已过期."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 8


class Presence(StrEnum):
    """What a code proves. Only `verified` counts; the others let the check-in through, unverified."""

    VERIFIED = "verified"
    EXPIRED = "expired"
    WRONG = "wrong"
    NONE = "none"


def code(key: bytes, station: str, at: int) -> str:
    """The code shown at `at` (UTC milliseconds): 8 characters, 39 bits."""
    return _code(key, station, at // STEP_MS)


def verify(key: bytes, station: str, given: str, now: int) -> Presence:
    """What `given`, scanned at `now` (UTC milliseconds), proves about being at `station`."""
    if not given:
        return Presence.NONE
    typed = given.lower()
    if len(typed) != _LENGTH or not typed.isascii():
        return Presence.WRONG
    step = now // STEP_MS
    verdict = Presence.WRONG
    for age in range(-DRIFT_STEPS, REMEMBERED_STEPS + 1):
        # Compared in constant time and without an early end: nothing to learn from how long it takes.
        if hmac.compare_digest(_code(key, station, step - age).encode(), typed.encode()):
            verdict = Presence.VERIFIED if age <= DRIFT_STEPS else Presence.EXPIRED
    return verdict


def remaining(at: int) -> int:
    """Milliseconds until the next code."""
    return STEP_MS - at % STEP_MS


def _code(key: bytes, station: str, step: int) -> str:
    mac = hmac.new(key, f"cxz-presence\0{station}\0{step}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(mac[:8])
    letters = []
    for _ in range(_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)
