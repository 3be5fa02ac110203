"""Who guesses receipts is slowed down; who opens the own one never notices."""

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from server.kit.errors import TooMany

MISSES = parse("60 per 10 minutes")
"""Generous: a whole station may stand behind one address. 59 bits need no less."""


class Lookups:
    """Counts the receipts that were not found, by address."""

    def __init__(self) -> None:
        self._misses = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, address: str) -> None:
        """Raises `TooMany` for an address that has missed too often."""
        if not self._misses.test(MISSES, address):
            raise TooMany("这个网络查了太多不存在的回执，请 10 分钟后再试", 600)

    def missed(self, address: str) -> None:
        """Count one receipt that does not exist."""
        self._misses.hit(MISSES, address)
