"""`/desk/stations`: every station at a glance, and a form for a new one."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from server import stations
from server.desk import Frame, frame
from server.kit.errors import Fault, Invalid
from server.kit.site import Site, ThisSite
from server.staff import FleetMinder, Person
from server.stationbook.place import SHOWS, Line, Wanted, check_opener, lines, may_open, seen_by
from server.stations import AMENITIES, COUNTED, STATE_LABELS, Unreadable, Written

router = APIRouter(prefix="/desk/stations", include_in_schema=False)

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Book:
    """What `stationbook/list.html` shows."""

    frame: Frame
    wanted: Wanted
    communities: dict[str, str]
    shows: dict[str, str]
    lines: list[Line]
    count: int
    page: int
    pages: int
    states: dict[str, str]
    may_open: bool
    now: int


@dataclass(frozen=True, slots=True)
class NewStation:
    """What `stationbook/new.html` shows."""

    frame: Frame
    code: str
    typed: Written
    has: frozenset[str]
    communities: dict[str, str]
    amenities: dict[str, tuple[str, str]]
    counted: dict[str, str]
    troubles: dict[str, str]
    error: str


class StationForm(BaseModel):
    """What the form about a station posts; `has` are the amenities that are ticked."""

    name: str = ""
    community: str = ""
    address: str = ""
    lat: str = ""
    lon: str = ""
    datum: str = "gcj02"
    duty_phone: str = ""
    spots: str = ""
    opening: str = ""
    charging_ports: str = ""
    bay_slots: str = ""
    contacts: str = ""
    has: list[str] = []
    version: int = 0

    def written(self) -> Written:
        """As the action takes it."""
        return Written(**self.model_dump(exclude={"has", "version"}), amenities="、".join(self.has))


@router.get("")
def show(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    q: Annotated[str, Query(max_length=60)] = "",
    community: Annotated[str, Query(max_length=64)] = "",
    show: Annotated[str, Query(max_length=16)] = "all",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Where something does not work comes first."""
    wanted = Wanted(q.strip(), community, show if show in SHOWS else "all")
    with site.store.look() as look:
        found = lines(look, person, wanted)
        pages = max(1, -(-len(found) // SHOWN))
        page = min(page, pages)
        context = Book(
            frame=frame(look, person, "stations"),
            wanted=wanted,
            communities=seen_by(look, person),
            shows=SHOWS,
            lines=found[(page - 1) * SHOWN : page * SHOWN],
            count=len(found),
            page=page,
            pages=pages,
            states=STATE_LABELS,
            may_open=may_open(person),
            now=look.now,
        )
    return site.pages.page(request, "stationbook/list.html", context)


@router.get("/-/new")
def new(request: Request, site: ThisSite, person: FleetMinder) -> Response:
    """An empty form."""
    check_opener(person)
    return _form(request, site, person, "", Written(datum="gcj02"), frozenset(AMENITIES))


@router.post("/-/new")
def add(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    form: Annotated[StationForm, Form()],
    code: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Open the station, or show the form again with what was typed."""
    check_opener(person)
    wanted = code.strip().lower()
    try:
        with site.store.work() as work:
            stations.add(work, wanted, form.written(), person.name, person.communities)
    except Invalid as refusal:
        return _form(request, site, person, wanted, form.written(), frozenset(form.has), refusal)
    return RedirectResponse(f"/desk/stations/{wanted}?said=added", 303)


def _form(
    request: Request,
    site: Site,
    person: Person,
    code: str,
    typed: Written,
    has: frozenset[str],
    refusal: Fault | None = None,
) -> Response:
    with site.store.look() as look:
        context = NewStation(
            frame=frame(look, person, "stations"),
            code=code,
            typed=Written(**{field: value or "" for field, value in asdict(typed).items()}),
            has=has,
            communities=seen_by(look, person),
            amenities=AMENITIES,
            counted=COUNTED,
            troubles=refusal.troubles if isinstance(refusal, Unreadable) else {},
            error=refusal.sentence if refusal and not isinstance(refusal, Unreadable) else "",
        )
    return site.pages.page(request, "stationbook/new.html", context, status=refusal.status if refusal else 200)
