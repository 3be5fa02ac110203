"""Tables of limits and of the clocks that run on tickets."""

from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.categories import Level
from gateway.sqlite import Row
from server.clocks.rules import Limit, Run, Stage
from server.kit.store import Work

migrations = Migrations("clocks")

FEW = 5


@migrations(name="0001_clocks")
def _tables(database: Database) -> None:
    for statement in (
        """create table clock_limits (
            id integer primary key, community text not null, stage text not null, level text not null,
            category text not null, ms integer not null, working integer not null,
            by_name text not null, at integer not null)""",
        """create table clock_runs (
            id integer primary key, incident integer not null, community text not null, stage text not null,
            level text not null, category text not null, ms integer not null, working integer not null,
            started integer not null, amber integer not null, due integer not null,
            ended integer, paused integer, left_ms integer, told text not null)""",
        "create index clock_runs_incident on clock_runs (incident)",
        "create index clock_runs_open on clock_runs (due) where ended is null and paused is null",
    ):
        database.execute(statement)


@migrations(name="0002_overdue")
def _overdue(database: Database) -> None:
    database.execute(
        "create index clock_runs_overdue on clock_runs (community, due) where ended is null and paused is null"
    )


def limits(work: Work, community: str) -> list[Limit]:
    """The limits somebody set for a community, the latest word for each."""
    rows = work.rows(
        """select * from clock_limits where id in (
             select max(id) from clock_limits where community = ? group by stage, level, category)""",
        (community,),
    )
    return [_limit(row) for row in rows]


def add_limit(work: Work, community: str, limit: Limit, by: str) -> None:
    """A new word about a limit; the older ones stay for the record."""
    work.insert(
        "clock_limits",
        {
            "community": community, "stage": str(limit.stage), "level": str(limit.level), "category": limit.category,
            "ms": limit.ms, "working": int(limit.working), "by_name": by, "at": work.now,
        },
    )  # fmt: skip


def limit_history(work: Work, community: str) -> list[Row]:
    """Every word about limits, newest first: who set what and when."""
    return work.rows("select * from clock_limits where community = ? order by id desc", (community,))


def start(work: Work, incident: int, community: str, limit: Limit, amber: int, due: int) -> None:
    """A clock begins."""
    work.insert(
        "clock_runs",
        {
            "incident": incident, "community": community, "stage": str(limit.stage), "level": str(limit.level),
            "category": limit.category, "ms": limit.ms, "working": int(limit.working), "started": work.now,
            "amber": amber, "due": due, "told": "green",
        },
    )  # fmt: skip


def end(work: Work, incident: int, stages: Collection[Stage]) -> None:
    """The open clocks of these stages end; a paused one ends at its pause."""
    for stage in stages:
        work.run(
            """update clock_runs set ended = coalesce(paused, ?)
               where incident = ? and stage = ? and ended is null""",
            (work.now, incident, str(stage)),
        )


def open_runs(work: Work, incidents: Collection[int]) -> list[Run]:
    """The clocks that have not ended, of these tickets."""
    if not incidents:
        return []
    marks = ", ".join("?" for _ in incidents)
    rows = work.rows(
        f"select * from clock_runs where incident in ({marks}) and ended is null order by id", list(incidents)
    )
    return [_run(row) for row in rows]


def runs_of(work: Work, incident: int) -> list[Run]:
    """Every clock of a ticket, ended ones too."""
    return [_run(row) for row in work.rows("select * from clock_runs where incident = ? order by id", (incident,))]


def pause(work: Work, run: Run, left: int) -> None:
    """Stop a clock with so much left."""
    work.run("update clock_runs set paused = ?, left_ms = ? where id = ?", (work.now, left, run.id))


def resume(work: Work, run: Run, amber: int, due: int) -> None:
    """Let a paused clock go on."""
    work.run(
        "update clock_runs set paused = null, left_ms = null, amber = ?, due = ? where id = ?", (amber, due, run.id)
    )


def tighten(work: Work, run: Run, limit: Limit, amber: int, due: int) -> None:
    """Another limit for a clock that runs; what it turned into is told anew."""
    work.run(
        """update clock_runs set level = ?, category = ?, ms = ?, working = ?, amber = ?, due = ?, told = 'green'
           where id = ?""",
        (str(limit.level), limit.category, limit.ms, int(limit.working), amber, due, run.id),
    )


def reached(work: Work, limit: int) -> list[tuple[Run, str, str]]:
    """(run, community, what was told last) of clocks that turned and were not told yet, the most urgent first."""
    rows = work.rows(
        """select * from clock_runs
           where ended is null and paused is null
             and ((told = 'green' and amber <= ?) or (told <> 'red' and due < ?))
           order by due limit ?""",
        (work.now, work.now, limit),
    )
    return [(_run(row), row["community"], row["told"]) for row in rows]


def told(work: Work, run: Run, light: str) -> None:
    """Remember what was told."""
    work.run("update clock_runs set told = ? where id = ?", (light, run.id))


def overdue(work: Work, communities: Collection[str], limit: int = 500) -> list[Run]:
    """Clocks of these communities that are red now, the longest overdue first."""
    if not communities:
        return []
    marks = ", ".join("?" for _ in communities)
    # A few communities are looked up by themselves; most of the town is read in the order of its clocks.
    index = "clock_runs_overdue" if len(communities) <= FEW else "clock_runs_open"
    rows = work.rows(
        f"""select * from clock_runs indexed by {index}
            where ended is null and paused is null and due < ? and community in ({marks}) order by due limit ?""",
        [work.now, *sorted(communities), limit],
    )
    return [_run(row) for row in rows]


def _limit(row: Row) -> Limit:
    return Limit(Stage(row["stage"]), Level(row["level"]), row["category"], row["ms"], bool(row["working"]))


def _run(row: Row) -> Run:
    return Run(
        id=row["id"],
        incident=row["incident"],
        stage=Stage(row["stage"]),
        started=row["started"],
        limit=_limit(row),
        amber=row["amber"],
        due=row["due"],
        ended=row["ended"],
        paused=row["paused"],
        left=row["left_ms"],
    )
