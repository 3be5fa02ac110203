"""`/desk/live`: tells an open desk what changed, within its person's sight. The page then fetches what it shows."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from server.desk.framing import handles
from server.desk.rows import URGENT
from server.kit.errors import Unknown
from server.kit.live import Change
from server.kit.site import ThisSite
from server.staff import Person, Staff, current

router = APIRouter(include_in_schema=False)

SURE_S = 30.0
"""How long a stream trusts that its person is still logged in, with the same rights."""
RETRY_MS = 2000
A_SECOND = 20
"""Changes told one by one; a page shows fewer, and sending thousands to fifty pages would hold up everything else."""


@dataclass
class Flood:
    """Lets a few changes a second through; of the others only their number is told. P0 and P1 are never held back."""

    held: int = 0
    _second: int = -1
    _passed: int = 0
    _told: int = -1

    def lets(self, news: tuple[str, dict[str, str | int]], now: float) -> bool:
        """Whether to tell it now (`now` in seconds); else it is counted."""
        if news[0] != "incident" or "urgent" in news[1]:
            return True
        if int(now) != self._second:
            self._second, self._passed = int(now), 0
        if self._passed < A_SECOND:
            self._passed += 1
            return True
        self.held += 1
        return False

    def number(self, now: float) -> int:
        """How many were held back and are to be told now, at most once a second; 0: nothing to tell."""
        if not self.held or int(now) == self._told:
            return 0
        number, self.held, self._told = self.held, 0, int(now)
        return number


@router.get("/desk/live", response_class=EventSourceResponse)
async def live(request: Request, site: ThisSite, person: Staff) -> AsyncIterator[ServerSentEvent]:
    """Holds neither a thread nor a database connection while nothing happens; ends when the session does."""
    flood = Flood()
    # Nothing is awaited before this: a page that reads the list once the stream stands has missed nothing.
    async with aclosing(site.live.listen()) as changes, aclosing(_ticking(changes, flood)) as ticks:  # type: ignore[type-var]
        sure_until = time.monotonic() + SURE_S
        async for change in ticks:
            now = time.monotonic()
            if now >= sure_until:
                try:
                    person = await anyio.to_thread.run_sync(current, request, site)
                except Unknown:
                    yield ServerSentEvent(event="goodbye", data={})
                    return
                sure_until = now + SURE_S
            news = None if change is None else news_for(person, change)
            if news is not None and flood.lets(news, now):
                yield ServerSentEvent(event=news[0], data=news[1], retry=RETRY_MS)
            held = flood.number(now)
            if held:
                yield ServerSentEvent(event="many", data={"n": held})


async def _ticking(changes: AsyncIterator[Change | None], flood: Flood) -> AsyncIterator[Change | None]:
    """The same changes, and None every second while something is held back."""
    coming = asyncio.ensure_future(_next(changes))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=1.0 if flood.held else None)
            if not done:
                yield None
                continue
            going_on, change = coming.result()
            if not going_on:
                return
            coming = asyncio.ensure_future(_next(changes))
            yield change
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError):
            await coming


async def _next(changes: AsyncIterator[Change | None]) -> tuple[bool, Change | None]:
    try:
        return True, await anext(changes)
    except StopAsyncIteration:
        return False, None


def news_for(person: Person, change: Change) -> tuple[str, dict[str, str | int]] | None:
    """What this person's desk hears of a change: event and data, or None."""
    data = change.data
    if change.topic == "parked":
        return ("parked", {}) if person.minds_fleet else None
    if not person.sees(change.scope):
        return None
    if change.topic == "checkin":
        return "checkin", {"station": data["station"], "today": data["today"]}
    if change.topic == "alarm":
        called = data["to"] == str(person.id)
        return ("alarm", {"alert": data["alert"], "level": data["level"], "sound": data["sound"]}) if called else None
    if change.topic == "incident" and handles(person):
        # A clock that turned does not say whose desk it is: who may not see its ticket finds nothing there.
        mine = person.triages or data.get("desk", person.desk) == person.desk
        if mine or data.get("former_desk") == person.desk:
            urgent = {"urgent": 1} if data.get("level") in URGENT else {}
            return "incident", {"id": data["id"], "mine": int(mine), **urgent}
    return None
