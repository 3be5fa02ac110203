"""Table of thank-you letters."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("letters")


@migrations(name="0001_letters")
def _tables(database: Database) -> None:
    database.execute(
        """create table letters (
            id integer primary key, station text not null, incident integer unique,
            title text not null, text text not null, sender text not null,
            at integer not null, until integer not null, withdrawn integer)"""
    )
    database.execute("create index letters_station on letters (station, until)")


def add(work: Work, station: str, incident: int, title: str, text: str, sender: str, until: int) -> None:
    """One letter a ticket; closing it a second time rewrites the letter."""
    work.run(
        """insert into letters (station, incident, title, text, sender, at, until) values (?, ?, ?, ?, ?, ?, ?)
           on conflict (incident) do update set text = excluded.text, at = excluded.at, until = excluded.until,
             withdrawn = null""",
        (station, incident, title, text, sender, work.now, until),
    )


def showing(work: Work, station: str, most: int) -> list[Row]:
    """The letters on a station's screen now, newest first."""
    return work.rows(
        """select * from letters where station = ? and until > ? and withdrawn is null order by at desc limit ?""",
        (station, work.now, most),
    )


def get(work: Work, letter_id: int) -> Row | None:
    """By number, withdrawn ones too."""
    return work.row("select * from letters where id = ?", (letter_id,))


def of_incident(work: Work, incident: int) -> Row | None:
    """The letter that a ticket brought, withdrawn ones too."""
    return work.row("select * from letters where incident = ?", (incident,))


def withdraw(work: Work, letter_id: int) -> Row | None:
    """Take it off the screen; returns the row as it was, None when there is none up."""
    row = work.row("select * from letters where id = ? and withdrawn is null", (letter_id,))
    if row is not None:
        work.run("update letters set withdrawn = ? where id = ?", (work.now, letter_id))
    return row
