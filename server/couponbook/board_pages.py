"""`/desk/coupons`: may this car stand? Who is here by a coupon, and the families to issue one for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from server import parking
from server.couponbook.cars import Car, cars
from server.couponbook.place import FARTHEST, Looker, Place, place, register
from server.kit.errors import Fault, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.parking import Coupon, Household, Terms
from server.people import building_in
from server.staff import Person

router = APIRouter(include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=FARTHEST)]


@dataclass(frozen=True, slots=True)
class Board:
    """What `couponbook/board.html` shows. `asked`: what was looked for; `answer` the cars found, None: no plate.

    `perhaps`: cars that it may mean, where none is it; `short`: too few signs to say anything.
    """

    place: Place
    asked: str
    answer: tuple[Car, ...] | None
    perhaps: tuple[Car, ...]
    short: bool
    hint: str
    alike: tuple[str, ...]
    """Questions about cars that the one just issued for may be."""
    standing: tuple[Car, ...]
    families: tuple[Household, ...]
    names: Mapping[int, str]
    """Family → how this person reads it."""
    terms: Terms
    issued: Car | None
    """The coupon that was just issued or put right."""
    error: str
    now: int


@router.get("/desk/coupons")
def show(
    request: Request,
    site: ThisSite,
    person: Looker,
    community: str = "",
    q: str = "",
    issued: Annotated[int, Query(ge=0, le=FARTHEST)] = 0,
) -> Response:
    """The board; `q` a plate or a building."""
    with site.store.look() as look:
        context = _board(look, person, community, q[:40], issued)
    return site.pages.page(request, "couponbook/board.html", context)


@router.post("/desk/coupons/{number}/leave")
def leave(request: Request, site: ThisSite, person: Looker, number: Number) -> Response:
    """The car is gone."""
    return _deed(request, site, person, number, "leave")


@router.post("/desk/coupons/{number}/cancel")
def cancel(request: Request, site: ThisSite, person: Looker, number: Number) -> Response:
    """It was issued by mistake."""
    return _deed(request, site, person, number, "cancel")


@router.post("/desk/coupons/{number}/plate")
def correct(
    request: Request, site: ThisSite, person: Looker, number: Number, plate: Annotated[str, Form()] = ""
) -> Response:
    """The plate was misread."""
    return _deed(request, site, person, number, "plate", plate[:40])


def _deed(request: Request, site: Site, person: Person, number: int, deed: str, plate: str = "") -> Response:
    with site.store.look() as look:
        known = parking.coupon(look, number)
    if known is None or not person.sees(known.community):
        raise Missing("没有这张停车券")
    try:
        with site.store.work() as work:
            if deed == "plate":
                parking.correct(work, person, number, plate)
            elif deed == "leave":
                parking.leave(work, person, number)
            else:
                parking.cancel(work, person, number)
    except Fault as refusal:
        with site.store.look() as look:
            shown = number if deed == "plate" else 0
            context = _board(look, person, known.community, "", shown, refusal.sentence)
        return site.pages.page(request, "couponbook/board.html", context, status=refusal.status)
    tail = f"&issued={number}#coupon-{number}" if deed == "plate" else ""
    return RedirectResponse(f"/desk/coupons?community={known.community}{tail}", 303)


def _board(look: Work, person: Person, community: str, asked: str, issued: int, error: str = "") -> Board:
    here = place(look, person, "board", community)
    standing = parking.standing(look, here.code)
    building = _building(asked)
    just = parking.coupon(look, issued) if issued and here.issues else None
    if just is not None and just.community != here.code:
        just = None
    names = parking.called(look, here.code, whole=here.keeps) if here.issues else None
    families = register(look, here) if here.issues else []
    plate = parking.normal(asked) if asked.strip() and building is None else None
    exact = [one for one in standing if plate and parking.same(one.plate, plate)]
    near = [one for one in standing if plate and not exact and _may_mean(here, one, plate)]
    return Board(
        place=here,
        asked=asked,
        answer=cars(look, exact, names) if plate is not None else None,
        perhaps=cars(look, near, names),
        short=plate is not None and len(plate) < parking.LEAST_SIGNS,
        hint=parking.hint(plate or (just.plate if just else "")),
        alike=parking.alike(look, just) if just else (),
        standing=cars(look, standing, names),
        families=tuple(one for one in families if building in {None, one.building}),
        names=names or {},
        terms=parking.terms(look, here.code),
        issued=cars(look, [just], names)[0] if just else None,
        error=error,
        now=look.now,
    )


def _may_mean(here: Place, coupon: Coupon, plate: str) -> bool:
    """By the end of its plate; who reads whole plates may type any part, and compares."""
    if len(plate) < parking.LEAST_SIGNS:
        return False
    part = here.issues and parking.key(plate) in parking.key(coupon.plate)
    return part or parking.may_be(coupon.plate, plate)


def _building(asked: str) -> str | None:
    digits = asked.strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= 2:
        return str(int(digits))
    return building_in(asked)
