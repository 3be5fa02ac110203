"""`/desk/routing`: the rules in force, a draft beside them, a report tried out, and a dry run before publishing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import routing
from server.desk import Frame, frame
from server.kit.errors import Invalid, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.routebook.place import Place, place_of
from server.routebook.rehearsal import DAYS, Rehearsal, rehearse
from server.routebook.trial import Trial, TrialForm, try_out
from server.routebook.wording import offered, rule_label
from server.routing import Rule, Version
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
MOST_MOVED = 200
KINDS = (("level", "多急", "最急的算数，写在哪里都一样"), ("target", "给谁", "从上往下，第一条对得上的算数"))


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it is listed. `spoke`: how many tickets of the dry run it decided; None: nobody asked."""

    rule: Rule
    number: int
    asks: tuple[str, ...]
    says: str
    also: tuple[str, ...]
    changed: bool
    spoke: int | None


@dataclass(frozen=True, slots=True)
class RoutingPage:
    """What `routebook/routing.html` shows."""

    frame: Frame
    place: Place
    lists: tuple[tuple[str, str, str, tuple[Row, ...]], ...]
    """Kind of rule, its heading, how it is read, the rules."""
    dropped: tuple[str, ...]
    """Rules in force that the draft no longer has."""
    idle: tuple[str, ...]
    """Changed rules that decided none of the tickets of the dry run."""
    query: str
    versions: tuple[Version, ...]
    faults: tuple[tuple[str, str, int, int], ...]
    """Rule, whom it names, how often, when last."""
    trial: Trial
    groups: list[Any]
    rehearsal: Rehearsal | None
    days: int
    most_moved: int
    note: str
    error: str
    may_edit: bool
    now: int


@router.get("/desk/routing")
def show(
    request: Request, site: ThisSite, person: Triager, community: str = "", q: str = "", dry: bool = False
) -> Response:
    """The rules; `q` looks for some of them, `dry` runs the draft over 30 days."""
    with site.store.look() as look:
        page = _page(look, person, community, query=q[:40], dry=dry)
    return site.pages.page(request, "routebook/routing.html", page)


@router.post("/desk/routing/try")
def try_report(request: Request, site: ThisSite, person: Triager, form: Annotated[TrialForm, Form()]) -> Response:
    """This report would go to …; nothing is stored and nobody is told."""
    with site.store.look() as look:
        page = replace(_page(look, person, form.community), trial=Trial(form))
        try:
            page = replace(page, trial=try_out(look, page.place, form))
        except Invalid as refusal:
            page = replace(page, error=refusal.sentence)
    return site.pages.page(request, "routebook/routing.html", page, status=422 if page.error else 200)


@router.post("/desk/routing/move")
def move(
    request: Request, site: ThisSite, person: Triager, community: Text = "", name: Text = "", to: Text = ""
) -> Response:
    """Up, down, or out of the draft."""

    def deed(work: Work, code: str) -> None:
        if to == "out":
            routing.drop_rule(work, person, code, name)
        else:
            routing.move_rule(work, person, code, name, up=to == "up")

    return _change(request, site, person, community, deed, "" if to == "out" else f"#r-{name}")


@router.post("/desk/routing/publish")
def publish(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    note: Text = "",
    base: Annotated[int, Form()] = 0,
    drafted: Annotated[int, Form()] = 0,
) -> Response:
    """Put the draft in force."""

    def deed(work: Work, code: str) -> None:
        routing.publish(work, person, code, note, base, drafted)

    return _change(request, site, person, community, deed, note=note)


@router.post("/desk/routing/drop")
def drop(request: Request, site: ThisSite, person: Triager, community: Text = "") -> Response:
    """Throw the draft away."""
    return _change(request, site, person, community, lambda work, code: routing.drop(work, person, code))


def _change(
    request: Request,
    site: ThisSite,
    person: Person,
    community: str,
    deed: Callable[[Work, str], None],
    then: str = "",
    note: str = "",
) -> Response:
    try:
        with site.store.work() as work:
            code = place_of(work, person, community).code
            deed(work, code)
    except (Invalid, Refused) as refusal:
        with site.store.look() as look:
            page = replace(_page(look, person, community), error=refusal.sentence, note=note)
        return site.pages.page(request, "routebook/routing.html", page, status=refusal.status)
    return RedirectResponse(f"/desk/routing?community={code}{then}", 303)


def _page(work: Work, person: Person, community: str, *, query: str = "", dry: bool = False) -> RoutingPage:
    place = place_of(work, person, community)
    rehearsal = rehearse(work, place.code, place.draft.rules) if place.draft and dry else None
    lists = tuple((kind, title, how, _rows(place, kind, query, rehearsal)) for kind, title, how in KINDS)
    return RoutingPage(
        frame=frame(work, person, "routing"),
        place=place,
        lists=lists,
        dropped=_dropped(place),
        idle=tuple(
            row.rule.label or row.rule.name for *_, rows in lists for row in rows if row.changed and row.spoke == 0
        ),
        query=query,
        versions=tuple(routing.published(work, place.code)),
        faults=tuple(
            (rule_label(row["rule"], place.active), place.wording.who(row["target"]), row["times"], row["last"])
            for row in routing.faults(work, place.code)
        ),
        trial=Trial(TrialForm()),
        groups=offered(place.wording.kinds),
        rehearsal=rehearsal,
        days=DAYS,
        most_moved=MOST_MOVED,
        note="",
        error="",
        may_edit=person.role in routing.EDITORS,
        now=work.now,
    )


def _rows(place: Place, kind: str, query: str, rehearsal: Rehearsal | None) -> tuple[Row, ...]:
    rules, wording = place.shown, place.wording
    known = {one.name: one for one in place.active.rules}
    rows = [
        Row(
            rule=rule,
            number=number,
            asks=tuple(wording.asks(rule, rules)),
            says=wording.says(rule),
            also=tuple(map(wording.who, rule.also)),
            changed=place.draft is not None and known.get(rule.name) != rule,
            spoke=rehearsal.spoke.get(rule.name, 0) if rehearsal else None,
        )
        for number, rule in enumerate((one for one in rules.rules if one.decides == kind), 1)
    ]
    wanted = query.strip().lower()
    return tuple(row for row in rows if not wanted or wanted in _said(row))


def _said(row: Row) -> str:
    return " ".join([row.rule.name, row.rule.label, *row.asks, row.says, *row.also]).lower()


def _dropped(place: Place) -> tuple[str, ...]:
    if place.draft is None:
        return ()
    kept = {one.name for one in place.draft.rules.rules}
    return tuple(one.label or one.name for one in place.active.rules if one.name not in kept)
