"""From a report and the rules to a level, a desk and those who are told. Pure: values in, values out."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.contract.categories import Desk, Level
from server.categories import stops
from server.routing.rules import CATEGORY, QUEUE, Case, Rule, RuleSet, desk_of, matches
from server.routing.words import Text

URGENT = frozenset({Level.P0, Level.P1})
Desks = Callable[[str], Desk | None]
"""target → the desk it belongs to; None when it is gone."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that named somebody who is gone."""

    rule: str
    target: str


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a report goes. `target` is what the rule named, `desk` the desk whose ticket it is.

    `also` are names of `TOLD`, units or persons; `calls` the numbers to dial; `why` the rules that spoke, in order.
    """

    level: Level
    desk: Desk
    target: str
    also: tuple[str, ...]
    calls: tuple[str, ...]
    why: tuple[str, ...]
    broken: tuple[Broken, ...] = ()


def decide(case: Case, rules: RuleSet, desks: Desks = desk_of) -> Routed:
    """Route a report. Always somewhere; P0 and P1 never into a queue, never lowered, never without the duty officer."""
    text = Text(case.place, case.words, *case.answers.values())
    level, level_rule = _level(case, rules, text)
    broken: list[Broken] = []
    rule, target, desk = _target(case, level, rules, text, desks, broken)
    also = _also(rule, target, level, desk, desks, broken)
    spoke = [one for one in (level_rule, rule) if one is not None]
    calls = [*stops(case.kind, case.answers), *case.kind.calls, *(call for one in spoke for call in one.calls)]
    return Routed(
        level=level,
        desk=desk,
        target=target,
        also=also,
        calls=tuple(dict.fromkeys(calls)),
        why=tuple(one.name for one in spoke),
        broken=tuple(broken),
    )


def _level(case: Case, rules: RuleSet, text: Text) -> tuple[Level, Rule | None]:
    base = case.kind.level
    level, spoke = base, None
    for rule in rules.level_rules:
        # Asked only when it would change something; a later line can raise further, never take back.
        if Level(rule.to) < level and matches(rule, case, base, text, rules.words):
            level, spoke = Level(rule.to), rule
    if spoke is None and base not in URGENT:
        for rule in rules.level_rules:
            if Level(rule.to) > base and matches(rule, case, base, text, rules.words):
                return Level(rule.to), rule
    return level, spoke


def _target(
    case: Case, level: Level, rules: RuleSet, text: Text, desks: Desks, broken: list[Broken]
) -> tuple[Rule | None, str, Desk]:
    for rule in rules.target_rules:
        target = str(case.kind.desk) if rule.to == CATEGORY else rule.to
        if (target == QUEUE and level in URGENT) or not matches(rule, case, level, text, rules.words):
            continue
        desk = desks(target)
        if desk is not None:
            return rule, target, desk
        broken.append(Broken(rule.name, target))
    return None, (str(Desk.DUTY) if level in URGENT else QUEUE), Desk.DUTY


def _also(
    rule: Rule | None, target: str, level: Level, desk: Desk, desks: Desks, broken: list[Broken]
) -> tuple[str, ...]:
    wanted = [] if rule is None else list(rule.also)
    if level in URGENT and desk is not Desk.DUTY:
        wanted.insert(0, str(Desk.DUTY))
    found = []
    for one in dict.fromkeys(wanted):
        if ":" in one and desks(one) is None and rule is not None:
            broken.append(Broken(rule.name, one))
        elif one != target:
            found.append(one)
    return tuple(found)
