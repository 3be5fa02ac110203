"""`/q/{token}`: a question to whoever reported, by a link. Question, category and station, and nothing more."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.categories import Category
from server import incidents, stations
from server.incidents import Incident
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.questions import asking, records, replying, rules, tokens
from server.questions.replying import PhotosLeft, ThisForm
from server.questions.rules import Question
from server.stations import Station

router = APIRouter(include_in_schema=False)

PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Form:
    """A question to answer, wherever it stands. `trouble` and what was `words`, when it was just sent in vain."""

    question: Question
    late: bool
    photos: int
    """How many may come along; 0 for categories of which none are kept."""
    action: str
    trouble: str = ""
    photos_left: bool = False
    words: str = ""
    choice: str = ""
    longest: int = rules.MAX_WORDS


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """What `questions/question.html` shows: the form, or why there is none any more."""

    kind: Category
    station: Station | None
    form: Form | None
    answered: bool
    late: bool
    closed: str
    trouble: str
    words: str
    now: int


@router.get("/q/{token}")
def show(request: Request, site: ThisSite, token: str) -> Response:
    """The question. Changes nothing: chat apps look at links first."""
    return _page(request, site, token)


@router.post("/q/{token}")
def answer(request: Request, site: ThisSite, token: str, sent: ThisForm) -> Response:
    """Take the answer, once; a refusal shows what was typed."""
    question = tokens.number(request, site, "q", token)
    try:
        replying.answer(site, question, sent)
    except Missing as missing:
        raise Missing(tokens.NOT_FOUND) from missing
    except (Invalid, Refused) as refusal:
        return _page(request, site, token, refusal, sent.said("words"), sent.choice)
    return RedirectResponse(f"/q/{token}", 303, headers=PRIVATE)


def form_of(
    look: Work, own: Incident, action: str, refusal: Fault | None = None, words: str = "", choice: str = ""
) -> Form | None:
    """The form of the newest question on a ticket; None when nothing can be answered now."""
    asked = records.of(look, own.id)
    if not asked:
        return None
    state = asking.standing(look, asked[-1])
    if state not in {"open", "late"}:
        return None
    return Form(
        question=asked[-1],
        late=state == "late",
        photos=rules.MOST_PHOTOS if own.kind.photo else 0,
        action=action,
        trouble=refusal.sentence if refusal else "",
        photos_left=isinstance(refusal, PhotosLeft),
        words=words[: rules.MAX_WORDS],
        choice=choice,
    )


def _page(
    request: Request, site: Site, token: str, refusal: Fault | None = None, words: str = "", choice: str = ""
) -> Response:
    number = tokens.number(request, site, "q", token)
    with site.store.look() as look:
        try:
            question = asking.question_of(look, number)
        except Missing as missing:
            raise Missing(tokens.NOT_FOUND) from missing
        own = incidents.get(look, question.incident)
        if own is None:
            raise Missing(tokens.NOT_FOUND)
        state = asking.standing(look, question)
        open_now = state in {"open", "late"}
        page = QuestionPage(
            kind=own.kind,
            station=stations.known(look, own.station),
            form=form_of(look, own, f"/q/{token}", refusal, words, choice) if open_now else None,
            answered=state == "answered",
            late=question.late,
            closed=rules.CLOSED_DOORS.get(state, ""),
            trouble=refusal.sentence if refusal else "",
            words=words[: rules.MAX_WORDS],
            now=look.now,
        )
    status = refusal.status if refusal else 200
    return site.pages.page(request, "questions/question.html", page, status=status, headers=PRIVATE)
