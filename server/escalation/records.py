"""Tables of escalation: the plans (what steps a level has, where, since when) and what was fired for which clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.categories import Level
from gateway.sqlite import Row
from server.clocks import Stage
from server.escalation.rules import EVERYWHERE, SHIPPED, Step
from server.kit.store import Work

migrations = Migrations("escalation")

_ADD_PLAN = "insert into escalation_plans (community, level, author, at, change) values (?, ?, ?, ?, ?)"
_ADD_STEP = """insert into escalation_steps
               (plan, stage, moment, whom, manner, minutes, working, supervise, author, at)
               values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@migrations(name="0001_escalation")
def _tables(database: Database) -> None:
    for statement in (
        """create table escalation_plans (
            id integer primary key, community text not null, level text not null, author text not null,
            at integer not null, change text not null, ended integer)""",
        "create unique index escalation_plans_now on escalation_plans (community, level) where ended is null",
        "create index escalation_plans_of on escalation_plans (community, level, at)",
        """create table escalation_steps (
            id integer primary key, plan integer not null references escalation_plans (id), stage text not null,
            moment text not null, whom text not null, manner text not null, minutes integer not null,
            working integer not null, supervise integer not null, author text not null, at integer not null)""",
        "create index escalation_steps_of on escalation_steps (plan)",
        """create table escalation_fired (
            run integer not null, mark text not null, incident integer not null, memo integer not null,
            at integer not null, primary key (run, mark))""",
        "create index escalation_fired_of on escalation_fired (incident)",
        """create table escalation_watched (
            run integer primary key, incident integer not null, community text not null, next integer)""",
        "create index escalation_watched_next on escalation_watched (next) where next is not null",
        "create index escalation_watched_of on escalation_watched (incident)",
    ):
        database.execute(statement)
    for level in Level:
        plan = database.execute(_ADD_PLAN, (EVERYWHERE, str(level), "出厂设置", 0, "出厂设置")).lastrowid
        for step in SHIPPED:
            if step.level is level:
                database.execute(_ADD_STEP, _step_values(int(plan or 0), step))


# --- plans


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one level. `community` is `*` where nobody set others; `id` changes with every change.

    `since`: when a community went back to these steps, UTC milliseconds; what was due before stays unsaid.
    """

    id: int
    community: str
    level: Level
    steps: tuple[Step, ...]
    since: int = 0


def plan(work: Work, community: str, level: Level) -> Plan:
    """What holds in a community (`*`: where nobody set anything else) for a level."""
    row = work.row(
        """select id, community from escalation_plans
           where community in (?, '*') and level = ? and ended is null order by community = '*' limit 1""",
        (community, str(level)),
    )
    if row is None:
        return Plan(0, EVERYWHERE, level, ())
    since = 0
    if row["community"] != community:
        latest = "select max(at) from escalation_plans where community = ? and level = ?"
        since = int(work.value(latest, (community, str(level))) or 0)
    rows = work.rows("select * from escalation_steps where plan = ? order by id", (row["id"],))
    return Plan(row["id"], row["community"], level, tuple(_step(level, one) for one in rows), since)


def author(work: Work, plan_id: int) -> tuple[str, int]:
    """Who put a plan in force, and when."""
    row = work.row("select author, at from escalation_plans where id = ?", (plan_id,))
    return ("有人", work.now) if row is None else (row["author"], row["at"])


def put_plan(work: Work, community: str, level: Level, steps: Sequence[Step], author: str, change: str) -> None:
    """Put other steps in force; the former ones stay on record."""
    end_plan(work, community, level)
    number = work.insert(
        "escalation_plans",
        {"community": community, "level": str(level), "author": author, "at": work.now, "change": change},
    )
    for step in steps:
        work.run(_ADD_STEP, _step_values(number, step))


def end_plan(work: Work, community: str, level: Level) -> bool:
    """A community's own steps hold no longer; False when it had none."""
    changed = work.run(
        "update escalation_plans set ended = ? where community = ? and level = ? and ended is null",
        (work.now, community, str(level)),
    )
    return changed > 0


def note_restored(work: Work, community: str, level: Level, author: str, change: str) -> None:
    """A line of the record without a plan of its own."""
    work.insert(
        "escalation_plans",
        {
            "community": community, "level": str(level), "author": author, "at": work.now, "change": change,
            "ended": work.now,
        },
    )  # fmt: skip


def changes(work: Work, community: str, most: int) -> list[Row]:
    """Who changed what here and everywhere, newest first: community, level, author, at, change."""
    return work.rows(
        "select * from escalation_plans where community in (?, '*') and at > 0 order by id desc limit ?",
        (community, most),
    )


# --- what was fired, and which clocks are watched


def has_fired(work: Work, run: int) -> set[str]:
    """The marks of the steps that a clock has fired."""
    return {row["mark"] for row in work.rows("select mark from escalation_fired where run = ?", (run,))}


def fire(work: Work, run: int, incident: int, mark: str, memo: int) -> None:
    """A step has fired for a clock, with this memo; holds only when the transaction does."""
    work.insert("escalation_fired", {"run": run, "mark": mark, "incident": incident, "memo": memo, "at": work.now})


def fired_runs(work: Work, incident: int) -> set[int]:
    """The clocks of a ticket that have fired something."""
    rows = work.rows("select distinct run from escalation_fired where incident = ?", (incident,))
    return {row["run"] for row in rows}


def rearm(work: Work, run: int) -> None:
    """The clock has got more time: every step may fire once more."""
    work.run("delete from escalation_fired where run = ?", (run,))


def forget(work: Work, memos: Sequence[int]) -> None:
    """What these memos were to say was never said."""
    for memo in memos:
        work.run("delete from escalation_fired where memo = ?", (memo,))


def watch(work: Work, run: int, incident: int, community: str, at: int | None) -> None:
    """Look at a clock that has turned again then; None: when something happens to its ticket."""
    work.run(
        """insert into escalation_watched (run, incident, community, next) values (?, ?, ?, ?)
           on conflict (run) do update set next = excluded.next""",
        (run, incident, community, at),
    )


def unwatch(work: Work, run: int) -> None:
    """The clock has ended."""
    work.run("delete from escalation_watched where run = ?", (run,))


def wake(work: Work, incident: int) -> None:
    """Something happened to the ticket: look at its clocks again."""
    work.run("update escalation_watched set next = ? where incident = ?", (work.now, incident))


def wake_all(work: Work, community: str) -> None:
    """The steps have changed in a community (`*`: everywhere)."""
    work.run("update escalation_watched set next = ? where ? in (community, '*')", (work.now, community))


def watched(work: Work, most: int) -> list[Row]:
    """Clocks to be looked at now: run, incident, community."""
    return work.rows(
        "select * from escalation_watched where next is not null and next <= ? order by next limit ?",
        (work.now, most),
    )


def tidy(work: Work, before: int, most: int) -> int:
    """Forget what was fired long ago for clocks that are watched no more; returns how many rows went."""
    return work.run(
        """delete from escalation_fired where rowid in (
             select rowid from escalation_fired
             where at < ? and run not in (select run from escalation_watched) limit ?)""",
        (before, most),
    )


def _step(level: Level, row: Row) -> Step:
    return Step(
        level, Stage(row["stage"]), row["moment"], row["whom"], row["manner"], row["minutes"], bool(row["working"]),
        bool(row["supervise"]), row["author"], row["at"],
    )  # fmt: skip


def _step_values(plan_id: int, step: Step) -> tuple[int | str, ...]:
    return (
        plan_id, str(step.stage), step.when, step.whom, step.manner, step.minutes, int(step.working),
        int(step.supervise), step.author, step.at,
    )  # fmt: skip
