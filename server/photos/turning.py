"""What somebody of the staff reads at an address of a photo that is not for them: why, and the way back."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from server import incidents
from server.kit.errors import Fault, Unknown
from server.kit.site import Site, site_of
from server.photos import addresses
from server.photos.seeing import ticket_of
from server.staff import current


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """What `photos/turned_away.html` shows. `number` and `href`: of the ticket, or of the list without a number."""

    title: str
    sentence: str
    number: str
    href: str


class StaffRoute(APIRoute):
    """A route about a photo (`photo_id`, or an address's `token`) or a ticket (`incident_id`): refusals lead back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As of any route; only what a person would read in a window of its own is different."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Unknown:
                raise
            except Fault as fault:
                if fault.status >= 500 or "text/html" not in request.headers.get("accept", ""):
                    raise
                return await run_in_threadpool(_page, request, fault)

        return answer


def _page(request: Request, fault: Fault) -> Response:
    site = site_of(request)
    number, href = _way_back(request, site)
    page = TurnedAway(fault.title, fault.sentence, number, href)
    return site.pages.page(request, "photos/turned_away.html", page, status=fault.status)


def _way_back(request: Request, site: Site) -> tuple[str, str]:
    """Number and address of the ticket, for somebody who sees it; else of the list."""
    person, wanted = current(request, site), request.path_params
    try:
        with site.store.look() as look:
            if "incident_id" in wanted:
                incident = incidents.get(look, int(wanted["incident_id"]))
            elif "token" in wanted:
                incident = ticket_of(look, addresses.read(site, person, wanted["token"]).photo)
            else:
                incident = ticket_of(look, int(wanted["photo_id"]))
    except (Fault, KeyError, ValueError, OverflowError):
        incident = None
    if incident is None or not incidents.may_see(incident, person):
        return "", "/desk"
    return incident.number, f"/desk/incidents/{incident.id}#photos"
