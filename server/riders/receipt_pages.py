"""`/r/{receipt}`: where a report stands, told truly, and how it was done in the end. No login, no names, no photos."""

import hashlib
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import (
    additions,
    certificates,
    incidents,
    letters,
    nicknames,
    parking,
    photos,
    points,
    profiles,
    questions,
    ratings,
    routing,
    stations,
)
from server.incidents import OPEN, Incident
from server.kit.clock import midnight
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.questions import ThisForm
from server.riders import codes, standing, stayed, talk, way
from server.riders.talk import Said
from server.riders.way import Headline, Stop
from server.stations import Station

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reporter sees. `leading` is the ticket that carries on; the same as `own` unless it was merged."""

    own: Incident
    leading: Incident
    station: Station
    """Also one that was given up since."""
    headline: Headline
    stops: tuple[list[Stop], list[Stop], list[Stop]]
    """The first, those folded up, and the rest."""
    said: list[Said]
    form: questions.Form | None
    """The question that can be answered now."""
    photos: int
    letters: tuple[Row, ...]
    named: nicknames.Card | None
    open: bool
    calls: tuple[str, ...]
    """Numbers to dial first: the category's own, and those the words called for."""
    odd_plates: tuple[str, ...]
    """What to look at once more, while it can still help."""
    split: list[Incident]
    """What was taken out of this report as a matter of its own, each with its own receipt."""
    split_from: Incident | None
    left: str
    """Which note about photos that stayed behind, of `stayed.NOTES`."""
    whys: tuple[str, ...]
    """Its sentences."""
    addition: additions.Card | None
    link: str
    """The receipt's whole address, to be copied."""
    rating: ratings.Card
    certificate: certificates.Card | None
    points_card: points.Card | None
    trouble: str
    """Why what was just sent could not be taken."""
    asked: bool
    """Whether that was an answer, else a rating."""
    face: str
    words: str
    """What was sent with it."""
    now: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """Something sent in vain: a rating (`face`) or an answer (`choice`), and why."""

    refusal: Fault
    words: str
    face: str = ""
    choice: str = ""
    asked: bool = False


@router.get("/r/{code}")
def receipt(request: Request, site: ThisSite, code: str, left: str = "") -> Response:
    """The receipt; `left`: why photos stayed behind. 304 while nothing has changed."""
    return _page(request, site, code, left=left)


@router.get("/r/{code}/rating")
@router.get("/r/{code}/answer")
def back(code: str) -> Response:
    """Whoever reloads the page on which a rating or an answer was refused."""
    return RedirectResponse(codes.address(code), 303)


@router.post("/r/{code}/rating")
def rate(
    request: Request,
    site: ThisSite,
    code: str,
    face: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Take the rating, once; a refusal says why on the receipt, with what was written kept."""
    try:
        with site.store.work() as work:
            ratings.rate(work, code[: codes.LONGEST], face, words)
    except (Invalid, Refused) as refusal:
        return _page(request, site, code, tried=Tried(refusal, words[: ratings.MAX_WORDS], face=face))
    except Missing:
        return _page(request, site, code)
    return RedirectResponse(f"{codes.address(code)}#rating", 303)


@router.post("/r/{code}/answer")
def answer(request: Request, site: ThisSite, code: str, sent: ThisForm) -> Response:
    """Take the answer to a question that stands on this receipt; a refusal says why, with what was written kept."""
    number = sent.said("question")
    try:
        with site.store.look() as look:
            own = incidents.by_receipt(look, code[: codes.LONGEST])
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Invalid("这个问题没有找到，请看看最新的")
        questions.answer(site, int(number), sent, of=own.id)
    except (Invalid, Refused) as refusal:
        return _page(request, site, code, tried=Tried(refusal, sent.said("words"), choice=sent.choice, asked=True))
    except Missing:
        return _page(request, site, code)
    return RedirectResponse(f"{codes.address(code)}#said", 303)


def _page(request: Request, site: Site, code: str, *, left: str = "", tried: Tried | None = None) -> Response:
    rider = profiles.current(site, request)
    with site.store.look() as look:
        try:
            own = codes.behind(request, site, look, code)
        except Missing:
            return codes.unknown(request, site, code)
        page = _receipt(look, own, f"{site.public_url}/r/{own.receipt}", left, tried, rider)
    # Whatever is shown is in the page's fields; the clock counts only where it turns 22:06 into 昨天 22:06.
    shown = repr(replace(page, now=midnight(page.now)))
    page = replace(page, tag=f'W/"{hashlib.sha256(shown.encode()).hexdigest()[:16]}"')
    headers = {**codes.PRIVATE, "ETag": page.tag}
    if tried is None and request.headers.get("if-none-match") == page.tag:
        return Response(status_code=304, headers={**headers, "Cache-Control": "no-store"})
    status = tried.refusal.status if tried else 200
    return site.pages.page(request, "riders/receipt.html", page, status=status, headers=headers)


def _receipt(
    look: Work, own: Incident, link: str, left: str, tried: Tried | None, rider: profiles.Rider | None
) -> Receipt:
    leading = incidents.leading(look, own)
    steps = incidents.history(look, own.id)
    history = steps if leading.id == own.id else incidents.history(look, leading.id)
    answering = tried if tried and tried.asked else None
    note, whys = stayed.read(left)
    form = questions.form_of(
        look,
        own,
        f"/r/{own.receipt}/answer",
        answering.refusal if answering else None,
        answering.words if answering else "",
        answering.choice if answering else "",
    )
    asking = form.question.id if form else None
    return Receipt(
        own=own,
        leading=leading,
        station=stations.get(look, own.station),
        headline=standing.headline(look, leading, history, asked=asking is not None, own=own),
        stops=way.folded(way.way(own, steps, leading, history, standing.complained(look, own, leading))),
        said=talk.talk(own, steps, leading, history, questions.of(look, own.id), asking, additions.of(look, own.id)),
        form=form,
        photos=photos.there(look, incidents.photos(look, own.id)),
        letters=letters.on_receipt(look, leading.id),
        named=nicknames.card(look, own, leading),
        open=leading.state in OPEN,
        calls=_calls(look, own),
        odd_plates=parking.odd_plates(look, own) if leading.state in OPEN else (),
        split=incidents.split_here(look, own.id),
        split_from=incidents.get(look, own.split_from) if own.split_from is not None else None,
        left=note,
        whys=whys,
        addition=additions.card(look, own, leading),
        link=link,
        rating=ratings.card(look, own, leading),
        certificate=certificates.card(look, own, leading),
        points_card=points.card(look, rider, own),
        trouble=tried.refusal.sentence if tried else "",
        asked=answering is not None,
        face=tried.face if tried and tried.face in ratings.FACES else "",
        words=tried.words if tried else "",
        now=look.now,
    )


def _calls(look: Work, own: Incident) -> tuple[str, ...]:
    route = routing.route_of(look, own.id)
    return tuple(dict.fromkeys([*own.kind.calls, *(route.calls if route else ())]))
