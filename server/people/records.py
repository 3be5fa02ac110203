"""Tables of contacts, units and their members, shifts, and swaps.

Whether an account still counts is read from the staff's tables, in the same query: one moment, one answer.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.people.rota import Shift, Swap
from server.people.rules import Contact

migrations = Migrations("people")


@migrations(name="0001_people")
def _tables(database: Database) -> None:
    for statement in (
        """create table contacts (
            id integer primary key, community text not null references communities (code),
            staff integer references staff (id), name text not null, phone text not null, sms text not null,
            email text not null, wecom text not null, by_name text not null, at integer not null, removed integer)""",
        "create unique index contacts_staff on contacts (community, staff) where removed is null",
        """create table units (
            id integer primary key, community text not null references communities (code), kind text not null,
            name text not null, by_name text not null, at integer not null, removed integer)""",
        "create unique index units_name on units (community, name) where removed is null",
        """create table unit_members (
            unit integer not null references units (id), contact integer not null references contacts (id),
            building text not null, by_name text not null, at integer not null,
            primary key (unit, contact, building))""",
        """create table shifts (
            id integer primary key, community text not null references communities (code), name text not null,
            days text not null, starts integer not null, ends integer not null, first text, last text,
            posts text not null, by_name text not null, at integer not null, removed integer)""",
        "create index shifts_community on shifts (community) where removed is null",
        """create table shift_swaps (
            id integer primary key, shift integer not null references shifts (id), day text not null,
            post text not null, out_contact text not null, in_contact text not null, reason text not null,
            by_name text not null, at integer not null, withdrawn integer)""",
        "create index shift_swaps_day on shift_swaps (shift, day) where withdrawn is null",
    ):
        database.execute(statement)


_CONTACTS = """select contacts.*, staff.scopes as scopes, staff.disabled as disabled,
                 communities.street as street, communities.district as district
               from contacts join communities on communities.code = contacts.community
                 left join staff on staff.id = contacts.staff"""


def contacts(work: Work, community: str, *, removed: bool = False) -> dict[str, Contact]:
    """key → contact of a community, by name; the removed ones too when asked for."""
    rows = work.rows(
        f"""{_CONTACTS} where contacts.community = ? and (? or contacts.removed is null)
            order by contacts.name, contacts.id""",
        (community, removed),
    )
    return {contact.key: contact for contact in map(_contact, rows)}


def contact_row(work: Work, contact_id: int) -> Row | None:
    """One that was not removed: id, community, staff, name, phone, sms, email, wecom, by_name, at."""
    return work.row("select * from contacts where id = ? and removed is null", (contact_id,))


def add_contact(work: Work, community: str, values: Mapping[str, Any], by: str) -> int:
    """Insert one; `values`: staff, name, phone, sms, email, wecom."""
    return work.insert("contacts", {"community": community, **values, "by_name": by, "at": work.now})


def change_contact(work: Work, contact_id: int, values: Mapping[str, str], by: str) -> None:
    """Change name, phone, sms, email and wecom."""
    work.run(
        """update contacts set name = :name, phone = :phone, sms = :sms, email = :email, wecom = :wecom,
             by_name = :by, at = :at where id = :id""",
        {**values, "by": by, "at": work.now, "id": contact_id},
    )


def remove_contact(work: Work, contact_id: int, by: str) -> None:
    """No longer reached; shifts keep naming the person, so that the hole is seen. Phone and addresses are wiped."""
    work.run(
        """update contacts set removed = ?, by_name = ?, phone = '', sms = '', email = '', wecom = ''
           where id = ?""",
        (work.now, by, contact_id),
    )
    work.run("delete from unit_members where contact = ?", (contact_id,))


def contact_of_staff(work: Work, community: str, staff_id: int) -> int | None:
    """The contact of an account in a community."""
    found = work.value(
        "select id from contacts where community = ? and staff = ? and removed is null", (community, staff_id)
    )
    return None if found is None else int(found)


def accounts(work: Work, community: str) -> list[tuple[str, Contact]]:
    """(role, contact) of every account that may work in this community, by its number."""
    place = work.row("select street, district from communities where code = ?", (community,))
    if place is None:
        return []
    rows = work.rows(
        """select staff.id as account, staff.role as role, staff.name as staff_name, staff.scopes as scopes,
              contacts.id as id, contacts.name as name, contacts.phone as phone, contacts.sms as sms,
              contacts.email as email, contacts.wecom as wecom
            from staff left join contacts
              on contacts.staff = staff.id and contacts.community = ? and contacts.removed is null
            where staff.disabled is null order by staff.id""",
        (community,),
    )
    return [(row["role"], _account(row)) for row in rows if _covers(row["scopes"], {**place, "community": community})]


def units(work: Work, community: str) -> list[Row]:
    """id, community, kind, name, by_name, at; by kind and name."""
    return work.rows(
        "select * from units where community = ? and removed is null order by kind, name, id", (community,)
    )


def unit(work: Work, unit_id: int) -> Row | None:
    """One that was not removed."""
    return work.row("select * from units where id = ? and removed is null", (unit_id,))


def add_unit(work: Work, community: str, kind: str, name: str, by: str) -> int:
    """Insert one; the name must be free in the community."""
    return work.insert("units", {"community": community, "kind": kind, "name": name, "by_name": by, "at": work.now})


def remove_unit(work: Work, unit_id: int, by: str) -> None:
    """Take a unit away; its members stay as contacts."""
    work.run("update units set removed = ?, by_name = ? where id = ?", (work.now, by, unit_id))
    work.run("delete from unit_members where unit = ?", (unit_id,))


def add_member(work: Work, unit_id: int, contact_id: int, building: str, by: str) -> None:
    """Put somebody into a unit, for one building where the unit has buildings; twice is once."""
    work.run(
        """insert into unit_members (unit, contact, building, by_name, at) values (?, ?, ?, ?, ?)
           on conflict do nothing""",
        (unit_id, contact_id, building, by, work.now),
    )


def remove_member(work: Work, unit_id: int, contact_id: int, building: str) -> None:
    """Take somebody out again."""
    work.run(
        "delete from unit_members where unit = ? and contact = ? and building = ?", (unit_id, contact_id, building)
    )


def members(work: Work, community: str) -> list[Row]:
    """unit, kind, contact (its key) and building of everybody in a unit of this community."""
    return work.rows(
        """select unit_members.unit as unit, units.kind as kind, 'contact:' || unit_members.contact as contact,
             unit_members.building as building
           from unit_members join units on units.id = unit_members.unit
           where units.community = ? and units.removed is null
           order by unit_members.unit, cast(unit_members.building as integer), unit_members.at, unit_members.contact""",
        (community,),
    )


def shifts(work: Work, community: str) -> tuple[Shift, ...]:
    """The shifts of a community in the order they begin."""
    rows = work.rows("select * from shifts where community = ? and removed is null order by starts, id", (community,))
    return tuple(_shift(row) for row in rows)


def shift_row(work: Work, shift_id: int) -> Row | None:
    """One that was not removed, as stored."""
    return work.row("select * from shifts where id = ? and removed is null", (shift_id,))


def save_shift(work: Work, community: str, shift: Shift, by: str) -> int:
    """Insert a shift (its number 0), or change it."""
    values = {
        "name": shift.name,
        "days": json.dumps(sorted(shift.days)),
        "starts": shift.starts,
        "ends": shift.ends,
        "first": shift.first.isoformat() if shift.first else None,
        "last": shift.last.isoformat() if shift.last else None,
        "posts": json.dumps({post: list(keys) for post, keys in shift.posts.items()}),
        "by_name": by,
        "at": work.now,
    }
    if not shift.id:
        return work.insert("shifts", {"community": community, **values})
    work.run(
        """update shifts set name = :name, days = :days, starts = :starts, ends = :ends, first = :first, last = :last,
             posts = :posts, by_name = :by_name, at = :at where id = :id""",
        {**values, "id": shift.id},
    )
    return shift.id


def remove_shift(work: Work, shift_id: int, by: str) -> None:
    """Take a shift out of the rota."""
    work.run("update shifts set removed = ?, by_name = ? where id = ?", (work.now, by, shift_id))


def swaps(work: Work, community: str, first: date, last: date) -> tuple[Swap, ...]:
    """The swaps for shifts that begin on these days, both included, in the order they were made."""
    rows = work.rows(
        """select shift_swaps.* from shift_swaps join shifts on shifts.id = shift_swaps.shift
           where shifts.community = ? and shifts.removed is null and shift_swaps.withdrawn is null
             and shift_swaps.day >= ? and shift_swaps.day <= ? order by shift_swaps.id""",
        (community, first.isoformat(), last.isoformat()),
    )
    return tuple(_swap(row) for row in rows)


def swap_community(work: Work, swap_id: int) -> str | None:
    """Whose rota a swap in force belongs to."""
    found = work.value(
        """select shifts.community from shift_swaps join shifts on shifts.id = shift_swaps.shift
           where shift_swaps.id = ? and shift_swaps.withdrawn is null""",
        (swap_id,),
    )
    return None if found is None else str(found)


def add_swap(work: Work, shift: int, day: date, post: str, out: str, into: str, reason: str, by: str) -> int:
    """Insert a swap."""
    return work.insert(
        "shift_swaps",
        {
            "shift": shift, "day": day.isoformat(), "post": post, "out_contact": out, "in_contact": into,
            "reason": reason, "by_name": by, "at": work.now,
        },
    )  # fmt: skip


def withdraw_swap(work: Work, swap_id: int) -> None:
    """The usual person is back."""
    work.run("update shift_swaps set withdrawn = ? where id = ?", (work.now, swap_id))


def _contact(row: Row) -> Contact:
    active = row["removed"] is None
    if row["staff"] is not None:
        active = active and row["disabled"] is None and row["scopes"] is not None and _covers(row["scopes"], row)
    return Contact(
        key=f"contact:{row['id']}",
        name=row["name"],
        staff=row["staff"],
        phone=row["phone"],
        sms=row["sms"],
        email=row["email"],
        wecom=row["wecom"],
        active=active,
    )


def _account(row: Row) -> Contact:
    if row["id"] is None:
        return Contact(f"staff:{row['account']}", row["staff_name"], row["account"])
    return Contact(
        f"contact:{row['id']}", row["name"], row["account"], row["phone"], row["sms"], row["email"], row["wecom"]
    )


def _covers(scopes: str, place: Row) -> bool:
    for scope in json.loads(scopes):
        kind, _, code = scope.partition(":")
        if place.get(kind) == code:
            return True
    return False


def _shift(row: Row) -> Shift:
    return Shift(
        id=row["id"],
        name=row["name"],
        days=frozenset(json.loads(row["days"])),
        starts=row["starts"],
        ends=row["ends"],
        posts={post: tuple(keys) for post, keys in json.loads(row["posts"]).items()},
        first=date.fromisoformat(row["first"]) if row["first"] else None,
        last=date.fromisoformat(row["last"]) if row["last"] else None,
    )


def _swap(row: Row) -> Swap:
    return Swap(
        row["id"], row["shift"], date.fromisoformat(row["day"]), row["post"], row["out_contact"], row["in_contact"],
        row["reason"], row["by_name"], row["at"],
    )  # fmt: skip
