"""`/desk/replies`: what a community says at each step; and one template with its preview and its versions."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from gateway.contract.categories import GROUPS
from server import categories, replies
from server.categories import Kind
from server.desk import Frame, frame
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.replies import AUTHOR, EVERYWHERE, MOVES, PLACEHOLDERS, Draft, Preview, Template, draft_of
from server.staff import Person, Triager
from server.stations import communities

router = APIRouter(include_in_schema=False)

NEW = "new"


class TemplateForm(BaseModel):
    """What the form posts; an unchecked box is not sent at all. `then`: preview, shipped, or save."""

    move: str = ""
    category: str = ""
    letter: bool = False
    title: str = ""
    text: str = ""
    retired: bool = False
    version: int = 0
    then: str = "preview"

    def draft(self) -> Draft:
        """As the action takes it."""
        return Draft(**self.model_dump(exclude={"then"}))


@dataclass(frozen=True, slots=True)
class Listed:
    """What `replybook/list.html` shows."""

    frame: Frame
    community: str
    name: str
    others: tuple[tuple[str, str], ...]
    move: str
    tabs: tuple[tuple[str, str, int], ...]
    """name, label, how many can be said."""
    templates: tuple[tuple[Template, str], ...]
    """Each with the words for its categories; letters last."""
    may_edit: bool
    author: str
    now: int


@dataclass(frozen=True, slots=True)
class Editor:
    """What `replybook/template.html` shows. `shown`: None for a new one."""

    frame: Frame
    community: str
    name: str
    key: str
    shown: Template | None
    draft: Draft
    shipped: Template | None
    """What the program brings, where the community has its own wording."""
    preview: Preview | None
    versions: tuple[Template, ...]
    groups: tuple[tuple[str, str, tuple[Kind, ...]], ...]
    error: str
    saved: bool
    may_edit: bool
    author: str
    now: int
    moves: dict[str, str]
    placeholders: tuple[tuple[str, str, bool], ...]
    longest_title: int
    longest_text: int


@router.get("/desk/replies")
def show(request: Request, site: ThisSite, person: Triager, community: str = "", move: str = "close") -> Response:
    """Every template of one move."""
    with site.store.look() as look:
        code, name, others = _community(look, person, community)
        known = replies.templates(look, code)
        move = move if move in MOVES else "close"
        chosen = sorted((one for one in known if one.move == move), key=lambda one: (one.retired, one.letter, one.rank))
        context = Listed(
            frame=frame(look, person, "replies"),
            community=code,
            name=name,
            others=others,
            move=move,
            tabs=tuple(
                (one, label, sum(each.move == one and not each.retired for each in known))
                for one, label in MOVES.items()
            ),
            templates=tuple((one, _covered(look, one.category)) for one in chosen),
            may_edit=replies.may_edit(person, code),
            author=AUTHOR,
            now=look.now,
        )
    return site.pages.page(request, "replybook/list.html", context)


@router.get("/desk/replies/{key}")
def one(
    key: str, request: Request, site: ThisSite, person: Triager, community: str = "", move: str = "close",
    saved: bool = False,
) -> Response:  # fmt: skip
    """One template; `new` is an empty form."""
    with site.store.look() as look:
        code, _, _ = _community(look, person, community)
        draft = Draft(move=move) if key == NEW else draft_of(replies.template(look, code, key))
        context = _editor(look, person, code, key, draft, previewed=key != NEW, saved=saved)
    return site.pages.page(request, "replybook/template.html", context)


@router.post("/desk/replies/{key}")
def save(
    key: str, request: Request, site: ThisSite, person: Triager, form: Annotated[TemplateForm, Form()],
    community: str = "",
) -> Response:  # fmt: skip
    """Show how it reads, or store it as a new version; what was typed stays when it cannot be taken."""
    draft = form.draft()
    with site.store.look() as look:
        code, _, _ = _community(look, person, community)
    if form.then != "save":
        return _again(request, site, person, code, key, draft, put_back=form.then == "shipped")
    try:
        with site.store.work() as work:
            stored = replies.save(work, person, code, "" if key == NEW else key, draft)
    except (Invalid, Refused) as refusal:
        return _again(request, site, person, code, key, draft, refusal=refusal)
    return RedirectResponse(f"/desk/replies/{stored.key}?community={code}&saved=1", 303)


def _again(
    request: Request,
    site: ThisSite,
    person: Person,
    community: str,
    key: str,
    draft: Draft,
    *,
    put_back: bool = False,
    refusal: Fault | None = None,
) -> Response:
    with site.store.look() as look:
        context = _editor(
            look, person, community, key, draft, previewed=True, error=refusal.sentence if refusal else ""
        )
        if put_back and context.shipped is not None:
            first = replace(draft_of(context.shipped), version=draft.version)
            context = _editor(look, person, community, key, first, previewed=True)
    return site.pages.page(request, "replybook/template.html", context, status=refusal.status if refusal else 200)


def _editor(
    work: Work,
    person: Person,
    community: str,
    key: str,
    draft: Draft,
    *,
    previewed: bool,
    error: str = "",
    saved: bool = False,
) -> Editor:
    shown = None if key == NEW else replies.template(work, community, key)
    kinds = categories.current(work).values()
    return Editor(
        frame=frame(work, person, "replies"),
        community=community,
        name=_community(work, person, community)[1],
        key=key,
        shown=shown,
        draft=draft,
        shipped=next((one for one in replies.shipped() if shown is not None and one.key == shown.origin), None),
        preview=replies.preview(work, person, community, draft) if previewed else None,
        versions=tuple(replies.history(work, shown)) if shown else (),
        groups=tuple(
            (f"{group}.*", label, tuple(kind for kind in kinds if kind.group == group))
            for group, label in GROUPS.items()
        ),
        error=error,
        saved=saved,
        may_edit=replies.may_edit(person, community),
        author=AUTHOR,
        now=work.now,
        moves=MOVES,
        placeholders=tuple((f"{{{name}}}", one.meaning, one.public) for name, one in PLACEHOLDERS.items()),
        longest_title=replies.MAX_TITLE,
        longest_text=replies.MAX_TEXT,
    )


def _community(work: Work, person: Person, code: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Code and name of the chosen community, the first without a choice; and all that this person sees."""
    seen = tuple((row["code"], row["name"]) for row in communities(work) if person.sees(row["code"]))
    chosen = next((one for one in seen if one[0] == (code or one[0])), None)
    if chosen is None:
        raise Missing("没有找到这个居民区")
    return *chosen, seen


def _covered(work: Work, pattern: str) -> str:
    if pattern == EVERYWHERE:
        return "全部类别"
    if pattern.endswith(".*"):
        return f"{GROUPS.get(pattern[:-2], pattern)}（全部）"
    kind = categories.get(work, pattern)
    return kind.label if kind else pattern
