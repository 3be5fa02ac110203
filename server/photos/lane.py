"""Who waits for the darkroom or the vault waits here, and holds none of the threads that answer pages.

A report with a photo is answered by one of a few threads, which stays with it while the photo is developed. So each of
them that comes in here is made up for by another, and no more come in than memory bears: the rest come again later.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from anyio.to_thread import current_default_thread_limiter

from server.photos.darkroom.refusals import refused

MOST = 64
"""Requests at a time: fifty phones at once, each with a plain form, and some more."""
MOST_URGENT = 16
"""Besides those: an emergency finds room when there is none for anything else."""
PATIENCE_S = 20.0
URGENT_PATIENCE_S = 2.0
"""An emergency goes first, and its receipt must come within three seconds: what is not begun by then comes later."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the photos of one request may wait for their turns, all together; `until` by `time.monotonic()`."""

    until: float
    urgent: bool

    @property
    def left_s(self) -> float:
        """Seconds; 0 when it is over: then only what is free at this moment is used."""
        return max(0.0, self.until - time.monotonic())


def patience(urgent: bool = False) -> Patience:
    """Of a request that begins now."""
    return Patience(time.monotonic() + (URGENT_PATIENCE_S if urgent else PATIENCE_S), urgent)


class Lane:
    """The places. `spare` gives the web process so many threads more, or takes them back. Safe between threads."""

    def __init__(
        self, spare: Callable[[int], None] = lambda by: None, most: int = MOST, most_urgent: int = MOST_URGENT
    ) -> None:
        self._spare = spare
        self._most = {False: most, True: most_urgent}
        self._inside = {False: 0, True: 0}
        self._lock = threading.Lock()

    @contextmanager
    def place(self, urgent: bool) -> Iterator[None]:
        """Be in here for a while. Raises `PhotoRefused` (busy) at once when there is no room."""
        with self._lock:
            if self._inside[urgent] >= self._most[urgent]:
                raise refused("busy")
            self._inside[urgent] += 1
        self._spare(1)
        try:
            yield
        finally:
            self._spare(-1)
            with self._lock:
                self._inside[urgent] -= 1


def spare_threads() -> Callable[[int], None]:
    """`spare` for the web process, called on its event loop; without one (the command line) nothing needs sparing."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return lambda by: None
    limiter = current_default_thread_limiter()

    def change(by: int) -> None:
        limiter.total_tokens += by

    def spare(by: int) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits for a thread any more
            loop.call_soon_threadsafe(change, by)

    return spare
