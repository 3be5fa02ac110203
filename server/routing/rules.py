"""The rules as data: what they ask about a report, and what they decide. Pure.

Two kinds. A `level` rule says how urgent; of those that raise, the most urgent wins wherever it stands. A `target`
rule says who gets it and who else is told; the first that matches and whose target is there wins.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract.categories import DESK_LABELS, Desk, Level
from server.categories import Kind
from server.routing.words import Keywords, Text, is_keyword

_CALL = re.compile(r"[0-9]{3,12}")
QUEUE = "duty_queue"
MOST_LABEL = 40
CATEGORY = "category"
"""As a target: the desk that the category itself names."""

TARGETS = {
    CATEGORY: "按类别的责任方",
    **{str(desk): label for desk, label in DESK_LABELS.items()},
    QUEUE: "待审队列（不响铃）",
    "backup": "后备值班",
    "committee": "居委干部",
}
"""Besides these: one unit (`unit:3`), one person (`contact:7`, `staff:3`)."""

TOLD = {
    "duty": "值班", "backup": "后备值班", "director": "主任", "prop_guard": "物业秩序", "prop_eng": "物业工程",
    "bldg": "楼组长", "volunteer": "志愿者", "grid": "网格员", "street": "街道城运", "it": "IT 志愿者",
    "unit": "共建单位", "committee": "居委干部",
}  # fmt: skip
"""Who else can be told; units and persons by number too."""

DAYS = ("workday", "makeup_workday", "weekend", "holiday")
CHANNELS = ("phone", "kiosk", "device", "api")
DOUBTS = {"stale": "照片不是现在拍的", "elsewhere": "照片不是这里拍的", "document": "照片像单据或截图"}
"""What the photos' hints can say; hints never reject."""


@dataclass(frozen=True, slots=True)
class Case:
    """A report as the rules see it. `minute`: of the Beijing day; `repeats`: the same here within 20 minutes."""

    community: str
    station: str
    kind: Kind
    place: str = ""
    words: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    channel: str = "phone"
    minute: int = 0
    day: str = "workday"
    repeats: int = 0
    doubts: frozenset[str] = frozenset()
    building: bool = False
    """Whether a building's number was named."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line. Whatever is empty asks nothing. `words` are names of keyword sets, each of which must hit.

    `categories` and `stations` are codes or `group.*`; `hours` is (from, to) in minutes of the day, to excluded, and
    may run over midnight; `answers` are `name=value`.
    """

    name: str
    decides: str
    """`level` or `target`."""
    to: str
    label: str = ""
    also: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    but_categories: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None
    channels: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    sure: bool = False
    """Only when no photo is in doubt."""
    building: bool = False
    repeats: int = 0


@dataclass(frozen=True)
class RuleSet:
    """All of a community's rules with their keywords. `version` 0: as shipped."""

    rules: tuple[Rule, ...]
    words: Mapping[str, Keywords]
    version: int = 0
    author: str = ""
    at: int = 0

    @property
    def level_rules(self) -> tuple[Rule, ...]:
        """Those that decide how urgent."""
        return tuple(rule for rule in self.rules if rule.decides == "level")

    @property
    def target_rules(self) -> tuple[Rule, ...]:
        """Those that decide who."""
        return tuple(rule for rule in self.rules if rule.decides == "target")


def matches(rule: Rule, case: Case, level: Level, text: Text, words: Mapping[str, Keywords]) -> bool:
    """Whether everything that the rule asks is so. Keywords, the dearest question, are asked last."""
    code = case.kind.code
    return (
        (not rule.categories or _fits(rule.categories, code))
        and not (rule.but_categories and _fits(rule.but_categories, code))
        and (not rule.levels or level in rule.levels)
        and (not rule.communities or case.community in rule.communities)
        and (not rule.stations or _fits(rule.stations, case.station))
        and (not rule.channels or case.channel in rule.channels)
        and (not rule.days or case.day in rule.days)
        and (rule.hours is None or _within(rule.hours, case.minute))
        and case.repeats >= rule.repeats
        and (not rule.building or case.building)
        and (not rule.doubts or not case.doubts.isdisjoint(rule.doubts))
        and not (rule.sure and case.doubts)
        and all(_answered(one, case.answers) for one in rule.answers)
        and all(text.has(words[name]) for name in rule.words)
    )


def _fits(patterns: tuple[str, ...], code: str) -> bool:
    return any(one == code or one == "*" or (one.endswith("*") and code.startswith(one[:-1])) for one in patterns)


def _within(hours: tuple[int, int], minute: int) -> bool:
    start, end = hours
    return start <= minute < end if start < end else minute >= start or minute < end


def _answered(wanted: str, answers: Mapping[str, str]) -> bool:
    name, _, value = wanted.partition("=")
    return answers.get(name) == value


_LISTS = {name for name, kind in Rule.__annotations__.items() if kind == tuple[str, ...]}


def read(body: Mapping[str, Any], version: int = 0, author: str = "", at: int = 0) -> RuleSet:
    """A rule set from plain data (TOML, JSON). Raises `ValueError` with a Chinese sentence about the first fault."""
    try:
        words = {str(name): _keywords(one) for name, one in body["words"].items()}
        rules = tuple(_rule(one) for one in body["rules"])
    except (KeyError, TypeError, AttributeError) as cause:
        raise ValueError(f"规则读不懂：{cause!r}") from cause
    names = [rule.name for rule in rules]
    for rule in rules:
        reason = trouble(rule, words) or ("代号重复" if names.count(rule.name) > 1 else None)
        if reason:
            raise ValueError(f"规则“{rule.label or rule.name}”：{reason}")
    return RuleSet(rules, words, version, author, at)


def _keywords(body: Mapping[str, Any]) -> Keywords:
    found = Keywords(
        tuple(map(str, body["any"])), tuple(map(str, body.get("but", ()))), str(body.get("label", ""))[:MOST_LABEL]
    )
    # A keyword of nothing stands in every report.
    if not found.any or not all(is_keyword(one) for one in (*found.any, *found.but)):
        raise ValueError("词组里有空的或太长的词")
    return found


def _rule(body: Mapping[str, Any]) -> Rule:
    values: dict[str, Any] = dict(body)
    for name in _LISTS & values.keys():
        values[name] = tuple(map(str, values[name]))
    if values.get("hours"):
        start, end = values["hours"]
        values["hours"] = (int(start), int(end))
    return Rule(**values)


def body_of(rules: RuleSet) -> dict[str, Any]:
    """As `read` takes it; what is empty is left out."""
    return {
        "words": {
            name: {"label": one.label, "any": list(one.any), "but": list(one.but)} for name, one in rules.words.items()
        },
        "rules": [plain(rule) for rule in rules.rules],
    }


def plain(rule: Rule) -> dict[str, Any]:
    """A rule as plain data; what asks nothing is left out."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in _said(rule)}


def mark(found: Rule | Keywords) -> str:
    """Another one as soon as anything about it is changed: a page says by it what it has shown."""
    body = plain(found) if isinstance(found, Rule) else [found.label, *found.any, "", *found.but]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def _said(rule: Rule) -> list[tuple[str, Any]]:
    return [
        (name, value) for name in Rule.__annotations__ if (value := getattr(rule, name)) not in ((), "", None, False, 0)
    ]


def trouble(rule: Rule, words: Mapping[str, Keywords]) -> str | None:
    """Why a rule cannot be taken (Chinese sentence), or None."""
    if rule.decides == "level":
        if rule.to not in set(Level):
            return "级别写 P0 到 P3"
        if rule.also:
            return "定级别的规则不通知别人"
    elif rule.decides != "target":
        return "要么定级别，要么定给谁"
    elif rule.to not in TARGETS and not _numbered(rule.to):
        return "没有这个接收方"
    checks = (
        (not 1 <= len(rule.name) <= 40 or len(rule.label) > MOST_LABEL, "代号和说明最多 40 个字"),
        (bool([one for one in rule.also if one not in TOLD and not _numbered(one)]), "“还告诉谁”里有不认识的"),
        (not all(_CALL.fullmatch(one) for one in rule.calls), "电话写数字"),
        (bool([one for one in rule.words if one not in words]), "用到的词组不存在"),
        (bool([one for one in rule.days if one not in DAYS]), "没有这种日子"),
        (bool([one for one in rule.channels if one not in CHANNELS]), "没有这种来源"),
        (bool([one for one in rule.doubts if one not in DOUBTS]), "没有这种照片疑问"),
        (bool([one for one in rule.levels if one not in set(Level)]), "级别写 P0 到 P3"),
        (bool([one for one in rule.answers if "=" not in one]), "回答写 代号=值"),
        (not 0 <= rule.repeats <= 99, "重复次数在 0 到 99 之间"),
        (rule.hours is not None and not all(0 <= one <= 24 * 60 for one in rule.hours), "时间写 22:00 到 06:00"),
    )
    return next((sentence for wrong, sentence in checks if wrong), None)


def _numbered(target: str) -> bool:
    kind, _, number = target.partition(":")
    return kind in {"unit", "contact", "staff"} and number.isascii() and number.isdigit() and len(number) < 19


def desk_of(target: str) -> Desk | None:
    """The desk behind a target that is an institution; None for a unit or a person, and for what does not exist."""
    if target in set(Desk):
        return Desk(target)
    return Desk.DUTY if target in {QUEUE, "backup", "committee"} else None
