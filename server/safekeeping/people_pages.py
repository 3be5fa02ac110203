"""`/desk/privacy`: a person asks for a copy of their data, or for its deletion; and what was done for whom."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from server import privacy
from server.desk import Frame, frame
from server.incidents import STATES
from server.kit.clock import beijing
from server.kit.errors import Fault, Forbidden, Invalid, Missing
from server.kit.site import Site, ThisSite
from server.privacy import KEEPERS, By, Deed, Found
from server.staff import Person, Staff

router = APIRouter(include_in_schema=False)

VERIFIED = "请先核对是不是本人，再打勾"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """What `safekeeping/people.html` shows."""

    frame: Frame
    receipts: str
    phone: str
    found: Found | None
    states: dict[str, str]
    deeds: tuple[Deed, ...]
    error: str
    said: str
    now: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. `sure`: whoever sits here has checked that it is this person."""

    receipts: str
    phone: str
    sure: bool

    @property
    def codes(self) -> list[str]:
        """The receipts, one a line or parted by commas."""
        return self.receipts.replace("，", "\n").replace(",", "\n").replace("、", "\n").splitlines()


def asked(
    receipts: Annotated[str, Form(max_length=2000)] = "",
    phone: Annotated[str, Form(max_length=40)] = "",
    sure: Annotated[str, Form(max_length=10)] = "",
) -> Asked:
    """The form."""
    return Asked(receipts, phone, bool(sure))


ThisAsk = Annotated[Asked, Depends(asked)]


def keeper(person: Staff) -> Person:
    """Somebody who answers for people's data; raises `Forbidden`."""
    if person.role not in KEEPERS:
        raise Forbidden("个人信息由主任或街道来查和删")
    return person


Keeper = Annotated[Person, Depends(keeper)]


@router.get("/desk/privacy")
def show(request: Request, site: ThisSite, person: Keeper) -> Response:
    """The form, and what was done."""
    return _page(request, site, person, Asked("", "", False))


@router.post("/desk/privacy")
def find(request: Request, site: ThisSite, person: Keeper, form: ThisAsk) -> Response:
    """What there is of this person; nothing is changed."""
    try:
        with site.store.look() as look:
            found = privacy.find(look, _by(person), form.codes, form.phone)
    except (Invalid, Missing) as refusal:
        return _page(request, site, person, form, refusal=refusal)
    return _page(request, site, person, form, found=found)


@router.post("/desk/privacy/export")
def export(request: Request, site: ThisSite, person: Keeper, form: ThisAsk) -> Response:
    """The copy as a file."""
    try:
        _checked(form)
        package = privacy.export(site, _by(person), form.codes, form.phone)
    except (Invalid, Missing) as refusal:
        return _page(request, site, person, form, refusal=refusal)
    name = f"changxiaozhan-{beijing(site.store.clock()):%Y%m%d-%H%M}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(package, media_type="application/zip", headers=headers)


@router.post("/desk/privacy/erase")
def erase(request: Request, site: ThisSite, person: Keeper, form: ThisAsk) -> Response:
    """Deleted for good."""
    try:
        _checked(form)
        counts = privacy.erase(site, _by(person), form.codes, form.phone)
    except Fault as refusal:
        return _page(request, site, person, form, refusal=refusal)
    told = "、".join(f"{kind} {number} 处" for kind, number in counts.items())
    said = f"删除了：{told}。" if told else "已经没有可删的了。"
    return _page(request, site, person, Asked("", "", False), said=said)


def _checked(form: Asked) -> None:
    if not form.sure:
        raise Invalid(VERIFIED)


def _by(person: Person) -> By:
    return By(person.id, person.name, person.role_label, person.communities)


def _page(
    request: Request,
    site: Site,
    person: Person,
    form: Asked,
    *,
    found: Found | None = None,
    refusal: Fault | None = None,
    said: str = "",
) -> Response:
    with site.store.look() as look:
        if refusal is not None and found is None and (form.receipts or form.phone):
            try:
                found = privacy.find(look, _by(person), form.codes, form.phone)
            except (Invalid, Missing):
                found = None
        page = PeoplePage(
            frame=frame(look, person, "safekeeping"),
            receipts=form.receipts,
            phone=form.phone,
            found=found,
            states=STATES,
            deeds=tuple(privacy.deeds(look, person.communities)),
            error=refusal.sentence if refusal else "",
            said=said,
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "safekeeping/people.html", page, status=status)
