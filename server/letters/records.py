"""Tables of letters: the committee's thanks on closing, a family's thanks, and by which name a rider is thanked."""

from collections.abc import Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.letters.rules import CLOSING, FAMILY, Name

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


@migrations(name="0002_families_and_names")
def _families_and_names(database: Database) -> None:
    for statement in (
        # SQLite cannot take `unique` off a column: a ticket may bring two letters now.
        """create table letters_new (
            id integer primary key, station text not null, incident integer, kind text not null default 'closing',
            title text not null, text text not null, sender text not null,
            at integer not null, until integer not null, withdrawn integer)""",
        """insert into letters_new (id, station, incident, title, text, sender, at, until, withdrawn)
           select id, station, incident, title, text, sender, at, until, withdrawn from letters""",
        "drop table letters",
        "alter table letters_new rename to letters",
        "create index letters_station on letters (station, until)",
        "create unique index letters_of on letters (incident, kind)",
        """create table letter_names (
            incident integer primary key, leading integer not null, name text not null, at integer not null,
            answered integer, answered_by text not null default '', state text not null)""",
        "create index letter_names_of on letter_names (leading, state)",
    ):
        database.execute(statement)


def add(
    work: Work, station: str, incident: int, title: str, text: str, sender: str, until: int, kind: str = CLOSING
) -> None:
    """One letter of a kind for a ticket; written a second time, it takes the first one's place."""
    work.run(
        """insert into letters (station, incident, kind, title, text, sender, at, until) values (?, ?, ?, ?, ?, ?, ?, ?)
           on conflict (incident, kind) do update set text = excluded.text, sender = excluded.sender,
             at = excluded.at, until = excluded.until, withdrawn = null""",
        (station, incident, kind, title, text, sender, work.now, until),
    )


def showing(work: Work, station: str, most: int) -> list[Row]:
    """The letters on a station's screens now, newest first; a family's only where its reader wants to be thanked.

    `title` names whoever agreed to be named.
    """
    rows = work.rows(
        """select * from letters where station = ? and until > ? and withdrawn is null
             and (kind = 'closing' or exists (
               select 1 from letter_names where leading = letters.incident and state = 'shown'))
           order by at desc limit ?""",
        (station, work.now, most),
    )
    return [{**row, "title": _title(work, row)} for row in rows]


def get(work: Work, letter_id: int) -> Row | None:
    """By number, withdrawn ones too."""
    return work.row("select * from letters where id = ?", (letter_id,))


def of_incident(work: Work, incident: int) -> Row | None:
    """The letter that closing a ticket brought, withdrawn ones too."""
    return work.row("select * from letters where incident = ? and kind = ?", (incident, CLOSING))


def of_family(work: Work, incident: int) -> Row | None:
    """A family's thanks for a ticket, withdrawn ones too."""
    return work.row("select * from letters where incident = ? and kind = ?", (incident, FAMILY))


def hanging(work: Work, incident: int) -> list[Row]:
    """The letters of a ticket that are up now, as far as a name is shown; the family's first."""
    return work.rows(
        "select * from letters where incident = ? and withdrawn is null and until > ? order by kind desc",
        (incident, work.now),
    )


def hangable(work: Work, incident: int) -> list[Row]:
    """The letters that a name would hang with; a family's begins its days anew when it goes up."""
    return work.rows(
        """select * from letters where incident = ? and withdrawn is null and (kind = 'family' or until > ?)
           order by kind desc""",
        (incident, work.now),
    )


def families(work: Work, stations: Sequence[str], limit: int) -> list[Row]:
    """Families' thanks at these stations, the newest first."""
    if not stations:
        return []
    marks = ", ".join("?" for _ in stations)
    return work.rows(
        f"select * from letters where kind = ? and station in ({marks}) order by id desc limit ?",
        [FAMILY, *stations, limit],
    )


def withdraw(work: Work, letter_id: int) -> Row | None:
    """Take it off the screen; returns the row as it was, None when there is none up."""
    row = work.row("select * from letters where id = ? and withdrawn is null", (letter_id,))
    if row is not None:
        work.run("update letters set withdrawn = ? where id = ?", (work.now, letter_id))
    return row


def stations_of(work: Work, incident: int) -> list[str]:
    """Where the letters of a ticket hang, or hung."""
    return [row["station"] for row in work.rows("select distinct station from letters where incident = ?", (incident,))]


def begin_again(work: Work, incident: int, until: int) -> None:
    """A family's letter is up from now on."""
    work.run(
        "update letters set until = ? where incident = ? and kind = ? and withdrawn is null", (until, incident, FAMILY)
    )


def put_name(work: Work, incident: int, leading: int, name: str) -> None:
    """By this name the reporter of a ticket wants to be thanked; somebody here looks at it first."""
    work.run(
        """insert into letter_names (incident, leading, name, at, state) values (?, ?, ?, ?, 'waiting')
           on conflict (incident) do update set leading = excluded.leading, name = excluded.name, at = excluded.at,
             answered = null, answered_by = '', state = 'waiting'""",
        (incident, leading, name, work.now),
    )


def answer_name(work: Work, incident: int, state: str, by: str) -> None:
    """`shown` or `refused`."""
    work.run(
        "update letter_names set state = ?, answered = ?, answered_by = ? where incident = ? and state = 'waiting'",
        (state, work.now, by, incident),
    )


def drop_name(work: Work, incident: int) -> bool:
    """It is not wanted any more; False when there was none."""
    return work.run("delete from letter_names where incident = ?", (incident,)) > 0


def name_of(work: Work, incident: int) -> Name | None:
    """By which name the reporter of this ticket wants to be thanked."""
    row = work.row("select * from letter_names where incident = ?", (incident,))
    return None if row is None else Name(**row)


def names_waiting(work: Work, limit: int) -> list[Name]:
    """Those nobody here has looked at, the longest waiting first."""
    rows = work.rows("select * from letter_names where state = 'waiting' order by at limit ?", (limit,))
    return [Name(**row) for row in rows]


def _title(work: Work, row: Row) -> str:
    if row["incident"] is None:
        return str(row["title"])
    named = work.rows(
        "select name from letter_names where leading = ? and state = 'shown' order by at limit 3", (row["incident"],)
    )
    return "，".join([row["title"], *(["、".join(one["name"] for one in named)] if named else [])])
