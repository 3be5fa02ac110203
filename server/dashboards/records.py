"""Table of the complaint numbers entered by hand, and the indexes that the figures need."""

from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("dashboards")


@migrations(name="0001_dashboards")
def _tables(database: Database) -> None:
    for statement in (
        """create table complaint_counts (
            id integer primary key, community text not null references communities (code), month text not null,
            number integer not null, source text not null, by_id integer not null, by_name text not null,
            at integer not null)""",
        "create index complaint_counts_of on complaint_counts (community, month, id)",
        "create index incidents_received on incidents (community, received)",
        "create index incident_steps_lately on incident_steps (move, at, incident)",
        "create index incident_steps_moves on incident_steps (incident, move, at)",
        "create index clock_runs_overall on clock_runs (due, incident) where stage = 'overall'",
        "create index clock_runs_overall_of on clock_runs (incident, due) where stage = 'overall'",
    ):
        database.execute(statement)


def add_complaints(work: Work, community: str, month: str, number: int, source: str, by_id: int, by: str) -> None:
    """One more word on a month; the last one counts."""
    work.insert(
        "complaint_counts",
        {
            "community": community, "month": month, "number": number, "source": source, "by_id": by_id,
            "by_name": by, "at": work.now,
        },
    )  # fmt: skip


def complaints(work: Work, communities: Collection[str], since: str) -> list[Row]:
    """community, month, number, source, by_name, at of each month from `since` (`2026-06`) on; the newest first."""
    if not communities:
        return []
    marks = ", ".join("?" for _ in communities)
    return work.rows(
        f"""select community, month, number, source, by_name, at from complaint_counts
            where id in (select max(id) from complaint_counts
                         where community in ({marks}) and month >= ? group by community, month)
            order by month desc, community""",
        [*sorted(communities), since],
    )
