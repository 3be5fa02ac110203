"""`/desk/coupons/terms`: how long, how many, between which hours; set by the property company or the director."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import parking
from server.couponbook.place import Looker, Place, place
from server.kit.errors import Fault
from server.kit.site import ThisSite
from server.kit.store import Work
from server.parking import Terms
from server.staff import Person

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Typed:
    """The form, as it stands or as somebody just typed it."""

    per_month: str
    hours: str
    opens: str
    closes: str
    months: tuple[str, ...]
    watch: bool
    keep_days: str


@dataclass(frozen=True, slots=True)
class Page:
    """What `couponbook/terms.html` shows."""

    place: Place
    terms: Terms
    typed: Typed
    error: str
    now: int


@router.get("/desk/coupons/terms")
def show(request: Request, site: ThisSite, person: Looker, community: str = "") -> Response:
    """What holds, and who said so."""
    with site.store.look() as look:
        context = _page(look, person, community, None)
    return site.pages.page(request, "couponbook/terms.html", context)


@router.post("/desk/coupons/terms")
def save(
    request: Request,
    site: ThisSite,
    person: Looker,
    community: Text = "",
    per_month: Text = "",
    hours: Text = "",
    opens: Text = "",
    closes: Text = "",
    months: Annotated[list[str] | None, Form()] = None,
    watch: Text = "",
    keep_days: Text = "",
) -> Response:
    """From now on this holds; what was typed stays when it cannot be taken."""
    typed = Typed(
        per_month[:6], hours[:6], opens[:6], closes[:6], tuple((months or [])[:12]), bool(watch), keep_days[:6]
    )  # fmt: skip
    try:
        with site.store.work() as work:
            wanted = parking.read_terms(
                typed.per_month, typed.hours, typed.opens, typed.closes, typed.months,
                watch=typed.watch, keep_days=typed.keep_days,
            )  # fmt: skip
            parking.set_terms(work, person, community, wanted)
    except Fault as refusal:
        with site.store.look() as look:
            context = _page(look, person, community, typed, refusal.sentence)
        return site.pages.page(request, "couponbook/terms.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/coupons/terms?community={community}", 303)


def _page(look: Work, person: Person, community: str, typed: Typed | None, error: str = "") -> Page:
    here = place(look, person, "terms", community)
    terms = parking.terms(look, here.code)
    if typed is None:
        months = tuple(str(month) for month in terms.months)
        typed = Typed(
            str(terms.per_month), str(terms.hours), str(terms.opens), str(terms.closes), months, terms.watch,
            str(terms.keep_days),
        )  # fmt: skip
    return Page(here, terms, typed, error, look.now)
