"""Table of the commands on their way. Every function takes a connection to the mailbox's database."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.commands import Command
from gateway.contract.life import Life

KEPT_MS = 24 * 3_600_000
AT_ONCE = 2_000

migrations = Migrations("orders")


@migrations(name="0001_orders")
def _tables(database: Database) -> None:
    for statement in (
        """create table orders (
            id text primary key, kiosk text not null, payload text not null, expires integer not null,
            created integer not null, sent integer, nonce text)""",
        "create index orders_expiring on orders (expires)",
        # The publisher asks for the latest changes at every commit: never by reading a thousand documents.
        "create index if not exists desired_changed on desired (changed)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Due:
    """A command to be sent to a kiosk, in its session with this nonce. `payload`: for `down/command`."""

    id: str
    kiosk: str
    payload: str
    nonce: str | None


def desire(connection: sqlite3.Connection, documents: Sequence[tuple[str, str, str]]) -> None:
    """Keep (kiosk, body as canonical text, its hash) where the hash is another; versions only count up."""
    (changed,) = connection.execute("select coalesce(max(changed), 0) from desired").fetchone()
    for kiosk, body, digest in documents:
        row = connection.execute("select version, digest from desired where kiosk = ?", (kiosk,)).fetchone()
        if row is not None and row[1] == digest:
            continue
        # A kiosk ignores what is older than what it shows: after a restored backup, count on from there.
        shown = connection.execute(
            "select json_extract(reported, '$.version') from kiosks where kiosk = ?", (kiosk,)
        ).fetchone()
        version = max(0 if row is None else int(row[0]), int((shown and shown[0]) or 0)) + 1
        changed += 1
        connection.execute(
            """insert into desired (kiosk, version, body, digest, changed) values (?, ?, ?, ?, ?)
               on conflict (kiosk) do update set version = excluded.version, body = excluded.body,
                 digest = excluded.digest, changed = excluded.changed""",
            (kiosk, version, body, digest, changed),
        )


def put(connection: sqlite3.Connection, kiosk: str, command: Command, payload: str, now: int) -> bool:
    """Queue one; False when the id is known."""
    cursor = connection.execute(
        "insert into orders (id, kiosk, payload, expires, created) values (?, ?, ?, ?, ?) on conflict (id) do nothing",
        (command.id, kiosk, payload, command.expires, now),
    )
    return cursor.rowcount > 0


def due(connection: sqlite3.Connection, now: int, again: bool) -> list[Due]:
    """Unexpired ones of kiosks that are there, not sent yet in the kiosk's present session (or `again` all)."""
    rows = connection.execute(
        """select orders.id, orders.kiosk, orders.payload, kiosks.nonce
           from orders join kiosks on kiosks.kiosk = orders.kiosk
           where orders.expires > ? and kiosks.life = ?
             and (? or orders.sent is null or orders.nonce is not kiosks.nonce)
           order by orders.created, orders.id limit ?""",
        (now, str(Life.READY), again, AT_ONCE),
    )
    return [Due(*row) for row in rows]


def mark(connection: sqlite3.Connection, sent_now: Sequence[Due], now: int) -> None:
    """Note the session; `sent` keeps the first time."""
    connection.executemany(
        "update orders set sent = coalesce(sent, ?), nonce = ? where id = ?",
        [(now, one.nonce, one.id) for one in sent_now],
    )


def sent(connection: sqlite3.Connection, ids: Collection[str]) -> dict[str, int]:
    """id → when it was sent first."""
    marks = ", ".join("?" for _ in ids)
    rows = connection.execute(
        f"select id, sent from orders where sent is not null and id in ({marks})",  # noqa: S608 - question marks
        list(ids),
    )
    return dict(rows)


def forget(connection: sqlite3.Connection, now: int) -> None:
    """Drop what expired a day ago."""
    connection.execute("delete from orders where expires < ?", (now - KEPT_MS,))
