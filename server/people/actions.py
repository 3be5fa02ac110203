"""Changing the address book, the units and the rota. Every change names its author; the moment is the work's own."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.sqlite import Row
from server.calendar import minutes_of, read_date
from server.kit.errors import Invalid, Missing, Refused
from server.kit.store import Work
from server.people import records
from server.people.duty import named
from server.people.rota import DAYS, Shift
from server.people.rules import POSTS, UNITS, clean_building, clean_phone, is_email, is_mobile, is_wecom
from server.staff import Person

MAX_NAME = 20
MAX_REASON = 60
MAX_ON_POST = 20
MAX_SHIFTS = 60
MAX_CONTACTS = 500


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as typed. `staff`: the number of an account, or empty; `texts`: whether the phone takes SMS."""

    name: str = ""
    phone: str = ""
    texts: bool = False
    email: str = ""
    wecom: str = ""
    staff: str = ""


@dataclass(frozen=True, slots=True)
class ShiftDraft:
    """A shift as typed: `08:00`, `2026-11-22`, keys of contacts or accounts by post. `seen`: the version changed."""

    name: str = ""
    days: tuple[str, ...] = ()
    starts: str = ""
    ends: str = ""
    first: str = ""
    last: str = ""
    posts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: int = 0


def save_contact(work: Work, person: Person, community: str, draft: ContactDraft, contact_id: int = 0) -> int:
    """Add a contact, or (with a number) change it. An empty phone of a known contact stays as it was.

    Raises `Invalid`, `Missing`.
    """
    own(person, community)
    row = _contact(work, community, contact_id) if contact_id else None
    values = _values(draft, row)
    if row is not None:
        records.change_contact(work, contact_id, values, person.name)
        return contact_id
    if len(records.contacts(work, community)) >= MAX_CONTACTS:
        raise Invalid(f"通讯录最多 {MAX_CONTACTS} 个人")
    staff = _account(work, community, draft.staff) if draft.staff else None
    return records.add_contact(work, community, {"staff": staff, **values}, person.name)


def remove_contact(work: Work, person: Person, community: str, contact_id: int) -> None:
    """Somebody is no longer reached; where the rota named them is now a gap. Raises `Missing`."""
    own(person, community)
    _contact(work, community, contact_id)
    records.remove_contact(work, contact_id, person.name)


def add_unit(work: Work, person: Person, community: str, kind: str, name: str) -> int:
    """A new unit; without a name it bears that of its kind. Raises `Invalid`, `Missing`."""
    own(person, community)
    if kind not in UNITS:
        raise Invalid("请选班组的种类")
    title = line(name, "班组名称", MAX_NAME) if name.strip() else UNITS[kind]
    known = records.units(work, community)
    if any(row["name"] == title for row in known):
        raise Invalid(f"已经有叫“{title}”的班组了，换个名字")
    if len(known) >= 50:
        raise Invalid("班组最多 50 个")
    return records.add_unit(work, community, kind, title, person.name)


def remove_unit(work: Work, person: Person, community: str, unit_id: int) -> None:
    """Take a unit away. Raises `Missing`."""
    own(person, community)
    _unit(work, community, unit_id)
    records.remove_unit(work, unit_id, person.name)


def add_member(work: Work, person: Person, community: str, unit_id: int, key: str, buildings: str = "") -> None:
    """Put somebody into a unit; building leaders say for which buildings (`3, 5`). Raises `Invalid`, `Missing`."""
    own(person, community)
    unit = _unit(work, community, unit_id)
    numbers = [""]
    if unit["kind"] == "building_leader":
        numbers = [_building(part) for part in _parts(buildings)]
        if not numbers:
            raise Invalid("请写负责哪几号楼，如 3、5")
        if len(numbers) > 30:
            raise Invalid("一个人最多负责 30 栋楼")
    contact = contact_number(work, person, community, key)
    for number in numbers:
        records.add_member(work, unit_id, contact, number, person.name)


def remove_member(work: Work, person: Person, community: str, unit_id: int, key: str, building: str = "") -> None:
    """Take somebody out of a unit; not being in it is fine. Raises `Missing`."""
    own(person, community)
    _unit(work, community, unit_id)
    records.remove_member(work, unit_id, number_of(key), building)


def save_shift(work: Work, person: Person, community: str, draft: ShiftDraft, shift_id: int = 0) -> int:
    """Add a shift, or (with a number) change it. Raises `Invalid`, `Missing`, `Refused` when somebody was first."""
    own(person, community)
    if shift_id:
        row = _shift_row(work, community, shift_id)
        if row["at"] != draft.seen:
            raise Refused(f"{row['by_name']} 刚改过这个班次，请看过最新的再改一次")
    elif len(records.shifts(work, community)) >= MAX_SHIFTS:
        raise Invalid(f"班次最多 {MAX_SHIFTS} 个")
    starts, ends = minutes_of(draft.starts), minutes_of(draft.ends)
    if starts is None or ends is None or starts == 24 * 60:
        raise Invalid("请写开始和结束时间，如 20:00 到 08:00；结束早于开始就是到第二天")
    days = frozenset(draft.days)
    if not days or not days <= DAYS.keys():
        raise Invalid("请选哪些天有这个班")
    first = read_date(draft.first) if draft.first else None
    last = read_date(draft.last) if draft.last else None
    if first is not None and last is not None and last < first:
        raise Invalid("结束日期早于开始日期")
    name = line(draft.name, "班次名称", MAX_NAME)
    posts = {post: _people(work, person, community, draft.posts.get(post, ())) for post in POSTS}
    if not posts["duty"]:
        raise Invalid("请至少选一个值班的人")
    shift = Shift(shift_id, name, days, starts, ends, posts, first, last)
    return records.save_shift(work, community, shift, person.name)


def remove_shift(work: Work, person: Person, community: str, shift_id: int) -> None:
    """Take a shift out of the rota. Raises `Missing`."""
    own(person, community)
    _shift_row(work, community, shift_id)
    records.remove_shift(work, shift_id, person.name)


def swap(
    work: Work, person: Person, community: str, shift_id: int, day: str, post: str, out: str, into: str, reason: str
) -> int:
    """On one day (`2026-11-23`, when the shift begins) somebody stands in for another.

    `out` and `into` are keys. Raises `Invalid`, `Missing`, `Refused` when `out` is not on that post that day.
    """
    own(person, community)
    _shift_row(work, community, shift_id)
    when = read_date(day)
    why = line(reason, "原因", MAX_REASON)
    if post not in POSTS:
        raise Invalid("请选换哪个岗位")
    there = named(work, community, shift_id, when).get(post, ())
    if out not in there:
        raise Refused("这个人那天已经不在这个岗位上了，请看最新的排班")
    stand_in = f"contact:{contact_number(work, person, community, into)}"
    if stand_in in there:
        raise Refused("替班的人那天已经在这个岗位上了")
    return records.add_swap(work, shift_id, when, post, out, stand_in, why, person.name)


def withdraw_swap(work: Work, person: Person, community: str, swap_id: int) -> None:
    """The usual person is back. Raises `Missing`."""
    own(person, community)
    if records.swap_community(work, swap_id) != community:
        raise Missing("没有这次换班")
    records.withdraw_swap(work, swap_id)


def contact_number(work: Work, person: Person, community: str, key: str) -> int:
    """The contact behind a key; an account that is none yet (`staff:3`) becomes one. Raises `Missing`."""
    if key.startswith("staff:"):
        staff = _account(work, community, key.removeprefix("staff:"))
        known = records.contact_of_staff(work, community, staff)
        if known is not None:
            return known
        name = next(one.name for _, one in records.accounts(work, community) if one.staff == staff)
        empty = {"phone": "", "sms": "", "email": "", "wecom": ""}
        return records.add_contact(work, community, {"staff": staff, "name": name, **empty}, person.name)
    return int(_contact(work, community, number_of(key))["id"])


def number_of(key: str) -> int:
    """7 of `contact:7`; 0, which nobody has, for anything else."""
    kind, _, number = key.partition(":")
    return int(number) if kind == "contact" and number.isascii() and number.isdigit() and len(number) < 12 else 0


def own(person: Person, community: str) -> None:
    """Raises `Missing` when the community is not this person's to arrange."""
    if not (person.triages and person.sees(community)):
        raise Missing("没有找到这个居民区")


def line(text: str, what: str, longest: int) -> str:
    """One clean line; raises `Invalid`."""
    plain = "".join(letter for letter in text if unicodedata.category(letter)[0] != "C").strip()
    if not 1 <= len(plain) <= longest:
        raise Invalid(f"{what}写 1–{longest} 个字")
    return plain


def _values(draft: ContactDraft, row: Row | None) -> dict[str, str]:
    phone = row["phone"] if row is not None else ""
    if draft.phone.strip():
        cleaned = clean_phone(draft.phone)
        if cleaned is None:
            raise Invalid("电话写 11 位手机号，或带区号的座机，如 021-55550110")
        phone = cleaned
    if draft.texts and not is_mobile(phone):
        raise Invalid("座机收不到短信，请写手机号，或不勾短信")
    email, wecom = draft.email.strip(), draft.wecom.strip()
    if email and not is_email(email):
        raise Invalid("邮箱看起来不对")
    if wecom and not is_wecom(wecom):
        raise Invalid("企业微信账号用字母、数字，不能是 all")
    return {
        "name": line(draft.name, "姓名", MAX_NAME),
        "phone": phone,
        "sms": phone if draft.texts else "",
        "email": email,
        "wecom": wecom,
    }


def _account(work: Work, community: str, number: str) -> int:
    found = {str(one.staff) for _, one in records.accounts(work, community)}
    if number not in found:
        raise Missing("没有这个账号，或者它不管这个居民区")
    return int(number)


def _contact(work: Work, community: str, contact_id: int) -> Row:
    row = records.contact_row(work, contact_id)
    if row is None or row["community"] != community:
        raise Missing("通讯录里没有这个人")
    return row


def _unit(work: Work, community: str, unit_id: int) -> Row:
    row = records.unit(work, unit_id)
    if row is None or row["community"] != community:
        raise Missing("没有这个班组")
    return row


def _shift_row(work: Work, community: str, shift_id: int) -> Row:
    row = records.shift_row(work, shift_id)
    if row is None or row["community"] != community:
        raise Missing("没有这个班次")
    return row


def _people(work: Work, person: Person, community: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    if len(keys) > MAX_ON_POST:
        raise Invalid(f"一个岗位最多 {MAX_ON_POST} 个人")
    return tuple(dict.fromkeys(f"contact:{contact_number(work, person, community, key)}" for key in keys))


def _parts(text: str) -> list[str]:
    for mark in "，、;；\n":
        text = text.replace(mark, ",")
    return [part for part in text.split(",") if part.strip()]


def _building(part: str) -> str:
    number = clean_building(part)
    if number is None:
        raise Invalid(f"看不懂楼号：{part[:20]}")
    return number
