"""Tables of alerts: the ladder, the outbox (one row a ticket), deliveries, people who were called and who accepted."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.categories import Level
from gateway.sqlite import Row
from server.alerts.memos.records import TABLES as MEMO_TABLES
from server.alerts.rules import SHIPPED, Rung
from server.kit.store import Work

migrations = Migrations("alerts")


@migrations(name="0001_alerts")
def _tables(database: Database) -> None:
    for statement in (
        """create table alert_ladder (
            id integer primary key, level text not null, role text not null, manner text not null,
            after_s integer not null, repeat_s integer not null, channels integer not null,
            author text not null, at integer not null, ended integer)""",
        """create table alert_outbox (
            incident integer primary key, number text not null, community text not null, level text not null,
            urgent integer not null, started integer not null, rung integer, next integer,
            accepted integer, finished integer)""",
        "create index alert_outbox_next on alert_outbox (urgent, next) where next is not null",
        """create table alert_people (
            id integer primary key, incident integer not null, who text not null, staff integer,
            name text not null, role text not null, at integer not null, unique (incident, who))""",
        """create table alert_acceptances (
            id integer primary key, incident integer not null, who text not null, name text not null,
            role text not null, how text not null, at integer not null, unique (incident, who))""",
        """create table alert_deliveries (
            id integer primary key, incident integer, urgent integer not null,
            channel text not null, address text not null, people text not null, times integer not null,
            state text not null, due integer not null, tries integer not null, created integer not null,
            finished integer)""",
        """create index alert_deliveries_due on alert_deliveries (channel, urgent, due)
           where state = 'waiting'""",
        """create index alert_deliveries_open on alert_deliveries (state, due)
           where state in ('sending', 'handed')""",
        "create index alert_deliveries_of on alert_deliveries (incident)",
        "create index alert_deliveries_old on alert_deliveries (finished) where finished is not null",
        """create table alert_attempts (
            id integer primary key, incident integer, delivery integer, channel text not null, at integer not null,
            confirmed integer, answer text not null, names text not null)""",
        "create index alert_attempts_of on alert_attempts (incident, id)",
        "create index alert_attempts_at on alert_attempts (channel, at)",
        "create index alert_attempts_failed on alert_attempts (id) where confirmed = 0",
        """create table alert_channels (
            name text primary key, tried integer, worked integer, failures integer not null,
            blocked integer not null, answer text not null)""",
    ):
        database.execute(statement)
    for rung in SHIPPED:
        database.execute(_ADD_RUNG, _rung_values(rung))


@migrations(name="0002_memos")
def _memos(database: Database) -> None:
    for statement in MEMO_TABLES:
        database.execute(statement)


# --- the ladder


_ADD_RUNG = """insert into alert_ladder (level, role, manner, after_s, repeat_s, channels, author, at)
               values (?, ?, ?, ?, ?, ?, ?, ?)"""


def _rung_values(rung: Rung) -> tuple[str | int, ...]:
    return (
        str(rung.level), rung.role, rung.manner, rung.after_s, rung.repeat_s, rung.channels, rung.author, rung.at,
    )  # fmt: skip


def ladder(work: Work) -> list[Rung]:
    """The rungs in force, in their order."""
    rows = work.rows("select * from alert_ladder where ended is null order by level, id")
    return [
        Rung(
            Level(row["level"]), row["role"], row["manner"], row["after_s"], row["repeat_s"], row["channels"],
            row["author"], row["at"],
        )
        for row in rows
    ]  # fmt: skip


def set_rungs(work: Work, level: Level, rungs: Sequence[Rung]) -> None:
    """Put other rungs in force for a level; the former ones stay on record."""
    work.run("update alert_ladder set ended = ? where level = ? and ended is null", (work.now, str(level)))
    for rung in rungs:
        work.run(_ADD_RUNG, _rung_values(rung))


# --- the outbox: what has to be told, one row a ticket


@dataclass(frozen=True, slots=True)
class Entry:
    """A ticket that has to be told. `rung`: when it last rang; `next`: when to look again, None: nothing to do."""

    incident: int
    number: str
    community: str
    level: Level
    started: int
    rung: int | None
    accepted: int | None
    finished: int | None


def put(work: Work, incident: int, number: str, community: str, level: Level) -> None:
    """Queue a ticket, in the transaction that opens it; a ticket that comes back begins anew."""
    work.run(
        """insert into alert_outbox (incident, number, community, level, urgent, started, next)
           values (?, ?, ?, ?, ?, ?, ?)
           on conflict (incident) do update set level = excluded.level, urgent = excluded.urgent,
             started = excluded.started, next = excluded.next, rung = null, accepted = null, finished = null""",
        (incident, number, community, str(level), int(level in {Level.P0, Level.P1}), work.now, work.now),
    )


def entry(work: Work, incident: int) -> Entry | None:
    """The outbox row of a ticket."""
    return _entry(work.row("select * from alert_outbox where incident = ?", (incident,)))


def due_entries(work: Work, urgent: bool, most: int) -> list[Entry]:
    """Tickets whose moment has come, the longest waiting first."""
    rows = work.rows(
        "select * from alert_outbox where urgent = ? and next is not null and next <= ? order by next limit ?",
        (int(urgent), work.now, most),
    )
    return [found for row in rows if (found := _entry(row)) is not None]


def set_level(work: Work, incident: int, level: Level) -> None:
    """The ticket has become more urgent: everybody its new level calls by now is called at once."""
    work.run(
        "update alert_outbox set level = ?, urgent = ?, rung = null, next = ? where incident = ? and finished is null",
        (str(level), int(level in {Level.P0, Level.P1}), work.now, incident),
    )


def set_next(work: Work, incident: int, rung: int | None, at: int | None) -> None:
    """Remember that it has rung up to `rung`, and when to look again."""
    work.run("update alert_outbox set rung = ?, next = ? where incident = ?", (rung, at, incident))


def tell_anew(work: Work, incident: int) -> None:
    """Somebody it was meant for has left: who is to be told quietly is looked up once more."""
    work.run(
        """update alert_outbox set rung = null, next = ?
           where incident = ? and urgent = 0 and accepted is null and finished is null""",
        (work.now, incident),
    )


def end(work: Work, incident: int, *, finished: bool) -> None:
    """Nothing rings for this ticket any more: somebody accepted it, or (finished) it has ended."""
    column = "finished" if finished else "accepted"
    work.run(
        f"update alert_outbox set next = null, {column} = coalesce({column}, ?) where incident = ?",
        (work.now, incident),
    )


def resume(work: Work, incident: int) -> None:
    """A ticket that had ended is worked on again: nothing rings, but its links open and it may be raised."""
    work.run("update alert_outbox set finished = null where incident = ?", (incident,))


def _entry(row: Row | None) -> Entry | None:
    if row is None:
        return None
    return Entry(
        row["incident"], row["number"], row["community"], Level(row["level"]), row["started"], row["rung"],
        row["accepted"], row["finished"],
    )  # fmt: skip


# --- people who were called, and who accepted


def call(work: Work, incident: int, who: str, staff: int | None, name: str, role: str) -> int:
    """Remember that somebody was called to a ticket; returns the number their link is made of."""
    work.run(
        """insert into alert_people (incident, who, staff, name, role, at) values (?, ?, ?, ?, ?, ?)
           on conflict (incident, who) do nothing""",
        (incident, who, staff, name, role, work.now),
    )
    return int(work.value("select id from alert_people where incident = ? and who = ?", (incident, who)))


def person(work: Work, number: int) -> Row | None:
    """Somebody who was called: incident, who, staff, name, role, at."""
    return work.row("select * from alert_people where id = ?", (number,))


def people(work: Work, numbers: Collection[int]) -> dict[int, Row]:
    """Several of them, by number."""
    rows = work.rows(f"select * from alert_people where id in ({_marks(numbers)})", list(numbers))
    return {row["id"]: row for row in rows}


def accept(work: Work, incident: int, who: str, name: str, role: str, how: str) -> bool:
    """Write down that somebody accepted; False when the same person had already."""
    return (
        work.run(
            """insert into alert_acceptances (incident, who, name, role, how, at) values (?, ?, ?, ?, ?, ?)
               on conflict (incident, who) do nothing""",
            (incident, who, name, role, how, work.now),
        )
        > 0
    )


def acceptances(work: Work, incident: int) -> list[Row]:
    """Who accepted a ticket: who, name, role, how, at; the first one first."""
    return work.rows("select * from alert_acceptances where incident = ? order by id", (incident,))


def forget_acceptances(work: Work, incident: int) -> None:
    """A ticket that comes back waits for somebody anew; who accepted it before stands in its history."""
    work.run("delete from alert_acceptances where incident = ?", (incident,))


# --- deliveries


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address over one channel. `people`: numbers of `alert_people` → how to mention them.

    `memo`: what it says; None: that the ticket is there and waits for somebody.
    """

    id: int
    incident: int | None
    urgent: bool
    channel: str
    address: str
    people: dict[int, str]
    times: int
    tries: int
    created: int
    memo: int | None = None


def community_of(work: Work, delivery: Delivery) -> str:
    """Where what a message tells of belongs; empty when that is gone."""
    found = work.value(
        """select coalesce((select community from alert_memos where id = ?),
             (select community from alert_outbox where incident = ?))""",
        (delivery.memo, delivery.incident),
    )
    return str(found or "")


def deliver(
    work: Work,
    incident: int | None,
    urgent: bool,
    channel: str,
    address: str,
    people: dict[int, str],
    times: int,
    due: int,
    memo: int | None = None,
) -> None:
    """Queue a message; while the same one to the same address still waits, that one is brought up to date."""
    of = "incident = ? and memo is null" if memo is None else "memo = ?"
    waiting = work.row(
        f"""select id, people from alert_deliveries
            where {of} and channel = ? and address = ? and state = 'waiting'""",
        (incident if memo is None else memo, channel, address),
    )
    if waiting is not None:
        both = {**{int(number): mention for number, mention in json.loads(waiting["people"]).items()}, **people}
        work.run(
            """update alert_deliveries set people = ?, times = max(times, ?), urgent = max(urgent, ?), due = min(due, ?)
               where id = ?""",
            (json.dumps(both), times, int(urgent), due if urgent else 2**62, waiting["id"]),
        )
        return
    work.insert(
        "alert_deliveries",
        {
            "incident": incident, "urgent": int(urgent), "channel": channel, "address": address,
            "people": json.dumps(people), "times": times, "state": "waiting", "due": due, "tries": 0,
            "created": work.now, "memo": memo,
        },
    )  # fmt: skip


def first_due(work: Work, channel: str, urgent: bool) -> int | None:
    """When the next message of a channel is due."""
    found = work.value(
        "select min(due) from alert_deliveries where state = 'waiting' and channel = ? and urgent = ?",
        (channel, int(urgent)),
    )
    return None if found is None else int(found)


def due(work: Work, channel: str, urgent: bool, most: int) -> list[Delivery]:
    """Messages of a channel whose moment has come, the longest waiting first."""
    rows = work.rows(
        """select * from alert_deliveries where state = 'waiting' and channel = ? and urgent = ? and due <= ?
           order by due, id limit ?""",
        (channel, int(urgent), work.now, most),
    )
    return [_delivery(row) for row in rows]


def get_delivery(work: Work, number: int) -> tuple[Delivery, str] | None:
    """A message and its state."""
    row = work.row("select * from alert_deliveries where id = ?", (number,))
    return None if row is None else (_delivery(row), row["state"])


def waiting_among(work: Work, numbers: Sequence[int]) -> int:
    """How many of these messages still wait."""
    sql = f"select count(*) from alert_deliveries where state = 'waiting' and id in ({_marks(numbers)})"
    return int(work.value(sql, list(numbers)))


def set_state(work: Work, numbers: Sequence[int], state: str, due_at: int, tries: int | None = None) -> None:
    """Move messages on. `due_at`: the next try, or until when an answer is waited for."""
    work.run(
        f"""update alert_deliveries set state = ?, due = ?, tries = coalesce(?, tries)
            where id in ({_marks(numbers)})""",
        (state, due_at, tries, *numbers),
    )


def finish(work: Work, numbers: Sequence[int], state: str) -> None:
    """A message that needs nothing more: sent, failed or dropped. Where it went is forgotten."""
    work.run(
        f"update alert_deliveries set state = ?, finished = ?, address = '' where id in ({_marks(numbers)})",
        (state, work.now, *numbers),
    )


def drop_repeats(work: Work, incident: int, *, first_too: bool) -> None:
    """Somebody accepted: repeats and retries are not needed any more. The first call still goes out, saying so."""
    work.run(
        """update alert_deliveries set state = 'dropped', finished = ?, address = ''
           where incident = ? and memo is null and state = 'waiting' and (? or times > 1 or tries > 0)""",
        (work.now, incident, int(first_too)),
    )


def unanswered(work: Work) -> list[tuple[Delivery, str]]:
    """Messages on their way whose time is over: `sending` (we died over it) and `handed` (no desk answered)."""
    rows = work.rows("select * from alert_deliveries where state in ('sending', 'handed') and due <= ?", (work.now,))
    return [(_delivery(row), row["state"]) for row in rows]


def interrupted(work: Work) -> list[Delivery]:
    """Messages that were on their way when this program last ended."""
    return [_delivery(row) for row in work.rows("select * from alert_deliveries where state = 'sending'")]


def failed_channels(work: Work, incident: int) -> set[str]:
    """Channels whose latest attempt for a ticket was not confirmed."""
    rows = work.rows(
        """select channel, confirmed from alert_attempts
           where id in (select max(id) from alert_attempts where incident = ? group by channel)""",
        (incident,),
    )
    return {row["channel"] for row in rows if row["confirmed"] == 0}


def called(work: Work, incident: int | None, memo: int | None = None) -> set[tuple[str, int]]:
    """(channel, person) over which the alarm of a ticket, or a memo, went already or is about to."""
    of = "incident = ? and memo is null" if memo is None else "memo = ?"
    rows = work.rows(
        f"select distinct channel, people from alert_deliveries where {of}", (incident if memo is None else memo,)
    )
    return {(row["channel"], int(number)) for row in rows for number in json.loads(row["people"])}


def orphans(work: Work, channels: Collection[str]) -> list[Delivery]:
    """Waiting messages of channels that are no longer set up."""
    rows = work.rows(
        f"select * from alert_deliveries where state = 'waiting' and channel not in ({_marks(channels)}) limit 500",
        list(channels),
    )
    return [_delivery(row) for row in rows]


def _delivery(row: Row) -> Delivery:
    people = {int(number): mention for number, mention in json.loads(row["people"]).items()}
    return Delivery(
        row["id"], row["incident"], bool(row["urgent"]), row["channel"], row["address"], people, row["times"],
        row["tries"], row["created"], row["memo"],
    )  # fmt: skip


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" for _ in values)
