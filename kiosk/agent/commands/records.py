"""Table of the commands this kiosk has seen. Same file as the outbox: a command's state and its answer are one write.

Every function takes the connection of `Outbox.writing()`.
"""

import json
import sqlite3
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.envelope import Body

KEPT = 1_000
FORGET_AFTER_MS = 24 * 3_600_000

migrations = Migrations("commands")


@migrations(name="0001_commands")
def _tables(database: Database) -> None:
    database.execute(
        """create table commands (
            number integer primary key, id text not null unique, name text not null, args text not null,
            expires integer not null, state text not null, answer text not null, answers integer not null)"""
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A command as it stands. `answer`: what its latest result says besides the state; `expires`: UTC milliseconds."""

    id: str
    name: str
    args: Body
    expires: int
    state: str
    answer: Body
    answers: int


def find(connection: sqlite3.Connection, command: str) -> Known | None:
    """The command with this id."""
    found = _select(connection, "where id = ?", (command,))
    return found[0] if found else None


def unfinished(connection: sqlite3.Connection) -> list[Known]:
    """Accepted and without an end, oldest first."""
    return _select(connection, "where state = 'accepted' order by number", ())


def add(connection: sqlite3.Connection, known: Known, now: int) -> None:
    """Write a command down; those long past their time make room."""
    connection.execute(
        "insert into commands (id, name, args, expires, state, answer, answers) values (?, ?, ?, ?, ?, ?, ?)",
        (known.id, known.name, _json(known.args), known.expires, known.state, _json(known.answer), known.answers),
    )
    connection.execute(
        """delete from commands where state <> 'accepted' and expires < ?
           and number <= (select max(number) from commands) - ?""",
        (now - FORGET_AFTER_MS, KEPT),
    )


def settle(connection: sqlite3.Connection, command: str, state: str, answer: Body) -> None:
    """How it ended."""
    connection.execute("update commands set state = ?, answer = ? where id = ?", (state, _json(answer), command))


def answered(connection: sqlite3.Connection, command: str) -> None:
    """One more answer to a repeat."""
    connection.execute("update commands set answers = answers + 1 where id = ?", (command,))


def _select(connection: sqlite3.Connection, where: str, parameters: tuple[str, ...]) -> list[Known]:
    rows = connection.execute(
        f"select id, name, args, expires, state, answer, answers from commands {where}",  # noqa: S608 - our own words
        parameters,
    )
    return [
        Known(command, name, json.loads(args), expires, state, json.loads(answer), answers)
        for command, name, args, expires, state, answer, answers in rows
    ]


def _json(value: Body) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
