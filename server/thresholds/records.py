"""Table of what was set; append-only, so that it stays known who moved a line, and from where."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("thresholds")


@migrations(name="0001_thresholds")
def _tables(database: Database) -> None:
    database.execute(
        """create table thresholds (
            id integer primary key, community text not null references communities (code), name text not null,
            value integer not null, by_id integer not null, by_name text not null, at integer not null)"""
    )
    database.execute("create index thresholds_of on thresholds (community, name, id)")


def latest(work: Work, community: str, name: str) -> Row | None:
    """The last word on a threshold: value, by_name, at."""
    return work.row(
        "select value, by_name, at from thresholds where community = ? and name = ? order by id desc limit 1",
        (community, name),
    )


def add(work: Work, community: str, name: str, value: int, by_id: int, by_name: str) -> None:
    """One more word."""
    work.insert(
        "thresholds",
        {"community": community, "name": name, "value": value, "by_id": by_id, "by_name": by_name, "at": work.now},
    )
