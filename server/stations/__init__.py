"""Stations: where they are, what works there, which kiosk hangs on which wall."""

from gateway.contract.envelope import Body
from gateway.mailbox import StoredFact
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.stations import actions
from server.stations.actions import (
    AmenityChanged,
    get,
    load,
    pair,
    set_amenity,
    station_of_fact,
)
from server.stations.records import all_stations, amenities, communities, find, kiosks_at, migrations, station_of
from server.stations.rules import AMENITIES, STATE_LABELS, Amenity, Station, likely, nearest

__all__ = [
    "AMENITIES", "STATE_LABELS", "Amenity", "AmenityChanged", "Station", "all_stations",
    "amenities", "communities", "feature", "find", "get", "kiosks_at", "likely", "load", "nearest", "pair",
    "set_amenity", "station_of", "station_of_fact",
]  # fmt: skip


def _amenity(work: Work, fact: StoredFact) -> None:
    station = station_of_fact(work, fact)
    by = "device" if fact.body.get("by") == "device" else "kiosk"
    at = fact.at if fact.at is not None and fact.clock != "none" else fact.received
    actions.set_amenity(work, station.code, fact.body["amenity"], fact.body["state"], min(at, fact.received), by)


def _panel(work: Work, code: str, site: Site) -> Body:
    station = get(work, code)
    return {
        "station": {
            "code": station.code,
            "name": station.name,
            "community": station.community_name,
            "duty_phone": station.duty_phone,
            "lat": station.point.lat,
            "lon": station.point.lon,
            "datum": str(station.point.datum),
        },
        "public_url": site.public_url,
        "spots": list(station.spots),
        "amenities": [
            {"code": one.code, "label": one.label, "icon": one.icon, "state": one.state, "since": one.since}
            for one in amenities(work, code)
        ],
    }


feature = Feature("stations", migrations=migrations, facts={"amenity": _amenity}, panel=_panel)
