"""The outbox: a fact is on the disk here before anybody is thanked, and leaves only on the gateway's own ack.

Each lane is a stream of its own, with a random name made together with the database and numbers that never come
twice. Only telemetry is ever dropped (oldest first), and a `gap` fact in the same transaction says so.
"""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import structlog
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.envelope import Body
from gateway.contract.facts import Fact, check, decode
from gateway.contract.life import StreamHead
from gateway.contract.streams import Ack, check_ack
from gateway.contract.topics import Lane
from gateway.sqlite import Sqlite, Unusable
from kiosk.agent.clock import Moment
from kiosk.agent.view import NotSaved

TELEMETRY_CAP = 200_000
DISK_FLOOR = 64 * 1024 * 1024
LEAN_TELEMETRY = 1_000
"""So much telemetry is left when the disk runs low."""
SWEEP = 1_000
"""So many confirmed facts may lie on the disk during a backlog: a commit for each ack would be the slowest part."""
_FRESH_STARTS = 3

log = structlog.get_logger()
migrations = Migrations("outbox")


@migrations(name="0001_outbox")
def _tables(database: Database) -> None:
    for statement in (
        """create table streams (
            lane text primary key, stream text not null, last integer not null, acked integer not null)""",
        """create table facts (
            lane text not null, seq integer not null, payload blob not null,
            gap_first integer, gap_last integer,
            primary key (lane, seq)) without rowid""",
        "create index facts_gaps on facts (lane, gap_last) where gap_last is not null",
    ):
        database.execute(statement)
    for lane in Lane:
        database.execute("insert into streams (lane, stream, last, acked) values (?, ?, 0, 0)", (lane, token_hex(8)))


@dataclass(frozen=True, slots=True)
class Parcel:
    """A fact ready to go: always the same bytes, however often it is sent."""

    seq: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Stream:
    stream: str
    last: int
    acked: int
    held: int


class Outbox:
    """`outbox.db`. Thread-safe: whoever writes waits for whoever writes, some milliseconds.

    Raises `Unusable` when the file cannot be opened at all. A corrupt file is set aside and a new one begins;
    `set_aside` then names the old one until `told()`.
    """

    def __init__(
        self,
        path: Path,
        more: Sequence[Migrations] = (),
        *,
        telemetry_cap: int = TELEMETRY_CAP,
        disk_floor: int = DISK_FLOOR,
        free: Callable[[], int] | None = None,
    ) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self.renumbered: Callable[[sqlite3.Connection, Lane, Mapping[int, int]], None] | None = None
        """Told within `renew`'s transaction: old number → new one of every fact that was carried over."""
        self._migrations = [migrations, *more]
        self._cap, self._floor = telemetry_cap, disk_floor
        self._free = free or (lambda: shutil.disk_usage(path.parent).free)
        self._lock = threading.RLock()
        self._fresh_starts = 0
        self._streams: dict[Lane, _Stream] = {}
        self._unswept = 0
        self._sqlite = self._open()

    # --- the tap's side

    def add(self, lane: Lane, kind: str, body: Body, moment: Moment) -> Fact:
        """Store one fact. Raises `Broken` for a body that no gateway would take, `NotSaved` when the disk refuses."""
        with self.writing() as connection:
            return self.put(connection, lane, kind, body, moment)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction for facts and their local effects: all on the disk at the end, or nothing.

        Raises `NotSaved` when the disk refuses. Do not nest.
        """
        with self._lock:
            before = dict(self._streams)
            try:
                with self._sqlite.transaction() as connection:
                    yield connection
            except (sqlite3.Error, OSError) as cause:
                self._streams = before
                self._roll_back()
                log.error("outbox refused", path=str(self.path), reason=str(cause))
                raise self._refusal(cause) from cause
            except BaseException:
                self._streams = before
                raise

    def put(self, connection: sqlite3.Connection, lane: Lane, kind: str, body: Body, moment: Moment) -> Fact:
        """Add a fact inside `writing()`; `Broken` as in `add`."""
        stream = self._streams[lane]
        fact = Fact(
            stream.stream, stream.last + 1, moment.at, moment.clock, moment.boot, moment.mono, kind, body
        )  # fmt: skip
        payload = check(fact, lane).encode()
        gap = (body["first"], body["last"]) if kind == "gap" else (None, None)
        connection.execute("update streams set last = ? where lane = ?", (fact.seq, lane))
        connection.execute(
            "insert into facts (lane, seq, payload, gap_first, gap_last) values (?, ?, ?, ?, ?)",
            (lane, fact.seq, payload, *gap),
        )
        self._streams[lane] = replace(stream, last=fact.seq, held=stream.held + 1)
        if lane is Lane.TELEMETRY and kind != "gap":
            self._shed(connection, body, moment)
        return fact

    # --- the courier's side

    def window(self, lane: Lane, most: int) -> list[Parcel]:
        """What goes next, at most `most`: the gap that explains a missing beginning, then the lowest numbers."""
        with self._lock:
            acked = self._streams[lane].acked
            rows = self._sqlite.rows(
                "select seq, payload from facts where lane = ? and seq > ? order by seq limit ?", (lane, acked, most)
            )  # fmt: skip
            if rows and rows[0]["seq"] > acked + 1:
                gaps = self._sqlite.rows(
                    """select seq, payload from facts
                       where lane = ? and gap_first <= ? and gap_last > ? order by gap_last desc limit 1""",
                    (lane, acked + 1, acked),
                )
                rows = [*gaps, *(row for row in rows if row not in gaps)][:most]
        return [Parcel(row["seq"], row["payload"]) for row in rows]

    def forget(self, ack: Ack) -> Lane | None:
        """Drop what the gateway has committed; the lane when that brought us on, None for an old or a foreign ack.

        A power cut may bring back up to `SWEEP` of them, to be sent once more and absorbed. Raises `Broken` for an ack
        beyond what exists.
        """
        with self._lock:
            lane = next((lane for lane, stream in self._streams.items() if stream.stream == ack.stream), None)
            if lane is None:
                return None
            stream = self._streams[lane]
            check_ack(ack, stream.last)
            if ack.upto <= stream.acked:
                return None
            (gone,) = self._sqlite.connection.execute(
                "select count(*) from facts where lane = ? and seq > ? and seq <= ?", (lane, stream.acked, ack.upto)
            ).fetchone()
            self._streams[lane] = replace(stream, acked=ack.upto, held=stream.held - gone)
            self._unswept += gone
            if self._unswept >= SWEEP or stream.held == gone:
                with suppress(NotSaved):  # it is in the log; they go with the next sweep
                    self._settle()
            return lane

    def renew(self, stream: str, moment: Moment) -> Lane | None:
        """Begin a new stream in place of this one and carry over all that is held; None for a stream not ours.

        The gateway holds other facts under the same numbers: this storage is an old copy of itself. What had been
        delivered before the copy may come a second time so; its own `id` tells. Raises `NotSaved`.
        """
        with self._lock:
            lane = next((lane for lane, one in self._streams.items() if one.stream == stream), None)
            if lane is None:
                return None
            fresh, most = token_hex(8), LEAN_TELEMETRY if lane is Lane.TELEMETRY else -1
            with self.writing() as connection:
                self._sweep(connection)
                rows = connection.execute(
                    "select seq, payload from facts where lane = ? and gap_last is null order by seq desc limit ?",
                    (lane, most),
                ).fetchall()[::-1]
                dropped = self._streams[lane].held - len(rows) if lane is Lane.TELEMETRY else 0
                connection.execute("delete from facts where lane = ?", (lane,))
                connection.execute(
                    "update streams set stream = ?, last = ?, acked = 0 where lane = ?", (fresh, dropped, lane)
                )
                self._streams[lane] = _Stream(fresh, dropped, 0, 0)
                if dropped:
                    # The first numbers of the new stream stand for what is too much to carry over.
                    self.put(connection, lane, "gap", {"id": token_hex(8), "first": 1, "last": dropped}, moment)
                numbers: dict[int, int] = {}
                for seq, payload in rows:
                    numbers[seq] = self._carry(connection, lane, payload)
                if self.renumbered is not None:
                    self.renumbered(connection, lane, numbers)
        log.error("this outbox is an old copy: a new stream begins", lane=str(lane), carried=len(rows), dropped=dropped)
        return lane

    def ahead_of(self, ack: Ack) -> bool:
        """Whether this ack for one of our streams ends below what an earlier one let us forget."""
        return any(ack.stream == stream.stream and ack.upto < stream.acked for stream in self._streams.values())

    def backlog(self, *lanes: Lane) -> int:
        """How many facts wait for their ack, in these lanes or in all."""
        streams = self._streams
        return sum(streams[lane].held for lane in lanes or Lane)

    def acked(self, lane: Lane) -> int:
        """Every fact of this lane up to here is committed at the gateway."""
        return self._streams[lane].acked

    def heads(self) -> tuple[StreamHead, ...]:
        """Where the streams stand, for the birth certificate."""
        with self._lock:
            return tuple(
                StreamHead(lane, stream.stream, self._first(lane, stream), stream.last)
                for lane, stream in self._streams.items()
            )

    def told(self) -> None:
        """The fact about the set-aside database is stored."""
        self.set_aside = None

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            with suppress(NotSaved):
                self._settle()
            self._sqlite.close()

    # --- inside

    def _first(self, lane: Lane, stream: _Stream) -> int:
        """The lowest number still held; the next one to be given when nothing is."""
        (first,) = self._sqlite.connection.execute(
            "select min(seq) from facts where lane = ? and seq > ?", (lane, stream.acked)
        ).fetchone()
        return stream.last + 1 if first is None else int(first)

    def _settle(self) -> None:
        if self._unswept:
            with self.writing() as connection:
                self._sweep(connection)

    def _sweep(self, connection: sqlite3.Connection) -> None:
        """Take what was confirmed from the disk."""
        for lane, stream in self._streams.items():
            connection.execute("delete from facts where lane = ? and seq <= ?", (lane, stream.acked))
            connection.execute("update streams set acked = ? where lane = ?", (stream.acked, lane))
        self._unswept = 0

    def _carry(self, connection: sqlite3.Connection, lane: Lane, payload: bytes) -> int:
        stream = self._streams[lane]
        fact = replace(decode(payload), stream=stream.stream, seq=stream.last + 1)
        connection.execute("update streams set last = ? where lane = ?", (fact.seq, lane))
        connection.execute("insert into facts (lane, seq, payload) values (?, ?, ?)", (lane, fact.seq, fact.encode()))
        self._streams[lane] = replace(stream, last=fact.seq, held=stream.held + 1)
        return fact.seq

    def _shed(self, connection: sqlite3.Connection, body: Body, moment: Moment) -> None:
        """Drop the oldest telemetry when there is too much of it, and declare the gap."""
        limit = self._cap if self._free() > self._floor else min(self._cap, LEAN_TELEMETRY)
        stream = self._streams[Lane.TELEMETRY]
        if stream.held <= limit:
            return
        self._sweep(connection)
        # In pieces, so that one reading never costs more than a moment; at least two, for the gap takes one place.
        piece = min(max(2, self._cap // 100), stream.held - 1)
        (last,) = connection.execute(
            "select max(seq) from (select seq from facts where lane = ? order by seq limit ?)", (Lane.TELEMETRY, piece)
        ).fetchone()
        gone = connection.execute("delete from facts where lane = ? and seq <= ?", (Lane.TELEMETRY, last)).rowcount
        self._streams[Lane.TELEMETRY] = replace(stream, held=stream.held - gone)
        # From the last ack on, so that a dropped older gap is covered by this one.
        gap = {"id": token_hex(8), "first": stream.acked + 1, "last": last}
        if "station" in body:
            gap["station"] = body["station"]
        self.put(connection, Lane.TELEMETRY, "gap", gap, moment)
        log.warning("telemetry dropped", first=gap["first"], last=last)

    def _open(self) -> Sqlite:
        try:
            return self._read(Sqlite(self.path, self._migrations))
        except (Unusable, sqlite3.Error) as cause:
            if not _corrupt(cause):
                raise Unusable(f"cannot use the database {self.path}: {cause}") from cause
            self._put_aside()
        try:
            return self._read(Sqlite(self.path, self._migrations))
        except sqlite3.Error as cause:
            raise Unusable(f"cannot use the database {self.path}: {cause}") from cause

    def _read(self, sqlite: Sqlite) -> Sqlite:
        """Check the file's pages and learn where its streams stand."""
        try:
            (verdict,) = sqlite.connection.execute("pragma quick_check(1)").fetchone()
            if verdict != "ok":
                raise _Damaged(verdict)
            held = {row["lane"]: row["held"] for row in sqlite.rows(
                "select lane, count(*) as held from facts group by lane"
            )}  # fmt: skip
            streams = {row["lane"]: row for row in sqlite.rows("select * from streams")}
            if set(streams) != set(Lane):
                raise _Damaged("streams are missing")
        except BaseException:
            sqlite.close()
            raise
        self._unswept = 0
        self._streams = {
            lane: _Stream(row["stream"], row["last"], row["acked"], held.get(lane, 0))
            for lane in Lane
            for row in (streams[lane],)
        }
        return sqlite

    def _put_aside(self) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = self.path.with_name(f"{self.path.stem}.corrupt-{stamp}-{token_hex(2)}{self.path.suffix}")
        try:
            for ending in ("", "-wal", "-shm"):
                part = self.path.with_name(self.path.name + ending)
                if part.exists():
                    part.rename(aside.with_name(aside.name + ending))
        except OSError as cause:
            raise Unusable(f"{self.path} is corrupt and cannot be set aside: {cause}") from cause
        self.set_aside = aside
        log.error("outbox corrupt, set aside", kept=str(aside))

    def _roll_back(self) -> None:
        """A commit that failed can leave its transaction open."""
        with suppress(sqlite3.Error):
            if self._sqlite.connection.in_transaction:
                self._sqlite.connection.execute("rollback")

    def _refusal(self, cause: Exception) -> NotSaved:
        """The sentence for the rider; a database found corrupt is replaced, so that the next tap is kept."""
        if _code(cause) == sqlite3.SQLITE_FULL:
            return NotSaved("这台机器存满了，这次没有存下来。急事请直接打值班电话。")
        if _corrupt(cause) and self._fresh_starts < _FRESH_STARTS:
            self._fresh_starts += 1
            self._sqlite.close()
            try:
                self._sqlite = self._open()
            except Unusable as failure:
                log.error("outbox unusable", reason=str(failure))
            else:
                return NotSaved("存储刚刚出了问题，已经换新。这次没有存下来，请再按一次。")
        return NotSaved("这次没有存下来，请再试一次。急事请直接打值班电话。")


class _Damaged(sqlite3.DatabaseError):
    """SQLite can open the file, but its content does not hold together."""


def _corrupt(cause: BaseException | None) -> bool:
    if isinstance(cause, Unusable):
        cause = cause.__cause__
    return isinstance(cause, _Damaged) or _code(cause) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _code(cause: BaseException | None) -> int:
    """SQLite's primary result code; 0 where the error did not come from SQLite itself."""
    return int(getattr(cause, "sqlite_errorcode", 0)) & 0xFF
