"""Table of what was set; append-only, so that it stays known who moved a line, and from where."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("thresholds")


@migrations(name="0001_thresholds")
def _tables(database: Database) -> None:
    database.execute(
        """create table thresholds (
            id integer primary key, community text not null references communities (code), name text not null,
            value integer not null, by_id integer not null, by_name text not null, at integer not null)"""
    )
    database.execute("create index thresholds_of on thresholds (community, name, id)")


@migrations(name="0002_of_stations")
def _of_stations(database: Database) -> None:
    database.execute(
        """create table station_thresholds (
            id integer primary key, station text not null references stations (code), name text not null,
            value integer, by_id integer not null, by_name text not null, at integer not null)"""
    )
    database.execute("create index station_thresholds_of on station_thresholds (station, name, id)")


def latest(work: Work, community: str, name: str) -> Row | None:
    """The last word on a threshold: value, by_name, at."""
    return work.row(
        "select value, by_name, at from thresholds where community = ? and name = ? order by id desc limit 1",
        (community, name),
    )


def add(work: Work, community: str, name: str, value: int, by_id: int, by_name: str) -> None:
    """One more word."""
    work.insert(
        "thresholds",
        {"community": community, "name": name, "value": value, "by_id": by_id, "by_name": by_name, "at": work.now},
    )


def latest_at(work: Work, station: str, name: str) -> Row | None:
    """The last word on a station's own threshold: value (None: taken back), by_name, at."""
    return work.row(
        "select value, by_name, at from station_thresholds where station = ? and name = ? order by id desc limit 1",
        (station, name),
    )


def add_at(work: Work, station: str, name: str, value: int | None, by_id: int, by_name: str) -> None:
    """One more word about one station; None: the community's value holds there again."""
    work.insert(
        "station_thresholds",
        {"station": station, "name": name, "value": value, "by_id": by_id, "by_name": by_name, "at": work.now},
    )
