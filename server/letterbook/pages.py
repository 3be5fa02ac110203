"""`/desk/letters`: pass a family's thanks on, in two steps; look at names before they hang; what was passed on."""

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
class Waiting:
    """A name to look at, with the ticket it belongs to and what speaks against showing it."""

    name: Name
    incident: Incident
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """What `letterbook/letters.html` shows. `preview`: the draft as it will read, before it goes out."""

    frame: Frame
    draft: Draft
    preview: bool
    hints: tuple[str, ...]
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
    draft = Draft(number[:20].strip(), text[: 2 * letters.MAX_TEXT], sender[:40])
    try:
        with site.store.work() as work:
            ticket = _ticket(work, person, draft.number)
            if sure:
                letters.thank_from_family(work, ticket, draft.text, draft.sender)
                incidents.move(work, ticket.id, "note", person, note="转来了家属的感谢")
            elif not draft.text.strip():
                raise Invalid("请写感谢的话")
    except (Invalid, Refused, Missing) as refusal:
        return _again(request, site, person, draft, refusal)
    if sure:
        return RedirectResponse("/desk/letters?done=1", 303)
    with site.store.look() as look:
        book = _book(look, person, draft, preview=True)
    return site.pages.page(request, "letterbook/letters.html", book)


@router.post("/desk/letters/names/{incident}")
def answer(
    request: Request,
    site: ThisSite,
    person: Triager,
    incident: Annotated[int, Path(ge=1, le=FARTHEST)],
    good: Text = "",
) -> Response:
    """Hang it up, or not."""
    try:
        with site.store.work() as work:
            own = incidents.get(work, incident)
            if own is None or not incidents.may_see(own, person):
                raise Missing("没有找到这个称呼")
            letters.answer_name(work, own.id, person.name, good=bool(good))
    except Refused as refusal:
        return _again(request, site, person, Draft(), refusal)
    return RedirectResponse("/desk/letters#names", 303)


def _again(request: Request, site: ThisSite, person: Person, draft: Draft, refusal: Fault) -> Response:
    with site.store.look() as look:
        book = _book(look, person, draft, error=refusal.sentence)
    return site.pages.page(request, "letterbook/letters.html", book, status=refusal.status)


def _ticket(work: Work, person: Person, number: str) -> Incident:
    """The ticket that carries on what this number names. Raises `Missing`."""
    own = incidents.by_number(work, number.upper())
    if own is None or not incidents.may_see(own, person):
        raise Missing("没有找到这张工单，请检查一下编号，比如 CXZ-261122-0007")
    return incidents.leading(work, own)


def _book(look: Work, person: Person, draft: Draft, *, preview: bool = False, error: str = "", said: str = "") -> Book:
    codes = [one.code for one in stations.all_stations(look) if person.sees(one.community)]
    waiting = []
    for name in letters.names_waiting(look, MOST):
        own = incidents.get(look, name.incident)
        if own is not None and incidents.may_see(own, person):
            waiting.append(Waiting(name, own, letters.hints(name.name)))
    return Book(
        frame=frame(look, person, "letters"),
        draft=draft,
        preview=preview,
        hints=letters.hints(draft.text) if preview else (),
        error=error,
        said=said,
        waiting=tuple(waiting),
        passed_on=tuple((row, incidents.get(look, row["incident"])) for row in letters.families(look, codes, MOST)),
        longest=letters.MAX_TEXT,
        longest_sender=letters.MAX_SENDER,
        now=look.now,
    )
