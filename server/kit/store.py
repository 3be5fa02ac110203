"""The server's database and its unit of work: one request or one fact, one transaction.

A feature's `records.py` speaks SQL through `Work`; its actions `tell` events, whose reactions run in the same
transaction; whatever leaves the building waits in `after` until the commit.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row, Sqlite
from server.kit.clock import now_ms

Parameters = Sequence[Any] | Mapping[str, Any]
Reaction = Callable[["Work", Any], None]


class Work:
    """An open transaction. `now` is one moment for all that happens in it, UTC milliseconds."""

    def __init__(self, sqlite: Sqlite, hears: Mapping[type, Sequence[Reaction]], now: int) -> None:
        self._sqlite = sqlite
        self._hears = hears
        self._after: list[Callable[[], None]] = []
        self.now = now

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """The rows of a query."""
        return self._sqlite.rows(sql, dict(parameters) if isinstance(parameters, Mapping) else parameters)

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        found = self._sqlite.connection.execute(sql, parameters).fetchone()
        return None if found is None else found[0]

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """Execute a statement; returns how many rows it changed."""
        return self._sqlite.connection.execute(sql, parameters).rowcount

    def insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Insert one row; returns its number. Table and column names come from our own code only."""
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        cursor = self._sqlite.connection.execute(
            f"insert into {table} ({names}) values ({marks})",  # noqa: S608 - names are literals of records.py
            list(values.values()),
        )
        return int(cursor.lastrowid or 0)

    def tell(self, event: object) -> None:
        """Let every feature that hears this kind of event react, in this transaction."""
        for reaction in self._hears.get(type(event), ()):
            reaction(self, event)

    def after(self, deed: Callable[[], None]) -> None:
        """Do this once the transaction is committed; dropped when it is rolled back."""
        self._after.append(deed)

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """A part that may fail alone: rolled back to here on an exception, which then goes on upwards."""
        connection, waiting = self._sqlite.connection, len(self._after)
        connection.execute("savepoint attempt")
        try:
            yield
        except BaseException:
            connection.execute("rollback to attempt")
            connection.execute("release attempt")
            del self._after[waiting:]
            raise
        connection.execute("release attempt")

    def committed(self) -> None:
        """Called by the store after the commit."""
        for deed in self._after:
            deed()


class Store:
    """`changxiaozhan.db`. Thread-safe. Raises `gateway.sqlite.Unusable` when the file cannot be opened."""

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Migrations] = (),
        hears: Mapping[type, Sequence[Reaction]] | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._sqlite = Sqlite(path, migrations)
        self._hears = hears or {}
        self.clock = clock

    @contextlib.contextmanager
    def work(self) -> Iterator[Work]:
        """A transaction that writes: all or nothing, then the deeds that waited for the commit."""
        work = Work(self._sqlite, self._hears, self.clock())
        with self._sqlite.transaction():
            yield work
        work.committed()

    @contextlib.contextmanager
    def look(self) -> Iterator[Work]:
        """A consistent look without a write lock; writing in it fails when somebody else wrote meanwhile."""
        work = Work(self._sqlite, self._hears, self.clock())
        connection = self._sqlite.connection
        connection.execute("begin")
        try:
            yield work
        finally:
            connection.execute("rollback")

    def data_version(self) -> int:
        """Changes when another connection has committed."""
        return self._sqlite.data_version()

    def settle(self) -> bool:
        """Leave nothing of what was deleted in the file's log; False while others read: try again later."""
        return self._sqlite.settle()

    def close(self) -> None:
        """Close every connection."""
        self._sqlite.close()
