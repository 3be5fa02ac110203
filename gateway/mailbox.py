"""The mailbox: facts in, desired states out. The gateway writes facts; the server reads them from its own place.

A fact is never changed, except that a person's words leave it when they ask for it; the newest is never deleted: its
number could be reused.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.envelope import Body, digest
from gateway.contract.streams import Reader
from gateway.contract.topics import Lane
from gateway.contract.twin import Desired
from gateway.entries import Batch, Credential, KioskStatus, Note, Sign, StoredFact, Trouble
from gateway.sessions import Session
from gateway.sqlite import Row, Sqlite
from gateway.timing import Anchor

__all__ = ["Batch", "Credential", "KioskStatus", "Mailbox", "Note", "Sign", "StoredFact", "Trouble", "migrations"]

migrations = Migrations("mailbox")


@migrations(name="0001_mailbox")
def _tables(database: Database) -> None:
    for statement in (
        """create table facts (
            id integer primary key,
            kiosk text not null, stream text not null, seq integer not null, lane text not null,
            kind text not null, at integer, clock text not null, boot text not null, mono integer not null,
            body text not null, more text not null, digest text not null,
            received integer not null,
            state text not null, reason text,
            unique (kiosk, stream, seq))""",
        "create index facts_state on facts (state, id) where state <> 'ok'",
        """create table streams (
            kiosk text not null, stream text not null, lane text not null,
            upto integer not null, ahead text not null,
            primary key (kiosk, stream))""",
        """create table troubles (
            id integer primary key,
            kind text not null, kiosk text not null, topic text not null, reason text not null,
            payload text not null, digest text not null,
            times integer not null, first_at integer not null, last_at integer not null,
            unique (kind, kiosk, topic, digest, reason))""",
        """create table credentials (
            kiosk text primary key, secret text not null, demo integer not null,
            created integer not null, revoked integer)""",
        """create table kiosks (
            kiosk text primary key, life text not null, nonce text, since integer not null, seen integer not null,
            backlog integer not null, birth text, reported text)""",
        """create table desired (
            kiosk text primary key, version integer not null, body text not null, digest text not null,
            changed integer not null)""",
    ):
        database.execute(statement)


@migrations(name="0002_road")
def _road(database: Database) -> None:
    for statement in (
        "alter table facts add column happened integer",
        "alter table facts add column spread integer",
        "alter table kiosks add column sessions text not null default '[]'",
        """create table anchors (
            kiosk text not null, boot text not null,
            mono integer not null, at integer not null, spread integer not null,
            primary key (kiosk, boot))""",
        "create table positions (reader text primary key, position integer not null)",
    ):
        database.execute(statement)


@migrations(name="0003_reports")
def _reports(database: Database) -> None:
    database.execute("create index facts_reports on facts (json_extract(body, '$.id')) where kind = 'report'")


class Mailbox:
    """`mailbox.db`. Thread-safe. Raises `Unusable` when the file cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._sqlite = Sqlite(path, [migrations])

    # --- the gateway's side

    def commit(self, batch: Batch) -> None:
        """Write a batch, all or nothing; a fact whose key is there already is left as it was."""
        with self._sqlite.transaction() as connection:
            connection.executemany(
                """insert into facts (kiosk, stream, seq, lane, kind, at, clock, boot, mono, body, more, digest,
                                      received, state, reason, happened, spread)
                   values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                   on conflict (kiosk, stream, seq) do nothing""",
                [
                    (
                        fact.kiosk, fact.stream, fact.seq, str(fact.lane), fact.kind, fact.at, fact.clock, fact.boot,
                        fact.mono, _json(fact.body), _json(fact.more) if fact.more else "{}", fact.digest,
                        fact.received, fact.state, fact.reason, fact.happened, fact.spread,
                    )
                    for fact in batch.facts
                ],
            )  # fmt: skip
            connection.executemany(
                """insert into streams (kiosk, stream, lane, upto, ahead) values (?, ?, ?, ?, ?)
                   on conflict (kiosk, stream) do update set upto = excluded.upto, ahead = excluded.ahead""",
                [
                    (kiosk, stream, str(lane), reader.upto, json.dumps(reader.ahead))
                    for (kiosk, stream), (lane, reader) in batch.readers.items()
                ],
            )
            connection.executemany(
                """insert into troubles (kind, kiosk, topic, reason, payload, digest, times, first_at, last_at)
                   values (?, ?, ?, ?, ?, ?, 1, ?, ?)
                   on conflict (kind, kiosk, topic, digest, reason)
                   do update set times = times + 1, last_at = excluded.last_at""",
                [
                    (one.kind, one.kiosk, one.topic, one.reason, one.payload[:2000], one.digest, one.at, one.at)
                    for one in batch.troubles
                ],
            )
            connection.executemany(
                """insert into kiosks (kiosk, life, nonce, since, seen, backlog) values (?, ?, ?, ?, ?, ?)
                   on conflict (kiosk) do update set
                     since = case when kiosks.life = excluded.life then kiosks.since else excluded.since end,
                     life = excluded.life, nonce = coalesce(excluded.nonce, kiosks.nonce),
                     seen = case when excluded.life = 'ready' then excluded.seen else kiosks.seen end,
                     backlog = excluded.backlog""",
                [(one.kiosk, one.life, one.nonce, one.at, one.at, one.backlog) for one in batch.signs],
            )
            connection.executemany(
                """insert into kiosks (kiosk, life, since, seen, backlog, birth, reported, sessions)
                   values (:kiosk, 'new', :at, :at, 0, :birth, :reported, coalesce(:sessions, '[]'))
                   on conflict (kiosk) do update set
                     birth = coalesce(:birth, kiosks.birth),
                     reported = coalesce(:reported, kiosks.reported),
                     sessions = coalesce(:sessions, kiosks.sessions)""",
                [_written(one) for one in batch.notes],
            )
            connection.executemany(
                """insert into anchors (kiosk, boot, mono, at, spread) values (?, ?, ?, ?, ?)
                   on conflict (kiosk, boot) do update set
                     mono = excluded.mono, at = excluded.at, spread = excluded.spread""",
                [(*key, anchor.mono, anchor.at, anchor.spread) for key, anchor in batch.anchors.items()],
            )

    def reader(self, kiosk: str, stream: str) -> Reader:
        """How far this stream is read; a fresh reader for one never seen."""
        row = self._sqlite.row("select upto, ahead from streams where kiosk = ? and stream = ?", (kiosk, stream))
        if row is None:
            return Reader()
        return Reader(row["upto"], [(first, last) for first, last in json.loads(row["ahead"])])

    def fact_at(self, kiosk: str, stream: str, seq: int) -> StoredFact | None:
        """What is stored under a key, to tell a repeat from a clone."""
        row = self._sqlite.row("select * from facts where kiosk = ? and stream = ? and seq = ?", (kiosk, stream, seq))
        return None if row is None else _fact(row)

    def anchor(self, kiosk: str, boot: str) -> Anchor | None:
        """What is known of the true time in this boot of a kiosk."""
        row = self._sqlite.row("select mono, at, spread from anchors where kiosk = ? and boot = ?", (kiosk, boot))
        return None if row is None else Anchor(**row)

    def heard(self, kiosk: str, life: str, nonce: str | None, backlog: int, now: int) -> None:
        """Note a sign of life, or a death; `since` moves only when the life changes."""
        self.commit(Batch(signs=[Sign(kiosk, life, nonce, backlog, now)]))

    def noted(self, kiosk: str, now: int, *, birth: Body | None = None, reported: Body | None = None) -> None:
        """Keep a kiosk's birth certificate or its reported state."""
        self.commit(Batch(notes=[Note(kiosk, now, birth, reported)]))

    def desired_since(self, changed: int) -> list[tuple[str, Desired, int]]:
        """(kiosk, document, change number) of every desired state changed after the change number given."""
        rows = self._sqlite.rows("select * from desired where changed > ? order by changed", (changed,))
        return [(row["kiosk"], Desired(row["version"], json.loads(row["body"])), row["changed"]) for row in rows]

    def desired_versions(self) -> dict[str, int]:
        """kiosk → the version of its desired state."""
        return {row["kiosk"]: row["version"] for row in self._sqlite.rows("select kiosk, version from desired")}

    def credentials(self) -> list[Credential]:
        """Every credential, revoked ones too."""
        return [
            Credential(row["kiosk"], row["secret"], bool(row["demo"]), row["created"], row["revoked"])
            for row in self._sqlite.rows("select * from credentials order by kiosk")
        ]

    # --- the server's side

    def facts_after(self, position: int, limit: int = 200) -> list[StoredFact]:
        """Facts behind `position` in the order of their commit, parked ones included."""
        rows = self._sqlite.rows("select * from facts where id > ? order by id limit ?", (position, limit))
        return [_fact(row) for row in rows]

    def facts_count_after(self, position: int) -> int:
        """How many facts lie behind `position`."""
        row = self._sqlite.row("select count(*) as n from facts where id > ?", (position,))
        return 0 if row is None else int(row["n"])

    def parked(self, before: int | None = None, limit: int = 50) -> list[StoredFact]:
        """Parked facts, newest first, behind the id `before`."""
        rows = self._sqlite.rows(
            "select * from facts where state = 'parked' and (? is null or id < ?) order by id desc limit ?",
            (before, before, limit),
        )
        return [_fact(row) for row in rows]

    def troubles(self, limit: int = 100) -> list[Row]:
        """The latest troubles, newest first, as rows of the table `troubles`."""
        return self._sqlite.rows("select * from troubles order by last_at desc, id desc limit ?", (limit,))

    def put_desired(self, kiosk: str, body: Body) -> int:
        """Store what a kiosk should be and show; the same body keeps its version. Returns the version."""
        document = Desired(1, body)
        document.encode()  # too large is found here, not in the publisher
        fingerprint = digest(body)
        with self._sqlite.transaction() as connection:
            row = connection.execute("select version, digest from desired where kiosk = ?", (kiosk,)).fetchone()
            if row is not None and row[1] == fingerprint:
                return int(row[0])
            # A kiosk ignores what is older than what it shows: after a restored backup, count on from there.
            shown = connection.execute(
                "select json_extract(reported, '$.version') from kiosks where kiosk = ?", (kiosk,)
            ).fetchone()
            version = max(0 if row is None else int(row[0]), int((shown and shown[0]) or 0)) + 1
            (changed,) = connection.execute("select coalesce(max(changed), 0) + 1 from desired").fetchone()
            connection.execute(
                """insert into desired (kiosk, version, body, digest, changed) values (?, ?, ?, ?, ?)
                   on conflict (kiosk) do update set version = excluded.version, body = excluded.body,
                     digest = excluded.digest, changed = excluded.changed""",
                (kiosk, version, _json(body), fingerprint, changed),
            )
        return version

    def kiosks(self) -> list[KioskStatus]:
        """Every kiosk that was ever heard of, by id."""
        return [
            KioskStatus(
                kiosk=row["kiosk"], life=row["life"], since=row["since"], seen=row["seen"], backlog=row["backlog"],
                nonce=row["nonce"],
                birth=json.loads(row["birth"]) if row["birth"] else None,
                reported=json.loads(row["reported"]) if row["reported"] else None,
                sessions=tuple(Session(*one) for one in json.loads(row["sessions"])),
            )
            for row in self._sqlite.rows("select * from kiosks order by kiosk")
        ]  # fmt: skip

    def kiosk(self, kiosk: str) -> KioskStatus | None:
        """What is believed of one kiosk, or None before its first word."""
        return next((status for status in self.kiosks() if status.kiosk == kiosk), None)

    def enrol(self, kiosk: str, secret: str, now: int, *, demo: bool = False) -> None:
        """Give (or renew) a kiosk's right to log in; `secret` comes from `gateway.credentials.hash_secret`."""
        with self._sqlite.transaction() as connection:
            connection.execute(
                """insert into credentials (kiosk, secret, demo, created) values (?, ?, ?, ?)
                   on conflict (kiosk) do update set secret = excluded.secret, demo = excluded.demo,
                     created = excluded.created, revoked = null""",
                (kiosk, secret, int(demo), now),
            )

    def revoke(self, kiosk: str, now: int) -> None:
        """Take the right away; the row stays, for the record."""
        with self._sqlite.transaction() as connection:
            connection.execute("update credentials set revoked = ? where kiosk = ?", (now, kiosk))

    def read_to(self, reader: str, position: int) -> None:
        """A reader tells how far it has read: what lies behind nobody's position is never deleted."""
        with self._sqlite.transaction() as connection:
            connection.execute(
                """insert into positions (reader, position) values (?, ?)
                   on conflict (reader) do update set position = excluded.position""",
                (reader, position),
            )

    def reword(self, report: str, words: str, place: str) -> int:
        """Put other words into the fact of the report with this id; how many facts that was.

        Its digest stays: the same fact sent again is still the same one.
        """
        with self._sqlite.transaction() as connection:
            return connection.execute(
                """update facts set more = '{}', body = json_set(body, '$.words', ?, '$.place', ?)
                   where kind = 'report' and json_extract(body, '$.id') = ?""",
                (words, place, report),
            ).rowcount

    # --- growth: `keeping.py` calls these

    def retire(self, before: int, cursor: int, most: int) -> tuple[int, int | None]:
        """Delete facts received `before` (UTC ms), among the `most` behind the id `cursor`.

        Kept are what some reader has not read, and everything while no reader has told its position; the newest fact
        of each stream; and the last row, whose number could be reused. Returns how many went, and the next cursor:
        None at the end.
        """
        with self._sqlite.transaction() as connection:
            (read,) = connection.execute("select coalesce(min(position), 0) from positions").fetchone()
            rows = connection.execute(
                """select id, received from facts
                   where id > ? and id <= ? and id < (select max(id) from facts) order by id limit ?""",
                (cursor, read, most),
            ).fetchall()
            old = [number for number, received in rows if received < before]
            if not old:
                return 0, None
            gone = connection.execute(
                """delete from facts where id > ? and id <= ? and received < ? and exists (
                     select 1 from facts as newer where newer.kiosk = facts.kiosk
                       and newer.stream = facts.stream and newer.seq > facts.seq)""",
                (cursor, old[-1], before),
            ).rowcount
        return gone, old[-1] if len(old) == most else None

    def trim_troubles(self, most: int) -> int:
        """Keep the `most` latest troubles; returns how many went."""
        with self._sqlite.transaction() as connection:
            return connection.execute(
                """delete from troubles where id not in (
                     select id from troubles order by last_at desc, id desc limit ?)""",
                (most,),
            ).rowcount

    def trim_anchors(self, most: int) -> None:
        """Keep the `most` latest boots of which the true time is known."""
        with self._sqlite.transaction() as connection:
            connection.execute(
                "delete from anchors where at < (select at from anchors order by at desc limit 1 offset ?)", (most,)
            )

    def stored_of(self, kiosks: Iterable[str]) -> dict[str, tuple[int, int]]:
        """kiosk → (facts stored, streams with a hole), for those who count at the end of a trial."""
        found = {
            row["kiosk"]: (row["n"], 0)
            for row in self._sqlite.rows("select kiosk, count(*) as n from facts group by kiosk")
        }
        for row in self._sqlite.rows("select kiosk, count(*) as n from streams where ahead <> '[]' group by kiosk"):
            found[row["kiosk"]] = (found.get(row["kiosk"], (0, 0))[0], row["n"])
        return {kiosk: found.get(kiosk, (0, 0)) for kiosk in kiosks}

    # --- both

    def data_version(self) -> int:
        """Changes when another connection or process has committed: cheap to poll."""
        return self._sqlite.data_version()

    def settle(self) -> bool:
        """Leave nothing of what was deleted in the file's log; False while others read: try again later."""
        return self._sqlite.settle()

    def close(self) -> None:
        """Close every connection."""
        self._sqlite.close()


def _fact(row: Row) -> StoredFact:
    values: dict[str, Any] = {name: row[name] for name in StoredFact.__dataclass_fields__}
    values |= {"lane": Lane(row["lane"]), "body": json.loads(row["body"]), "more": json.loads(row["more"])}
    return StoredFact(**values)


def _written(note: Note) -> Row:
    return {
        "kiosk": note.kiosk,
        "at": note.at,
        "birth": note.birth and _json(note.birth),
        "reported": note.reported and _json(note.reported),
        "sessions": None if note.sessions is None else json.dumps(note.sessions),
    }


# Made once: `json.dumps` with options builds an encoder at every call.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
