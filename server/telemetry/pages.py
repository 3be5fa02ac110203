"""`/desk/stations/{code}/readings`: a station's devices, charted; `…/limits`: what they warn of, and who said so."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from server import thresholds
from server.desk import Frame, frame
from server.kit.errors import Fault, Forbidden, Invalid, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.staff import FleetMinder, Person
from server.stations import Station
from server.stations import get as get_station
from server.telemetry import limits
from server.telemetry.view import SPANS, Charts, charts
from server.thresholds import SETTERS, Setting, Threshold

router = APIRouter(include_in_schema=False)


Typed = Annotated[str, Field(max_length=20)]


class Sent(BaseModel):
    """The form of the limits: the thresholds by name, as typed. `scope`: `station` or `community`."""

    scope: Typed = "station"
    edge_hot_c: Typed = ""
    edge_rise_c: Typed = ""
    edge_smoke_ppm: Typed = ""
    edge_over_a: Typed = ""
    edge_open_min: Typed = ""
    edge_low: Typed = ""
    telemetry_raw_days: Typed = ""
    telemetry_5min_days: Typed = ""
    telemetry_hour_days: Typed = ""


@dataclass(frozen=True, slots=True)
class Readings:
    """What `telemetry/readings.html` shows."""

    frame: Frame
    station: Station
    charts: Charts
    spans: dict[int, str]
    now: int


@dataclass(frozen=True, slots=True)
class Line:
    """One threshold: what holds here and in the whole community, and what was typed when that was refused."""

    threshold: Threshold
    here: Setting | None
    """None for what is not set by station."""
    community: Setting
    typed_here: str
    typed_community: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What `telemetry/limits.html` shows."""

    frame: Frame
    station: Station
    lines: tuple[Line, ...]
    may_set: bool
    error: str
    saved: bool
    now: int


@router.get("/desk/stations/{code}/readings")
def readings(request: Request, site: ThisSite, person: FleetMinder, code: str, hours: str = "24") -> Response:
    """The charts of one station."""
    with site.store.look() as look:
        station = _seen(look, person, code)
        context = Readings(
            frame=frame(look, person, "stations"),
            station=station,
            charts=charts(look, station, int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 6 else 24),
            spans=SPANS,
            now=look.now,
        )
    return site.pages.page(request, "telemetry/readings.html", context)


@router.get("/desk/stations/{code}/limits")
def show_limits(request: Request, site: ThisSite, person: FleetMinder, code: str, saved: str = "") -> Response:
    """What holds, who set it and when, with a form for the station and one for its community."""
    return _limits(request, site, person, code, None, None, saved=bool(saved))


@router.post("/desk/stations/{code}/limits")
def set_limits(
    request: Request, site: ThisSite, person: FleetMinder, code: str, sent: Annotated[Sent, Form()]
) -> Response:
    """Set every limit of the form at once: the station's own, or (`scope=community`) its community's."""
    typed = {name: value for name, value in sent.model_dump().items() if name != "scope"}
    try:
        with site.store.work() as work:
            station = _seen(work, person, code)
            if sent.scope == "community":
                limits.set_community(work, person, station.community, typed)
            else:
                limits.set_station(work, person, station, typed)
    except (Invalid, Forbidden) as refusal:
        return _limits(request, site, person, code, sent, refusal)
    return RedirectResponse(f"/desk/stations/{code}/limits?saved=1", 303)


def _limits(
    request: Request,
    site: Site,
    person: Person,
    code: str,
    sent: Sent | None,
    refusal: Fault | None,
    saved: bool = False,
) -> Response:
    typed = {} if sent is None else sent.model_dump()
    with site.store.look() as look:
        station = _seen(look, person, code)
        context = Limits(
            frame=frame(look, person, "stations"),
            station=station,
            lines=tuple(_line(look, station, threshold, typed) for threshold in (*limits.EDGE, *limits.KEPT)),
            may_set=person.role in SETTERS,
            error="" if refusal is None else refusal.sentence,
            saved=saved,
            now=look.now,
        )
    return site.pages.page(request, "telemetry/limits.html", context, status=refusal.status if refusal else 200)


def _line(look: Work, station: Station, threshold: Threshold, typed: dict[str, str]) -> Line:
    by_station = threshold in limits.EDGE
    here = thresholds.setting(look, threshold, station.community, station.code) if by_station else None
    community = thresholds.setting(look, threshold, station.community)
    shown_here = str(here.value) if here is not None and here.own else ""
    shown_community = str(community.value)
    if typed.get("scope") == "community":
        shown_community = typed[threshold.name]
    elif typed:
        shown_here = typed[threshold.name]
    return Line(threshold, here, community, shown_here, shown_community)


def _seen(look: Work, person: Person, code: str) -> Station:
    station = get_station(look, code)
    if not person.sees(station.community):
        raise Missing("没有找到这个小站")
    return station
