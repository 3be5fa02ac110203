"""`/r/{receipt}`: where a report stands, told truly, and how it was done in the end. No login, no names, no photos."""

import hashlib
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import alerts, certificates, incidents, letters, questions, ratings, routing, stations
from server.incidents import OPEN, Incident
from server.kit.clock import midnight
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.questions import Guesses, ThisForm
from server.riders import talk, way
from server.riders.talk import Said
from server.riders.way import Around, Headline, Stop
from server.stations import Station

router = APIRouter(include_in_schema=False)

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reporter sees. `leading` is the ticket that carries on; the same as `own` unless it was merged."""

    own: Incident
    leading: Incident
    station: Station | None
    """None when it was given up since."""
    headline: Headline
    stops: tuple[list[Stop], list[Stop], list[Stop]]
    """The first, those folded up, and the rest."""
    said: list[Said]
    form: questions.Form | None
    """The question that can be answered now."""
    photos: int
    letter: Row | None
    open: bool
    calls: tuple[str, ...]
    """Numbers to dial first: the category's own, and those the words called for."""
    split: list[Incident]
    """What was taken out of this report as a matter of its own, each with its own receipt."""
    split_from: Incident | None
    left: str
    rating: ratings.Card
    certificate: certificates.Card | None
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


@dataclass(frozen=True, slots=True)
class NoReceipt:
    """Nothing behind this code."""

    typed: str


@router.get("/r/{code}")
def receipt(request: Request, site: ThisSite, code: str, left: str = "") -> Response:
    """The receipt; `left` when photos stayed behind. 304 while nothing has changed."""
    return _page(request, site, code, left=left)


@router.get("/r/{code}/rating")
@router.get("/r/{code}/answer")
def back(code: str) -> Response:
    """Whoever reloads the page on which a rating or an answer was refused."""
    return RedirectResponse(_address(code), 303)


@router.post("/r/{code}/rating")
def rate(
    request: Request,
    site: ThisSite,
    code: str,
    face: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Take the rating, once; a refusal says why on the receipt, with what was written kept."""
    _guesses(site).check(request)
    try:
        with site.store.work() as work:
            ratings.rate(work, code[:64], face, words)
    except (Invalid, Refused) as refusal:
        return _page(request, site, code, tried=Tried(refusal, words[: ratings.MAX_WORDS], face=face))
    except Missing:
        return _page(request, site, code)
    return RedirectResponse(f"{_address(code)}#rating", 303)


@router.post("/r/{code}/answer")
def answer(request: Request, site: ThisSite, code: str, sent: ThisForm) -> Response:
    """Take the answer to a question that stands on this receipt; a refusal says why, with what was written kept."""
    _guesses(site).check(request)
    number = sent.said("question")
    try:
        with site.store.look() as look:
            own = incidents.by_receipt(look, code[:64])
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Invalid("这个问题没有找到，请看看最新的")
        questions.answer(site, int(number), sent, of=own.id)
    except (Invalid, Refused) as refusal:
        return _page(request, site, code, tried=Tried(refusal, sent.said("words"), choice=sent.choice, asked=True))
    except Missing:
        return _page(request, site, code)
    return RedirectResponse(f"{_address(code)}#said", 303)


def _guesses(site: Site) -> Guesses:
    guesses: Guesses = site.parts["riders"]
    return guesses


def _address(code: str) -> str:
    return f"/r/{quote(code[:64], safe='')}"


def _page(request: Request, site: Site, code: str, *, left: str = "", tried: Tried | None = None) -> Response:
    _guesses(site).check(request)
    with site.store.look() as look:
        try:
            own = incidents.by_receipt(look, code[:64])
        except Missing:
            _guesses(site).missed(request)
            typed = NoReceipt(code[:40])
            return site.pages.page(request, "riders/no_receipt.html", typed, status=404, headers=PRIVATE)
        page = _receipt(look, own, left if left in {"refused", "unasked"} else "", tried)
    # Whatever is shown is in the page's fields; the clock counts only where it turns 22:06 into 昨天 22:06.
    shown = repr(replace(page, now=midnight(page.now)))
    page = replace(page, tag=f'W/"{hashlib.sha256(shown.encode()).hexdigest()[:16]}"')
    headers = {**PRIVATE, "ETag": page.tag}
    if tried is None and request.headers.get("if-none-match") == page.tag:
        return Response(status_code=304, headers={**headers, "Cache-Control": "no-store"})
    status = tried.refusal.status if tried else 200
    return site.pages.page(request, "riders/receipt.html", page, status=status, headers=headers)


def _receipt(look: Work, own: Incident, left: str, tried: Tried | None) -> Receipt:
    leading = incidents.leading(look, own)
    steps = incidents.history(look, own.id)
    history = steps if leading.id == own.id else incidents.history(look, leading.id)
    letter = letters.of_incident(look, leading.id)
    answering = tried if tried and tried.asked else None
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
        station=stations.find(look, own.station),
        headline=way.headline(leading, history, _around(look, leading, asking is not None), look.now),
        stops=way.folded(way.way(own, steps, leading, history)),
        said=talk.talk(own, steps, leading, history, questions.of(look, own.id), asking),
        form=form,
        photos=incidents.photo_counts(look, [own.id]).get(own.id, 0),
        letter=letter if letter and letter["withdrawn"] is None else None,
        open=leading.state in OPEN,
        calls=_calls(look, own),
        split=incidents.split_here(look, own.id),
        split_from=incidents.get(look, own.split_from) if own.split_from is not None else None,
        left=left,
        rating=ratings.card(look, own, leading),
        certificate=certificates.card(look, own, leading),
        trouble=tried.refusal.sentence if tried else "",
        asked=answering is not None,
        face=tried.face if tried and tried.face in ratings.FACES else "",
        words=tried.words if tried else "",
        now=look.now,
    )


def _around(look: Work, leading: Incident, asked: bool) -> Around:
    taken = alerts.acknowledged(look, leading.id)
    outside = questions.engaged(look, leading)
    return Around(
        accepted=(taken.role, taken.at) if taken else None,
        outside=outside.body if outside else "",
        heard=outside.received if outside else None,
        asked=asked,
    )


def _calls(look: Work, own: Incident) -> tuple[str, ...]:
    route = routing.route_of(look, own.id)
    return tuple(dict.fromkeys([*own.kind.calls, *(route.calls if route else ())]))
