"""Who is on duty and who holds a desk: never nobody silently."""

import pytest

from server import people
from server.kit.clock import HOUR_MS
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import Site
from server.people import ContactDraft, OnDuty, ShiftDraft
from server.people.cli import gaps as gaps_table
from server.people.cli import now as now_table
from server.staff import Person, disable

from ..conftest import StaffFactory
from .conftest import EVERY_DAY, ContactFactory, ShiftFactory, at

NOON = at("2026-03-16 12:00")
NIGHT = at("2026-03-16 02:10")


def on_duty(site: Site, moment: int = NOON, community: str = "sn10") -> OnDuty:
    with site.store.look() as look:
        return people.on_duty(look, community, moment)


def holders(site: Site, target: str, building: str | None = None, moment: int = NOON) -> list[str]:
    with site.store.look() as look:
        return [one.name for one in people.holders(look, "sn10", target, moment, building)]


def names(found: tuple[people.Contact, ...]) -> list[str]:
    return [one.name for one in found]


def test_the_rota_says_who_is_on_duty(site: Site, contact: ContactFactory, shift: ShiftFactory) -> None:
    wang, liu, chen, li = (contact(name) for name in ("王", "刘", "陈", "李"))
    shift("08:00", "20:00", name="白班", duty=[wang], backup=[liu], director=[chen], guard=[li])

    here = on_duty(site)

    assert [names(post) for post in (here.duty, here.backup, here.director, here.guard)] == [
        ["王"], ["刘"], ["陈"], ["李"],
    ]  # fmt: skip
    assert (here.source, here.gaps, here.shifts) == ("rota", (), ("白班",))
    assert here.until == at("2026-03-16 20:00")
    assert names(here.everybody) == ["王", "刘", "陈", "李"]


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (("duty", "duty", "committee", "director"), "duty"),
        (("committee", "director", "prop_guard"), "committee"),
        (("director", "prop_guard"), "director"),
        (("street", "it"), "street"),
    ],
)
def test_without_a_rota_every_account_of_the_first_role_is_on_duty(
    site: Site, staff: StaffFactory, roles: tuple[str, ...], role: str
) -> None:
    for number, one in enumerate(roles):
        staff(one, name=f"{one}{number}", scopes=("street:songnan",))

    here = on_duty(site)

    assert names(here.duty) == [f"{one}{number}" for number, one in enumerate(roles) if one == role]
    assert here.source == "accounts"
    assert [gap.kind for gap in here.gaps] == ["no_rota"]


def test_accounts_that_are_disabled_or_elsewhere_are_never_on_duty(site: Site, staff: StaffFactory) -> None:
    staff("duty", login="gone", name="走了的")
    staff("duty", name="别处的", scopes=("community:yh1",))
    staff("duty", name="在的", scopes=("district:baoshan",))
    with site.store.work() as work:
        disable(work, "gone")

    assert names(on_duty(site).duty) == ["在的"]
    assert names(on_duty(site, community="yh1").duty) == ["别处的", "在的"]


def test_when_nobody_at_all_is_left_it_says_so(site: Site) -> None:
    here = on_duty(site)

    assert here.source == "nobody"
    assert here.everybody == ()


def test_a_community_nobody_knows_has_nobody(site: Site) -> None:
    assert on_duty(site, community="nowhere").source == "nobody"


def test_a_person_deleted_while_on_duty_falls_through_to_the_backup(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, liu = contact("王"), contact("刘")
    shift("00:00", "24:00", duty=[wang], backup=[liu])

    with site.store.work() as work:
        people.remove_contact(work, director, "sn10", int(wang.partition(":")[2]))
        here = people.on_duty(work, "sn10", NOON)
        told = people.troubles(work, "sn10", NOON)

    assert names(here.duty) == ["刘"]
    assert here.source == "backup"
    assert [(gap.post, gap.kind, gap.names) for gap in here.gaps] == [("duty", "gone", ("王",))]
    assert told[0].endswith("的值班 王 已经不在名册里，没有别人了")


def test_an_account_disabled_while_on_duty_falls_through_to_the_director(
    site: Site, staff: StaffFactory, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang = contact("王", staff=staff("duty", login="wang"))
    liu = contact("刘", staff=staff("committee", login="liu"))
    chen = contact("陈")
    shift("00:00", "24:00", duty=[wang], backup=[liu], director=[chen])
    with site.store.work() as work:
        disable(work, "wang")
        disable(work, "liu")

    here = on_duty(site)

    assert (names(here.duty), here.source) == (["陈"], "director")
    assert here.backup == ()
    assert {gap.names for gap in here.gaps} == {("王",), ("刘",)}


def test_an_hour_without_anybody_falls_through_to_the_accounts(
    site: Site, staff: StaffFactory, contact: ContactFactory, shift: ShiftFactory
) -> None:
    staff("duty", name="值班员")
    shift("08:00", "20:00", duty=[contact("王")], backup=[contact("刘")])

    here = on_duty(site, NIGHT)

    assert (names(here.duty), here.source) == (["值班员"], "accounts")
    assert [(gap.post, gap.kind) for gap in here.gaps] == [("duty", "nobody"), ("backup", "nobody")]


def test_one_who_left_does_not_hide_the_others(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, liu = contact("王"), contact("刘")
    shift("00:00", "24:00", duty=[wang, liu], backup=[liu])
    with site.store.work() as work:
        people.remove_contact(work, director, "sn10", int(wang.partition(":")[2]))

    here = on_duty(site)

    assert (names(here.duty), here.source) == (["刘"], "rota")
    assert [(gap.names, gap.covered) for gap in here.gaps] == [(("王",), True)]


def test_a_hole_in_the_coming_week_is_known_a_week_before(
    site: Site, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, liu = contact("王"), contact("刘")
    shift("00:00", "24:00", duty=[wang], backup=[liu], last="2026-03-22")

    with site.store.look() as look:
        early = people.gaps(look, "sn10", at("2026-03-15 12:00"))
        told = people.troubles(look, "sn10", at("2026-03-16 12:00"))
        calm = people.gaps(look, "sn10", at("2026-03-15 12:00"), days=3)

    assert [(gap.start, gap.end) for gap in early] == []
    assert calm == []
    assert told == ("3月23日 00:00 到 12:00 没有人值班", "3月23日 00:00 到 12:00 没有后备")


def test_a_hole_that_comes_every_day_is_told_once(site: Site, contact: ContactFactory, shift: ShiftFactory) -> None:
    wang, liu = contact("王"), contact("刘")
    shift("06:00", "02:00", duty=[wang], backup=[liu])

    with site.store.look() as look:
        told = people.troubles(look, "sn10", NOON)

    assert told == (
        "3月17日 02:00 到 06:00 没有人值班（7 天里这样的有 7 段）",
        "3月17日 02:00 到 06:00 没有后备（7 天里这样的有 7 段）",
    )


def test_a_swap_is_for_one_day_and_can_be_taken_back(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, liu, li = contact("王"), contact("刘"), contact("李")
    night = shift("20:00", "08:00", duty=[wang], backup=[liu])

    with site.store.work() as work:
        number = people.swap(work, director, "sn10", night, "2026-03-15", "duty", wang, li, "看病")
    during = names(on_duty(site, NIGHT).duty)
    with site.store.work() as work:
        people.withdraw_swap(work, director, "sn10", number)
    after = names(on_duty(site, NIGHT).duty)

    assert during == ["李"]
    assert after == ["王"]


def test_a_swap_needs_somebody_who_is_on_that_post_that_day(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, liu, li = contact("王"), contact("刘"), contact("李")
    monday = shift("08:00", "20:00", days=("mon",), duty=[wang], backup=[liu])

    def refused(error: type[Exception], day: str, out: str, into: str, reason: str = "看病") -> None:
        with site.store.work() as work, pytest.raises(error):
            people.swap(work, director, "sn10", monday, day, "duty", out, into, reason)

    refused(Refused, "2026-03-17", wang, li)
    refused(Refused, "2026-03-16", liu, li)
    refused(Refused, "2026-03-16", wang, wang)
    refused(Missing, "2026-03-16", wang, "contact:999")
    refused(Missing, "2026-03-16", wang, "contact:-1")
    refused(Invalid, "2026-03-16", wang, li, " ")
    refused(Invalid, "soon", wang, li)


def test_a_stand_in_who_leaves_is_a_hole_too(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, liu, li = contact("王"), contact("刘"), contact("李")
    day = shift("00:00", "24:00", duty=[wang], backup=[liu])

    with site.store.work() as work:
        people.swap(work, director, "sn10", day, "2026-03-16", "duty", wang, li, "看病")
        people.remove_contact(work, director, "sn10", int(li.partition(":")[2]))
        here = people.on_duty(work, "sn10", NOON)

    assert (names(here.duty), here.source) == (["刘"], "backup")
    assert here.gaps[0].names == ("李",)


def test_a_unit_is_reached_and_a_building_narrows_it(site: Site, director: Person, contact: ContactFactory) -> None:
    qian, feng, zhao = contact("钱"), contact("冯"), contact("赵")
    with site.store.work() as work:
        leaders = people.add_unit(work, director, "sn10", "building_leader", "")
        people.add_member(work, director, "sn10", leaders, qian, "1、3")
        people.add_member(work, director, "sn10", leaders, feng, "22")
        people.add_member(work, director, "sn10", people.add_unit(work, director, "sn10", "prop_eng", ""), zhao)

    assert holders(site, "building_leader", "3号楼") == ["钱"]
    assert holders(site, "building_leader", "22") == ["冯"]
    assert holders(site, "building_leader", "99") == []
    assert holders(site, "building_leader") == ["钱", "冯"]
    assert holders(site, f"unit:{leaders}", "3") == ["钱"]
    assert holders(site, "prop_eng") == ["赵"]
    assert holders(site, "prop_eng", "3号楼") == ["赵"]


def test_a_unit_nobody_made_is_held_by_the_accounts_of_its_role(site: Site, staff: StaffFactory) -> None:
    staff("prop_eng", name="赵师傅")
    staff("it", name="小林")
    person = staff("street", name="街道", scopes=("street:songnan",))

    assert holders(site, "prop_eng") == ["赵师傅"]
    assert holders(site, "it") == ["小林"]
    assert holders(site, "street") == ["街道"]
    assert holders(site, f"staff:{person.id}") == ["街道"]
    assert holders(site, "volunteer") == []
    assert holders(site, "no such thing") == []


def test_guards_on_the_rota_go_before_the_rest_of_their_unit(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, li, sun = contact("王"), contact("李"), contact("孙")
    with site.store.work() as work:
        unit = people.add_unit(work, director, "sn10", "prop_guard", "")
        people.add_member(work, director, "sn10", unit, li)
        people.add_member(work, director, "sn10", unit, sun)
    shift("20:00", "08:00", duty=[wang], guard=[sun])

    assert holders(site, "prop_guard", moment=NIGHT) == ["孙"]
    assert holders(site, "guard", moment=NOON) == ["李", "孙"]


def test_a_guard_who_left_is_replaced_by_the_rest_of_the_unit(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang, li, sun = contact("王"), contact("李"), contact("孙")
    shift("00:00", "24:00", duty=[wang], backup=[wang], guard=[sun])
    with site.store.work() as work:
        unit = people.add_unit(work, director, "sn10", "prop_guard", "")
        people.add_member(work, director, "sn10", unit, li)
        people.remove_contact(work, director, "sn10", int(sun.partition(":")[2]))

    here = on_duty(site)

    assert names(here.guard) == ["李"]
    assert [(gap.post, gap.names) for gap in here.gaps] == [("guard", ("孙",))]


def test_a_person_is_reached_by_name_until_they_leave(
    site: Site, director: Person, staff: StaffFactory, contact: ContactFactory
) -> None:
    person = staff("duty", login="wang")
    key = contact("王", staff=person, phone="13800138000")

    before = holders(site, key), holders(site, f"staff:{person.id}")
    with site.store.work() as work:
        disable(work, "wang")

    assert before == (["王"], ["王"])
    assert holders(site, key) == []
    assert holders(site, f"staff:{person.id}") == []


def test_an_account_with_a_contact_brings_its_phone(site: Site, staff: StaffFactory, contact: ContactFactory) -> None:
    contact("王值班", staff=staff("duty", name="王"), phone="13800138000")

    (one,) = on_duty(site).duty

    assert (one.name, one.phone, one.key.startswith("contact:")) == ("王值班", "13800138000", True)


def test_an_account_becomes_a_contact_when_it_is_put_on_a_shift(
    site: Site, director: Person, staff: StaffFactory, shift: ShiftFactory
) -> None:
    person = staff("duty", name="王")

    shift("00:00", "24:00", duty=[f"staff:{person.id}"], backup=[f"staff:{person.id}"])

    with site.store.look() as look:
        known = people.contacts(look, "sn10")
    assert [(one.name, one.staff) for one in known.values()] == [("王", person.id)]
    assert on_duty(site).source == "rota"


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"days": ()}, {"days": ("someday",)}, {"starts": "25:00"}, {"starts": "24:00"}, {"ends": "x"},
        {"first": "2026-02-30"}, {"first": "2026-02-02", "last": "2026-02-01"}, {"posts": {}},
        {"posts": {"backup": ("contact:1",)}},
    ],
)  # fmt: skip
def test_a_shift_that_makes_no_sense_is_refused(
    site: Site, director: Person, contact: ContactFactory, change: dict[str, object]
) -> None:
    good = {"name": "白班", "days": EVERY_DAY, "starts": "08:00", "ends": "20:00", "posts": {"duty": (contact("王"),)}}

    with site.store.work() as work, pytest.raises(Invalid):
        people.save_shift(work, director, "sn10", ShiftDraft(**{**good, **change}))  # type: ignore[arg-type]


def test_two_who_change_one_shift_do_not_overwrite_each_other(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang = contact("王")
    number = shift("08:00", "20:00", duty=[wang])
    with site.store.look() as look:
        seen = people.shift_row(look, number)["at"]  # type: ignore[index]
    stale = ShiftDraft("白班", EVERY_DAY, "08:00", "18:00", posts={"duty": (wang,)}, seen=seen - HOUR_MS)

    with site.store.work() as work, pytest.raises(Refused, match="陈主任"):
        people.save_shift(work, director, "sn10", stale, number)


def test_a_removed_shift_is_no_longer_on_the_rota(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    number = shift("00:00", "24:00", duty=[contact("王")])

    with site.store.work() as work:
        people.remove_shift(work, director, "sn10", number)
        here = people.on_duty(work, "sn10", NOON)
        with pytest.raises(Missing):
            people.remove_shift(work, director, "sn10", number)

    assert [gap.kind for gap in here.gaps] == ["no_rota"]


def test_the_demo_has_somebody_on_every_post_at_every_hour(site: Site, staff: StaffFactory) -> None:
    staff("duty", login="duty", name="王")

    with site.store.work() as work:
        first, again = people.seed_demo(work), people.seed_demo(work)
        holes = people.gaps(work, "sn10", at("2026-09-14 00:00"), days=40)
        leaders = people.holders(work, "sn10", "building_leader", NOON, "3号楼")
        reached = [people.holders(work, "sn10", kind, NOON) for kind in people.UNITS]

    assert (first, again) == (True, False)
    assert holes == []
    assert names(leaders) == ["钱楼组长"]
    assert all(reached)


def test_the_command_line_tells_who_is_on_duty_and_what_is_missing(
    site: Site, contact: ContactFactory, shift: ShiftFactory
) -> None:
    shift("00:00", "24:00", duty=[contact("王")])

    with site.store.look() as look:
        table = now_table(look, "sn10")
        missing, count = gaps_table(look)
        with pytest.raises(Missing, match="there are: sn10, sn11, yh1"):
            now_table(look, "sn99")
        with pytest.raises(Invalid):
            gaps_table(look, "sn10", days=0)

    assert table.row_count == len(people.POSTS)
    assert missing.row_count == count == 3


def test_a_contact_can_be_changed_and_the_rota_follows(
    site: Site, director: Person, contact: ContactFactory, shift: ShiftFactory
) -> None:
    wang = contact("王")
    shift("00:00", "24:00", duty=[wang])

    with site.store.work() as work:
        people.save_contact(work, director, "sn10", ContactDraft("王强"), int(wang.partition(":")[2]))

    assert names(on_duty(site).duty) == ["王强"]
