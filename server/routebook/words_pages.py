"""`/desk/routing/words`: one set of keywords as a form, and a sentence tried on it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from server import routing
from server.desk import Frame, frame
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.routebook.place import Place, place_of
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)


class WordsForm(BaseModel):
    """A set as typed, one keyword a line. `seen` is the mark of the set that the page showed."""

    community: str = ""
    name: str = ""
    seen: str = ""
    label: str = ""
    found: str = ""
    but: str = ""


@dataclass(frozen=True, slots=True)
class WordsPage:
    """What `routebook/words.html` shows. `users`: the rules that ask for the set; `current`: as it is now, if newer."""

    frame: Frame
    place: Place
    form: WordsForm
    error: str
    current: routing.Keywords | None
    users: tuple[str, ...]
    sentence: str
    hit: bool | None
    may_edit: bool


@router.get("/desk/routing/words")
def show(
    request: Request, site: ThisSite, person: Triager, community: str = "", name: str = "", sentence: str = ""
) -> Response:
    """One set of the draft, or of those in force; without a name a new one. `sentence` is looked through by it."""
    with site.store.look() as look:
        place = place_of(look, person, community)
        known = place.shown.words.get(name)
        if name and known is None:
            raise Missing("这个词组已经不在了")
        form = WordsForm(community=place.code)
        if known is not None:
            form = WordsForm(
                community=place.code, name=name, seen=routing.mark(known), label=known.label or name,
                found="\n".join(known.any), but="\n".join(known.but),
            )  # fmt: skip
        page = _page(look, person, place, form, sentence=sentence[:500])
    return site.pages.page(request, "routebook/words.html", page)


@router.post("/desk/routing/words")
def save(request: Request, site: ThisSite, person: Triager, form: Annotated[WordsForm, Form()]) -> Response:
    """Write it into the draft."""
    try:
        with site.store.work() as work:
            code = place_of(work, person, form.community).code
            name = routing.put_words(work, person, code, form.name, form.label, form.found, form.but, seen=form.seen)
    except (Invalid, Refused) as refusal:
        with site.store.look() as look:
            page = _again(look, person, form, refusal.sentence)
        return site.pages.page(request, "routebook/words.html", page, status=refusal.status)
    return RedirectResponse(f"/desk/routing/words?community={code}&name={name}", 303)


@router.post("/desk/routing/words/drop")
def drop(request: Request, site: ThisSite, person: Triager, form: Annotated[WordsForm, Form()]) -> Response:
    """Take it out of the draft; refused while a rule asks for it."""
    try:
        with site.store.work() as work:
            code = place_of(work, person, form.community).code
            routing.drop_words(work, person, code, form.name)
    except Refused as refusal:
        with site.store.look() as look:
            page = _again(look, person, form, refusal.sentence)
        return site.pages.page(request, "routebook/words.html", page, status=refusal.status)
    return RedirectResponse(f"/desk/routing?community={code}#words", 303)


def _again(work: Work, person: Person, form: WordsForm, error: str) -> WordsPage:
    """The form as it was sent; saved once more, it counts."""
    place = place_of(work, person, form.community)
    known = place.shown.words.get(form.name)
    current = known if known is not None and form.seen != routing.mark(known) else None
    if known is None:
        form = form.model_copy(update={"name": "", "seen": ""})
    elif current is not None:
        form = form.model_copy(update={"seen": routing.mark(current)})
    return _page(work, person, place, form, error, current)


def _page(
    work: Work,
    person: Person,
    place: Place,
    form: WordsForm,
    error: str = "",
    current: routing.Keywords | None = None,
    sentence: str = "",
) -> WordsPage:
    known = place.shown.words.get(form.name)
    return WordsPage(
        frame=frame(work, person, "routing"),
        place=place,
        form=form,
        error=error,
        current=current,
        users=tuple(one.label or one.name for one in place.shown.rules if form.name and form.name in one.words),
        sentence=sentence,
        hit=known.stands_in(sentence) if known is not None and sentence.strip() else None,
        may_edit=person.role in routing.EDITORS,
    )
