"""How alike two photos are, by the fingerprints that the photos feature stores: 64-bit difference hashes. Pure."""

from collections.abc import Collection

ALIKE = 10
"""Bits. The same scene compressed, resized, brightened or cut by a few per cent stays within; of other scenes
hardly one in a thousand comes so near (half of them differ in 28 and more)."""
ALMOST_EQUAL = 4
"""Enough by itself; between the two, something else must agree."""
_LEAST, _MOST = 8, 56
"""Set bits of a picture that shows something: night, fog and a covered lens all look like each other."""


def telling(fingerprint: str) -> bool:
    """Whether a fingerprint (16 hex digits) says anything at all."""
    return len(fingerprint) == 16 and _LEAST <= int(fingerprint, 16).bit_count() <= _MOST


def apart(one: str, other: str) -> int:
    """In how many of 64 bits two fingerprints differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def nearest(one: Collection[str], other: Collection[str]) -> int | None:
    """The smallest difference between any two photos of two tickets; None when one side has none."""
    return min((apart(left, right) for left in one for right in other), default=None)
