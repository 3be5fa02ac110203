"""Table of additions: only added to; a person's words leave it on their request."""

from collections.abc import Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.additions.rules import Addition
from server.kit.store import Work

migrations = Migrations("additions")


@migrations(name="0001_additions")
def _tables(database: Database) -> None:
    database.execute(
        """create table additions (
            id integer primary key, incident integer not null references incidents (id), at integer not null,
            what text not null, words text not null, photos integer not null, digest text not null)"""
    )
    database.execute("create index additions_of on additions (incident, id)")


def add(work: Work, one: Addition) -> None:
    """One more."""
    work.insert(
        "additions",
        {
            "incident": one.incident, "at": one.at, "what": one.what, "words": one.words, "photos": one.photos,
            "digest": one.digest,
        },
    )  # fmt: skip


def of(work: Work, incident: int) -> Sequence[Addition]:
    """Everything added on a report's own receipt, oldest first."""
    rows = work.rows(
        "select incident, at, what, words, photos, digest from additions where incident = ? order by id", (incident,)
    )
    return [Addition(**row) for row in rows]
