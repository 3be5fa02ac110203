"""A SQLite file in WAL, one connection per thread, and one kind of transaction: `BEGIN IMMEDIATE`.

The mailbox, the kiosk's outbox and the server's store all stand on it. sqlite-utils' own `atomic()` begins
deferred, and a deferred transaction that reads before it writes fails under other writers.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

Row = dict[str, Any]

PATIENCE_S = 15
"""How long a write waits for those before it."""


class Unusable(Exception):
    """The database file cannot be opened or written; `str()` is one line for the person at the console."""


class Sqlite:
    """One database file. Safe to share between threads; each thread gets its own connection on first use."""

    def __init__(self, path: Path, migrations: Sequence[Migrations] = ()) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                # For our eyes only: hashes of passwords and what riders wrote. SQLite gives its side files the same
                # rights. A file that exists must not be opened here: closing it would drop every lock that this
                # process holds on it through SQLite, and another process would then take the WAL away from under us.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            for steps in migrations:
                # Two processes may start at once: whoever comes second finds the work done.
                with self.transaction():
                    steps.apply(self.database)
        except (OSError, sqlite3.Error) as cause:
            raise Unusable(f"cannot use the database {path}: {cause}") from cause

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit, rows as tuples."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, isolation_level=None, timeout=PATIENCE_S, check_same_thread=False)
            found.execute("pragma journal_mode = wal")
            found.execute("pragma synchronous = full")  # what is acknowledged survives the power cut
            found.execute("pragma foreign_keys = on")
            found.execute("pragma secure_delete = on")  # what is deleted is overwritten, whoever built this SQLite
            self._local.connection = found
            with self._lock:
                # A pool's threads come and go: each would leave its connection, its cache and its files behind.
                kept = [(threading.current_thread(), found)]
                for thread, left in self._all:
                    if thread.is_alive():
                        kept.append((thread, left))
                    else:
                        left.close()
                self._all = kept
        return found

    @property
    def database(self) -> Database:
        """This thread's connection as a sqlite-utils database."""
        found: Database | None = getattr(self._local, "database", None)
        if found is None:
            found = self._local.database = Database(self.connection)
        return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: committed at the end, rolled back on any exception. Not nested."""
        connection = self.connection
        with self._in_turn(connection):
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")  # a full disk may show only here, and leaves the transaction open
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise

    @contextmanager
    def _in_turn(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Our own threads wait for each other here: SQLite would have them sleep and look again, ever longer."""
        if connection.in_transaction:
            yield  # nested: SQLite says so itself
            return
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise sqlite3.OperationalError("database is locked")
        try:
            yield
        finally:
            self._turn.release()

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """The rows of a query as dictionaries."""
        cursor = self.connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
        """The first row, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def data_version(self) -> int:
        """Changes when another connection has committed: a poll that costs next to nothing."""
        (version,) = self.connection.execute("pragma data_version").fetchone()
        return int(version)

    def settle(self) -> bool:
        """Write the log back and empty it: what was overwritten is then nowhere any more. False while others read."""
        connection = self.connection
        with self._in_turn(connection):
            # Whoever writes meanwhile waits for no longer than this.
            connection.execute("pragma busy_timeout = 500")
            try:
                (busy, _, _) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            finally:
                connection.execute(f"pragma busy_timeout = {PATIENCE_S * 1000}")
        return not busy

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for _, connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()
