"""The line in front of the workers: emergencies first, then in the order of arrival."""

import threading
from collections import deque


class Line:
    """Hands out so many turns at a time. Safe to share between threads."""

    def __init__(self, turns: int) -> None:
        self._free = turns
        self._lock = threading.Lock()
        self._urgent: deque[threading.Event] = deque()
        self._others: deque[threading.Event] = deque()

    def wait(self, seconds: float, urgent: bool = False) -> bool:
        """Wait so long for a turn; True when it has come. With 0 seconds: only what is free now."""
        mine = threading.Event()
        queue = self._urgent if urgent else self._others
        with self._lock:
            if self._free:  # nobody waits while a turn is free
                self._free -= 1
                return True
            queue.append(mine)
        if mine.wait(seconds):
            return True
        with self._lock:
            if mine.is_set():  # it came at the last moment
                return True
            queue.remove(mine)
        return False

    def leave(self) -> None:
        """The turn is over: the next one's begins."""
        with self._lock:
            for queue in (self._urgent, self._others):
                if queue:
                    queue.popleft().set()
                    return
            self._free += 1
