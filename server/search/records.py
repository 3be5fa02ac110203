"""The index: one row a ticket, numbered as the ticket is. SQLite's FTS5; another store needs another of this file."""

from collections.abc import Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.kit.store import Work

migrations = Migrations("search")


@migrations(name="0001_search")
def _tables(database: Database) -> None:
    # No content: the tickets have it. Positions are kept, for phrases.
    database.execute(
        "create virtual table incident_search using fts5(terms, marks, tokenize = 'unicode61 remove_diacritics 0')"
    )


def put(work: Work, incident: int, terms: Sequence[str], marks: Sequence[str]) -> None:
    """Index a ticket anew."""
    work.run("delete from incident_search where rowid = ?", (incident,))
    work.run(
        "insert into incident_search (rowid, terms, marks) values (?, ?, ?)",
        (incident, " ".join(terms), " ".join(marks)),
    )


def find(work: Work, expression: str, before: int | None, limit: int) -> list[int]:
    """Ticket numbers that match, newest first, behind the number `before`."""
    rows = work.rows(
        """select rowid as id from incident_search where incident_search match ? and rowid < ?
           order by rowid desc limit ?""",
        (expression, 2**62 if before is None else before, limit),
    )
    return [row["id"] for row in rows]


def highest(work: Work) -> int:
    """The highest ticket number indexed; 0 while the index is empty."""
    return int(work.value("select max(rowid) from incident_search") or 0)
