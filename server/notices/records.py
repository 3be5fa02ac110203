"""Table of notices."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("notices")


@migrations(name="0001_notices")
def _tables(database: Database) -> None:
    database.execute(
        """create table notices (
            id integer primary key, community text not null, station text,
            text text not null, level text not null, until integer,
            by_name text not null, at integer not null, withdrawn integer)"""
    )
    database.execute("create index notices_community on notices (community, withdrawn)")


def add(work: Work, community: str, station: str | None, text: str, level: str, until: int | None, by: str) -> int:
    """A notice for one station, or (station None) for all of a community."""
    return work.insert(
        "notices",
        {
            "community": community, "station": station, "text": text, "level": level, "until": until,
            "by_name": by, "at": work.now,
        },
    )  # fmt: skip


def showing(work: Work, community: str, station: str | None = None, most: int = 20) -> list[Row]:
    """Notices up now: of a community (all of them), or those one station shows. Warnings first, then the newest."""
    return work.rows(
        """select * from notices
           where community = ? and (? is null or station is null or station = ?) and withdrawn is null
             and (until is null or until > ?)
           order by level = 'warning' desc, id desc limit ?""",
        (community, station, station, work.now, most),
    )


def get(work: Work, notice_id: int) -> Row | None:
    """One that is up."""
    return work.row("select * from notices where id = ? and withdrawn is null", (notice_id,))


def withdraw(work: Work, notice_id: int) -> None:
    """Take it down."""
    work.run("update notices set withdrawn = ? where id = ?", (work.now, notice_id))
