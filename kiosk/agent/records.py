"""What a tap changes here at once: its answer, the state of an amenity, today's count. Same file as the outbox.

Every function takes the connection of `Outbox.writing()`, so that fact and effect are one transaction.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from kiosk.agent.limits import Limits

_TAPS_KEPT = 1_000

migrations = Migrations("station")


@migrations(name="0001_station")
def _tables(database: Database) -> None:
    for statement in (
        """create table taps (
            number integer primary key, kind text not null, tap text not null,
            id text not null, receipt text, line text not null,
            unique (kind, tap))""",
        "create table amenities (code text primary key, state text not null, seq integer not null, heard integer)",
        "create table checkins (day text primary key, taps integer not null)",
    ):
        database.execute(statement)


@migrations(name="0002_edge")
def _edge(database: Database) -> None:
    for statement in (
        """create table latched (
            device text not null, port integer not null, why text not null, primary key (device, port))""",
        "create table limits (name text primary key, value real not null)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Tap:
    """What was answered to a tap, so that the same tap is answered the same again."""

    id: str
    receipt: str | None
    line: str


@dataclass(frozen=True, slots=True)
class LocalAmenity:
    """What was last said here about an amenity, in the fact `seq` of the event lane.

    `heard`: the `since` that the desired state gave for it at that moment, None when it gave none.
    """

    state: str
    seq: int
    heard: int | None


def tap(connection: sqlite3.Connection, kind: str, tap_id: str) -> Tap | None:
    """The answer once given to this tap."""
    row = connection.execute("select id, receipt, line from taps where kind = ? and tap = ?", (kind, tap_id)).fetchone()
    return None if row is None else Tap(*row)


def keep_tap(connection: sqlite3.Connection, kind: str, tap_id: str, answer: Tap) -> None:
    """Remember an answer; the last thousand are enough for a finger that trembles or a page that retries."""
    connection.execute(
        "insert into taps (kind, tap, id, receipt, line) values (?, ?, ?, ?, ?)",
        (kind, tap_id, answer.id, answer.receipt, answer.line),
    )
    connection.execute("delete from taps where number <= (select max(number) from taps) - ?", (_TAPS_KEPT,))


def count_checkin(connection: sqlite3.Connection, day: str) -> int:
    """One more check-in on this Beijing day; returns how many it has now."""
    connection.execute("delete from checkins where day <> ?", (day,))
    connection.execute(
        "insert into checkins (day, taps) values (?, 1) on conflict (day) do update set taps = taps + 1", (day,)
    )
    return checkins(connection, day)


def checkins(connection: sqlite3.Connection, day: str) -> int:
    """Check-ins on this Beijing day."""
    row = connection.execute("select taps from checkins where day = ?", (day,)).fetchone()
    return 0 if row is None else int(row[0])


def set_amenity(connection: sqlite3.Connection, code: str, said: LocalAmenity) -> None:
    """Note the new state of an amenity."""
    connection.execute(
        """insert into amenities (code, state, seq, heard) values (?, ?, ?, ?)
           on conflict (code) do update set state = excluded.state, seq = excluded.seq, heard = excluded.heard""",
        (code, said.state, said.seq, said.heard),
    )


def amenities(connection: sqlite3.Connection) -> dict[str, LocalAmenity]:
    """What was last said here, by amenity."""
    return {
        code: LocalAmenity(state, seq, heard)
        for code, state, seq, heard in connection.execute("select code, state, seq, heard from amenities")
    }


def latch(connection: sqlite3.Connection, ports: Iterable[tuple[str, int]], why: str) -> None:
    """These ports (device, number) stay without power until a person gives it back."""
    connection.executemany(
        "insert into latched (device, port, why) values (?, ?, ?) on conflict do nothing",
        [(device, port, why) for device, port in ports],
    )


def release(connection: sqlite3.Connection, device: str, port: int) -> None:
    """A person gave it back."""
    connection.execute("delete from latched where device = ? and port = ?", (device, port))


def latched(connection: sqlite3.Connection) -> dict[tuple[str, int], str]:
    """(device, port) → why it has no power."""
    rows = connection.execute("select device, port, why from latched")
    return {(device, port): why for device, port, why in rows}


def keep_limits(connection: sqlite3.Connection, limits: Limits) -> None:
    """The last good limits."""
    connection.executemany(
        "insert into limits (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
        list(asdict(limits).items()),
    )


def kept_limits(connection: sqlite3.Connection) -> dict[str, float]:
    """name → the last good value; empty before the first."""
    return dict(connection.execute("select name, value from limits").fetchall())
