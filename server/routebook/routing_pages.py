"""`/desk/routing`: the rules in force, a draft beside them, a report tried out, and a dry run before publishing."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from server import calendar, categories, routing
from server.categories import Kind
from server.desk import Frame, frame
from server.kit.errors import Fault, Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.people import UNITS, units
from server.routebook.rehearsal import DAYS, Rehearsal, rehearse
from server.routing import Arrival, Pending, Routed, Rule, RuleSet, Version
from server.staff import Person, Triager
from server.stations import Station, all_stations, communities

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
_LISTS = (
    "also", "calls", "categories", "but_categories", "stations", "levels", "days", "channels", "words", "answers",
    "doubts",
)  # fmt: skip


class RuleForm(BaseModel):
    """A rule as typed; lists are words in one line or boxes ticked."""

    community: str = ""
    name: str = ""
    label: str = ""
    decides: str = "target"
    to: str = ""
    level: str = ""
    also: list[str] = []
    calls: list[str] = []
    categories: list[str] = []
    but_categories: list[str] = []
    stations: list[str] = []
    levels: list[str] = []
    days: list[str] = []
    channels: list[str] = []
    words: list[str] = []
    answers: list[str] = []
    doubts: list[str] = []
    begins: str = ""
    ends: str = ""
    sure: bool = False
    building: bool = False
    repeats: str = ""

    def values(self) -> dict[str, Any]:
        """As a rule's plain form. Raises `Invalid`."""
        lists = {name: [one for line in getattr(self, name) for one in _split(line)] for name in _LISTS}
        repeats = self.repeats.strip() or "0"
        if not (repeats.isascii() and repeats.isdigit()):
            raise Invalid("重复次数写数字")
        to = self.level if self.decides == "level" else self.to
        return {
            "label": self.label.strip(), "decides": self.decides, "to": to, **lists, "hours": self._hours(),
            "sure": self.sure, "building": self.building, "repeats": int(repeats[:4]),
        }  # fmt: skip

    def _hours(self) -> tuple[int, int] | None:
        if not self.begins.strip() and not self.ends.strip():
            return None
        begins, ends = calendar.minutes_of(self.begins), calendar.minutes_of(self.ends)
        if begins is None or ends is None:
            raise Invalid("时间写 22:00 到 06:00")
        return begins, ends


@dataclass(frozen=True, slots=True)
class Trial:
    """A report tried out."""

    category: str = ""
    station: str = ""
    place: str = ""
    words: str = ""
    channel: str = "phone"
    answer: Routed | None = None


@dataclass(frozen=True, slots=True)
class RoutingPage:
    """What `routebook/routing.html` shows. `shown` are the draft's rules when there is one."""

    frame: Frame
    community: str
    name: str
    others: tuple[tuple[str, str], ...]
    active: RuleSet
    draft: Pending | None
    shown: RuleSet
    versions: tuple[Version, ...]
    faults: list[dict[str, Any]]
    trial: Trial
    trial_drafted: Routed | None
    rehearsal: Rehearsal | None
    days: int
    editing: Rule | None
    kinds: tuple[Kind, ...]
    stations: tuple[Station, ...]
    targets: dict[str, str]
    told: dict[str, str]
    words: str
    error: str
    may_edit: bool
    now: int


@router.get("/desk/routing")
def show(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: str = "",
    rule: str = "",
    words: str = "",
    dry: bool = False,
) -> Response:
    """The rules; `rule` opens one for editing, `words` a set of keywords, `dry` runs the draft over 30 days."""
    with site.store.look() as look:
        page = _page(look, person, community, rule=rule, words=words, dry=dry)
    return _answer(request, site, page)


@router.post("/desk/routing/try")
def try_out(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    category: Text = "",
    station: Text = "",
    place: Text = "",
    words: Text = "",
    channel: Text = "phone",
) -> Response:
    """This report now would go to …; nothing is stored and nobody is told."""
    with site.store.look() as look:
        page = _page(look, person, community)
        new = Arrival(page.community, station[:64], category[:64], place[:80], words[:500], channel=channel[:10])
        now = routing.route(look, new, look.now).routed
        drafted = routing.route(look, new, look.now, page.draft.rules).routed if page.draft else None
        trial = Trial(category, station, place[:80], words[:500], channel, now)
        page = replace(page, trial=trial, trial_drafted=drafted)
    return _answer(request, site, page)


@router.post("/desk/routing/rules")
def save_rule(request: Request, site: ThisSite, person: Triager, form: Annotated[RuleForm, Form()]) -> Response:
    """Write one rule into the draft."""
    return _change(request, site, person, form.community, lambda work, community: routing.put_rule(
        work, person, community, form.name, form.values()))  # fmt: skip


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

    return _change(request, site, person, community, deed)


@router.post("/desk/routing/words")
def save_words(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    name: Text = "",
    found: Text = "",
    but: Text = "",
) -> Response:
    """Write a set of keywords into the draft."""
    return _change(request, site, person, community, lambda work, code: routing.put_words(
        work, person, code, name, found, but))  # fmt: skip


@router.post("/desk/routing/publish")
def publish(
    request: Request,
    site: ThisSite,
    person: Triager,
    community: Text = "",
    note: Text = "",
    base: Annotated[int, Form()] = 0,
) -> Response:
    """Put the draft in force."""
    return _change(request, site, person, community, lambda work, code: routing.publish(
        work, person, code, note, base))  # fmt: skip


@router.post("/desk/routing/drop")
def drop(request: Request, site: ThisSite, person: Triager, community: Text = "") -> Response:
    """Throw the draft away."""
    return _change(request, site, person, community, lambda work, code: routing.drop(work, person, code))


def _change(request: Request, site: ThisSite, person: Person, community: str, deed: Any) -> Response:
    try:
        with site.store.work() as work:
            code = _community(work, person, community)[0]
            deed(work, code)
    except (Invalid, Refused) as refusal:
        return _refused(request, site, person, community, refusal)
    return RedirectResponse(f"/desk/routing?community={code}", 303)


def _refused(request: Request, site: ThisSite, person: Person, community: str, refusal: Fault) -> Response:
    with site.store.look() as look:
        page = replace(_page(look, person, community), error=refusal.sentence)
    return site.pages.page(request, "routebook/routing.html", page, status=refusal.status)


def _answer(request: Request, site: ThisSite, page: RoutingPage) -> Response:
    return site.pages.page(request, "routebook/routing.html", page)


def _community(work: Work, person: Person, code: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    seen = tuple((row["code"], row["name"]) for row in communities(work) if person.sees(row["code"]))
    found = code or (seen[0][0] if seen else "")
    if found not in dict(seen):
        raise Missing("没有找到这个居民区")
    return found, dict(seen)[found], seen


def _page(
    work: Work, person: Person, community: str, *, rule: str = "", words: str = "", dry: bool = False
) -> RoutingPage:
    code, name, seen = _community(work, person, community)
    active, draft = routing.active(work, code), routing.draft(work, code)
    shown = draft.rules if draft else active
    own = {f"unit:{row['id']}": f"{row['name']}（{UNITS[row['kind']]}）" for row in units(work, code)}
    return RoutingPage(
        frame=frame(work, person, "routing"),
        community=code,
        name=name,
        others=seen,
        active=active,
        draft=draft,
        shown=shown,
        versions=tuple(routing.published(work, code)),
        faults=routing.faults(work, code),
        trial=Trial(),
        trial_drafted=None,
        rehearsal=rehearse(work, code, draft.rules) if draft and dry else None,
        days=DAYS,
        editing=Rule("", "target", "duty") if rule == "new" else next((r for r in shown.rules if r.name == rule), None),
        kinds=tuple(categories.current(work).values()),
        stations=tuple(one for one in all_stations(work) if one.community == code),
        targets={**routing.TARGETS, **own},
        told={**routing.TOLD, **own},
        words=words if words in shown.words else "",
        error="",
        may_edit=person.role in routing.EDITORS,
        now=work.now,
    )


def _split(line: str) -> list[str]:
    return line.replace("，", " ").replace(",", " ").replace("、", " ").split()
