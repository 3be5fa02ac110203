"""`/desk/categories`: the catalogue, and one category with its versions."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from gateway import look as drawings
from gateway.contract.categories import DESK_LABELS, GROUPS
from server import categories
from server.categories import EDITORS, QUESTION_KINDS, RETENTIONS, VISIBILITIES, Draft, Kind, draft_of
from server.desk import Frame, frame
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

NEW = "new"


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
    q_choices: list[str] = []

    def draft(self) -> Draft:
        """As the action takes it."""
        values = self.model_dump(exclude={"q_name", "q_label", "q_kind", "q_choices"})
        rows = zip(self.q_name, self.q_label, self.q_kind, self.q_choices, strict=False)
        return Draft(**values, questions=tuple(rows))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What `routebook/categories.html` shows."""

    frame: Frame
    groups: tuple[tuple[str, tuple[Kind, ...]], ...]
    desks: dict[str, str]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class CategoryPage:
    """What `routebook/category.html` shows."""

    frame: Frame
    draft: Draft
    fresh: bool
    versions: tuple[Kind, ...]
    error: str
    saved: bool
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
        context = _page(look, person, draft_of(kind) if kind else Draft(), kind is None, saved=saved)
    return site.pages.page(request, "routebook/category.html", context)


@router.post("/desk/categories")
def save(request: Request, site: ThisSite, person: Triager, form: Annotated[CategoryForm, Form()]) -> Response:
    """Store a new version; what was typed stays when it cannot be taken."""
    try:
        with site.store.work() as work:
            kind = categories.edit(work, person, form.draft())
    except (Invalid, Refused) as refusal:
        with site.store.look() as look:
            fresh = categories.get(look, form.code.strip()) is None
            context = _page(look, person, form.draft(), fresh, error=refusal.sentence)
        return site.pages.page(request, "routebook/category.html", context, status=refusal.status)
    return RedirectResponse(f"/desk/categories/{kind.code}?saved=1", 303)


def _page(
    work: Work, person: Person, draft: Draft, fresh: bool, *, error: str = "", saved: bool = False
) -> CategoryPage:
    return CategoryPage(
        frame=frame(work, person, "categories"),
        draft=draft,
        fresh=fresh,
        versions=tuple(categories.versions(work, draft.code)),
        error=error,
        saved=saved,
        icons=drawings.names(),
        desks=_desks(),
        retentions=RETENTIONS,
        visibilities=VISIBILITIES,
        question_kinds=QUESTION_KINDS,
        groups=GROUPS,
        may_edit=person.role in EDITORS,
        now=work.now,
    )


def _desks() -> dict[str, str]:
    return {str(desk): label for desk, label in DESK_LABELS.items()}
