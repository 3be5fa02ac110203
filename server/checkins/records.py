"""Tables of check-ins: raw rows that expire, and hourly counts that stay."""

from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.kit.clock import HOUR_MS, midnight
from server.kit.store import Work

migrations = Migrations("checkins")


@migrations(name="0001_checkins")
def _tables(database: Database) -> None:
    for statement in (
        """create table checkins (
            id integer primary key, client_id text not null unique, station text not null,
            at integer not null, estimated integer not null, received integer not null,
            channel text not null, presence text not null)""",
        "create index checkins_station on checkins (station, at)",
        "create index checkins_received on checkins (received)",
        """create table checkin_hours (
            station text not null, hour integer not null, count integer not null, verified integer not null,
            primary key (station, hour))""",
    ):
        database.execute(statement)


def add(
    work: Work, client_id: str, station: str, at: int, estimated: bool, channel: str, presence: str, verified: bool
) -> bool:
    """Insert and count; False when this client id was counted already."""
    added = work.run(
        """insert into checkins (client_id, station, at, estimated, received, channel, presence)
           values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing""",
        (client_id, station, at, int(estimated), work.now, channel, presence),
    )
    if added:
        work.run(
            """insert into checkin_hours (station, hour, count, verified) values (?, ?, 1, ?)
               on conflict (station, hour) do update set count = count + 1, verified = verified + excluded.verified""",
            (station, at - at % HOUR_MS, int(verified)),
        )
    return added > 0


def today(work: Work, station: str) -> int:
    """Check-ins at a station since Beijing midnight."""
    # Beijing midnight is a whole UTC hour, so the hourly counts answer exactly.
    found = work.value(
        "select sum(count) from checkin_hours where station = ? and hour >= ?", (station, midnight(work.now))
    )
    return int(found or 0)


def forget(work: Work, stations: Collection[str] | None, before: int) -> int:
    """Delete raw rows of these stations (None: of any) received before this moment; the hourly counts stay."""
    where, values = _older(stations, before)
    return work.run(f"delete from checkins where {where}", values)


def count_before(work: Work, stations: Collection[str] | None, before: int) -> int:
    """How many raw rows `forget` would delete."""
    where, values = _older(stations, before)
    return int(work.value(f"select count(*) from checkins where {where}", values))


def _older(stations: Collection[str] | None, before: int) -> tuple[str, list[str | int]]:
    if stations is None:
        return "received < ?", [before]
    marks = ", ".join("?" for _ in stations)
    return f"received < ? and station in ({marks})", [before, *stations]


def latest(work: Work, stations: list[str], before: int | None, limit: int) -> list[dict[str, object]]:
    """Raw rows of these stations, newest first, behind the id `before`."""
    if not stations:
        return []
    marks = ", ".join("?" for _ in stations)
    return work.rows(
        f"""select id, station, at, estimated, channel, presence from checkins
            where station in ({marks}) and (? is null or id < ?) order by id desc limit ?""",
        [*stations, before, before, limit],
    )
