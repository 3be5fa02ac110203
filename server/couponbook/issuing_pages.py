"""`/desk/coupons/new`: a coupon for a family's visitor, in three taps: the family, the car, send."""

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from server import parking
from server.couponbook.place import FARTHEST, Looker, Place, place
from server.kit.clock import beijing
from server.kit.errors import Invalid, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.parking import Household, Terms, Visit
from server.staff import Person

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
KNOWN = 4
"""Cars that came before, to be chosen with one tap."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What `couponbook/new.html` shows; after a refusal with all that was typed."""

    place: Place
    family: Household
    name: str
    """How this person reads the family's name."""
    left: int
    terms: Terms
    known: tuple[tuple[str, str], ...]
    """Plate as kept and as shown."""
    wanted: Visit
    picked: str
    latest: str
    """The farthest beginning, as a date field writes it."""
    longest_spot: int
    error: str
    hint: str
    now: int


@router.get("/desk/coupons/new")
def form(
    request: Request, site: ThisSite, person: Looker, household: Annotated[int, Query(ge=1, le=FARTHEST)]
) -> Response:
    """The form of one family."""
    with site.store.look() as look:
        context = _sheet(look, person, household, Visit(secrets.token_urlsafe(12), ""))
    return site.pages.page(request, "couponbook/new.html", context)


@router.post("/desk/coupons")
def issue(
    request: Request,
    site: ThisSite,
    person: Looker,
    household: Annotated[int, Form(ge=1, le=FARTHEST)],
    client_id: Text = "",
    known: Text = "",
    plate: Text = "",
    start: Text = "",
    spot: Text = "",
) -> Response:
    """Issue it. What was typed comes before what was tapped; a refusal keeps both."""
    wanted = Visit(client_id[:64], plate[:40], start[:30], spot[:80])
    try:
        with site.store.work() as work:
            coupon = parking.issue(
                work, person, household, Visit(wanted.client_id, wanted.plate or known[:40], wanted.start, wanted.spot)
            )
    except (Invalid, Refused) as refusal:
        with site.store.look() as look:
            context = _sheet(look, person, household, wanted, known[:40], refusal.sentence)
        return site.pages.page(request, "couponbook/new.html", context, status=refusal.status)
    address = f"/desk/coupons?community={coupon.community}&issued={coupon.id}#coupon-{coupon.id}"
    return RedirectResponse(address, 303)


def _sheet(look: Work, person: Person, household: int, wanted: Visit, picked: str = "", error: str = "") -> Sheet:
    family = parking.family_of(look, person, household)
    here = place(look, person, "board", family.community)
    terms = parking.terms(look, family.community)
    plates = parking.last_plates(look, family.id, KNOWN)
    return Sheet(
        place=here,
        family=family,
        name=parking.called(look, family.community, whole=here.keeps)[family.id],
        left=max(0, terms.per_month - family.used),
        terms=terms,
        known=tuple((plate, parking.show(plate)) for plate in plates),
        wanted=wanted,
        picked=picked or (plates[0] if plates and not wanted.plate else ""),
        latest=f"{beijing(look.now + parking.AHEAD_MS):%Y-%m-%dT%H:%M}",
        longest_spot=parking.MAX_SPOT,
        error=error,
        hint=parking.hint(wanted.plate) if error else "",
        now=look.now,
    )
