"""The index: one row a ticket, numbered as the ticket is. SQLite's FTS5; another store needs another of this file."""

from collections.abc import Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.kit.store import Work
from server.search.rules import Area

migrations = Migrations("search")

MERGED = 16
"""Pages of the index that one step of tidying writes: a few milliseconds under the lock."""


@migrations(name="0001_search")
def _tables(database: Database) -> None:
    # No content: the tickets have it. Positions are kept, for phrases.
    database.execute(
        "create virtual table incident_search using fts5(terms, marks, tokenize = 'unicode61 remove_diacritics 0')"
    )


@migrations(name="0002_areas")
def _areas(database: Database) -> None:
    for statement in (
        "drop table incident_search",  # the tickets are indexed anew, see search_place
        """create virtual table incident_search using fts5(
            terms, marks, tokenize = 'unicode61 remove_diacritics 0', prefix = '1', columnsize = 0)""",
        # Merging in the middle of somebody's report takes up to a third of a second: a chore does it.
        "insert into incident_search (incident_search, rank) values ('automerge', 0)",
        "create table search_areas (community text primary key, street text not null, district text not null)",
        "create table search_place (name text primary key, position integer not null)",
    ):
        database.execute(statement)


def put(work: Work, incident: int, terms: Sequence[str], marks: Sequence[str]) -> None:
    """Index a ticket, or what has changed of it."""
    new = {"terms": " ".join(terms), "marks": " ".join(marks)}
    old = work.row("select terms, marks from incident_search where rowid = ?", (incident,))
    if old is None:
        work.insert("incident_search", {"rowid": incident, **new})
    elif old != new:
        work.run("update incident_search set terms = :terms, marks = :marks where rowid = :id", {**new, "id": incident})


def find(work: Work, expression: str, before: int | None, limit: int) -> list[int]:
    """Ticket numbers that match, newest first, behind the number `before`."""
    rows = work.rows(
        """select rowid as id from incident_search where incident_search match ? and rowid < ?
           order by rowid desc limit ?""",
        (expression, 2**62 if before is None else before, limit),
    )
    return [row["id"] for row in rows]


def want_wiped(work: Work) -> None:
    """What left the tickets is still in old pieces of the index: they are to be written anew."""
    pages = int(work.value("select count(*) from incident_search_data"))
    work.run("insert or replace into search_place (name, position) values ('wipe', ?)", (2 * pages // MERGED + 2,))


def wipe(work: Work) -> bool:
    """One step of writing the whole index anew, if that is wanted; whether there is more to do.

    Ends after as many steps as twice its length: what is written meanwhile would keep it going for ever.
    """
    left = work.value("select position from search_place where name = 'wipe'")
    if left is None:
        return False
    before = work.value("select total_changes()")
    work.run("insert into incident_search (incident_search, rank) values ('merge', ?)", (-MERGED,))
    if int(work.value("select total_changes()")) - int(before) <= 1 or left <= 1:
        work.run("delete from search_place where name = 'wipe'")
        return False
    work.run("update search_place set position = ? where name = 'wipe'", (left - 1,))
    return True


def merge(work: Work) -> bool:
    """One step of tidying; whether there was anything to tidy."""
    before = work.value("select total_changes()")
    work.run("insert into incident_search (incident_search, rank) values ('merge', ?)", (MERGED,))
    return int(work.value("select total_changes()")) - int(before) > 1


def areas(work: Work) -> dict[str, Area]:
    """Community → where it lay when its first ticket was indexed."""
    return {row["community"]: Area(row["street"], row["district"]) for row in work.rows("select * from search_areas")}


def area(work: Work, community: str) -> Area | None:
    """Of one community."""
    row = work.row("select street, district from search_areas where community = ?", (community,))
    return None if row is None else Area(**row)


def add_area(work: Work, community: str, found: Area) -> None:
    """Remember it for good."""
    work.run("insert into search_areas values (?, ?, ?)", (community, found.street, found.district))


def place(work: Work) -> int | None:
    """The oldest ticket that the catching up has reached; 0 when it is done, None before its beginning."""
    found = work.value("select position from search_place where name = 'oldest'")
    return None if found is None else int(found)


def move_place(work: Work, to: int) -> None:
    """So far the catching up has come."""
    work.run("insert or replace into search_place (name, position) values ('oldest', ?)", (to,))
