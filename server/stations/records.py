"""Tables of communities, stations, where kiosks hang, amenities and their counts, and what staff changed."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.geo import Datum, Point
from gateway.sqlite import Row
from server.kit.store import Work
from server.stations.opening import Opening, as_data, from_data
from server.stations.rules import AMENITIES, SPEAKERS, Contact, Station

migrations = Migrations("stations")


@migrations(name="0001_stations")
def _tables(database: Database) -> None:
    for statement in (
        """create table communities (
            code text primary key, name text not null, street text not null, district text not null)""",
        """create table stations (
            code text primary key, name text not null, community text not null references communities (code),
            lat real not null, lon real not null, datum text not null,
            duty_phone text not null, spots text not null, presence_key text not null,
            created integer not null, retired integer)""",
        """create table placements (
            id integer primary key, kiosk text not null, station text not null references stations (code),
            since integer not null, until integer)""",
        "create unique index placements_now on placements (kiosk) where until is null",
        """create table amenities (
            station text not null references stations (code), code text not null,
            state text not null, since integer not null, said_by text not null,
            primary key (station, code))""",
    ):
        database.execute(statement)


@migrations(name="0002_station_book")
def _book(database: Database) -> None:
    for statement in (
        "alter table stations add column address text not null default ''",
        "alter table stations add column opening text",
        "alter table stations add column contacts text not null default '[]'",
        "alter table stations add column version integer not null default 1",
        "alter table stations add column retired_reason text not null default ''",
        "alter table amenities add column note text not null default ''",
        "alter table amenities add column total integer",
        "alter table amenities add column free integer",
        "alter table amenities add column counted integer",
        """create table station_changes (
            id integer primary key, station text not null references stations (code), at integer not null,
            by_name text not null, field text not null, before text not null, after text not null)""",
        "create index station_changes_station on station_changes (station, id)",
    ):
        database.execute(statement)


@migrations(name="0003_counts")
def _counts(database: Database) -> None:
    database.execute(
        """create table amenity_counts (
            station text not null references stations (code), code text not null, device text not null,
            free integer not null, total integer not null, at integer not null,
            primary key (station, code, device))"""
    )
    database.execute("alter table amenities add column counted_total integer")


def communities(work: Work) -> list[Row]:
    """Rows of `communities`: code, name, street, district."""
    return work.rows("select * from communities order by code")


def save_community(work: Work, code: str, name: str, street: str, district: str) -> None:
    """Insert or rename."""
    work.run(
        """insert into communities (code, name, street, district) values (?, ?, ?, ?)
           on conflict (code) do update set name = excluded.name, street = excluded.street,
             district = excluded.district""",
        (code, name, street, district),
    )


def add(work: Work, station: Station) -> None:
    """A new station with all amenities ok; its code was never used before."""
    work.insert("stations", {"code": station.code, **_columns(station), "presence_key": station.presence_key.hex(),
                             "created": work.now})  # fmt: skip
    for code in AMENITIES:
        work.run(
            "insert into amenities (station, code, state, since, said_by) values (?, ?, 'ok', ?, 'setup')",
            (station.code, code, work.now),
        )


def save(work: Work, station: Station) -> None:
    """Write down what staff may change; the presence key and the code stay."""
    columns = _columns(station)
    work.run(
        f"update stations set {', '.join(f'{name} = ?' for name in columns)} where code = ?",
        [*columns.values(), station.code],
    )


def retire(work: Work, code: str, reason: str) -> None:
    """Out of service; whatever hung there hangs nowhere now. The history stays."""
    work.run(
        "update stations set retired = ?, retired_reason = ?, version = version + 1 where code = ?",
        (work.now, reason, code),
    )
    work.run("update placements set until = ? where station = ? and until is null", (work.now, code))


def _columns(station: Station) -> dict[str, Any]:
    return {
        "name": station.name,
        "community": station.community,
        "lat": station.point.lat,
        "lon": station.point.lon,
        "datum": str(station.point.datum),
        "duty_phone": station.duty_phone,
        "spots": json.dumps(station.spots, ensure_ascii=False),
        "address": station.address,
        "opening": None if station.opening is None else json.dumps(as_data(station.opening), ensure_ascii=False),
        "contacts": json.dumps([[one.name, one.role, one.phone] for one in station.contacts], ensure_ascii=False),
        "version": station.version,
    }


_SELECT = """select stations.*, communities.name as community_name
             from stations join communities on communities.code = stations.community"""


def all_stations(work: Work, *, retired: bool = False) -> list[Station]:
    """Every station in service, by code; or every one that is `retired`."""
    which = "is not null" if retired else "is null"
    return [_station(row) for row in work.rows(f"{_SELECT} where retired {which} order by stations.code")]


def find(work: Work, code: str) -> Station | None:
    """The station in service with this code."""
    found = known(work, code)
    return None if found is None or found.retired else found


def known(work: Work, code: str) -> Station | None:
    """The station with this code, also one that is retired."""
    row = work.row(f"{_SELECT} where stations.code = ?", (code,))
    return None if row is None else _station(row)


def called(work: Work, code: str) -> str:
    """A station's whole name, whatever has become of it; the code where none was ever written down."""
    found = known(work, code)
    return code if found is None else found.full_name


def around(work: Work, station: Station, most: int) -> list[Station]:
    """About this many stations in service near this one, in no order: rough, but it reads no others."""
    # One degree east is shorter than one north; a hundred metres between datums do not matter here.
    rows = work.rows(
        f"""{_SELECT} where retired is null and stations.code <> ?
            order by (lat - ?) * (lat - ?) + (lon - ?) * (lon - ?) * 0.73 limit ?""",
        (station.code, station.point.lat, station.point.lat, station.point.lon, station.point.lon, most),
    )
    return [_station(row) for row in rows]


def set_amenity(work: Work, station: str, code: str, state: str, at: int, by: str) -> bool:
    """Keep the newest word about a thing; False when a newer one is known already or nothing changes.

    What staff took away comes back by their word only.
    """
    machine = by in SPEAKERS
    changed = work.run(
        """insert into amenities (station, code, state, since, said_by) values (?, ?, ?, ?, ?)
           on conflict (station, code) do update set state = excluded.state, since = excluded.since,
             said_by = excluded.said_by, note = ''
           where excluded.since >= amenities.since and excluded.state <> amenities.state
             and not (? and amenities.state = 'removed')""",
        (station, code, state, at, by, machine),
    )
    return changed > 0


def set_note(work: Work, station: str, code: str, note: str) -> None:
    """A few words beside a thing's state."""
    work.run("update amenities set note = ? where station = ? and code = ?", (note, station, code))


def set_total(work: Work, station: str, code: str, total: int | None) -> None:
    """How many of a thing there are."""
    work.run("update amenities set total = ? where station = ? and code = ?", (total, station, code))


def set_free(work: Work, station: str, code: str, device: str, free: int, total: int, at: int, since: int) -> None:
    """What a device counted at `at`, unless it said something newer; together with all that counted after `since`."""
    work.run(
        """insert into amenity_counts (station, code, device, free, total, at) values (?, ?, ?, ?, ?, ?)
           on conflict (station, code, device) do update set free = excluded.free, total = excluded.total,
             at = excluded.at where excluded.at >= amenity_counts.at""",
        (station, code, device, free, total, at),
    )
    work.run(
        """update amenities set (free, counted_total, counted) = (
             select sum(free), sum(total), max(at) from amenity_counts
             where station = amenities.station and code = amenities.code and at >= ?)
           where station = ? and code = ?""",
        (since, station, code),
    )


def add_change(work: Work, station: str, by: str, field: str, before: str, after: str) -> None:
    """Who changed what."""
    work.insert(
        "station_changes",
        {"station": station, "at": work.now, "by_name": by, "field": field, "before": before, "after": after},
    )


def place(work: Work, kiosk: str, station: str) -> None:
    """Hang a kiosk at a station; where it hung before ends now. The history stays."""
    if work.value("select station from placements where kiosk = ? and until is null", (kiosk,)) == station:
        return
    work.run("update placements set until = ? where kiosk = ? and until is null", (work.now, kiosk))
    work.insert("placements", {"kiosk": kiosk, "station": station, "since": work.now})


def take_down(work: Work, kiosk: str) -> None:
    """A kiosk hangs nowhere from now on; its history stays."""
    work.run("update placements set until = ? where kiosk = ? and until is null", (work.now, kiosk))


def station_of(work: Work, kiosk: str) -> str | None:
    """Where a kiosk hangs now."""
    code = work.value("select station from placements where kiosk = ? and until is null", (kiosk,))
    return None if code is None else str(code)


def has_hung(work: Work, kiosk: str, station: str) -> bool:
    """Whether a kiosk hangs or once hung at a station."""
    found = work.value("select 1 from placements where kiosk = ? and station = ? limit 1", (kiosk, station))
    return found is not None


def kiosks_at(work: Work, stations: Sequence[str] | None = None) -> dict[str, str]:
    """kiosk → station, for those hanging now (at these stations)."""
    rows = work.rows("select kiosk, station from placements where until is null order by kiosk")
    return {row["kiosk"]: row["station"] for row in rows if stations is None or row["station"] in stations}


@lru_cache(maxsize=2048)
def _opening(text: str) -> Opening:
    # A city has few different rules, and lists read them all.
    return from_data(json.loads(text))


def _station(row: Row) -> Station:
    return Station(
        code=row["code"],
        name=row["name"],
        community=row["community"],
        community_name=row["community_name"],
        point=Point(row["lat"], row["lon"], Datum(row["datum"])),
        duty_phone=row["duty_phone"],
        spots=tuple(json.loads(row["spots"])),
        presence_key=bytes.fromhex(row["presence_key"]),
        address=row["address"],
        opening=None if row["opening"] is None else _opening(row["opening"]),
        contacts=tuple(Contact(*one) for one in json.loads(row["contacts"])),
        version=row["version"],
        retired=row["retired"],
        retired_reason=row["retired_reason"],
    )
