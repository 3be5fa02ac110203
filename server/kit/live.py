"""Live updates: whoever has a page open hears of changes within the same second, by server-sent events."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

WAITING = 256
PING_S = 15.0


@dataclass(frozen=True, slots=True)
class Change:
    """What changed. `topic` such as `incident`; `scope` limits who may hear of it; `data` is small and harmless."""

    topic: str
    scope: str
    data: dict[str, str | int] = field(default_factory=dict)


class Live:
    """A hub inside one process. `publish` from any thread; each listener has its own bounded queue."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called at start by the application, from its event loop."""
        self._loop = loop

    def publish(self, change: Change) -> None:
        """Tell everybody who listens; without an open loop nobody does, and nothing happens."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._fan_out, change)

    async def listen(self) -> AsyncIterator[Change | None]:
        """Changes as they come; None every 15 quiet seconds (a ping), and the end when the listener was too slow."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(WAITING)
        self._listeners.add(queue)
        try:
            while True:
                try:
                    change = await asyncio.wait_for(queue.get(), PING_S)
                except TimeoutError:
                    yield None
                    continue
                if change is None:
                    return
                yield change
        finally:
            self._listeners.discard(queue)

    @property
    def listening(self) -> int:
        """How many pages are open."""
        return len(self._listeners)

    def shut(self) -> None:
        """End every listener; open pages reconnect by themselves."""
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._end_all)

    def _fan_out(self, change: Change) -> None:
        for queue in list(self._listeners):
            if queue.full():
                # A page that does not read is told to come again and then sees everything.
                self._end(queue)
            else:
                queue.put_nowait(change)

    def _end_all(self) -> None:
        for queue in list(self._listeners):
            self._end(queue)

    def _end(self, queue: asyncio.Queue[Change | None]) -> None:
        self._listeners.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
