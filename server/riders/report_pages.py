"""`/s/{station}/report`: one plain form that works with one hand, with no scripts, and when a photo does not go."""

import hashlib
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from gateway.contract.geo import Point, to_wgs84
from server import categories, parking, phones, stations
from server.categories import Kind
from server.incidents import MAX_PLACE, MAX_WORDS
from server.kit.errors import Missing
from server.kit.site import Site, ThisSite
from server.photos import MOST
from server.riders import actions, moved, photos_in, rules, same
from server.riders.actions import Accepted, Again, PhotosFirst
from server.riders.form import Sent, ThisReport
from server.riders.rules import Shelf
from server.riders.same import Hint
from server.riders.station_pages import unknown
from server.stations import Station

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The form, empty or as it was sent. `again` says why it came back."""

    station: Station
    here: Point
    """The station in WGS-84, as phones give their own place."""
    shelves: list[Shelf]
    kinds: list[Kind]
    """Every category that is offered."""
    more_css: str
    """Address of the rules that the static sheet does not have; empty: none."""
    sent: Sent
    chosen: Kind | None
    unfolded: bool
    """Whether the rare categories are open because one of them is chosen."""
    places: list[str]
    place: str
    """The chip that is pressed: beside the station, when nothing else was said."""
    hints: dict[str, Hint]
    """By category: what others reported here just now."""
    again: Again | None
    client_id: str
    most_photos: int
    most_words: int
    most_place: int


@router.get("/s/{code}/report")
def form(request: Request, site: ThisSite, code: str, p: str = "", category: str = "") -> Response:
    """The empty form; `category` may come chosen from a link."""
    with site.store.look() as look:
        station = stations.find(look, code)
        if station is None:
            return unknown(request, site, look, code)
    return _page(request, site, station, Sent(proof=p[:500], category=category), None)


@router.post("/s/{code}/report")
def send(request: Request, site: ThisSite, code: str, sent: ThisReport) -> Response:
    """To the receipt, or the form again with everything that was typed. Scripts get 201 and the address instead."""
    script = "json" in request.headers.get("accept", "")
    phone = phones.read(site, request)
    with site.store.look() as look:
        station = stations.find(look, code)
        if station is None and not script and stations.known(look, code) is None:
            return unknown(request, site, look, code)
    outcome: Accepted | Again | PhotosFirst
    if station is not None:
        outcome = actions.send(site, station, sent, phone)
    elif script:
        return JSONResponse(moved.told(site, code, sent), 410)
    else:
        forwarded = moved.forward(site, code, sent, phone)
        if forwarded is None:
            with site.store.look() as look:
                return unknown(request, site, look, code, unsent=sent.words or sent.other_place or sent.place)
        station, sent, outcome = forwarded
    if isinstance(outcome, PhotosFirst):
        return JSONResponse({"photos": "first"}, 202)
    if isinstance(outcome, Accepted):
        to = f"/r/{outcome.incident.receipt}?" + urlencode(
            {"new": 1, **({"left": outcome.left} if outcome.left else {})}
        )
        return Response(status_code=201, headers={"Location": to}) if script else RedirectResponse(to, 303)
    headers = {"Retry-After": str(outcome.retry_after)} if outcome.retry_after else {}
    if script:
        sentence = outcome.trouble or outcome.photo_trouble or outcome.category_trouble
        return JSONResponse({"sentence": sentence}, outcome.status, headers)
    page = _page(request, site, station, sent, outcome)
    page.headers.update(headers)
    return page


@router.post("/report-photos")
def attach(site: ThisSite, client_id: Annotated[str, Form()] = "", upload: Annotated[str, Form()] = "") -> Response:
    """A finished upload becomes a photo of the report with this client id; sent twice, it is there once.

    One that does not go is a problem document whose `left` is its reason, for the receipt's address."""
    try:
        photos_in.attach(site, client_id, upload)
    except photos_in.NotTaken as no:
        told = {"title": no.title, "status": no.status, "detail": no.sentence, "left": no.reason}
        return JSONResponse(told, no.status, media_type="application/problem+json")
    return Response(status_code=204)


@router.get("/plate-hint")
def plate_hint(plate: str = "") -> Response:
    """What looks odd about a plate, as a short question; never a refusal. `shown`: as it will be written down."""
    typed = plate[:60]
    return JSONResponse({"hint": parking.hint(typed), "shown": parking.show(parking.normal(typed))})


@router.get("/tiles/{digest}.css")
def tiles(site: ThisSite, digest: str) -> Response:
    """What `report.css` does not know about categories that were edited on the desk; an old address is not found."""
    with site.store.look() as look:
        more = rules.more_tile_rules(categories.current(look).values())
    if digest != _digest(more):
        raise Missing("没有这个文件")
    return Response(more, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _page(request: Request, site: Site, station: Station, sent: Sent, again: Again | None) -> Response:
    with site.store.look() as look:
        kinds = rules.for_phones(categories.current(look).values())
        hints = same.hints(look, site, station, phones.marks_of(site, phones.read(site, request).mark, ""))
    shelves = rules.shelves(kinds)
    chosen = next((one for one in kinds if one.code == sent.category), None)
    more = rules.more_tile_rules(kinds)
    places = [f"{station.name}旁", *station.spots]
    page = ReportPage(
        station=station,
        here=to_wgs84(station.point),
        shelves=shelves,
        kinds=kinds,
        more_css=f"/tiles/{_digest(more)}.css" if more else "",
        sent=sent,
        chosen=chosen,
        unfolded=any(chosen in shelf.tiles for shelf in shelves if shelf.folded),
        places=places,
        place=sent.place if sent.place in places else places[0],
        hints=hints,
        again=again,
        client_id=again.client_id if again else actions.new_client_id(),
        most_photos=MOST,
        most_words=MAX_WORDS,
        most_place=MAX_PLACE,
    )
    answer = site.pages.page(request, "riders/report.html", page, status=again.status if again else 200)
    phones.remember(site, request, answer)
    return answer
