"""Stations: where they are, when they are open, what works there, which kiosk hangs on which wall."""

from gateway.contract.envelope import Body
from gateway.mailbox import StoredFact
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.stations import actions
from server.stations.actions import COMMAND_LINE, get, load, near, pair, set_amenity, set_free, station_of_fact
from server.stations.editing import (
    MOST_NOTE,
    MOST_RETIRED_REASON,
    Unreadable,
    add,
    back_to_usual,
    change_label,
    edit,
    retire,
    say,
    set_apart,
)
from server.stations.events import AmenityChanged, StationRetired
from server.stations.hours import (
    MOST_REASON,
    Doors,
    Unclear,
    dates_words,
    doors,
    read_rule,
    rule_words,
    spans_words,
    unusual,
    unusual_words,
)
from server.stations.opening import Opening, Openness, Unusual, open_at, stretches
from server.stations.queries import all_amenities, amenities, changes, former_names
from server.stations.records import (
    all_stations,
    called,
    communities,
    find,
    kiosks_at,
    known,
    migrations,
    place,
    station_of,
    take_down,
)
from server.stations.rules import (
    AMENITIES,
    COUNTED,
    SPEAKERS,
    STATE_LABELS,
    Amenity,
    Contact,
    Station,
    counted,
    likely,
    nearest,
)
from server.stations.sheet import COLUMNS, MOST_SHEET_BYTES, Imported, export_rows, import_sheet
from server.stations.written import LABELS, Written, write

__all__ = [
    "AMENITIES", "COLUMNS", "COMMAND_LINE", "COUNTED", "LABELS", "MOST_NOTE", "MOST_REASON", "MOST_RETIRED_REASON",
    "MOST_SHEET_BYTES", "SPEAKERS", "STATE_LABELS", "Amenity", "AmenityChanged", "Contact", "Doors", "Imported",
    "Opening", "Openness", "Station", "StationRetired", "Unclear", "Unreadable", "Unusual", "Written", "add",
    "all_amenities", "all_stations", "amenities", "back_to_usual", "called", "change_label", "changes",
    "communities", "dates_words", "doors", "edit", "export_rows", "feature", "find", "former_names", "get",
    "import_sheet", "kiosks_at", "known", "likely", "load", "near", "nearest", "open_at", "pair", "place",
    "read_rule", "retire", "rule_words", "say", "set_amenity", "set_apart", "set_free", "spans_words", "station_of",
    "station_of_fact", "stretches", "take_down", "unusual", "write",
]  # fmt: skip


def _amenity(work: Work, fact: StoredFact) -> None:
    station = station_of_fact(work, fact)
    by = "device" if fact.body.get("by") == "device" else "kiosk"
    actions.set_amenity(work, station.code, fact.body["amenity"], fact.body["state"], fact.when, by)


def _counted(work: Work, fact: StoredFact) -> None:
    found = counted(fact.body["readings"])
    if found is None:
        return
    station = station_of_fact(work, fact)
    actions.set_free(work, station.code, found[0], fact.body["device"], found[1], found[2], fact.when)


def _panel(work: Work, code: str, site: Site) -> Body:
    station = get(work, code)
    return {
        "station": {
            "code": station.code,
            "name": station.name,
            "community": station.community_name,
            "address": station.address,
            "duty_phone": station.duty_phone,
            "lat": station.point.lat,
            "lon": station.point.lon,
            "datum": str(station.point.datum),
        },
        "public_url": site.public_url,
        "spots": list(station.spots),
        "opening": {"week": rule_words(station.opening), "unusual": unusual_words(station.opening)},
        "amenities": [
            {
                "code": one.code,
                "label": one.label,
                "icon": one.icon,
                "state": one.state,
                "since": one.since,
                "note": one.note,
                "total": one.size,
            }
            for one in amenities(work, code)
        ],
    }


feature = Feature("stations", migrations=migrations, facts={"amenity": _amenity, "telemetry": _counted}, panel=_panel)
