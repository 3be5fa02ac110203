"""Changing the steps of a level on the desk: one at a time, under a name, and never so that P0 or P1 fall silent."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.contract.categories import Level
from server.escalation import records, rules
from server.escalation.records import Plan
from server.escalation.rules import EVERYWHERE, Step
from server.kit.clock import clock
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.store import Work
from server.staff import Person
from server.stations import communities

EDITORS = frozenset({"director", "street", "district"})


def may_edit(work: Work, person: Person, community: str) -> bool:
    """Who oversees a community; what holds everywhere only who oversees them all."""
    if person.role not in EDITORS:
        return False
    if community == EVERYWHERE:
        return all(person.sees(row["code"]) for row in communities(work))
    return person.sees(community)


def put_step(work: Work, person: Person, community: str, step: Step, *, replaces: str = "", seen: int) -> None:
    """Add a step, or put it in the place of the one with the mark `replaces`.

    `seen`: the plan that the person's page showed. Raises `Forbidden`, `Invalid` and, when somebody was faster,
    `Refused`.
    """
    plan = _open(work, person, community, step.level, seen)
    former = _find(plan, replaces) if replaces else None
    signed = replace(step, author=person.name, at=work.now)
    if former is not None and former.mark == signed.mark:
        signed = replace(signed, at=former.at)  # it has held since then; only how it is told changes
    steps = [signed if one == former else one for one in plan.steps] + ([] if former else [signed])
    _check(plan.level, steps)
    _put(work, person, community, plan.level, steps, f"{'改成' if former else '加上'} {rules.say(signed)}")


def drop_step(work: Work, person: Person, community: str, level: Level, mark: str, *, seen: int) -> None:
    """Take a step away. Raises as `put_step`."""
    plan = _open(work, person, community, level, seen)
    gone = _find(plan, mark)
    steps = [one for one in plan.steps if one != gone]
    _check(level, steps)
    _put(work, person, community, level, steps, f"去掉 {rules.say(gone)}")


def restore(work: Work, person: Person, community: str, level: Level, *, seen: int) -> None:
    """What holds everywhere holds here again; everywhere, what was shipped. Raises as `put_step`."""
    plan = _open(work, person, community, level, seen)
    if community != EVERYWHERE:
        records.end_plan(work, community, level)
        records.note_restored(work, community, level, person.name, "恢复成默认的")
        records.wake_all(work, community)
        return
    held = {step.mark: step.at for step in plan.steps}
    steps = [replace(step, at=held.get(step.mark, work.now)) for step in rules.SHIPPED if step.level is level]
    _put(work, person, community, level, steps, "恢复出厂设置")


def _open(work: Work, person: Person, community: str, level: Level, seen: int) -> Plan:
    if not may_edit(work, person, community):
        raise Forbidden("升级规则由主任或街道来改；对所有居民区的，由看得到全部居民区的人来改")
    plan = records.plan(work, community, level)
    if plan.id != seen:
        by, at = records.author(work, plan.id)
        raise Refused(f"{by} {clock(at)} 刚改过 {level} 的升级规则，请看一眼再改")
    return plan


def _find(plan: Plan, mark: str) -> Step:
    found = next((step for step in plan.steps if step.mark == mark), None)
    if found is None:
        raise Invalid("这一步已经不在了，请看一眼再改")
    return found


def _check(level: Level, steps: Sequence[Step]) -> None:
    refusal = rules.trouble(level, steps)
    if refusal is not None:
        raise Invalid(refusal)


def _put(work: Work, person: Person, community: str, level: Level, steps: Sequence[Step], change: str) -> None:
    records.put_plan(work, community, level, rules.sorted_steps(steps), person.name, change)
    records.wake_all(work, community)
