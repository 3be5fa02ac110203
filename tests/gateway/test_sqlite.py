"""Transactions of one file, from several threads of one process."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway import sqlite
from gateway.sqlite import Sqlite


@pytest.fixture
def file(tmp_path: Path) -> Sqlite:
    made = Sqlite(tmp_path / "some.db")
    with made.transaction() as connection:
        connection.execute("create table counted (n integer not null)")
        connection.execute("insert into counted values (0)")
    return made


def test_writers_that_read_first_lose_nothing_of_each_other(file: Sqlite) -> None:
    def write() -> None:
        for _ in range(25):
            with file.transaction() as connection:
                (n,) = connection.execute("select n from counted").fetchone()
                connection.execute("update counted set n = ?", (n + 1,))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert file.row("select n from counted") == {"n": 200}


def test_a_writer_that_waits_too_long_is_told_so(file: Sqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE_S", 0.01)
    refused: list[sqlite3.OperationalError] = []

    def write() -> None:
        try:
            with file.transaction():
                pass
        except sqlite3.OperationalError as cause:
            refused.append(cause)

    with file.transaction():
        other = threading.Thread(target=write)
        other.start()
        other.join()

    assert [str(one) for one in refused] == ["database is locked"]


def test_a_transaction_within_a_transaction_is_refused_and_leaves_the_file_usable(file: Sqlite) -> None:
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"), file.transaction(), file.transaction():
        pass

    with file.transaction() as connection:
        connection.execute("update counted set n = 7")
    assert file.row("select n from counted") == {"n": 7}


def test_opening_a_file_twice_in_one_process_keeps_its_locks(file: Sqlite) -> None:
    second = Sqlite(file.path)
    another_process = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('select n from counted').fetchall()"

    subprocess.run([sys.executable, "-c", another_process, str(file.path)], check=True)

    # A process that believes itself the last one to close the file takes its WAL away: it must see our locks.
    assert file.path.with_name("some.db-wal").exists()
    with second.transaction() as connection:
        connection.execute("update counted set n = 3")
    assert file.row("select n from counted") == {"n": 3}


def test_a_thread_that_has_ended_leaves_no_connection_open(file: Sqlite) -> None:
    left: list[sqlite3.Connection] = []

    def look() -> None:
        file.row("select n from counted")
        left.append(file.connection)

    for _ in range(3):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    for connection in left[:-1]:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("select 1")
    assert file.row("select n from counted") == {"n": 0}
