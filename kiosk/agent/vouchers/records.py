"""What this kiosk took, and how often somebody typed in vain. Same file as the outbox, so that it holds with the fact.

Every function takes the connection of `Outbox.writing()`.
"""

import sqlite3
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.vouchers import Voucher

migrations = Migrations("vouchers")

_KEPT_MS = 2 * 86_400_000
"""No clock is so wrong that a code of before were good again."""


@migrations(name="0001_vouchers")
def _tables(database: Database) -> None:
    for statement in (
        """create table vouchers (
            station text not null, item text not null, step integer not null, number integer not null,
            id text not null unique, tap text not null unique, outcome text not null, at integer not null,
            primary key (station, item, step, number)) without rowid""",
        """create table voucher_tries (
            one integer primary key check (one = 1), wrong integer not null, until integer not null)""",
        "insert into voucher_tries values (1, 0, 0)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Taken:
    """A code that was taken; `id` names the deed, also for the device."""

    station: str
    voucher: Voucher
    id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong codes since the last right one, and until when (UTC milliseconds) none is looked at."""

    wrong: int
    until: int


def take(connection: sqlite3.Connection, taken: Taken, tap: str, now: int) -> None:
    """Write it down; what is long over goes."""
    connection.execute("delete from vouchers where at < ?", (now - _KEPT_MS,))
    one = taken.voucher
    connection.execute(
        "insert into vouchers (station, item, step, number, id, tap, outcome, at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (taken.station, one.item, one.step, one.number, taken.id, tap, taken.outcome, now),
    )


def of(connection: sqlite3.Connection, station: str, voucher: Voucher) -> Taken | None:
    """Whether this one was taken here."""
    return _first(
        connection,
        "station = ? and item = ? and step = ? and number = ?",
        (station, voucher.item, voucher.step, voucher.number),
    )


def by_tap(connection: sqlite3.Connection, tap: str) -> Taken | None:
    """What came of this press."""
    return _first(connection, "tap = ?", (tap,))


def left_open(connection: sqlite3.Connection) -> list[Taken]:
    """Taken, and nobody wrote down how it ended."""
    return _all(connection, "outcome = 'accepted'", ())


def end(connection: sqlite3.Connection, taken: str, outcome: str) -> None:
    """How it ended."""
    connection.execute("update vouchers set outcome = ? where id = ?", (outcome, taken))


def tries(connection: sqlite3.Connection) -> Tries:
    """As they stand."""
    return Tries(*connection.execute("select wrong, until from voucher_tries").fetchone())


def set_tries(connection: sqlite3.Connection, now: Tries) -> None:
    """As they stand from now on."""
    connection.execute("update voucher_tries set wrong = ?, until = ?", (now.wrong, now.until))


def _first(connection: sqlite3.Connection, where: str, values: tuple[str | int, ...]) -> Taken | None:
    return next(iter(_all(connection, where, values)), None)


def _all(connection: sqlite3.Connection, where: str, values: tuple[str | int, ...]) -> list[Taken]:
    rows = connection.execute(
        f"select station, item, step, number, id, outcome from vouchers where {where}",  # noqa: S608 - our own words
        values,
    )
    return [Taken(station, Voucher(*voucher), deed, outcome) for station, *voucher, deed, outcome in rows]
