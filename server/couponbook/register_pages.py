"""`/desk/coupons/families`: the register, kept by the committee. Names stand whole, phones masked."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from server import parking
from server.couponbook.place import FARTHEST, Looker, Place, place
from server.kit.errors import Fault, Forbidden, Missing
from server.kit.site import ThisSite
from server.kit.store import Work
from server.parking import Household
from server.staff import Person

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of one family."""

    building: str = ""
    name: str = ""
    phone: str = ""
    alone: bool = False
    without_phone: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """What `couponbook/families.html` shows. `edit`: the family in the form, 0 for a new one."""

    place: Place
    families: tuple[Household, ...]
    edit: int
    typed: Typed
    masked: str
    longest: int
    error: str


@router.get("/desk/coupons/families")
def show(
    request: Request,
    site: ThisSite,
    person: Looker,
    community: str = "",
    edit: Annotated[int, Query(ge=0, le=FARTHEST)] = 0,
) -> Response:
    """The register and its form."""
    with site.store.look() as look:
        context = _register(look, person, community, edit, None)
    return site.pages.page(request, "couponbook/families.html", context)


@router.post("/desk/coupons/families")
def save(
    request: Request,
    site: ThisSite,
    person: Looker,
    community: Text = "",
    building: Text = "",
    name: Text = "",
    phone: Text = "",
    alone: Text = "",
    without_phone: Text = "",
    edit: Annotated[int, Form(ge=0, le=FARTHEST)] = 0,
) -> Response:
    """Add a family or put one right; what was typed stays when it cannot be taken."""
    typed = Typed(building[:20], name[:60], phone[:40], bool(alone), bool(without_phone))
    try:
        with site.store.work() as work:
            parking.save_family(
                work,
                person,
                community,
                typed.building,
                typed.name,
                typed.phone,
                typed.alone,
                edit,
                without_phone=typed.without_phone,
            )
    except Fault as refusal:
        with site.store.look() as look:
            context = _register(look, person, community, edit, typed, refusal.sentence)
        return site.pages.page(request, "couponbook/families.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/coupons/families?community={community}", 303)


@router.post("/desk/coupons/families/{number}/retire")
def retire(
    site: ThisSite, person: Looker, number: Annotated[int, Path(ge=1, le=FARTHEST)], community: Text = ""
) -> Response:
    """Take a family off the register."""
    with site.store.work() as work:
        parking.retire_family(work, person, number)
        code = place(work, person, "register", community).code
    return RedirectResponse(f"/desk/coupons/families?community={code}", 303)


def _register(look: Work, person: Person, community: str, edit: int, typed: Typed | None, error: str = "") -> Register:
    here = place(look, person, "register", community)
    if not here.keeps:
        raise Forbidden("名单由居委干部或主任来管")
    listed = parking.households(look, here.code, parking.month_of(look.now))
    chosen = next((one for one in listed if one.id == edit), None)
    if edit and chosen is None:
        raise Missing("名单上没有这户")
    if typed is None:
        # The phone is not written into the form: an empty field keeps it.
        typed = Typed(chosen.building, chosen.name, "", chosen.alone) if chosen else Typed()
    return Register(
        place=here,
        families=tuple(listed),
        edit=edit,
        typed=typed,
        masked=chosen.masked_phone if chosen else "",
        longest=parking.MAX_NAME,
        error=error,
    )
