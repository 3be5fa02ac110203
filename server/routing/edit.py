"""Editing a community's rules on the desk: a draft first, published as a whole."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server import calendar, categories
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.store import Work
from server.routing import records
from server.routing.actions import Arrival, case_of, desks
from server.routing.decide import Routed, decide
from server.routing.rules import Rule, RuleSet, body_of, mark, read
from server.routing.words import Keywords
from server.staff import Person

EDITORS = frozenset({"director", "street", "district"})
MOST_RULES = 300
MOST_NOTE = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One report that would go elsewhere; `place` is its place among those that were tried."""

    place: int
    before: Routed
    after: Routed


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Reports tried under other rules: those that would go elsewhere, and how often each of the rules spoke."""

    changes: tuple[Change, ...]
    spoke: dict[str, int]


def change(work: Work, person: Person, community: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change the draft, or begin one from the rules in force; `edit` works on the plain form (`body_of`)."""
    _check(person, community)
    known = records.draft(work, community)
    base = records.active(work, community)
    body = body_of(known.rules if known else base)
    edit(body)
    if len(body["rules"]) > MOST_RULES:
        raise Invalid(f"最多 {MOST_RULES} 条规则")
    records.save_draft(work, community, _read(body), known.base if known else base.version, person.name)


def put_rule(
    work: Work,
    person: Person,
    community: str,
    name: str,
    values: dict[str, Any],
    *,
    place: int = 0,
    seen: str = "",
) -> None:
    """Write a rule into the draft: over the one called `name`, or on top of its kind when `name` is empty.

    `place`: which one of its kind it becomes, counted from 1; 0: where it is. `seen`: the `mark` that the person's
    page showed. Raises `Refused` when somebody changed it or took it out since, and what `change` raises.
    """

    def edit(body: dict[str, Any]) -> None:
        rules = body["rules"]
        if not name:
            taken = {one["name"] for one in rules}
            fresh = next(f"rule-{number}" for number in range(1, MOST_RULES + 2) if f"rule-{number}" not in taken)
            rules.insert(0, {**values, "name": fresh})
            _put_at(rules, 0, place or 1)
            return
        known = next((at for at, one in enumerate(rules) if one["name"] == name), None)
        if known is None:
            raise Refused("这条规则刚被去掉了。还要它，就再存一次：存成新的一条。")
        if seen and seen != mark(Rule(**_tuples(rules[known]))):
            raise Refused(f"{_editor(work, community)}刚改过这条规则。现在的样子写在下面；要用你的，就再存一次。")
        # Rules that another program wrote for several communities keep what this page does not show.
        kept = {key: rules[known][key] for key in ("communities",) if key in rules[known]}
        rules[known] = {**values, **kept, "name": name}
        _put_at(rules, known, place)

    change(work, person, community, edit)


def move_rule(work: Work, person: Person, community: str, name: str, up: bool) -> None:
    """Swap a rule with its neighbour that decides the same."""

    def edit(body: dict[str, Any]) -> None:
        rules = body["rules"]
        place = _place(rules, name)
        around = range(place - 1, -1, -1) if up else range(place + 1, len(rules))
        other = next((one for one in around if rules[one]["decides"] == rules[place]["decides"]), place)
        rules[place], rules[other] = rules[other], rules[place]

    change(work, person, community, edit)


def drop_rule(work: Work, person: Person, community: str, name: str) -> None:
    """Take a rule out of the draft."""
    change(work, person, community, lambda body: body["rules"].pop(_place(body["rules"], name)))


def put_words(
    work: Work, person: Person, community: str, name: str, label: str, found: str, but: str, *, seen: str = ""
) -> str:
    """Write a set of keywords into the draft, one keyword a line; returns its name, a fresh one when it was empty.

    `seen` as for `put_rule`.
    """
    if not label.strip():
        raise Invalid("给词组起个名字，如：着火")
    values = {"label": " ".join(label.split()), "any": _lines(found), "but": _lines(but)}
    given = [name]

    def edit(body: dict[str, Any]) -> None:
        words = body["words"]
        if not name:
            given[0] = next(f"words_{number}" for number in range(1, len(words) + 2) if f"words_{number}" not in words)
        elif name not in words:
            raise Refused("这个词组刚被去掉了。还要它，就再存一次：存成新的一组。")
        elif seen and seen != mark(_keywords(words[name])):
            raise Refused(f"{_editor(work, community)}刚改过这个词组。现在的样子写在下面；要用你的，就再存一次。")
        words[given[0]] = values

    change(work, person, community, edit)
    return given[0]


def drop_words(work: Work, person: Person, community: str, name: str) -> None:
    """Take a set of keywords out of the draft. Raises `Refused` while a rule asks for it."""

    def edit(body: dict[str, Any]) -> None:
        users = [one.get("label") or one["name"] for one in body["rules"] if name in one.get("words", ())]
        if users:
            raise Refused(f"还有规则在用这个词组：{'、'.join(users[:3])}。先改它们。")
        body["words"].pop(name, None)

    change(work, person, community, edit)


def publish(work: Work, person: Person, community: str, note: str, base: int, drafted: int) -> int:
    """Put the draft in force as a new version.

    `base`: the version in force that the person's page showed; `drafted`: the moment of the draft it showed.
    Raises `Refused` when either is another one by now.
    """
    _check(person, community)
    draft = records.draft(work, community)
    if draft is None:
        raise Missing("没有改动可以发布")
    now = records.active(work, community)
    if now.version != base:
        raise Refused(f"{now.author} 已经发布了第 {now.version} 版。请看一眼再决定。")
    if draft.at != drafted:
        raise Refused(f"{draft.author} 刚改过草稿。请看一眼再发布。")
    line = " ".join(note.split())[:MOST_NOTE]
    records.forget_faults(work, community)
    return records.publish(work, community, draft.rules, line, person.name)


def drop(work: Work, person: Person, community: str) -> None:
    """Throw the draft away."""
    _check(person, community)
    records.drop_draft(work, community)


def rehearse(work: Work, community: str, reports: Sequence[tuple[Arrival, int]], after: RuleSet) -> Rehearsed:
    """What other rules would do with these reports (with their moments). Changes nothing."""
    before, known, kinds = records.active(work, community), calendar.load(work), categories.current(work)
    find = desks(work, community, work.now)
    found, spoke = [], Counter[str]()
    for place, (new, at) in enumerate(reports):
        case = case_of(new, kinds.get(new.category) or kinds["other.other"], at, known)
        old, other = decide(case, before, find), decide(case, after, find)
        spoke.update(other.why)
        if (old.level, old.target, set(old.also)) != (other.level, other.target, set(other.also)):
            found.append(Change(place, old, other))
    return Rehearsed(tuple(found), dict(spoke))


def _check(person: Person, community: str) -> None:
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    if person.role not in EDITORS:
        raise Forbidden("派单规则由主任或街道修改")


def _read(body: dict[str, Any]) -> RuleSet:
    try:
        return read(body)
    except ValueError as cause:
        raise Invalid(str(cause)) from cause


def _place(rules: list[dict[str, Any]], name: str) -> int:
    found = next((place for place, one in enumerate(rules) if one["name"] == name), None)
    if found is None:
        raise Missing("这条规则已经不在了")
    return found


def _put_at(rules: list[dict[str, Any]], known: int, place: int) -> None:
    """Make the rule at `known` the `place`th of its kind; 0 leaves it."""
    if not place:
        return
    rule = rules.pop(known)
    alike = [at for at, one in enumerate(rules) if one["decides"] == rule["decides"]]
    before = [*alike, alike[-1] + 1 if alike else len(rules)]
    rules.insert(before[min(place, len(before)) - 1], rule)


def _editor(work: Work, community: str) -> str:
    known = records.draft(work, community)
    return f"{known.author if known else records.active(work, community).author} "


def _tuples(body: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}


def _keywords(body: dict[str, Any]) -> Keywords:
    return Keywords(tuple(body["any"]), tuple(body.get("but", ())), str(body.get("label", "")))


def _lines(typed: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in re.split(r"[\n,，、]", typed) if line.strip()))
