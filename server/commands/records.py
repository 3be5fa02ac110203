"""Tables of the commands given, and of what they brought home. A command's row stays: it is the record of the deed."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.envelope import Body
from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("commands")


@migrations(name="0001_commands")
def _tables(database: Database) -> None:
    for statement in (
        """create table commands (
            number integer primary key, id text not null unique,
            kiosk text not null, station text not null, community text not null,
            name text not null, args text not null, reason text not null, incident integer,
            by_id integer, by_name text not null, by_role text not null,
            at integer not null, expires integer not null, handed integer,
            state text not null, sent integer, accepted integer, ended integer, answer text not null)""",
        "create index commands_open on commands (number) where state in ('queued', 'sent')",
        "create index commands_kiosk on commands (kiosk, number)",
        "create index commands_community on commands (community, number)",
        "create index commands_incident on commands (incident) where incident is not null",
        """create table command_finds (
            command text primary key references commands (id), kind text not null, content blob not null,
            at integer not null)""",
        "create index command_finds_at on command_finds (at)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Order:
    """A command that was given. Times: UTC milliseconds, None for what has not come. `answer`: the kiosk's words."""

    number: int
    id: str
    kiosk: str
    station: str
    community: str
    name: str
    args: Body
    reason: str
    incident: int | None
    by_id: int | None
    by_name: str
    by_role: str
    at: int
    expires: int
    handed: int | None
    state: str
    sent: int | None
    accepted: int | None
    ended: int | None
    answer: Body


def add(work: Work, order: Order) -> None:
    """Keep a new one; its `number` is given here."""
    work.insert(
        "commands",
        {
            "id": order.id, "kiosk": order.kiosk, "station": order.station, "community": order.community,
            "name": order.name, "args": _json(order.args), "reason": order.reason, "incident": order.incident,
            "by_id": order.by_id, "by_name": order.by_name, "by_role": order.by_role, "at": order.at,
            "expires": order.expires, "state": order.state, "answer": _json(order.answer),
        },
    )  # fmt: skip


def find(work: Work, command: str) -> Order | None:
    """The command with this id."""
    row = work.row("select * from commands where id = ?", (command,))
    return None if row is None else _order(row)


def latest(
    work: Work,
    communities: Collection[str],
    *,
    kiosk: str | None = None,
    incident: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Order]:
    """The newest in these communities."""
    marks = ", ".join("?" for _ in communities)
    rows = work.rows(
        f"""select * from commands
            where community in ({marks}) and (? is null or kiosk = ?) and (? is null or incident = ?)
              and (? is null or number < ?)
            order by number desc limit ?""",
        (*communities, kiosk, kiosk, incident, incident, before, before, limit),
    )
    return [_order(row) for row in rows]


def waiting(work: Work) -> list[Order]:
    """Queued or sent, oldest first."""
    return [
        _order(row) for row in work.rows("select * from commands where state in ('queued', 'sent') order by number")
    ]


def handed(work: Work, command: str) -> None:
    """The gateway has it."""
    work.run("update commands set handed = ? where id = ?", (work.now, command))


def stand(work: Work, command: str, state: str, column: str, at: int, answer: Body | None = None) -> None:
    """A new state, and when; `column` is sent, accepted or ended, and keeps its first time."""
    work.run(
        f"update commands set state = ?, {column} = coalesce({column}, ?), answer = coalesce(?, answer) where id = ?",
        (state, at, None if answer is None else _json(answer), command),
    )


def reopen(work: Work, command: str) -> None:
    """Its time had run out, and its kiosk did it all the same: the end is not known yet."""
    work.run("update commands set ended = null where id = ?", (command,))


def keep_find(work: Work, command: str, kind: str, content: bytes) -> None:
    """What it brought home; a second time changes nothing."""
    work.run(
        "insert into command_finds (command, kind, content, at) values (?, ?, ?, ?) on conflict do nothing",
        (command, kind, content, work.now),
    )


def found(work: Work, command: str) -> Row | None:
    """kind, content and at, while it is kept."""
    return work.row("select kind, content, at from command_finds where command = ?", (command,))


def forget_finds(work: Work, before: int) -> int:
    """Delete what was brought home before this time; how many."""
    return work.run("delete from command_finds where at < ?", (before,))


def _order(row: Row) -> Order:
    return Order(**{**row, "args": json.loads(row["args"]), "answer": json.loads(row["answer"])})


def _json(value: Body) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
