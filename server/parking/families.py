"""The register of families: kept by the committee, because it says who is old and who lives alone."""

import unicodedata

from server import people
from server.incidents import plain
from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.store import Work
from server.parking import records, rules
from server.parking.rules import Household
from server.staff import Person

MOST = 2000


def save(
    work: Work, person: Person, community: str, building: str, name: str, phone: str, alone: bool, edit: int = 0
) -> int:
    """Add a family, or change the one with the number `edit`; an empty phone then keeps the old one.

    Raises `Missing`, `Forbidden` and `Invalid`.
    """
    _may_keep(person, community)
    former = _of(work, person, edit) if edit else None
    if former is not None and former.community != community:
        raise Missing("名单上没有这户")
    number = _building(building[:20])
    if number is None:
        raise Invalid("楼号请填数字，比如 3")
    called = plain(name, rules.MAX_NAME).replace("\n", " ")
    if not called:
        raise Invalid("请写怎么称呼，比如 王奶奶家")
    digits = people.clean_phone(phone[:40]) if phone.strip() else ""
    if digits is None:
        raise Invalid("电话不对：手机 11 位，座机带区号")
    if former is not None:
        records.change_household(work, former.id, number, called, digits or former.phone, alone)
        return former.id
    listed = records.households(work, community, rules.month_of(work.now))
    if len(listed) >= MOST:
        raise Invalid(f"名单最多 {MOST} 户")
    if any((one.building, one.name) == (number, called) for one in listed):
        raise Invalid(f"{number}号楼的“{called}”已经在名单上了")
    return records.add_household(work, community, number, called, digits, alone, person.name)


def retire(work: Work, person: Person, household: int) -> None:
    """Take a family off the register; what it used stays until its time is over. Raises `Missing`, `Forbidden`."""
    records.retire_household(work, _of(work, person, household).id)


def _building(typed: str) -> str | None:
    """`3`, `03号楼`, `三号楼` are `3`."""
    digits = unicodedata.normalize("NFKC", typed).strip()
    if digits.isascii() and digits.isdigit() and len(digits) <= 3:
        return str(int(digits))
    return people.building_in(typed)


def _of(work: Work, person: Person, household: int) -> Household:
    found = records.household(work, household, rules.month_of(work.now))
    if found is None:
        raise Missing("名单上没有这户")
    _may_keep(person, found.community)
    return found


def _may_keep(person: Person, community: str) -> None:
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    if person.role not in rules.KEEPERS:
        raise Forbidden("名单由居委干部或主任来改")
