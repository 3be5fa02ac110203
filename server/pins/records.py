"""Table of pins, one for a report."""

import json
from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.geo import Datum, Point
from server.kit.store import Work
from server.pins.rules import Pin

migrations = Migrations("pins")


@migrations(name="0001_pins")
def _tables(database: Database) -> None:
    database.execute(
        """create table pins (
            incident integer primary key references incidents (id), lat real not null, lon real not null,
            datum text not null, source text not null, accuracy integer not null, at integer not null)"""
    )


def put(work: Work, incident: int, pin: Pin) -> None:
    """The first word stands."""
    work.run(
        """insert into pins (incident, lat, lon, datum, source, accuracy, at) values (?, ?, ?, ?, ?, ?, ?)
           on conflict do nothing""",
        (incident, pin.point.lat, pin.point.lon, str(pin.point.datum), pin.source, pin.accuracy, work.now),
    )


def of(work: Work, incident: int) -> Pin | None:
    """Where the reporter of this ticket pointed; None: nowhere, or forgotten since."""
    row = work.row("select * from pins where incident = ?", (incident,))
    if row is None:
        return None
    return Pin(Point(row["lat"], row["lon"], Datum(row["datum"])), row["source"], row["accuracy"])


def remove(work: Work, incidents: Collection[int]) -> int:
    """How many went."""
    return work.run(
        "delete from pins where incident in (select value from json_each(?))", (json.dumps(sorted(incidents)),)
    )


def forget(work: Work, before: int) -> None:
    """Those set before this moment go."""
    work.run("delete from pins where at < ?", (before,))
