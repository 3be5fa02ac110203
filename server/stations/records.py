"""Tables of communities, stations, where kiosks hang, and amenities."""

import json
from collections.abc import Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.geo import Datum, Point
from gateway.sqlite import Row
from server.kit.store import Work
from server.stations.rules import AMENITIES, Amenity, Station

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


def save(work: Work, station: Station) -> None:
    """Insert or update; the presence key and the code of an existing station stay."""
    work.run(
        """insert into stations (code, name, community, lat, lon, datum, duty_phone, spots, presence_key, created)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           on conflict (code) do update set name = excluded.name, community = excluded.community,
             lat = excluded.lat, lon = excluded.lon, datum = excluded.datum,
             duty_phone = excluded.duty_phone, spots = excluded.spots""",
        (
            station.code, station.name, station.community, station.point.lat, station.point.lon,
            str(station.point.datum), station.duty_phone, json.dumps(station.spots, ensure_ascii=False),
            station.presence_key.hex(), work.now,
        ),
    )  # fmt: skip
    for code in AMENITIES:
        work.run(
            """insert into amenities (station, code, state, since, said_by) values (?, ?, 'ok', ?, 'setup')
               on conflict do nothing""",
            (station.code, code, work.now),
        )


_SELECT = """select stations.*, communities.name as community_name
             from stations join communities on communities.code = stations.community"""


def all_stations(work: Work) -> list[Station]:
    """Every station in service, by code."""
    return [_station(row) for row in work.rows(f"{_SELECT} where retired is null order by stations.code")]


def find(work: Work, code: str) -> Station | None:
    """The station in service with this code."""
    row = work.row(f"{_SELECT} where stations.code = ? and retired is null", (code,))
    return None if row is None else _station(row)


def amenities(work: Work, station: str) -> list[Amenity]:
    """The things of a station in their usual order; those of a kind this version does not know come last."""
    rows = {row["code"]: row for row in work.rows("select * from amenities where station = ?", (station,))}
    order = [*AMENITIES, *sorted(rows.keys() - AMENITIES.keys())]
    found = []
    for code in order:
        if code in rows:
            label, icon = AMENITIES.get(code, (code, "dots"))
            row = rows[code]
            found.append(Amenity(code, label, icon, row["state"], row["since"], row["said_by"]))
    return found


def set_amenity(work: Work, station: str, code: str, state: str, at: int, by: str) -> bool:
    """Keep the newest word about a thing; False when a newer one is known already or nothing changes."""
    changed = work.run(
        """insert into amenities (station, code, state, since, said_by) values (?, ?, ?, ?, ?)
           on conflict (station, code) do update set state = excluded.state, since = excluded.since,
             said_by = excluded.said_by
           where excluded.since >= amenities.since and excluded.state <> amenities.state""",
        (station, code, state, at, by),
    )
    return changed > 0


def place(work: Work, kiosk: str, station: str) -> None:
    """Hang a kiosk at a station; where it hung before ends now. The history stays."""
    if work.value("select station from placements where kiosk = ? and until is null", (kiosk,)) == station:
        return
    work.run("update placements set until = ? where kiosk = ? and until is null", (work.now, kiosk))
    work.insert("placements", {"kiosk": kiosk, "station": station, "since": work.now})


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
    )
