"""Who may see and change which station, and what the list says about each."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import calendar, stations
from server.kit.errors import Forbidden, Missing
from server.kit.store import Work
from server.staff import Person
from server.stations import Amenity, Doors, Opening, Station

OPENERS = frozenset({"director", "street", "district", "it"})
"""Who opens, describes, moves and retires stations; hours and amenities are for everybody who minds the fleet."""


@dataclass(frozen=True, slots=True)
class Line:
    """A station in the list. `amiss`: what does not work there now."""

    station: Station
    doors: Doors
    amiss: tuple[Amenity, ...]
    kiosks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to."""

    words: str = ""
    community: str = ""
    show: str = "all"


SHOWS = {"all": "全部", "amiss": "有东西不能用", "shut": "现在关着", "unwritten": "没写开放时间", "retired": "已停用"}


def may_open(person: Person) -> bool:
    """Whether this person may change everything about a station."""
    return person.role in OPENERS


def check_opener(person: Person) -> None:
    """Raises `Forbidden`."""
    if not may_open(person):
        raise Forbidden("小站的资料由主任、街道或 IT 志愿者修改；开放时间和设施你可以改")


def station_for(work: Work, person: Person, code: str) -> Station:
    """The station, also a retired one. Raises `Missing`, the same for one that is none of this person's."""
    found = stations.known(work, code)
    if found is None or not person.sees(found.community):
        raise Missing("没有找到这个小站")
    return found


def seen_by(work: Work, person: Person) -> dict[str, str]:
    """code → name of the communities a person sees."""
    return {row["code"]: row["name"] for row in stations.communities(work) if person.sees(row["code"])}


def lines(work: Work, person: Person, wanted: Wanted) -> list[Line]:
    """Every station that is wanted, those where something is amiss first."""
    days = calendar.load(work)
    things = stations.all_amenities(work)
    kiosks: dict[str, list[str]] = {}
    for kiosk, code in stations.kiosks_at(work).items():
        kiosks.setdefault(code, []).append(kiosk)
    words = wanted.words.lower().split()
    found = []
    said: dict[Opening | None, Doors] = {}
    for one in stations.all_stations(work, retired=wanted.show == "retired"):
        if not person.sees(one.community) or (wanted.community and one.community != wanted.community):
            continue
        text = f"{one.full_name} {one.address} {one.code}".lower()
        if all(word in text for word in words):
            if one.opening not in said:
                said[one.opening] = stations.doors(one.opening, days, work.now)
            found.append(
                Line(one, said[one.opening], _amiss(things.get(one.code, ())), tuple(kiosks.get(one.code, ())))
            )
    found = [line for line in found if _shows(line, wanted.show)]
    return sorted(found, key=lambda line: (not line.amiss, line.station.code))


def _amiss(things: Sequence[Amenity]) -> tuple[Amenity, ...]:
    return tuple(one for one in things if one.state in {"low", "empty", "broken"})


def _shows(line: Line, show: str) -> bool:
    if show == "amiss":
        return bool(line.amiss)
    if show == "shut":
        return line.doors.open is False
    return line.station.opening is None if show == "unwritten" else True
