"""Table of uploads. How far one has come stands in its file's length alone."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.uploads.rules import Upload

migrations = Migrations("uploads")


@migrations(name="0001_uploads")
def _tables(database: Database) -> None:
    database.execute(
        """create table uploads (
            id text primary key, report text not null, name text not null, length integer not null,
            made integer not null, taken integer, photo integer, unique (report, name, length))"""
    )
    database.execute("create index uploads_made on uploads (made)")


def add(work: Work, upload: Upload) -> None:
    """Write a new one down."""
    work.insert(
        "uploads",
        {"id": upload.id, "report": upload.report, "name": upload.name, "length": upload.length, "made": upload.made},
    )


def get(work: Work, upload_id: str) -> Upload | None:
    """By its id."""
    return _one(work.row("select * from uploads where id = ?", (upload_id,)))


def same(work: Work, report: str, name: str, length: int) -> Upload | None:
    """The one that was made for this very file already."""
    return _one(work.row("select * from uploads where report = ? and name = ? and length = ?", (report, name, length)))


def count(work: Work, report: str) -> int:
    """How many one report has made."""
    return int(work.value("select count(*) from uploads where report = ?", (report,)))


def waiting(work: Work, report: str) -> int:
    """How many of a report are not taken yet."""
    return int(work.value("select count(*) from uploads where report = ? and taken is null", (report,)))


def promised(work: Work) -> int:
    """Bytes that all uploads together may come to."""
    return int(work.value("select coalesce(sum(length), 0) from uploads where taken is null"))


def take(work: Work, upload_id: str, photo: int | None) -> None:
    """It has become a photo, or will never be one."""
    work.run("update uploads set taken = ?, photo = ? where id = ?", (work.now, photo, upload_id))


def remove(work: Work, upload_id: str) -> None:
    """Forget it."""
    work.run("delete from uploads where id = ?", (upload_id,))


def older(work: Work, made: int, limit: int) -> list[Upload]:
    """Those that were made before this moment, the oldest first."""
    rows = work.rows("select * from uploads where made < ? order by made limit ?", (made, limit))
    return [Upload(**row) for row in rows]


def _one(row: Row | None) -> Upload | None:
    return None if row is None else Upload(**row)
