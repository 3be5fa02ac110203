"""Reading and setting thresholds."""

from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.store import Work
from server.staff import Person
from server.thresholds import records
from server.thresholds.rules import SETTERS, Setting, Threshold


def setting(work: Work, threshold: Threshold, community: str) -> Setting:
    """What holds in a community, and who said so."""
    row = records.latest(work, community, threshold.name)
    return Setting(threshold.default) if row is None else Setting(row["value"], row["by_name"], row["at"])


def value(work: Work, threshold: Threshold, community: str) -> int:
    """The number alone."""
    return setting(work, threshold, community).value


def set_value(work: Work, person: Person, threshold: Threshold, community: str, typed: str) -> None:
    """Raises `Missing`, `Forbidden` and `Invalid`; setting what holds already changes nothing."""
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    if person.role not in SETTERS:
        raise Forbidden("设定由主任或街道修改")
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        raise Invalid(f"{threshold.label}请填一个整数")
    number = int(digits)
    if not threshold.least <= number <= threshold.most:
        raise Invalid(f"{threshold.label}请填 {threshold.least}–{threshold.most} {threshold.unit}")
    if number != value(work, threshold, community):
        records.add(work, community, threshold.name, number, person.id, person.name)
