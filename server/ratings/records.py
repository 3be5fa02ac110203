"""Table of ratings: one a ticket, never changed."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.kit.store import Work
from server.ratings.rules import Rating

migrations = Migrations("ratings")


@migrations(name="0001_ratings")
def _tables(database: Database) -> None:
    database.execute(
        """create table ratings (
            incident integer primary key references incidents (id), leading integer not null references incidents (id),
            face text not null, words text not null, at integer not null)"""
    )
    database.execute("create index ratings_at on ratings (at)")
    database.execute("create index ratings_leading on ratings (leading)")


def add(work: Work, rating: Rating, leading: int) -> None:
    """`leading`: the ticket that was closed, the same unless the report was merged."""
    work.insert(
        "ratings",
        {
            "incident": rating.incident, "leading": leading, "face": rating.face, "words": rating.words,
            "at": rating.at,
        },
    )  # fmt: skip


def of(work: Work, incident: int) -> Rating | None:
    """The rating given on a ticket's own receipt."""
    row = work.row("select incident, face, words, at from ratings where incident = ?", (incident,))
    return None if row is None else Rating(**row)


def by_ticket(work: Work, leading: int) -> list[Rating]:
    """Every rating of how a ticket ended: its reporter's and those of the reports merged into it, oldest first."""
    rows = work.rows(
        "select incident, face, words, at from ratings where leading = ? order by at, incident", (leading,)
    )
    return [Rating(**row) for row in rows]
