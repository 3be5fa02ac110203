"""Editing a community's rules on the desk: a draft first, published as a whole."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server import calendar, categories
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.store import Work
from server.routing import records
from server.routing.actions import Arrival, case_of, desks
from server.routing.decide import Routed, decide
from server.routing.rules import RuleSet, body_of, read
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


def put_rule(work: Work, person: Person, community: str, name: str, values: dict[str, Any]) -> None:
    """Write a rule into the draft: over the one called `name`, or on top of its kind when `name` is empty."""

    def edit(body: dict[str, Any]) -> None:
        rules = body["rules"]
        if not name:
            taken = {one["name"] for one in rules}
            fresh = next(f"rule-{number}" for number in range(1, MOST_RULES + 2) if f"rule-{number}" not in taken)
            rules.insert(0, {**values, "name": fresh})
        else:
            rules[_place(rules, name)] = {**values, "name": name}

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


def put_words(work: Work, person: Person, community: str, name: str, found: str, but: str) -> None:
    """Write a set of keywords into the draft; one keyword a line."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,23}", name):
        raise Invalid("词组的代号用小写字母")
    values = {"any": _lines(found), "but": _lines(but)}
    change(work, person, community, lambda body: body["words"].update({name: values}))


def publish(work: Work, person: Person, community: str, note: str, base: int) -> int:
    """Put the draft in force as a new version; `base` is the version in force that the person's page showed."""
    _check(person, community)
    draft = records.draft(work, community)
    if draft is None:
        raise Missing("没有改动可以发布")
    now = records.active(work, community)
    if now.version != base:
        raise Refused(f"{now.author} 已经发布了第 {now.version} 版。请看一眼再决定。")
    line = " ".join(note.split())[:MOST_NOTE]
    records.forget_faults(work, community)
    return records.publish(work, community, draft.rules, line, person.name)


def drop(work: Work, person: Person, community: str) -> None:
    """Throw the draft away."""
    _check(person, community)
    records.drop_draft(work, community)


def rehearse(work: Work, community: str, reports: Sequence[tuple[Arrival, int]], after: RuleSet) -> list[Change]:
    """Which of these reports (with their moments) other rules would send elsewhere. Changes nothing."""
    before, known, kinds = records.active(work, community), calendar.load(work), categories.current(work)
    find = desks(work, community, work.now)
    found = []
    for place, (new, at) in enumerate(reports):
        case = case_of(new, kinds.get(new.category) or kinds["other.other"], at, known)
        old, other = decide(case, before, find), decide(case, after, find)
        if (old.level, old.target, set(old.also)) != (other.level, other.target, set(other.also)):
            found.append(Change(place, old, other))
    return found


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


def _lines(typed: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in re.split(r"[\n,，、]", typed) if line.strip()))
