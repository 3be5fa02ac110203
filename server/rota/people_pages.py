"""`/desk/people`: the address book and the units."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import people
from server.desk import Frame
from server.kit.errors import Invalid, Missing
from server.kit.site import ThisSite
from server.kit.store import Work
from server.people import UNITS, Contact, ContactDraft
from server.rota.place import FARTHEST, Place, place
from server.rota.week_pages import choices
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
Number = Annotated[int, Path(ge=1, le=FARTHEST)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact; `number` stands in addresses, `units` are the names of theirs."""

    contact: Contact
    number: int
    units: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a unit, for a building where the unit has them."""

    contact: Contact
    building: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and who is in it."""

    row: Row
    kind: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """What `rota/people.html` shows. `edit`: the contact in the form, 0 for a new one."""

    frame: Frame
    place: Place
    listed: tuple[Entry, ...]
    units: tuple[Unit, ...]
    kinds: dict[str, str]
    everybody: tuple[tuple[str, str], ...]
    accounts: tuple[tuple[str, str], ...]
    edit: int
    masked: str
    draft: ContactDraft
    error: str
    unit_error: str


@router.get("/desk/people")
def show(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: str = "",
    edit: Annotated[int, Query(ge=0, le=FARTHEST)] = 0,
) -> Response:
    """The address book, the units, and forms."""
    with site.store.look() as look:
        here = place(look, person, "people", community)
        row = people.contact_row(look, edit) if edit else None
        if edit and (row is None or row["community"] != here.code):
            raise Missing("通讯录里没有这个人")
        # The phone is not written into the form: an empty field keeps it.
        draft = ContactDraft(row["name"], "", bool(row["sms"]), row["email"], row["wecom"]) if row else ContactDraft()
        context = _book(look, person, here.code, edit, draft)
    return site.pages.page(request, "rota/people.html", context)


@router.post("/desk/people/contacts")
def save_contact(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    name: Text = "",
    phone: Text = "",
    texts: Text = "",
    email: Text = "",
    wecom: Text = "",
    staff: Text = "",
    edit: Annotated[int, Form(ge=0, le=FARTHEST)] = 0,
) -> Response:
    """Add or change a contact; what was typed stays when it cannot be taken."""
    draft = ContactDraft(name, phone, bool(texts), email, wecom, staff)
    try:
        with site.store.work() as work:
            people.save_contact(work, person, community, draft, edit)
    except (Invalid, Missing) as refusal:
        with site.store.look() as look:
            context = _book(look, person, community, edit, draft, refusal.sentence)
        return site.pages.page(request, "rota/people.html", context, status=refusal.status)
    return _back(community)


@router.post("/desk/people/contacts/{number}/remove")
def remove_contact(site: ThisSite, person: Triager, number: Number, community: Text = "") -> Response:
    """Somebody is no longer reached."""
    with site.store.work() as work:
        people.remove_contact(work, person, community, number)
    return _back(community)


@router.post("/desk/people/units")
def add_unit(
    request: Request, site: ThisSite, person: Triager, community: Text = "", kind: Text = "", name: Text = ""
) -> Response:
    """A new unit."""
    try:
        with site.store.work() as work:
            people.add_unit(work, person, community, kind, name)
    except Invalid as refusal:
        return _unit_refused(request, site, person, community, refusal)
    return _back(community)


@router.post("/desk/people/units/{number}/remove")
def remove_unit(site: ThisSite, person: Triager, number: Number, community: Text = "") -> Response:
    """Take a unit away."""
    with site.store.work() as work:
        people.remove_unit(work, person, community, number)
    return _back(community)


@router.post("/desk/people/units/{number}/members")
def add_member(
    request: Request,
    site: ThisSite,
    person: Triager,
    number: Number,
    community: Text = "",
    who: Text = "",
    buildings: Text = "",
) -> Response:
    """Put somebody into a unit."""
    try:
        with site.store.work() as work:
            people.add_member(work, person, community, number, who, buildings)
    except Invalid as refusal:
        return _unit_refused(request, site, person, community, refusal)
    return _back(community)


@router.post("/desk/people/units/{number}/members/remove")
def remove_member(
    site: ThisSite, person: Triager, number: Number, community: Text = "", who: Text = "", building: Text = ""
) -> Response:
    """Take somebody out of a unit."""
    with site.store.work() as work:
        people.remove_member(work, person, community, number, who, building)
    return _back(community)


def _unit_refused(request: Request, site: ThisSite, person: Person, community: str, refusal: Invalid) -> Response:
    with site.store.look() as look:
        context = _book(look, person, community, 0, ContactDraft(), unit_error=refusal.sentence)
    return site.pages.page(request, "rota/people.html", context, status=refusal.status)


def _back(community: str) -> Response:
    # Reached only after an action: the community is one that exists.
    return RedirectResponse(f"/desk/people?community={community}", 303)


def _book(
    work: Work, person: Person, community: str, edit: int, draft: ContactDraft, error: str = "", unit_error: str = ""
) -> Book:
    here = place(work, person, "people", community)
    known = people.contacts(work, here.code)
    units = tuple(_unit(row, people.members(work, here.code), known) for row in people.units(work, here.code))
    of_whom: dict[str, list[str]] = {}
    for unit in units:
        for member in unit.members:
            name = unit.row["name"] + (f" {member.building}号楼" if member.building else "")
            of_whom.setdefault(member.contact.key, []).append(name)
    return Book(
        frame=here.frame,
        place=here,
        listed=tuple(
            Entry(one, int(key.partition(":")[2]), "、".join(of_whom.get(key, []))) for key, one in known.items()
        ),
        units=units,
        kinds=UNITS,
        everybody=choices(work, here.code),
        accounts=tuple(
            (str(one.staff), one.name) for _, one in people.accounts(work, here.code) if one.key.startswith("staff:")
        ),
        edit=edit,
        masked=known[f"contact:{edit}"].masked if f"contact:{edit}" in known else "",
        draft=draft,
        error=error,
        unit_error=unit_error,
    )


def _unit(row: Row, members: list[Row], known: dict[str, Contact]) -> Unit:
    mine = tuple(
        Member(known[one["contact"]], one["building"])
        for one in members
        if one["unit"] == row["id"] and one["contact"] in known
    )
    return Unit(row, UNITS[row["kind"]], mine)
