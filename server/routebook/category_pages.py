"""`/desk/categories`: the catalogue, and one category with its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from gateway import look as drawings
from gateway.contract.categories import DESK_LABELS, GROUPS
from server import categories, incidents, routing
from server.categories import (
    AUTHOR,
    EDITORS,
    MOST_CHOICES,
    MOST_QUESTIONS,
    QUESTION_KINDS,
    RETENTIONS,
    VISIBILITIES,
    Asked,
    Draft,
    Kind,
    draft_of,
)
from server.desk import Frame, frame
from server.incidents import OPEN
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.routebook.place import seen_by
from server.routebook.wording import users
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

NEW = "new"
MOST_OPEN = 100


class CategoryForm(BaseModel):
    """What the form posts; an unchecked box is not sent at all."""

    code: str = ""
    label: str = ""
    icon: str = "dots"
    level: str = ""
    desk: str = ""
    calls: str = ""
    advice: str = ""
    major: str = ""
    minor: str = ""
    serial: str = ""
    retention: str = ""
    visibility: str = ""
    second_look_days: str = "0"
    phone: bool = False
    kiosk: bool = False
    photo: bool = False
    private: bool = False
    retired: bool = False
    version: int = 0
    q_name: list[str] = []
    q_label: list[str] = []
    q_kind: list[str] = []
    c_value: list[str] = []
    c_label: list[str] = []
    c_calls: list[str] = []
    """The answers of all questions one after the other, `MOST_CHOICES` each."""

    def draft(self) -> Draft:
        """As the action takes it."""
        typed = {"q_name", "q_label", "q_kind", "c_value", "c_label", "c_calls"}
        choices = list(zip(self.c_value, self.c_label, self.c_calls, strict=False))
        asked = tuple(
            Asked(name, label, kind, tuple(choices[number * MOST_CHOICES : (number + 1) * MOST_CHOICES]))
            for number, (name, label, kind) in enumerate(zip(self.q_name, self.q_label, self.q_kind, strict=False))
        )
        return Draft(**self.model_dump(exclude=typed), questions=asked)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What `routebook/categories.html` shows."""

    frame: Frame
    groups: tuple[tuple[str, tuple[Kind, ...]], ...]
    desks: dict[str, str]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class CategoryPage:
    """What `routebook/category.html` shows. `questions`: all that can be asked, the empty ones too."""

    frame: Frame
    draft: Draft
    fresh: bool
    questions: tuple[Asked, ...]
    versions: tuple[tuple[Kind, str], ...]
    """Each with what it changed, the newest first."""
    error: str
    overtaken: str
    """What the others changed meanwhile."""
    saved: bool
    open: int
    """Tickets of this category in hand, in the person's communities; `most_open` stands for that many and more."""
    most_open: int
    users: tuple[str, ...]
    """Rules that name it, or one of its answers."""
    icons: tuple[str, ...]
    desks: dict[str, str]
    retentions: dict[str, str]
    visibilities: dict[str, str]
    question_kinds: dict[str, str]
    groups: dict[str, str]
    may_edit: bool
    now: int


@router.get("/desk/categories")
def catalogue(request: Request, site: ThisSite, person: Triager) -> Response:
    """Every category by group."""
    with site.store.look() as look:
        kinds = categories.current(look).values()
        groups = [(label, tuple(one for one in kinds if one.group == group)) for group, label in GROUPS.items()]
        context = Catalogue(
            frame(look, person, "categories"), tuple(pair for pair in groups if pair[1]), _desks(),
            person.role in EDITORS,
        )  # fmt: skip
    return site.pages.page(request, "routebook/categories.html", context)


@router.get("/desk/categories/{code}")
def show(request: Request, site: ThisSite, person: Triager, code: str, saved: bool = False) -> Response:
    """One category; `new` is an empty form."""
    with site.store.look() as look:
        kind = categories.get(look, code)
        if kind is None and code != NEW:
            raise Missing("没有这个类别")
        context = _page(look, person, draft_of(kind) if kind else Draft(), saved=saved)
    return site.pages.page(request, "routebook/category.html", context)


@router.post("/desk/categories")
def save(request: Request, site: ThisSite, person: Triager, form: Annotated[CategoryForm, Form()]) -> Response:
    """Store a new version; what was typed stays when it cannot be taken."""
    draft = form.draft()
    try:
        with site.store.work() as work:
            kind = categories.edit(work, person, draft)
    except (Invalid, Refused) as refusal:
        with site.store.look() as look:
            context = _again(look, person, draft, refusal.sentence)
        return site.pages.page(request, "routebook/category.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/categories/{kind.code}?saved=1", 303)


def _again(work: Work, person: Person, draft: Draft, error: str) -> CategoryPage:
    """The form as it was sent. Saved once more, it counts: its person has read what the others did."""
    known = categories.get(work, draft.code.strip())
    overtaken = ""
    if known is not None and known.version != draft.version and known.author != AUTHOR:
        before = categories.of_version(work, [(known.code, draft.version)]).get((known.code, draft.version))
        base = before or categories.shipped().get(known.code)
        parts = categories.changed(base, known) if base else []
        overtaken = f"{known.author} 改了：{'、'.join(parts)}" if parts else ""
        draft = replace(draft, version=known.version)
    return _page(work, person, draft, error=error, overtaken=overtaken)


def _page(
    work: Work, person: Person, draft: Draft, *, error: str = "", overtaken: str = "", saved: bool = False
) -> CategoryPage:
    kind = categories.get(work, draft.code.strip())
    seen = seen_by(work, person)
    empty = (Asked(),) * (MOST_QUESTIONS - len(draft.questions))
    found = incidents.find(work, list(seen), states=OPEN, category=kind.code, limit=MOST_OPEN) if kind else []
    return CategoryPage(
        frame=frame(work, person, "categories"),
        draft=draft,
        fresh=kind is None,
        questions=tuple(map(_filled, (*draft.questions, *empty))),
        versions=_told(categories.versions(work, draft.code)),
        error=error,
        overtaken=overtaken,
        saved=saved,
        open=len(found),
        most_open=MOST_OPEN,
        users=_users(work, seen, kind) if kind else (),
        icons=drawings.names(),
        desks=_desks(),
        retentions=RETENTIONS,
        visibilities=VISIBILITIES,
        question_kinds=QUESTION_KINDS,
        groups=GROUPS,
        may_edit=person.role in EDITORS,
        now=work.now,
    )


def _filled(asked: Asked) -> Asked:
    """With as many rows for answers as there may be."""
    return replace(asked, choices=(*asked.choices, *((("", "", ""),) * (MOST_CHOICES - len(asked.choices)))))


def _told(versions: Sequence[Kind]) -> tuple[tuple[Kind, str], ...]:
    """Versions, the newest first, each with what is different from the one before it."""
    return tuple(
        (one, "、".join(categories.changed(before, one)) if before else "")
        for one, before in zip_longest(versions, versions[1:])
    )


def _users(work: Work, seen: Mapping[str, str], kind: Kind) -> tuple[str, ...]:
    found = dict.fromkeys(label for code in seen for label in users(kind.code, routing.active(work, code), kind))
    return tuple(found)


def _desks() -> dict[str, str]:
    return {str(desk): label for desk, label in DESK_LABELS.items()}
