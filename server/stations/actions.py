"""What can be done with stations: load them from a file, hang a kiosk, hear that the raincoats are gone."""

import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.contract.envelope import Broken
from gateway.contract.facts import AMENITY_STATES
from gateway.contract.geo import Datum, Point
from gateway.contract.topics import check_kiosk
from gateway.credentials import hash_secret, new_password
from gateway.mailbox import StoredFact
from server.kit.errors import Invalid, Missing
from server.kit.site import PanelChanged, Site
from server.kit.store import Work
from server.stations import records
from server.stations.rules import Station


@dataclass(frozen=True, slots=True)
class AmenityChanged:
    """A thing of a station is now in another state."""

    station: str
    code: str
    state: str


def get(work: Work, code: str) -> Station:
    """Raises `Missing`."""
    station = records.find(work, code)
    if station is None:
        raise Missing("没有找到这个小站，请再扫一次站里的二维码")
    return station


def load(work: Work, path: Path) -> list[str]:
    """Add or update the communities and stations of a TOML file; returns the stations' codes.

    Raises `Invalid` with the first thing wrong; then nothing was changed.
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
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as cause:
        raise Invalid(f"{path}: {cause!r}") from cause
    work.tell(PanelChanged("*"))
    return codes


def _load_station(work: Work, row: dict[str, Any]) -> str:
    code = check_kiosk(row["code"])  # same alphabet: a station's code stands in addresses too
    known = records.find(work, code)
    names = {community["code"]: community["name"] for community in records.communities(work)}
    if row["community"] not in names:
        raise ValueError(f"{code}: unknown community {row['community']}")
    station = Station(
        code=code,
        name=row["name"],
        community=row["community"],
        community_name=names[row["community"]],
        point=Point(float(row["lat"]), float(row["lon"]), Datum(row["datum"])),
        duty_phone=row["duty_phone"],
        spots=tuple(str(spot) for spot in row.get("spots", ())),
        presence_key=known.presence_key if known else secrets.token_bytes(32),
    )
    records.save(work, station)
    return code


def pair(site: Site, kiosk: str, code: str, mqtt_url: str) -> dict[str, str]:
    """Hang `kiosk` at a station and give it fresh credentials; its old password dies within a second.

    Returns what belongs into the kiosk's `kiosk.json`. Only the hash of the password is kept here.
    Raises `Missing` (station) and `Invalid` (kiosk id).
    """
    try:
        check_kiosk(kiosk)
    except Broken as cause:
        raise Invalid(str(cause)) from cause
    password = new_password()
    with site.store.work() as work:
        station = get(work, code)
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


def station_of_fact(work: Work, fact: StoredFact) -> Station:
    """The station a fact speaks of: the one it names, if its kiosk ever hung there, else where it hangs now.

    A backlog may speak of where the kiosk was; nobody speaks for a station that is not theirs. Raises `Missing`.
    """
    named = fact.body.get("station")
    if isinstance(named, str) and records.has_hung(work, fact.kiosk, named):
        found = records.find(work, named)
        if found is not None:
            return found
    return get(work, records.station_of(work, fact.kiosk) or "")
