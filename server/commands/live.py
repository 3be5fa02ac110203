"""`/desk/commands/live`: tells an open page that a command has moved. The page then fetches how it stands."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from server.kit.errors import Unknown
from server.kit.site import ThisSite
from server.staff import Staff, current

router = APIRouter(include_in_schema=False)

SURE_S = 30.0
"""How long a stream trusts that its person is still logged in, with the same rights."""
RETRY_MS = 1000


@router.get("/desk/commands/live", response_class=EventSourceResponse)
async def live(request: Request, site: ThisSite, person: Staff) -> AsyncIterator[ServerSentEvent]:
    """Holds neither a thread nor a database connection while nothing happens; ends when the session does."""
    async with aclosing(site.live.listen()) as changes:  # type: ignore[type-var]
        sure_until = time.monotonic() + SURE_S
        async for change in changes:
            if time.monotonic() >= sure_until:
                try:
                    person = await anyio.to_thread.run_sync(current, request, site)
                except Unknown:
                    return
                sure_until = time.monotonic() + SURE_S
            if change is not None and change.topic == "command" and person.sees(change.scope):
                yield ServerSentEvent(event="command", data=change.data, retry=RETRY_MS)
