"""`/desk/coupons/month`: which family used how many, on the screen and for a spreadsheet. No plate, no phone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server import parking
from server.couponbook.place import Looker, Place, place, register
from server.kit.errors import Forbidden
from server.kit.site import ThisSite
from server.kit.spreadsheet import download
from server.kit.store import Work
from server.parking import Household
from server.staff import Person

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Month:
    """What `couponbook/month.html` shows."""

    place: Place
    month: str
    months: tuple[str, ...]
    families: tuple[Household, ...]
    names: Mapping[int, str]
    """Family → how this person reads it."""
    per_month: int
    used: int
    now: int


@router.get("/desk/coupons/month")
def show(request: Request, site: ThisSite, person: Looker, community: str = "", month: str = "") -> Response:
    """The month's table."""
    with site.store.look() as look:
        context = _month(look, person, community, month)
    return site.pages.page(request, "couponbook/month.html", context)


@router.get("/desk/coupons/month.csv")
def as_csv(site: ThisSite, person: Looker, community: str = "", month: str = "") -> Response:
    """The same as a file."""
    with site.store.look() as look:
        page = _month(look, person, community, month)
        # A file goes from hand to hand: no whole names in it, whoever asks.
        names = parking.called(look, page.place.code, whole=False)
    return download(_rows(page, names), f"coupons-{page.place.code}-{page.month}.csv")


def _rows(page: Month, names: Mapping[int, str]) -> Iterator[tuple[str | int, ...]]:
    alone = ("独居",) if page.place.keeps else ()
    yield ("楼号", "家庭", *alone, f"{page.month} 用了", "每月几张", "名单")
    for one in page.families:
        mark = (("是" if one.alone else ""),) if page.place.keeps else ()
        yield (f"{one.building}号楼", names[one.id], *mark, one.used, page.per_month, "已移出" if one.retired else "在")


def _month(look: Work, person: Person, community: str, typed: str) -> Month:
    here = place(look, person, "month", community)
    if not here.issues:
        raise Forbidden("用量给发券的人看")
    month = parking.read_month(typed, look.now)
    listed = register(look, here, month)
    uses = parking.uses(look, here.code, month)
    gone = set(uses) - {one.id for one in listed}
    families = [*listed, *parking.households_by_id(look, gone, month).values()]
    months = sorted({parking.month_of(look.now), month, *parking.months_of(look, here.code)}, reverse=True)
    per_month = parking.terms(look, here.code).per_month
    names = parking.called(look, here.code, whole=here.keeps)
    return Month(here, month, tuple(months), tuple(families), names, per_month, sum(uses.values()), look.now)
