"""How often a channel may be used: its limits by the minute and the second, a share kept for P0 and P1, and blocks.

Pure but for its memory; the time is passed in. Safe to share between threads.
"""

import threading
from collections import deque
from collections.abc import Iterable

from server.alerts.channels import Limits

MINUTE_MS = 60_000
SECOND_MS = 1_000


class Quota:
    """One channel's. Times are UTC milliseconds."""

    def __init__(self, limits: Limits, tries: Iterable[int] = (), blocked: int = 0) -> None:
        """`tries` and `blocked` as they were before a restart: the other side has not forgotten them either."""
        self._limits = limits
        self._tries = deque(sorted(tries))
        self._blocked = blocked
        self._lock = threading.Lock()

    def take(self, urgent: bool, now: int) -> int:
        """0 and one use is counted; else the milliseconds to wait, and nothing is counted."""
        with self._lock:
            wait = self._wait(urgent, now)
            if wait == 0:
                self._tries.append(now)
            return wait

    def give_back(self) -> None:
        """Nothing was sent after all."""
        with self._lock:
            if self._tries:
                self._tries.pop()

    def room(self, now: int) -> int:
        """How many urgent messages still go within this minute."""
        with self._lock:
            self._forget(now)
            return 0 if now < self._blocked else max(0, self._limits.per_minute - len(self._tries))

    def block(self, until: int) -> None:
        """The other side has said that it takes nothing until then."""
        with self._lock:
            self._blocked = max(self._blocked, until)

    def unblock(self) -> None:
        """The other side took a message."""
        with self._lock:
            self._blocked = 0

    def _wait(self, urgent: bool, now: int) -> int:
        if now < self._blocked:
            return self._blocked - now
        self._forget(now)
        allowed = self._limits.per_minute - (0 if urgent else self._limits.reserve)
        if len(self._tries) >= allowed:
            # The minute is free again when the oldest of the last `allowed` has passed.
            return max(1, self._tries[len(self._tries) - allowed] + MINUTE_MS - now)
        last_second = [at for at in self._tries if at > now - SECOND_MS]
        if len(last_second) >= self._limits.per_second:
            return max(1, last_second[len(last_second) - self._limits.per_second] + SECOND_MS - now)
        return 0

    def _forget(self, now: int) -> None:
        while self._tries and self._tries[0] <= now - MINUTE_MS:
            self._tries.popleft()
