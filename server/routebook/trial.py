"""A report tried out: where it would go now, or at another moment, and whom that would reach."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from server import incidents, people, routing
from server.categories import Kind, Question
from server.kit.clock import BEIJING, when
from server.kit.errors import Invalid
from server.kit.store import Work
from server.routebook.place import Place
from server.routebook.wording import rule_label
from server.routing import Arrival, Routed, RuleSet


class TrialForm(BaseModel):
    """A report as typed. `at`: Beijing time as a browser writes it, empty: now; `answer`: `wear=thin`."""

    community: str = ""
    category: str = ""
    station: str = ""
    place: str = ""
    words: str = ""
    channel: str = "phone"
    at: str = ""
    answer: list[str] = []


@dataclass(frozen=True, slots=True)
class Gone:
    """Where it would go, in words."""

    level: str
    target: str
    names: str
    """Who that is at that moment."""
    also: tuple[tuple[str, str], ...]
    """Whom else, and who that is."""
    calls: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What was typed, and what came of it; `drafted`: by the draft, where there is one."""

    form: TrialForm
    kind: Kind | None = None
    moment: str = ""
    now: Gone | None = None
    drafted: Gone | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those of the chosen category that can be answered by choosing."""
        return tuple(one for one in self.kind.questions if one.choices) if self.kind else ()


def try_out(work: Work, place: Place, form: TrialForm) -> Trial:
    """Send it through the rules in force and through the draft. Raises `Invalid` when the moment cannot be read."""
    at = _moment(form.at, work.now)
    given = dict(one.partition("=")[::2] for one in form.answer if "=" in one)
    channel = form.channel if form.channel in routing.CHANNELS else "phone"
    new = Arrival(
        place.code, form.station[:64], form.category[:64], form.place[: incidents.MAX_PLACE],
        form.words[: incidents.MAX_WORDS], given, channel,
    )  # fmt: skip
    now = routing.route(work, new, at).routed
    drafted = routing.route(work, new, at, place.draft.rules).routed if place.draft else None
    return Trial(
        form,
        place.wording.kinds.get(form.category),
        when(at, work.now) if form.at else "",
        _gone(work, place, place.active, now, new, at),
        _gone(work, place, place.draft.rules, drafted, new, at) if place.draft and drafted else None,
    )


def _moment(typed: str, now: int) -> int:
    if not typed.strip():
        return now
    try:
        moment = datetime.fromisoformat(typed.strip()[:25])
        return int((moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).timestamp() * 1000)
    except (ValueError, OverflowError) as cause:
        raise Invalid("时间写成 2026-05-09 22:00") from cause


def _gone(work: Work, place: Place, rules: RuleSet, routed: Routed, new: Arrival, at: int) -> Gone:
    def names(told: str) -> str:
        found = routing.reach(work, place.code, told, at, new.place, new.words)
        return "、".join(one.name for one in found)

    target = routed.target
    reached = people.holders(work, place.code, "duty", at) if target == routing.QUEUE else None
    return Gone(
        level=str(routed.level),
        target=place.wording.who(target),
        names="、".join(one.name for one in reached) if reached is not None else names(target),
        also=tuple((place.wording.who(one), names(one)) for one in routed.also),
        calls=routed.calls,
        why=tuple(rule_label(one, rules) for one in routed.why),
    )
