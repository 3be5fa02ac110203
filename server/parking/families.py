"""The register of families: kept by the committee, because it says who is old and who lives alone."""

import unicodedata

from server import people
from server.incidents import plain
from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.store import Work
from server.parking import names, queries, records, rules
from server.parking.rules import Household
from server.staff import Person

MOST = 2000


def save(
    work: Work,
    person: Person,
    community: str,
    building: str,
    name: str,
    phone: str,
    alone: bool,
    edit: int = 0,
    *,
    without_phone: bool = False,
) -> int:
    """Add a family, or change the one with the number `edit`; an empty phone then keeps the old one.

    `without_phone`: the old one goes, unless there is a new one.
    Raises `Missing`, `Forbidden` and `Invalid`.
    """
    _may_keep(person, community)
    former = _of(work, person, edit) if edit else None
    if former is not None and former.community != community:
        raise Missing("名单上没有这户")
    number = _building(building[:20])
    if number is None:
        raise Invalid("楼号请填数字，比如 3")
    if number == "0":
        raise Invalid("没有 0 号楼，楼号从 1 开始，比如 3")
    title = plain(name, rules.MAX_NAME).replace("\n", " ")
    if not title:
        raise Invalid("请写怎么称呼，比如 王奶奶家")
    digits = people.clean_phone(phone[:40]) if phone.strip() else ""
    if digits is None:
        raise Invalid("电话不对：手机 11 位，座机带区号")
    listed = records.households(work, community, rules.month_of(work.now))
    if any((one.building, one.name) == (number, title) and one.id != edit for one in listed):
        raise Invalid(f"{number}号楼的“{title}”已经在名单上了")
    if former is not None:
        kept = "" if without_phone else former.phone
        records.change_household(work, former.id, number, title, digits or kept, alone)
        return former.id
    if len(listed) >= MOST:
        raise Invalid(f"名单最多 {MOST} 户")
    return records.add_household(work, community, number, title, digits, alone, person.name)


def retire(work: Work, person: Person, household: int) -> None:
    """Take a family off the register; what it used stays until its time is over. Raises `Missing`, `Forbidden`."""
    records.retire_household(work, _of(work, person, household).id)


def called(work: Work, community: str, *, whole: bool) -> dict[int, str]:
    """Family → its name on a page: `whole` for who keeps the register, for others masked but told apart.

    Also those no longer on the register, masked only: nobody chooses between them.
    """
    ever = queries.households_ever(work, community)
    if whole:
        return {one.id: one.name for one in ever}
    gone = {one.id: names.masked(one.name) for one in ever if one.retired is not None}
    return gone | names.told_apart([one for one in ever if one.retired is None])


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
