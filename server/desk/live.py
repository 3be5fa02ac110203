"""`/desk/live`: tells an open desk what changed, within its person's sight. The page then fetches what it shows."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing

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


@router.get("/desk/live", response_class=EventSourceResponse)
async def live(request: Request, site: ThisSite, person: Staff) -> AsyncIterator[ServerSentEvent]:
    """Holds neither a thread nor a database connection while nothing happens; ends when the session does."""
    # Nothing is awaited before this: a page that reads the list once the stream stands has missed nothing.
    async with aclosing(site.live.listen()) as changes:  # type: ignore[type-var]
        sure_until = time.monotonic() + SURE_S
        async for change in changes:
            if time.monotonic() >= sure_until:
                try:
                    person = await anyio.to_thread.run_sync(current, request, site)
                except Unknown:
                    yield ServerSentEvent(event="goodbye", data={})
                    return
                sure_until = time.monotonic() + SURE_S
            news = None if change is None else news_for(person, change)
            if news is not None:
                yield ServerSentEvent(event=news[0], data=news[1], retry=RETRY_MS)


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
