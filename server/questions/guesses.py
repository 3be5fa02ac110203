"""Who guesses addresses is slowed down; who opens the own one never notices."""

from fastapi import Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from server.kit.errors import TooMany

MISSES = parse("60 per 10 minutes")
"""Generous: a whole station may stand behind one address, and what is guessed at is far too long to be found."""


class Guesses:
    """Counts what was not found, by address; `sentence` is read by who missed too often."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._misses = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, request: Request) -> None:
        """Raises `TooMany` for an address that has missed too often."""
        if not self._misses.test(MISSES, _address(request)):
            raise TooMany(self._sentence, 600)

    def missed(self, request: Request) -> None:
        """Count one thing that does not exist."""
        self._misses.hit(MISSES, _address(request))


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"
