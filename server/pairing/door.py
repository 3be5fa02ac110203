"""Guards the exchange: wrong codes from one address make it wait, longer the longer somebody guesses."""

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from server.kit.errors import TooMany

STEPS = (("8 per minute", 60), ("25 per hour", 900), ("60 per day", 3600))
"""Wrong codes, and how many seconds to wait from then on."""
LOGINS = "120 per minute"
"""Kiosks of one address that ask how they stand. Their passwords cannot be guessed: this only keeps floods out."""


class Door:
    """Counts by address, in memory: a restart forgives, the codes' own count does not."""

    def __init__(self) -> None:
        self._tries = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._steps = [(parse(limit), wait) for limit, wait in STEPS]
        self._logins = parse(LOGINS)

    def knock(self, address: str) -> None:
        """Raises `TooMany` while an address has to wait; counts nothing."""
        for limit, wait in reversed(self._steps):
            if not self._tries.test(limit, "code", address):
                raise TooMany("试得太多了，请过一会儿再试", wait)

    def wrong(self, address: str) -> None:
        """A code that was not good."""
        for limit, _ in self._steps:
            self._tries.hit(limit, "code", address)

    def ask(self, address: str) -> None:
        """A kiosk with a password; raises `TooMany`."""
        if not self._tries.hit(self._logins, "login", address):
            raise TooMany("问得太多了，请过一会儿再试", 60)
