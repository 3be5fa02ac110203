"""What is asked of the families and their coupons: by plate, by moment, by month, by number, by ticket."""

from collections.abc import Collection

from server.kit.store import Work
from server.parking import plates, records
from server.parking.rules import Coupon, Household


def of_plate(work: Work, community: str, plate: str, limit: int = 20) -> list[Coupon]:
    """The newest coupons of a car, by a normal plate with or without its province."""
    rows = work.rows(
        "select * from parking_coupons where community = ? and lookup = ? order by id desc limit ?",
        (community, plates.key(plate), limit),
    )
    return [one for one in map(records.coupon_in, rows) if plates.same(one.plate, plate)]


def standing(work: Work, community: str) -> list[Coupon]:
    """Cars that are here by a coupon, or should have left; what ends first comes first."""
    rows = work.rows(
        "select * from parking_coupons where community = ? and state in ('running', 'over') order by until, id",
        (community,),
    )
    return [records.coupon_in(row) for row in rows]


def due(work: Work, before: int, limit: int) -> list[Coupon]:
    """Those whose time was over by then, and that nobody checked out."""
    rows = work.rows(
        "select * from parking_coupons where state = 'running' and until <= ? order by until limit ?",
        (before, limit),
    )
    return [records.coupon_in(row) for row in rows]


def last_plates(work: Work, household_id: int, limit: int) -> list[str]:
    """The cars that came to a family before, the latest first."""
    rows = work.rows(
        """select plate, max(id) as last from parking_coupons where household = ? and state <> 'cancelled'
           group by plate order by last desc limit ?""",
        (household_id, limit),
    )
    return [row["plate"] for row in rows]


def months_of(work: Work, community: str) -> list[str]:
    """The months in which coupons were used, the latest first."""
    rows = work.rows(
        "select distinct month from parking_coupons where community = ? order by month desc limit 24", (community,)
    )
    return [row["month"] for row in rows]


def uses(work: Work, community: str, month: str) -> dict[int, int]:
    """Family → how many coupons it used in a month, also of families no longer on the register."""
    rows = work.rows(
        """select household, count(*) as n from parking_coupons
           where community = ? and month = ? and state <> 'cancelled' group by household""",
        (community, month),
    )
    return {row["household"]: row["n"] for row in rows}


def communities(work: Work) -> list[str]:
    """Every community that has ever had a family on its register."""
    return [row["community"] for row in work.rows("select distinct community from parking_households")]


def households_by_id(work: Work, ids: Collection[int], month: str) -> dict[int, Household]:
    """Also those no longer on the register."""
    found = (records.household(work, one, month) for one in set(ids))
    return {one.id: one for one in found if one is not None}


def families_of(work: Work, phone: str, communities: Collection[str] | None) -> list[Household]:
    """Families with this number (digits), also those no longer on the register; `communities` None: anywhere."""
    rows = work.rows("select *, 0 as used from parking_households where phone = ? and phone <> ''", (phone,))
    return [records.household_in(row) for row in rows if communities is None or row["community"] in communities]


def coupons_of(work: Work, household_id: int) -> list[Coupon]:
    """All of a family that are kept, the oldest first."""
    return [
        records.coupon_in(row)
        for row in work.rows("select * from parking_coupons where household = ? order by id", (household_id,))
    ]


def of_ticket(work: Work, incident: int) -> list[Coupon]:
    """Whose running out opened this ticket: one, or none."""
    rows = work.rows("select * from parking_coupons where incident = ?", (incident,))
    return [records.coupon_in(row) for row in rows]


def households_ever(work: Work, community: str) -> list[Household]:
    """Also those no longer on the register."""
    rows = work.rows("select *, 0 as used from parking_households where community = ?", (community,))
    return [records.household_in(row) for row in rows]
