"""Reading and setting thresholds: of a community, or of one station that needs another value."""

from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.store import Work
from server.staff import Person
from server.stations import get as get_station
from server.thresholds import records
from server.thresholds.rules import SETTERS, Setting, Threshold


def setting(work: Work, threshold: Threshold, community: str, station: str = "") -> Setting:
    """What holds in a community (at one of its stations), and who said so."""
    own = records.latest_at(work, station, threshold.name) if station else None
    if own is not None and own["value"] is not None:
        return Setting(own["value"], own["by_name"], own["at"], own=True)
    row = records.latest(work, community, threshold.name)
    return Setting(threshold.default) if row is None else Setting(row["value"], row["by_name"], row["at"])


def value(work: Work, threshold: Threshold, community: str, station: str = "") -> int:
    """The number alone."""
    return setting(work, threshold, community, station).value


def set_value(work: Work, person: Person, threshold: Threshold, community: str, typed: str) -> None:
    """Raises `Missing`, `Forbidden` and `Invalid`; setting what holds already changes nothing."""
    number = _allowed(person, threshold, community, typed)
    if number != value(work, threshold, community):
        records.add(work, community, threshold.name, number, person.id, person.name)


def set_for_station(work: Work, person: Person, threshold: Threshold, code: str, typed: str) -> None:
    """Another value for one station; empty: what its community says holds there again. Raises as `set_value`."""
    station = get_station(work, code)
    now = setting(work, threshold, station.community, code)
    if not typed.strip():
        _check_rights(person, station.community)
        if now.own:
            records.add_at(work, code, threshold.name, None, person.id, person.name)
        return
    number = _allowed(person, threshold, station.community, typed)
    if not now.own or number != now.value:
        records.add_at(work, code, threshold.name, number, person.id, person.name)


def _check_rights(person: Person, community: str) -> None:
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    if person.role not in SETTERS:
        raise Forbidden("设定由主任或街道修改")


def _allowed(person: Person, threshold: Threshold, community: str, typed: str) -> int:
    _check_rights(person, community)
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        raise Invalid(f"{threshold.label}请填一个整数")
    number = int(digits)
    if not threshold.least <= number <= threshold.most:
        raise Invalid(f"{threshold.label}请填 {threshold.least}–{threshold.most} {threshold.unit}")
    return number
