"""`/me/vouchers`: choose a thing and a station, then a code, large enough to be typed with gloves on."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from server import points, stations
from server.kit.errors import Fault
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.profiles import PRIVATE, Rider, Who, go, sign_in_first
from server.stations import Station
from server.vouchers import actions, records, rules
from server.vouchers.rules import ITEMS, Given, Item

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A voucher on the page. `code` empty: not to be typed any more; `tail`: its last two digits."""

    given: Given
    code: str
    tail: str
    station: Station | None


@dataclass(frozen=True, slots=True)
class VouchersPage:
    """What `vouchers/vouchers.html` shows. `prices`: item → points, of the chosen station's community."""

    rider: Rider
    balance: int
    waiting: Shown | None
    items: tuple[Item, ...]
    prices: dict[str, int]
    station: str
    gone: dict[str, str]
    """Item → why there is none at the chosen station."""
    stations: list[Station]
    past: list[Shown]
    error: str
    now: int


@router.get("/me/vouchers")
def show(request: Request, site: ThisSite, who: Who, s: str = "") -> Response:
    """What there is for points at a station (`s`), and the code that waits."""
    if who is None or who.due:
        return sign_in_first("/me/vouchers")
    return _page(request, site, who, s) if who.points else go("/me/points")


@router.post("/me/vouchers")
def reserve(
    request: Request, site: ThisSite, who: Who, item: Annotated[str, Form()] = "", station: Annotated[str, Form()] = ""
) -> Response:
    """Points for a code; a refusal says why, and nothing is set aside."""
    if who is None or who.due:
        return sign_in_first("/me/vouchers")
    try:
        with site.store.work() as work:
            actions.reserve(work, who, item[:32], station[:64])
    except Fault as refusal:
        return _page(request, site, who, station, refusal)
    return go("/me/vouchers")


def _page(request: Request, site: Site, rider: Rider, chosen: str, refusal: Fault | None = None) -> Response:
    with site.store.look() as look:
        every = actions.open_for(look)
        past = [_shown(look, one) for one in records.of_rider(look, rider.id)]
        waiting = next((one for one in past if one.given.state == rules.RESERVED), None)
        here = next((one for one in every if one.code == chosen), None) or _usual(past, every)
        items = tuple(ITEMS.values())
        page = VouchersPage(
            rider=rider,
            balance=points.balance(look, rider.id),
            waiting=waiting,
            items=items,
            prices={one.code: actions.price(look, one, here.community) for one in items} if here else {},
            station=here.code if here else "",
            gone={one.code: actions.missing(look, one, here.code) for one in items} if here else {},
            stations=every,
            past=[one for one in past if one != waiting][:10],
            error=refusal.sentence if refusal else "",
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "vouchers/vouchers.html", page, status=status, headers=PRIVATE)


def _shown(look: Work, given: Given) -> Shown:
    good = given.state == rules.RESERVED and look.now < given.expires
    code = actions.code(look, given)
    return Shown(given, code if good else "", code[-2:], stations.known(look, given.station))


def _usual(past: list[Shown], every: list[Station]) -> Station | None:
    """Where the rider was last, else the first there is."""
    last = next((one.station.code for one in past if one.station is not None), "")
    return next((one for one in every if one.code == last), every[0] if every else None)
