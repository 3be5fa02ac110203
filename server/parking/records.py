"""Tables of the families, of their coupons, and of the scheme's terms, which are only added to.

`parking_coupons_use`: a coupon of a month is used once. `parking_coupons_car`: a car uses one at a time.
"""

import json
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.parking import plates
from server.parking.rules import Coupon, Household, Terms

migrations = Migrations("parking")


@migrations(name="0001_parking")
def _tables(database: Database) -> None:
    for statement in (
        """create table parking_households (
            id integer primary key, community text not null references communities (code), building text not null,
            name text not null, phone text not null, alone integer not null,
            added integer not null, by_name text not null, retired integer)""",
        "create index parking_households_of on parking_households (community, retired)",
        """create table parking_coupons (
            id integer primary key, client_id text not null unique,
            household integer not null references parking_households (id), community text not null,
            month text not null, slot integer not null, plate text not null, lookup text not null, spot text not null,
            start integer not null, until integer not null, state text not null,
            issued integer not null, by_id integer, by_name text not null,
            ended integer, ended_by text not null, incident integer)""",
        """create unique index parking_coupons_use on parking_coupons (household, month, slot)
           where state <> 'cancelled'""",
        """create unique index parking_coupons_car on parking_coupons (community, plate)
           where state = 'running'""",
        "create index parking_coupons_lookup on parking_coupons (community, lookup, id)",
        "create index parking_coupons_due on parking_coupons (until) where state = 'running'",
        "create index parking_coupons_open on parking_coupons (community, until) where state in ('running', 'over')",
        "create index parking_coupons_old on parking_coupons (until)",
        "create index parking_coupons_ticket on parking_coupons (incident) where incident is not null",
        """create table parking_terms (
            id integer primary key, community text not null references communities (code),
            per_month integer not null, hours integer not null, opens integer not null, closes integer not null,
            months text not null, by_id integer, by_name text not null, at integer not null)""",
        "create index parking_terms_of on parking_terms (community, id)",
    ):
        database.execute(statement)


@migrations(name="0002_watching_and_keeping")
def _watching_and_keeping(database: Database) -> None:
    database.execute("alter table parking_terms add column watch integer not null default 1")
    database.execute("alter table parking_terms add column keep_days integer not null default 180")


def add_household(work: Work, community: str, building: str, name: str, phone: str, alone: bool, by: str) -> int:
    """A family is on the register."""
    return work.insert(
        "parking_households",
        {
            "community": community, "building": building, "name": name, "phone": phone, "alone": int(alone),
            "added": work.now, "by_name": by, "retired": None,
        },
    )  # fmt: skip


def change_household(work: Work, household: int, building: str, name: str, phone: str, alone: bool) -> None:
    """Put right what stands there."""
    work.run(
        "update parking_households set building = ?, name = ?, phone = ?, alone = ? where id = ?",
        (building, name, phone, int(alone), household),
    )


def retire_household(work: Work, household: int) -> None:
    """It gets no more coupons."""
    work.run("update parking_households set retired = ? where id = ? and retired is null", (work.now, household))


def household(work: Work, household_id: int, month: str) -> Household | None:
    """With how many coupons of that month it has used."""
    row = work.row(
        """select *, (select count(*) from parking_coupons where household = parking_households.id and month = ?
             and state <> 'cancelled') as used from parking_households where id = ?""",
        (month, household_id),
    )
    return None if row is None else household_in(row)


def households(work: Work, community: str, month: str) -> list[Household]:
    """Those on the register now, who live alone first, then by building."""
    rows = work.rows(
        """select parking_households.*, coalesce(uses.n, 0) as used from parking_households
           left join (select household, count(*) as n from parking_coupons
                      where community = ? and month = ? and state <> 'cancelled' group by household) as uses
             on uses.household = parking_households.id
           where community = ? and retired is null
           order by alone desc, length(building), building, parking_households.id""",
        (community, month, community),
    )
    return [household_in(row) for row in rows]


def slots(work: Work, household_id: int, month: str) -> frozenset[int]:
    """The coupons of a month that a family has used."""
    rows = work.rows(
        "select slot from parking_coupons where household = ? and month = ? and state <> 'cancelled'",
        (household_id, month),
    )
    return frozenset(row["slot"] for row in rows)


def add(work: Work, values: Row, by_id: int) -> int:
    """Issue. Raises `sqlite3.IntegrityError` when that coupon or that car has one in use already."""
    fixed = {"lookup": plates.key(values["plate"]), "by_id": by_id, "ended": None, "ended_by": "", "incident": None}
    return work.insert("parking_coupons", {**values, **fixed})


def coupon(work: Work, coupon_id: int) -> Coupon | None:
    """By number."""
    return _one(work.row("select * from parking_coupons where id = ?", (coupon_id,)))


def by_client_id(work: Work, client_id: str) -> Coupon | None:
    """What a form that was sent already has become."""
    return _one(work.row("select * from parking_coupons where client_id = ?", (client_id,)))


def settle(work: Work, coupon_id: int, former: str, state: str, by: str) -> bool:
    """It is over; False when somebody was faster."""
    changed = work.run(
        "update parking_coupons set state = ?, ended = ?, ended_by = ? where id = ? and state = ?",
        (state, work.now, by, coupon_id, former),
    )
    return changed > 0


def tie(work: Work, coupon_id: int, incident: int) -> None:
    """The ticket that asks somebody to look after the car."""
    work.run("update parking_coupons set incident = ? where id = ?", (incident, coupon_id))


def gone(work: Work, incident: int, by: str) -> None:
    """Somebody looked after the car of this ticket."""
    work.run(
        """update parking_coupons set state = 'left', ended = ?, ended_by = ?
           where incident = ? and state = 'over'""",
        (work.now, by, incident),
    )


def set_plate(work: Work, coupon_id: int, plate: str) -> None:
    """Put a misread plate right. Raises `sqlite3.IntegrityError` as `add`."""
    work.run(
        "update parking_coupons set plate = ?, lookup = ? where id = ? and state = 'running'",
        (plate, plates.key(plate), coupon_id),
    )


def terms(work: Work, community: str) -> Terms:
    """What holds in a community."""
    row = work.row("select * from parking_terms where community = ? order by id desc limit 1", (community,))
    if row is None:
        return Terms()
    return Terms(
        row["per_month"], row["hours"], row["opens"], row["closes"], tuple(json.loads(row["months"])), row["by_name"],
        row["at"], bool(row["watch"]), row["keep_days"],
    )  # fmt: skip


def add_terms(work: Work, community: str, terms: Terms, by: tuple[int, str]) -> None:
    """From now on this holds; coupons that are out keep their hours."""
    work.insert(
        "parking_terms",
        {
            "community": community, "per_month": terms.per_month, "hours": terms.hours, "opens": terms.opens,
            "closes": terms.closes, "months": json.dumps(terms.months), "by_id": by[0], "by_name": by[1],
            "at": work.now, "watch": int(terms.watch), "keep_days": terms.keep_days,
        },
    )  # fmt: skip


def delete_coupons(work: Work, community: str, before: int) -> int:
    """Those whose time was over before that moment; returns how many."""
    return work.run("delete from parking_coupons where community = ? and until < ?", (community, before))


def delete_households(work: Work, community: str, before: int) -> int:
    """Families taken off the register before that moment, of whom no coupon is left."""
    return work.run(
        """delete from parking_households where community = ? and retired < ?
           and not exists (select 1 from parking_coupons where household = parking_households.id)""",
        (community, before),
    )


def erase_coupons(work: Work, household_id: int) -> int:
    """Those of one family; how many."""
    return work.run("delete from parking_coupons where household = ?", (household_id,))


def erase_family(work: Work, household_id: int) -> int:
    """For good; its coupons have gone before."""
    return work.run("delete from parking_households where id = ?", (household_id,))


def household_in(row: Row) -> Household:
    """A row of `parking_households` with `used`."""
    values: dict[str, Any] = {name: row[name] for name in Household.__slots__}
    return Household(**{**values, "alone": bool(row["alone"])})


def _one(row: Row | None) -> Coupon | None:
    return None if row is None else coupon_in(row)


def coupon_in(row: Row) -> Coupon:
    """A row of `parking_coupons`."""
    return Coupon(**{name: row[name] for name in Coupon.__slots__})
