"""Table of the filters that people of the desk have saved."""

import json
from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("desk")


@migrations(name="0001_saved_filters")
def _tables(database: Database) -> None:
    for statement in (
        """create table desk_filters (
            id integer primary key, staff integer not null references staff (id), name text not null,
            query text not null, community text, at integer not null, unique (staff, name))""",
        "create index desk_filters_shared on desk_filters (community) where community is not null",
    ):
        database.execute(statement)


def add(work: Work, staff: int, name: str, query: str, community: str | None) -> int:
    """Save a filter; `community`: whom it is shared with, None: nobody."""
    return work.insert(
        "desk_filters", {"staff": staff, "name": name, "query": query, "community": community, "at": work.now}
    )


def change(work: Work, number: int, name: str, query: str, community: str | None) -> None:
    """Everything about it but its owner."""
    work.run(
        "update desk_filters set name = ?, query = ?, community = ? where id = ?", (name, query, community, number)
    )


def remove(work: Work, number: int) -> None:
    """It is gone."""
    work.run("delete from desk_filters where id = ?", (number,))


def get(work: Work, number: int) -> Row | None:
    """id, staff, name, query, community, at, and `owner`, its owner's name."""
    return work.row(f"{_SELECT} where desk_filters.id = ?", (number,))


def named(work: Work, staff: int, name: str) -> Row | None:
    """A person's own one of this name."""
    return work.row(f"{_SELECT} where desk_filters.staff = ? and desk_filters.name = ?", (staff, name))


def own(work: Work, staff: int) -> list[Row]:
    """A person's, in the order they were saved."""
    return work.rows(f"{_SELECT} where desk_filters.staff = ? order by desk_filters.id", (staff,))


def shared(work: Work, communities: Collection[str], but: int, most: int) -> list[Row]:
    """What others share with these communities, in the order it was saved."""
    return work.rows(
        f"""{_SELECT} where desk_filters.community in (select value from json_each(?)) and desk_filters.staff <> ?
            order by desk_filters.id limit ?""",
        (json.dumps(sorted(communities)), but, most),
    )


_SELECT = "select desk_filters.*, staff.name as owner from desk_filters join staff on staff.id = desk_filters.staff"
