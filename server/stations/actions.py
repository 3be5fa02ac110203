"""What can be done with stations: load them from a file, hang a kiosk, hear that the raincoats are gone."""

import tomllib
from pathlib import Path
from typing import Any

from gateway.contract.envelope import Broken
from gateway.contract.facts import AMENITY_STATES
from gateway.contract.topics import check_kiosk
from gateway.credentials import hash_secret, new_password
from gateway.mailbox import StoredFact
from server.kit.errors import Invalid, Missing
from server.kit.site import PanelChanged, Site
from server.kit.store import Work
from server.stations import editing, records
from server.stations.events import AmenityChanged
from server.stations.rules import FRESH_MS, MOST_COUNT, Station, nearest
from server.stations.written import Written

COMMAND_LINE = "命令行"
"""Who changed something when nobody was logged in."""


def get(work: Work, code: str) -> Station:
    """The station with this code, also one that is retired: its tickets and facts go on. Raises `Missing`."""
    station = records.known(work, code)
    if station is None:
        raise Missing("没有找到这个小站，请再扫一次站里的二维码")
    return station


def near(work: Work, station: Station, most: int = 3) -> list[tuple[Station, int]]:
    """The other stations in service with their distance in metres, the nearest first."""
    return nearest(station, records.around(work, station, 4 * most), most)


def load(work: Work, path: Path) -> list[str]:
    """Add or update the communities and stations of a TOML file; returns the stations' codes.

    What the file does not say stays as it is. Raises `Invalid` with the first thing wrong; then nothing was changed.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        for community in content.get("community", []):
            records.save_community(
                work, community["code"], community["name"], community["street"], community["district"]
            )
        codes = [_load_station(work, row) for row in content["station"]]
    except (OSError, UnicodeDecodeError) as cause:
        raise Invalid(f"cannot read {path}: {cause}") from cause
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, Invalid) as cause:
        raise Invalid(f"{path}: {cause!r}") from cause
    work.tell(PanelChanged("*"))
    return codes


def _load_station(work: Work, row: dict[str, Any]) -> str:
    code = str(row["code"])
    new = Written(
        name=row["name"],
        community=row["community"],
        address=row.get("address"),
        lat=f"{float(row['lat']):.6f}",
        lon=f"{float(row['lon']):.6f}",
        datum=row["datum"],
        duty_phone=row["duty_phone"],
        spots="、".join(str(spot) for spot in row["spots"]) if "spots" in row else None,
        opening=row.get("opening"),
        charging_ports=str(row["charging_ports"]) if "charging_ports" in row else None,
        bay_slots=str(row["bay_slots"]) if "bay_slots" in row else None,
    )
    if records.known(work, code) is None:
        editing.add(work, code, new, COMMAND_LINE)
    else:
        editing.edit(work, code, new, COMMAND_LINE)
    return code


def pair(site: Site, kiosk: str, code: str, mqtt_url: str) -> dict[str, str]:
    """Hang `kiosk` at a station and give it fresh credentials; its old password dies within a second.

    Returns what belongs into the kiosk's `kiosk.json`. Only the hash of the password is kept here.
    Raises `Missing` and `Refused` (station), `Invalid` (kiosk id).
    """
    try:
        check_kiosk(kiosk)
    except Broken as cause:
        raise Invalid(str(cause)) from cause
    password = new_password()
    with site.store.work() as work:
        station = editing.in_service(work, code)
        records.place(work, kiosk, code)
        work.tell(PanelChanged(code))
    site.mailbox.enrol(kiosk, hash_secret(password), site.store.clock(), demo=site.demo)
    return {
        "kiosk": kiosk,
        "password": password,
        "station": station.code,
        "presence_key": station.presence_key.hex(),
        "mqtt_url": mqtt_url,
        "public_url": site.public_url,
        "name": station.name,
        "community": station.community_name,
        "duty_phone": station.duty_phone,
    }


def set_amenity(work: Work, station: str, code: str, state: str, at: int, by: str) -> None:
    """Note what somebody says about a thing; an older word than the known one changes nothing."""
    if state not in AMENITY_STATES:
        raise Invalid(f"没有这种状态：{state}")
    get(work, station)
    if records.set_amenity(work, station, code, state, at, by):
        work.tell(AmenityChanged(station, code, state))
        work.tell(PanelChanged(station))


def set_free(work: Work, station: str, code: str, device: str, free: int, total: int, at: int) -> None:
    """Note how many of a thing (charging ports, parking slots) a device counted as free at `at`, UTC milliseconds.

    Several devices at one station add up; an older count of the same one changes nothing. Raises `Missing`, `Invalid`.
    """
    if not 0 <= free <= total <= MOST_COUNT:
        raise Invalid(f"没有这种数目：{free}/{total}")
    get(work, station)
    records.set_free(work, station, code, device, free, total, at, work.now - FRESH_MS)


def station_of_fact(work: Work, fact: StoredFact) -> Station:
    """The station a fact speaks of: the one it names, if its kiosk ever hung there, else where it hangs now.

    A backlog may speak of where the kiosk was; nobody speaks for a station that is not theirs. Raises `Missing`.
    """
    named = fact.body.get("station")
    if isinstance(named, str) and records.has_hung(work, fact.kiosk, named):
        found = records.known(work, named)
        if found is not None:
            return found
    return get(work, records.station_of(work, fact.kiosk) or "")
