"""Rules in the words of those who read them: what a rule asks, what it decides, and whom a name means. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.contract.categories import GROUPS
from server import calendar, incidents, routing
from server.categories import Kind
from server.routing import Rule, RuleSet
from server.stations import Station

DAYS = {str(kind): label for kind, label in calendar.KIND_LABELS.items()}
GONE = "（已经不在）"


@dataclass(frozen=True, slots=True)
class Wording:
    """What the names in a community's rules mean. `people`: units and persons besides `routing.TARGETS`."""

    kinds: Mapping[str, Kind]
    stations: Sequence[Station]
    people: Mapping[str, str]

    @property
    def targets(self) -> dict[str, str]:
        """Who can get a report."""
        return {**routing.TARGETS, **self.people}

    @property
    def told(self) -> dict[str, str]:
        """Who else can be told."""
        return {**routing.TOLD, **self.people}

    def who(self, name: str) -> str:
        """The one behind a target or a word of `also`."""
        return {**self.told, **self.targets}.get(name, name + GONE)

    def category(self, code: str) -> str:
        """`parking.*` → 停车（全部）."""
        group, _, rest = code.partition(".")
        if rest == "*":
            return f"{GROUPS.get(group, group)}（全部）"
        kind = self.kinds.get(code)
        return f"{kind.label}（已停用）" if kind and kind.retired else kind.label if kind else code + GONE

    def station(self, code: str) -> str:
        """A station's name; a pattern stays as it is."""
        return next((one.name for one in self.stations if one.code == code), code)

    def answers(self) -> dict[str, str]:
        """`wear=thin` → 穿得怎么样：穿得少, for every answer that can be chosen."""
        return {
            f"{ask.name}={choice.value}": f"{ask.label}：{choice.label}"
            for kind in self.kinds.values()
            if not kind.retired
            for ask in kind.questions
            for choice in ask.choices
        }

    def asks(self, rule: Rule, rules: RuleSet) -> list[str]:
        """The conditions of a rule, one phrase each; none: it always holds."""
        answers = self.answers()
        found = [
            ("", "、".join(map(self.category, rule.categories))),
            ("除了 ", "、".join(map(self.category, rule.but_categories))),
            ("在 ", "、".join(map(self.station, rule.stations))),
            ("级别 ", " ".join(rule.levels)),
            ("", "、".join(DAYS.get(one, one) for one in rule.days)),
            ("", span(rule.hours)),
            ("来自", "、".join(incidents.CHANNELS.get(one, one) for one in rule.channels)),
            ("说到 ", " 并且 ".join(f"“{self.words(one, rules)}”" for one in rule.words)),
            ("选了 ", " 并且 ".join(f"“{answers.get(one, one + GONE)}”" for one in rule.answers)),
            ("", "、".join(routing.DOUBTS[one] for one in rule.doubts if one in routing.DOUBTS)),
            ("", "照片没有疑问" if rule.sure else ""),
            ("", "说了几号楼" if rule.building else ""),
            ("", f"20 分钟内第 {rule.repeats} 次起" if rule.repeats else ""),
        ]
        return [before + words for before, words in found if words]

    def words(self, name: str, rules: RuleSet) -> str:
        """The label of a set of keywords."""
        known = rules.words.get(name)
        return (known.label if known else "") or name

    def says(self, rule: Rule) -> str:
        """What a rule decides."""
        return rule.to if rule.decides == "level" else self.who(rule.to)


def span(hours: tuple[int, int] | None) -> str:
    """`22:00–06:00`; empty for None."""
    return "" if hours is None else f"{calendar.hh_mm(hours[0])}–{calendar.hh_mm(hours[1])}"


def rule_label(name: str, rules: RuleSet) -> str:
    """A rule by its label, where it is still there."""
    return next((one.label or one.name for one in rules.rules if one.name == name), name)


def users(code: str, rules: RuleSet, kind: Kind) -> list[str]:
    """The rules that name a category, its group, or one of its answers, by label."""
    names = {code, f"{kind.group}.*"}
    own = {f"{ask.name}={choice.value}" for ask in kind.questions for choice in ask.choices}
    return [
        one.label or one.name
        for one in rules.rules
        if not names.isdisjoint((*one.categories, *one.but_categories)) or not own.isdisjoint(one.answers)
    ]


def offered(kinds: Mapping[str, Kind]) -> list[tuple[str, str, list[Kind]]]:
    """(group, its label, its categories), for choosing; retired ones are not offered."""
    rows = [(group, label, [one for one in kinds.values() if one.group == group and not one.retired])
            for group, label in GROUPS.items()]  # fmt: skip
    return [row for row in rows if row[2]]
