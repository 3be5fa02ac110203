"""`/desk/routing/rule`: one rule as a form. What was typed stays when it cannot be taken."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from server import calendar, incidents, routing
from server.desk import Frame, frame
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.routebook.place import Place, place_of
from server.routebook.wording import DAYS, GONE, offered
from server.routing import Rule
from server.staff import Person, Triager

router = APIRouter(include_in_schema=False)

LEVELS = {
    "P0": "P0 人命、火、燃气", "P1": "P1 人或逃生的路有危险", "P2": "P2 一般", "P3": "P3 普通",
}  # fmt: skip
_LISTS = (
    "also", "categories", "but_categories", "stations", "levels", "days", "channels", "words", "answers", "doubts",
)  # fmt: skip


class RuleForm(BaseModel):
    """A rule as typed. `seen` is the mark of the rule that the page showed; `number` its place among its kind."""

    community: str = ""
    name: str = ""
    seen: str = ""
    label: str = ""
    decides: str = "target"
    to: str = "duty"
    level: str = "P1"
    also: list[str] = []
    calls: str = ""
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
    number: str = ""

    @classmethod
    def of(cls, place: Place, rule: Rule) -> "RuleForm":
        """A rule as its form shows it."""
        alike = [one.name for one in place.shown.rules if one.decides == rule.decides]
        begins, ends = map(calendar.hh_mm, rule.hours) if rule.hours else ("", "")
        return cls(
            community=place.code, name=rule.name, seen=routing.mark(rule), label=rule.label, decides=rule.decides,
            to=rule.to if rule.decides == "target" else "duty", level=rule.to if rule.decides == "level" else "P1",
            calls=" ".join(rule.calls), begins=begins, ends=ends, sure=rule.sure, building=rule.building,
            repeats=str(rule.repeats or ""), number=str(alike.index(rule.name) + 1),
            **{name: list(getattr(rule, name)) for name in _LISTS},
        )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """As a rule's plain form. Raises `Invalid`."""
        level = self.decides == "level"
        return {
            "label": " ".join(self.label.split()), "decides": self.decides, "to": self.level if level else self.to,
            **{name: [one.strip() for one in getattr(self, name) if one.strip()] for name in _LISTS},
            # What only the other kind of rule has is left out, not lost on a second thought.
            **({"also": []} if level else {}),
            "calls": self.calls.replace("，", " ").replace(",", " ").replace("、", " ").split(),
            "hours": self._hours(), "sure": self.sure, "building": self.building,
            "repeats": _number(self.repeats, "重复次数写数字"),
        }  # fmt: skip

    def place(self) -> int:
        """Which one of its kind it shall be; 0: nothing was said. Raises `Invalid`."""
        return _number(self.number, "排在第几条写数字")

    def _hours(self) -> tuple[int, int] | None:
        if not self.begins.strip() and not self.ends.strip():
            return None
        begins, ends = calendar.minutes_of(self.begins), calendar.minutes_of(self.ends)
        if begins is None or ends is None or begins == ends:
            raise Invalid("时间写 22:00 到 06:00")
        return begins, ends


@dataclass(frozen=True, slots=True)
class RulePage:
    """What `routebook/rule.html` shows. `current`: the rule as it is now, when it is not what the form began with."""

    frame: Frame
    place: Place
    form: RuleForm
    error: str
    current: str
    groups: list[Any]
    targets: dict[str, str]
    told: dict[str, str]
    stations: dict[str, str]
    words: dict[str, str]
    answers: dict[str, str]
    days: dict[str, str]
    channels: dict[str, str]
    doubts: dict[str, str]
    levels: dict[str, str]
    strange: tuple[tuple[str, str], ...]
    """Categories that the rule names and that nobody can choose any more: code, words."""


@router.get("/desk/routing/rule")
def show(request: Request, site: ThisSite, person: Triager, community: str = "", name: str = "") -> Response:
    """One rule of the draft, or of those in force; without a name a new one."""
    with site.store.look() as look:
        place = place_of(look, person, community)
        rule = next((one for one in place.shown.rules if one.name == name), None)
        if name and rule is None:
            raise Missing("这条规则已经不在了")
        page = _page(look, person, place, RuleForm.of(place, rule) if rule else RuleForm(community=place.code))
    return site.pages.page(request, "routebook/rule.html", page)


@router.post("/desk/routing/rules")
def save(request: Request, site: ThisSite, person: Triager, form: Annotated[RuleForm, Form()]) -> Response:
    """Write it into the draft."""
    try:
        with site.store.work() as work:
            code = place_of(work, person, form.community).code
            routing.put_rule(work, person, code, form.name, form.values(), place=form.place(), seen=form.seen)
    except (Invalid, Refused) as refusal:
        with site.store.look() as look:
            page = _again(look, person, form, refusal.sentence)
        return site.pages.page(request, "routebook/rule.html", page, status=refusal.status)
    return RedirectResponse(f"/desk/routing?community={code}#{f'r-{form.name}' if form.name else 'draft'}", 303)


def _again(work: Work, person: Person, form: RuleForm, error: str) -> RulePage:
    """The form as it was sent. Saved once more, it counts: its person has seen what the others did."""
    place = place_of(work, person, form.community)
    rule = next((one for one in place.shown.rules if one.name == form.name), None)
    current = ""
    if form.name and rule is None:
        form = form.model_copy(update={"name": "", "seen": ""})
    elif rule is not None and form.seen != routing.mark(rule):
        asks = "，".join(place.wording.asks(rule, place.shown)) or "总是"
        also = "、".join(map(place.wording.who, rule.also))
        current = f"{rule.label or rule.name}：{asks} → {place.wording.says(rule)}" + (
            f"，还告诉{also}" if also else ""
        )
        form = form.model_copy(update={"seen": routing.mark(rule)})
    return _page(work, person, place, form, error, current)


def _page(work: Work, person: Person, place: Place, form: RuleForm, error: str = "", current: str = "") -> RulePage:
    wording = place.wording
    groups = offered(wording.kinds)
    known = {f"{group}.*" for group, _, _ in groups} | {one.code for _, _, kinds in groups for one in kinds}
    strange = dict.fromkeys(one for one in (*form.categories, *form.but_categories) if one not in known)
    return RulePage(
        frame=frame(work, person, "routing"),
        place=place,
        form=form,
        error=error,
        current=current,
        groups=groups,
        targets=_with(wording.targets, [form.to]),
        told=_with(wording.told, form.also),
        stations=_with({one.code: one.name for one in wording.stations}, form.stations, ""),
        words=_with({name: one.label or name for name, one in place.shown.words.items()}, form.words),
        answers=_with(wording.answers(), form.answers),
        days=_with(DAYS, form.days),
        channels=_with(dict(incidents.CHANNELS), form.channels),
        doubts=_with(routing.DOUBTS, form.doubts),
        levels=LEVELS,
        strange=tuple((one, wording.category(one)) for one in strange),
    )


def _with(known: dict[str, str], chosen: list[str], mark: str = GONE) -> dict[str, str]:
    """What can be chosen, and what was chosen once and is gone: nothing is lost by opening a rule."""
    return {**known, **{one: one + mark for one in chosen if one and one not in known}}


def _number(typed: str, sentence: str) -> int:
    plain = typed.strip() or "0"
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 4):
        raise Invalid(sentence)
    return int(plain)
