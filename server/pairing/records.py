"""Tables of pairing codes, of kiosks taken out of service, and of who did what."""

from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.clock import DAY_MS
from server.kit.store import Work
from server.pairing.rules import REPEAT_MS

migrations = Migrations("pairing")


@migrations(name="0001_pairing")
def _tables(database: Database) -> None:
    for statement in (
        """create table pairing_codes (
            id integer primary key, slot text not null, code text not null,
            station text not null, replaces text not null, by_name text not null,
            created integer not null, expires integer not null, wrong integer not null,
            used integer, nonce text, attempt integer not null, kiosk text,
            ended integer, why text not null)""",
        "create index pairing_codes_slot on pairing_codes (slot, id)",
        "create index pairing_codes_station on pairing_codes (station, id)",
        """create table pairing_log (
            id integer primary key, at integer not null, station text not null, kiosk text not null,
            deed text not null, by_name text not null, note text not null)""",
        "create index pairing_log_station on pairing_log (station, id)",
        "create table pairing_retired (kiosk text primary key, at integer not null, cut integer)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is kept: never the code itself. `why`: empty while open; used, revoked, guessed or expired."""

    id: int
    slot: str
    code: str
    station: str
    replaces: str
    by_name: str
    created: int
    expires: int
    wrong: int
    used: int | None
    nonce: str | None
    attempt: int
    kiosk: str | None
    ended: int | None
    why: str


def add_code(work: Work, code: Code) -> int:
    """Keep a new code; its number."""
    values = {name: getattr(code, name) for name in Code.__dataclass_fields__ if name != "id"}
    return work.insert("pairing_codes", values)


def end_expired(work: Work) -> None:
    """Codes whose time is over end; what is older than a month goes: the log keeps the deed."""
    work.run(
        "update pairing_codes set ended = expires, why = 'expired' where ended is null and expires <= ?", [work.now]
    )
    work.run("delete from pairing_codes where ended < ?", [work.now - 30 * DAY_MS])


def taken(work: Work) -> set[str]:
    """Slots that an open code stands in, or one used so lately that its kiosk may still ask again."""
    rows = work.rows(
        "select slot from pairing_codes where ended is null or ended > ?",
        [work.now - REPEAT_MS],
    )
    return {row["slot"] for row in rows}


def in_slot(work: Work, slot: str) -> Code | None:
    """The newest code of a slot."""
    return _code(work.row("select * from pairing_codes where slot = ? order by id desc limit 1", [slot]))


def of_station(work: Work, station: str) -> Code | None:
    """The newest code of a station."""
    return _code(work.row("select * from pairing_codes where station = ? order by id desc limit 1", [station]))


def open_at(work: Work, station: str) -> list[Code]:
    """Codes of a station that can still be used."""
    rows = work.rows(
        "select * from pairing_codes where station = ? and ended is null and expires > ?", [station, work.now]
    )
    return [Code(**row) for row in rows]


def stations_with_codes(work: Work) -> dict[str, int]:
    """Station → when its open code ends."""
    rows = work.rows("select station, expires from pairing_codes where ended is null and expires > ?", [work.now])
    return {row["station"]: row["expires"] for row in rows}


def wrong(work: Work, code: int) -> None:
    """One more wrong guess."""
    work.run("update pairing_codes set wrong = wrong + 1 where id = ?", [code])


def end(work: Work, code: int, why: str) -> None:
    """A code that nobody can use any more."""
    work.run("update pairing_codes set ended = ?, why = ? where id = ? and ended is null", [work.now, why, code])


def use(work: Work, code: int, kiosk: str, nonce: str, attempt: int) -> None:
    """A code is used, or used again by the same kiosk; the first time counts."""
    work.run(
        """update pairing_codes set used = coalesce(used, ?), nonce = ?, attempt = ?, kiosk = ?,
             ended = coalesce(ended, ?), why = 'used' where id = ?""",
        [work.now, nonce, attempt, kiosk, work.now, code],
    )


def note(work: Work, station: str, kiosk: str, deed: str, by: str, more: str = "") -> None:
    """Write down who did what; this stays."""
    work.insert(
        "pairing_log",
        {"at": work.now, "station": station, "kiosk": kiosk, "deed": deed, "by_name": by, "note": more},
    )


def log_of(work: Work, station: str, most: int = 50) -> list[Row]:
    """What was done at a station, newest first."""
    return work.rows("select * from pairing_log where station = ? order by id desc limit ?", [station, most])


def retire(work: Work, kiosk: str) -> None:
    """A kiosk is out of service; its login is still to be cut."""
    work.run("insert into pairing_retired (kiosk, at) values (?, ?) on conflict do nothing", [kiosk, work.now])


def is_retired(work: Work, kiosk: str) -> bool:
    """Whether a kiosk was taken out of service."""
    return work.value("select 1 from pairing_retired where kiosk = ?", [kiosk]) is not None


def retired(work: Work) -> dict[str, int]:
    """kiosk → since when it is out of service."""
    return {row["kiosk"]: row["at"] for row in work.rows("select kiosk, at from pairing_retired")}


def to_cut(work: Work) -> list[str]:
    """Kiosks out of service whose login may still be good."""
    return [row["kiosk"] for row in work.rows("select kiosk from pairing_retired where cut is null")]


def cut(work: Work, kiosk: str) -> None:
    """Its login is gone."""
    work.run("update pairing_retired set cut = ? where kiosk = ?", [work.now, kiosk])


def hung(work: Work) -> set[str]:
    """Every kiosk that ever hung anywhere, or was ever given a code's name."""
    rows = work.rows(
        """select kiosk from placements union select kiosk from pairing_retired
           union select kiosk from pairing_codes where kiosk is not null"""
    )
    return {row["kiosk"] for row in rows}


def _code(row: Row | None) -> Code | None:
    return None if row is None else Code(**row)
