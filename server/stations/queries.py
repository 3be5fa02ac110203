"""What is asked about a station: what it has, and what staff changed."""

from collections.abc import Sequence

from gateway.sqlite import Row
from server.kit.store import Work
from server.stations.rules import AMENITIES, Amenity


def amenities(work: Work, station: str) -> list[Amenity]:
    """The things of a station in their usual order; those of a kind this version does not know come last."""
    return _in_order(work.rows("select * from amenities where station = ?", (station,)))


def all_amenities(work: Work) -> dict[str, list[Amenity]]:
    """station → its things, of every station there ever was."""
    by_station: dict[str, list[Row]] = {}
    for row in work.rows("select * from amenities"):
        by_station.setdefault(row["station"], []).append(row)
    return {station: _in_order(rows) for station, rows in by_station.items()}


def _in_order(rows: Sequence[Row]) -> list[Amenity]:
    by_code = {row["code"]: row for row in rows}
    found = []
    for code in [*AMENITIES, *sorted(by_code.keys() - AMENITIES.keys())]:
        if code in by_code:
            label, icon = AMENITIES.get(code, (code, "dots"))
            row = by_code[code]
            found.append(
                Amenity(
                    code,
                    label,
                    icon,
                    row["state"],
                    row["since"],
                    row["said_by"],
                    row["note"],
                    row["total"],
                    row["counted_total"],
                    row["free"],
                    row["counted"],
                )
            )
    return found


def changes(work: Work, station: str, most: int = 50) -> list[Row]:
    """What staff changed, newest first: at, by_name, field, before, after."""
    return work.rows("select * from station_changes where station = ? order by id desc limit ?", (station, most))


def former_names(work: Work, station: str) -> list[str]:
    """What it was called before, the latest first: that is what stands on old signs."""
    rows = work.rows(
        "select before from station_changes where station = ? and field = 'name' order by id desc", (station,)
    )
    return list(dict.fromkeys(row["before"] for row in rows if row["before"]))
