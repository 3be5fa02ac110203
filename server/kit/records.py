"""Tables of the server's frame: how far the mailbox is read, and the facts that no feature could take."""

import json

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.mailbox import StoredFact
from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("intake")


@migrations(name="0001_intake")
def _tables(database: Database) -> None:
    database.execute("create table intake_place (name text primary key, position integer not null)")
    database.execute(
        """create table intake_refused (
            fact integer primary key, kiosk text not null, kind text not null, body text not null,
            reason text not null, at integer not null)"""
    )


def position(work: Work) -> int:
    """The last fact that was read; 0 before the first."""
    return int(work.value("select position from intake_place where name = 'mailbox'") or 0)


def advance(work: Work, to: int) -> None:
    """Facts up to this one are read; holds only when the transaction does."""
    work.run(
        """insert into intake_place (name, position) values ('mailbox', ?)
           on conflict (name) do update set position = excluded.position""",
        (to,),
    )


def refuse(work: Work, fact: StoredFact, reason: str) -> None:
    """Set a fact aside that no feature could take; at most 500 characters of the reason."""
    work.run(
        """insert into intake_refused (fact, kiosk, kind, body, reason, at) values (?, ?, ?, ?, ?, ?)
           on conflict do nothing""",
        (fact.id, fact.kiosk, fact.kind, json.dumps(fact.body, ensure_ascii=False), reason[:500], work.now),
    )


def refused(work: Work, limit: int = 50) -> list[Row]:
    """What no feature could take, newest first: fact, kiosk, kind, body, reason, at."""
    return work.rows("select * from intake_refused order by fact desc limit ?", (limit,))
