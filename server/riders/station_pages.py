"""`/`, `/s/{station}`, checking in, and the thanks for it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.presence import Presence
from gateway.sqlite import Row
from server import calendar, checkins, incidents, letters, profiles, stations
from server.kit.clock import beijing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.riders import proof, rules
from server.riders.actions import new_client_id
from server.riders.station_now import Now, now_of
from server.stations import Doors, Station

router = APIRouter(include_in_schema=False)

LETTERS = 3
NEAREST = 3
IN_REACH = 12
"""So many are looked at for one that is open."""
MANY = 40
"""With more stations than this the front page names their communities and offers a search."""
MOST_FOUND = 60


@dataclass(frozen=True, slots=True)
class Front:
    """Which station? `likely` stand before the other `stations` after a wrong address, which is `typed`.

    Where there are too many for one page, `communities` (name → how many) stand for all that were not searched for.
    """

    stations: Sequence[Station]
    likely: Sequence[Station]
    typed: str
    communities: dict[str, int]
    query: str = ""


@dataclass(frozen=True, slots=True)
class StationPage:
    """What a rider sees at a station."""

    station: Station
    former: str
    """What it was called before, as old signs say; empty: nothing else."""
    proof: Presence
    token: str
    client_id: str
    at: Now
    wrong_ids: list[str]
    """A client id for each thing that can be said wrong."""
    letters: list[Row]
    today: int
    nearest: list[tuple[Station, int, Doors]]
    remembered: bool
    """Whether whoever asks wants check-ins on their calendar."""
    now: int


@dataclass(frozen=True, slots=True)
class Retired:
    """A station that is out of service, and where to go instead."""

    station: Station
    nearest: list[tuple[Station, int, Doors]]
    """The first is the one to go to: the nearest that is open now, where any is."""
    unsent: str = ""
    """What somebody wrote to it, and nobody has."""


@dataclass(frozen=True, slots=True)
class Thanks:
    """After a check-in."""

    station: Station
    proof: Presence
    token: str
    today: int
    letters: list[Row]
    night: bool
    remembered: bool


@router.get("/")
def front(request: Request, site: ThisSite, q: str = "") -> Response:
    """For a rider who has no QR at hand; `q` are words of a name, a community or an address."""
    words = q[:40].split()
    with site.store.look() as look:
        everyone = stations.all_stations(look)
    found = [one for one in everyone if all(word in f"{one.full_name} {one.address} {one.code}" for word in words)]
    page = _front(found[:MOST_FOUND], [], "", " ".join(words)) if words else _front(everyone, [], "")
    return site.pages.page(request, "riders/front.html", page)


@router.get("/s/{code}")
def station(request: Request, site: ThisSite, code: str, c: str = "", p: str = "") -> Response:
    """The station; `c` is the presence code of the QR on its screen, `p` what an earlier page made of it."""
    remembered = _remembered(request, site)
    with site.store.look() as look:
        found = stations.find(look, code)
        if found is None:
            return unknown(request, site, look, code)
        proven = checkins.prove(found, c, look.now) if c else proof.read(site, code, p)
        token = proof.sign(site, code, proven) if c else p[:500]
        page = _page(look, found, proven, token, remembered)
    return site.pages.page(request, "riders/station.html", page)


@router.get("/s/{code}/now")
def changed(request: Request, site: ThisSite, code: str, seen: str = "", p: str = "") -> Response:
    """The part of the page that changes; 204 when it is still what was `seen`, 404 when the station is no more."""
    with site.store.look() as look:
        found = stations.find(look, code)
        if found is None:
            return Response(status_code=404)
        if now_of(look, found).digest == seen:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        page = _page(look, found, Presence.NONE, p[:500], remembered=False)
    return site.pages.page(request, "riders/station.html", page, block="now")


@router.post("/s/{code}/checkin")
def check_in(
    request: Request,
    site: ThisSite,
    code: str,
    client_id: Annotated[str, Form()] = "",
    p: Annotated[str, Form()] = "",
) -> Response:
    """Counts once for each form; a form without a proper id counts too, for nobody should be turned away."""
    who = profiles.current(site, request)
    with site.store.work() as work:
        found = stations.find(work, code)
        if found is not None:
            proven = proof.read(site, code, p)
            known = client_id if incidents.is_client_id(client_id) else new_client_id()
            checkins.check_in(work, found, known, "phone", proven)
            profiles.visited(work, who, found.code)
            query = urlencode({"was": str(proven), **({"p": p[:500]} if p else {})})
            return RedirectResponse(f"/s/{code}/thanks?{query}", 303)
    with site.store.look() as look:
        return unknown(request, site, look, code)


@router.get("/s/{code}/thanks")
def thanks(request: Request, site: ThisSite, code: str, was: str = "none", p: str = "") -> Response:
    """Says what was counted, and as what."""
    remembered = _remembered(request, site)
    with site.store.look() as look:
        found = stations.find(look, code)
        if found is None:
            return unknown(request, site, look, code)
        page = Thanks(
            station=found,
            proof=Presence(was) if was in set(Presence) else Presence.NONE,
            token=p[:500],
            today=checkins.today(look, code),
            letters=letters.showing(look, code, 1),
            night=not 6 <= beijing(look.now).hour < 19,
            remembered=remembered,
        )
    return site.pages.page(request, "riders/thanks.html", page)


def unknown(request: Request, site: Site, look: Work, typed: str, *, unsent: str = "") -> Response:
    """404 with the stations that were most likely meant; 410 with where to go for a station that is no more.

    `unsent`: the words of a report that reached nobody.
    """
    gone = stations.known(look, typed)
    if gone is not None and gone.retired is not None:
        page = Retired(gone, _instead(look, gone), unsent)
        return site.pages.page(request, "riders/retired.html", page, status=410)
    everyone = stations.all_stations(look)
    likely = [one for one in stations.likely(typed[:64], everyone, most=2) if rules.nearly(typed[:64], one.code)]
    rest = [one for one in everyone if one not in likely]
    return site.pages.page(request, "riders/front.html", _front(rest, likely, typed[:40]), status=404)


def _front(found: Sequence[Station], likely: Sequence[Station], typed: str, query: str = "") -> Front:
    if query or len(found) <= MANY:
        return Front(found, likely, typed, {}, query)
    return Front([], likely, typed, dict(Counter(one.community_name for one in found)))


def _remembered(request: Request, site: Site) -> bool:
    who = profiles.current(site, request)
    return who is not None and who.card


def _page(look: Work, station: Station, proven: Presence, token: str, remembered: bool) -> StationPage:
    at = now_of(look, station)
    return StationPage(
        station=station,
        former=next((name for name in stations.former_names(look, station.code) if name != station.name), ""),
        proof=proven,
        token=token,
        client_id=new_client_id(),
        at=at,
        wrong_ids=[new_client_id() for _ in at.wrongs],
        letters=letters.showing(look, station.code, LETTERS),
        today=checkins.today(look, station.code),
        nearest=_nearest(look, station),
        remembered=remembered,
        now=look.now,
    )


def _nearest(look: Work, station: Station, most: int = NEAREST) -> list[tuple[Station, int, Doors]]:
    days = calendar.load(look)
    return [
        (other, metres, stations.doors(other.opening, days, look.now))
        for other, metres in stations.near(look, station, most)
    ]


def _instead(look: Work, station: Station) -> list[tuple[Station, int, Doors]]:
    """Nobody is sent to a locked door while another one is open; where hours are not written, nobody knows."""
    around = _nearest(look, station, IN_REACH)
    first = next((one for one in around if one[2].open), around[0] if around else None)
    return [first, *(one for one in around if one is not first)][:NEAREST] if first else []
