"""Tables of devices and their readings. A series is one reading of one device; its rows lie together, by time.

`telemetry_due` names the 5-minute buckets whose figures must be made anew: making them twice changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.telemetry.rules import FIVE_MS

migrations = Migrations("telemetry")

_FIGURES = """(series integer not null, at integer not null, n integer not null, total real not null,
               least real not null, most real not null, primary key (series, at)) without rowid"""


@migrations(name="0001_telemetry")
def _tables(database: Database) -> None:
    for statement in (
        """create table telemetry_devices (
            id integer primary key, station text not null, device text not null, about text not null default '',
            present integer, changed integer not null default 0, heard integer not null default 0,
            dropped integer not null default 0, unique (station, device))""",
        """create table telemetry_series (
            id integer primary key, device integer not null references telemetry_devices (id), name text not null,
            raw_from integer not null default 0, five_from integer not null default 0,
            hour_from integer not null default 0, unique (device, name))""",
        """create table telemetry_raw (
            series integer not null, at integer not null, value real not null, primary key (series, at))
            without rowid""",
        f"create table telemetry_5min {_FIGURES}",
        f"create table telemetry_hour {_FIGURES}",
        """create table telemetry_due (
            at integer not null, device integer not null, primary key (at, device)) without rowid""",
        "create index telemetry_series_raw on telemetry_series (raw_from)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Series:
    """One reading of one device. Raw values before `raw_from` (UTC milliseconds) are gone."""

    id: int
    raw_from: int


def device(work: Work, station: str, name: str, most: int) -> int | None:
    """The device's number, given on first sight; None for one too many at this station."""
    found = work.value("select id from telemetry_devices where station = ? and device = ?", (station, name))
    if found is not None:
        return int(found)
    if work.value("select count(*) from telemetry_devices where station = ?", (station,)) >= most:
        return None
    return work.insert("telemetry_devices", {"station": station, "device": name})


def heard(work: Work, device: int, at: int, dropped: int) -> None:
    """It said something at this moment; `dropped` of its readings could not be kept."""
    work.run(
        "update telemetry_devices set heard = max(heard, ?), dropped = dropped + ? where id = ?", (at, dropped, device)
    )


def presence(work: Work, device: int, present: bool, at: int, about: str) -> None:
    """It came or went; an older word changes nothing. `about` empty: as it described itself before."""
    work.run(
        """update telemetry_devices set present = ?, changed = ?, about = case when ? = '' then about else ? end
           where id = ? and changed <= ?""",
        (int(present), at, about, about, device, at),
    )


def series(work: Work, device: int, names: Iterable[str], most: int) -> dict[str, Series]:
    """Every series of a device by name, those of new names made; past `most` new names are passed over."""
    rows = work.rows("select id, name, raw_from from telemetry_series where device = ?", (device,))
    found = {row["name"]: Series(row["id"], row["raw_from"]) for row in rows}
    for name in [name for name in names if name not in found][: max(0, most - len(found))]:
        found[name] = Series(work.insert("telemetry_series", {"device": device, "name": name}), 0)
    return found


def keep(work: Work, readings: Sequence[tuple[int, int, float]]) -> None:
    """Raw values as (series, at, value); one that is there already stays as it is."""
    marks = ", ".join("(?, ?, ?)" for _ in readings)
    work.run(
        f"insert into telemetry_raw (series, at, value) values {marks} on conflict do nothing",
        [part for reading in readings for part in reading],
    )


def mark(work: Work, device: int, at: int) -> None:
    """The figures of the bucket that began at this moment are no longer true."""
    work.run("insert into telemetry_due (at, device) values (?, ?) on conflict do nothing", (at, device))


def fold(work: Work, series: int, five: int, hour: int, value: float) -> None:
    """Add a single value to the figures, where the raw ones are gone."""
    for table, at in (("telemetry_5min", five), ("telemetry_hour", hour)):
        work.run(
            f"""insert into {table} (series, at, n, total, least, most) values (?, ?, 1, ?, ?, ?)
                on conflict (series, at) do update set n = n + 1, total = total + excluded.total,
                  least = min(least, excluded.least), most = max(most, excluded.most)""",
            (series, at, value, value, value),
        )


_DUE = "select at, device from telemetry_due where at <= :upto order by at, device limit :most"
_HOUR = 3_600_000


def roll_up(work: Work, upto: int, most: int) -> int:
    """Make the figures of buckets that began at `upto` or before, `most` at once; returns how many it were."""
    bounds = {"upto": upto, "most": most}
    work.run(
        f"""insert into telemetry_5min (series, at, n, total, least, most)
            select raw.series, due.at, count(*), sum(raw.value), min(raw.value), max(raw.value)
            from ({_DUE}) as due
            join telemetry_series as series on series.device = due.device
            join telemetry_raw as raw on raw.series = series.id and raw.at >= due.at and raw.at < due.at + {FIVE_MS}
            where true group by raw.series, due.at
            on conflict (series, at) do update set n = excluded.n, total = excluded.total, least = excluded.least,
              most = excluded.most""",
        bounds,
    )
    work.run(
        f"""insert into telemetry_hour (series, at, n, total, least, most)
            select five.series, hours.at, sum(five.n), sum(five.total), min(five.least), max(five.most)
            from (select distinct at - at % {_HOUR} as at, device from ({_DUE})) as hours
            join telemetry_series as series on series.device = hours.device
            join telemetry_5min as five
              on five.series = series.id and five.at >= hours.at and five.at < hours.at + {_HOUR}
            where true group by five.series, hours.at
            on conflict (series, at) do update set n = excluded.n, total = excluded.total, least = excluded.least,
              most = excluded.most""",
        bounds,
    )
    return work.run(f"delete from telemetry_due where (at, device) in ({_DUE})", bounds)


def first_due(work: Work) -> int | None:
    """When the oldest bucket began whose figures are not made."""
    found = work.value("select min(at) from telemetry_due")
    return None if found is None else int(found)


PLACES = {"telemetry_raw": "raw_from", "telemetry_5min": "five_from", "telemetry_hour": "hour_from"}
"""table → the column that says from when on a series still has rows there."""


def expired(work: Work, table: str, stations: Sequence[str], horizon: int, most: int) -> list[int]:
    """Series of these stations that may have rows before the horizon."""
    marks = ", ".join("?" for _ in stations)
    rows = work.rows(
        f"""select series.id from telemetry_series as series
            join telemetry_devices as devices on devices.id = series.device
            where series.{PLACES[table]} < ? and devices.station in ({marks}) limit ?""",
        [horizon, *stations, most],
    )
    return [row["id"] for row in rows]


def expire(work: Work, table: str, series: int, horizon: int) -> None:
    """Drop a series' rows before the horizon."""
    work.run(f"delete from {table} where series = ? and at < ?", (series, horizon))
    work.run(f"update telemetry_series set {PLACES[table]} = ? where id = ?", (horizon, series))


def stations(work: Work) -> list[str]:
    """Every station that a device ever spoke at."""
    return [row["station"] for row in work.rows("select distinct station from telemetry_devices order by station")]


def devices(work: Work, station: str) -> list[Row]:
    """A station's devices by name: id, device, about (JSON), present, changed, heard, dropped."""
    return work.rows("select * from telemetry_devices where station = ? order by device", (station,))


def series_of(work: Work, station: str) -> list[Row]:
    """A station's series: id, device, name."""
    return work.rows(
        """select series.id, series.device, series.name from telemetry_series as series
           join telemetry_devices as devices on devices.id = series.device
           where devices.station = ? order by series.device, series.id""",
        (station,),
    )


def newest(work: Work, series: int) -> Row | None:
    """The last raw value: at, value."""
    return work.row("select at, value from telemetry_raw where series = ? order by at desc limit 1", (series,))


def figures(work: Work, table: str, series: int, since: int) -> list[tuple[int, float, float, float]]:
    """(at, average, least, most) of a series since a moment, oldest first."""
    rows = work.rows(
        f"select at, total / n as mean, least, most from {table} where series = ? and at >= ? order by at",
        (series, since),
    )
    return [(row["at"], row["mean"], row["least"], row["most"]) for row in rows]
