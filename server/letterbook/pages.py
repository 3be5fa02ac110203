"""`/desk/letters`: pass a family's thanks on, in two steps; look at names before they hang; what was passed on."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import incidents, letters, stations
from server.desk import Frame, frame
from server.incidents import Incident
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.letters import Name
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

MOST = 50
FARTHEST = 2**62
Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Draft:
    """The form."""

    number: str = ""
    text: str = ""
    sender: str = "家属"


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft as it will read, and for what: a mistyped number would thank the wrong rider."""

    text: str
    sender: str
    hints: tuple[str, ...]
    incident: Incident
    """Where it goes: of merged tickets the one that carries on."""
    typed: Incident
    station: str
    again: bool
    """It takes the place of one that was passed on before."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A name to look at, with the ticket it belongs to, the letters it would hang with, and what speaks against it."""

    name: Name
    incident: Incident
    letters: tuple[Row, ...]
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """What `letterbook/letters.html` shows. `preview`: before a letter goes out."""

    frame: Frame
    draft: Draft
    preview: Preview | None
    error: str
    said: str
    waiting: tuple[Waiting, ...]
    passed_on: tuple[tuple[Row, Incident | None], ...]
    longest: int
    longest_sender: int
    now: int


@router.get("/desk/letters")
def show(request: Request, site: ThisSite, person: Triager, number: str = "", done: str = "") -> Response:
    """The page; `number` may come from a ticket."""
    with site.store.look() as look:
        book = _book(look, person, Draft(number=number[:20]), said="发出去了，骑手的回执上马上看得到。" if done else "")
    return site.pages.page(request, "letterbook/letters.html", book)


@router.post("/desk/letters")
def pass_on(
    request: Request,
    site: ThisSite,
    person: Triager,
    number: Text = "",
    text: Text = "",
    sender: Text = "",
    sure: Text = "",
) -> Response:
    """First how it will read and what it may give away; with `sure`, out it goes."""
    draft = Draft(number[:40].strip(), text[: 2 * letters.MAX_TEXT], sender[:40])
    try:
        if not sure:
            with site.store.look() as look:
                book = _book(look, person, draft, preview=_preview(look, person, draft))
            return site.pages.page(request, "letterbook/letters.html", book)
        with site.store.work() as work:
            ticket = incidents.leading(work, _ticket(work, person, draft.number))
            letters.thank_from_family(work, ticket, draft.text, draft.sender)
            incidents.move(work, ticket.id, "note", person, note="转来了家属的感谢")
    except (Invalid, Refused, Missing) as refusal:
        return _again(request, site, person, draft, refusal)
    return RedirectResponse("/desk/letters?done=1", 303)


@router.post("/desk/letters/names/{incident}")
def answer(
    request: Request,
    site: ThisSite,
    person: Triager,
    incident: Annotated[int, Path(ge=1, le=FARTHEST)],
    seen: Text = "",
    good: Text = "",
) -> Response:
    """Hang it up, or not; `seen` is the name as it stood on the page."""
    try:
        with site.store.work() as work:
            own = incidents.get(work, incident)
            if own is None or not incidents.may_see(own, person):
                raise Missing("没有找到这个称呼")
            letters.answer_name(work, own.id, seen, person.name, good=bool(good))
    except Refused as refusal:
        return _again(request, site, person, Draft(), refusal)
    return RedirectResponse("/desk/letters#names", 303)


def _again(request: Request, site: ThisSite, person: Person, draft: Draft, refusal: Fault) -> Response:
    with site.store.look() as look:
        book = _book(look, person, draft, error=refusal.sentence)
    return site.pages.page(request, "letterbook/letters.html", book, status=refusal.status)


def _ticket(work: Work, person: Person, number: str) -> Incident:
    """The ticket of this number, as somebody typed it. Raises `Missing`."""
    own = incidents.by_number(work, unicodedata.normalize("NFKC", number).upper())
    if own is None or not incidents.may_see(own, person):
        raise Missing("没有找到这张工单，请检查一下编号，比如 CXZ-261122-0007")
    return own


def _preview(look: Work, person: Person, draft: Draft) -> Preview:
    """Raises `Missing`, and as `letters.family_letter`."""
    typed = _ticket(look, person, draft.number)
    leading = incidents.leading(look, typed)
    text, sender = letters.family_letter(leading, draft.text, draft.sender)
    station = stations.known(look, leading.station)
    return Preview(
        text=text,
        sender=sender,
        hints=letters.letter_hints(text, sender),
        incident=leading,
        typed=typed,
        station=station.full_name if station else leading.station,
        again=letters.of_family(look, leading.id) is not None,
    )


def _book(
    look: Work, person: Person, draft: Draft, *, preview: Preview | None = None, error: str = "", said: str = ""
) -> Book:
    codes = [one.code for one in stations.all_stations(look) if person.sees(one.community)]
    return Book(
        frame=frame(look, person, "letters"),
        draft=draft,
        preview=preview,
        error=error,
        said=said,
        waiting=tuple(_waiting(look, person)),
        passed_on=tuple((row, incidents.get(look, row["incident"])) for row in letters.families(look, codes, MOST)),
        longest=letters.MAX_TEXT,
        longest_sender=letters.MAX_SENDER,
        now=look.now,
    )


def _waiting(look: Work, person: Person) -> Iterator[Waiting]:
    for name in letters.names_waiting(look, MOST):
        own = incidents.get(look, name.incident)
        if own is not None and incidents.may_see(own, person):
            rows = tuple(letters.hangable(look, name.leading))
            said = [hint for row in rows for hint in letters.letter_hints(row["text"], row["sender"])]
            yield Waiting(name, own, rows, (*letters.name_hints(name.name), *dict.fromkeys(said)))
