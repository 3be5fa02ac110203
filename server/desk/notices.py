"""`/desk/notices`: what stands on the stations' screens now: the committee's notices and the thank-you letters."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import letters, notices
from server.desk.framing import Frame, frame
from server.desk.listing import in_sight
from server.kit.errors import Invalid, Missing
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Triager
from server.stations import Station, communities

router = APIRouter(include_in_schema=False)

HOURS = {2: "2 小时", 8: "8 小时", 24: "1 天", 72: "3 天", 168: "7 天", 720: "30 天", 0: "直到撤下"}
WHOLE = "community:"
IN_NOTICE = "通知里"
LONGEST_READ = 1000


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice as typed. `where`: a station's code, or `community:` and a community's."""

    text: str = ""
    level: str = "info"
    where: str = ""
    hours: int = 24


@dataclass(frozen=True, slots=True)
class Up:
    """A notice that is up."""

    row: Row
    where: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterUp:
    """A letter that is on a screen."""

    row: Row
    station: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screens:
    """What `desk/notices.html` shows."""

    frame: Frame
    draft: Draft
    error: str
    hints: tuple[str, ...]
    """What the draft seems to give away; a second look is asked for."""
    notices: tuple[Up, ...]
    letters: tuple[LetterUp, ...]
    places: tuple[tuple[str, str], ...]
    levels: dict[str, str]
    hours: dict[int, str]
    longest: int
    now: int


@router.get("/desk/notices")
def show(request: Request, site: ThisSite, person: Triager) -> Response:
    """Everything that is up, and a form for one more."""
    with site.store.look() as look:
        context = _screens(look, person, Draft(), "")
    return site.pages.page(request, "desk/notices.html", context)


@router.post("/desk/notices")
def post(
    request: Request,
    site: ThisSite,
    person: Triager,
    text: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "info",
    where: Annotated[str, Form()] = "",
    hours: Annotated[int, Form()] = 24,
    sure: Annotated[str, Form()] = "",
) -> Response:
    """Put a notice up; what was typed stays when it cannot be taken.

    A number or a name in it asks for a second look: `sure` is the text that was looked at.
    """
    community, station = (where.removeprefix(WHOLE), "") if where.startswith(WHOLE) else ("", where)
    hints = letters.hints(text[:LONGEST_READ], IN_NOTICE)
    if hints and sure.split() != text.split():
        with site.store.look() as look:
            context = _screens(look, person, Draft(text, level, where, hours), "", hints)
        return site.pages.page(request, "desk/notices.html", context)
    try:
        with site.store.work() as work:
            notices.post(work, person, community, station, text, level, hours or None)
    except (Invalid, Missing) as refusal:
        with site.store.look() as look:
            context = _screens(look, person, Draft(text, level, where, hours), refusal.sentence)
        return site.pages.page(request, "desk/notices.html", context, status=refusal.status)
    return RedirectResponse("/desk/notices", 303)


@router.post("/desk/notices/{notice}/withdraw")
def withdraw_notice(notice: int, site: ThisSite, person: Triager) -> Response:
    """Take a notice down; one that is down already stays so."""
    with site.store.work() as work:
        notices.withdraw(work, person, notice)
    return RedirectResponse("/desk/notices", 303)


@router.post("/desk/letters/{letter}/withdraw")
def withdraw_letter(letter: int, site: ThisSite, person: Triager, back: Annotated[str, Form()] = "") -> Response:
    """Take a letter off the screen, and return to where it was pressed; raises `Missing` for another community's."""
    with site.store.work() as work:
        row = letters.get(work, letter)
        if row is None or row["station"] not in {station.code for station in in_sight(work, person)}:
            raise Missing("没有这封信")
        letters.withdraw(work, letter)
    ticket = f"/desk/incidents/{row['incident']}" if row["incident"] else ""
    pages = {"letters": "/desk/letters#passed-on", "ticket": ticket}
    return RedirectResponse(pages.get(back) or "/desk/notices", 303)


def _screens(work: Work, person: Person, draft: Draft, error: str, hints: tuple[str, ...] = ()) -> Screens:
    stations = in_sight(work, person)
    names = {station.code: station.full_name for station in stations}
    found = [row for code in sorted(person.communities) for row in notices.showing(work, code)]
    letters_up = [
        LetterUp(row, station.full_name, letters.letter_hints(row["text"], row["sender"]))
        for station in stations
        for row in letters.showing(work, station.code, letters.MOST)
    ]
    return Screens(
        frame=frame(work, person, "notices"),
        draft=draft,
        error=error,
        hints=hints,
        notices=tuple(
            Up(row, names.get(row["station"], "全部小站"), letters.hints(row["text"], IN_NOTICE)) for row in found
        ),
        letters=tuple(sorted(letters_up, key=lambda one: -one.row["at"])),
        places=_places(work, person, stations),
        levels=notices.LEVELS,
        hours=HOURS,
        longest=notices.MAX_TEXT,
        now=work.now,
    )


def _places(work: Work, person: Person, stations: tuple[Station, ...]) -> tuple[tuple[str, str], ...]:
    whole = [
        (f"{WHOLE}{row['code']}", f"{row['name']} · 全部小站") for row in communities(work) if person.sees(row["code"])
    ]
    return (*whole, *((station.code, station.full_name) for station in stations))
