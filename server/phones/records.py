"""Table of what each mark sent within the last day. A mark is kept as a hash, and for no longer."""

import json
from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.kit.store import Work

migrations = Migrations("phones")


@migrations(name="0001_phones")
def _tables(database: Database) -> None:
    for statement in (
        """create table phone_reports (
            mark text not null, incident integer not null references incidents (id), at integer not null,
            primary key (mark, incident)) without rowid""",
        "create index phone_reports_at on phone_reports (at)",
    ):
        database.execute(statement)


def add(work: Work, mark: str, incident: int) -> None:
    """This mark sent this ticket now; known already: nothing happens."""
    work.run(
        "insert into phone_reports (mark, incident, at) values (?, ?, ?) on conflict do nothing",
        (mark, incident, work.now),
    )


def sent(work: Work, marks: Collection[str], since: int) -> list[tuple[int, int]]:
    """(ticket, when) of any of these marks, the newest first; each ticket once."""
    rows = work.rows(
        """select incident, max(at) as at from phone_reports
           where mark in (select value from json_each(?)) and at >= ? group by incident order by incident desc""",
        (json.dumps(sorted(marks)), since),
    )
    return [(row["incident"], row["at"]) for row in rows]


def forget(work: Work, before: int) -> int:
    """Older lines go; how many."""
    return work.run("delete from phone_reports where at < ?", (before,))
