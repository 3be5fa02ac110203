"""Two a month for a family, one for a use, and no car is scolded that has one."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from sqlite3 import IntegrityError

import pytest

from server import categories, incidents, parking
from server.categories import Asked
from server.incidents import Incident
from server.kit.clock import HOUR_MS, MINUTE_MS
from server.kit.clock import clock as said
from server.kit.errors import Fault, Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.parking import Coupon, Terms, overstay, records
from server.staff import Person
from tests.server.conftest import Clock, ReportFactory, StaffFactory, WalkFactory
from tests.server.parking.conftest import At, Gate

FORMULA = "=HYPERLINK(1)<script>@all\u202e"


def tickets(site: Site) -> list[Incident]:
    with site.store.look() as look:
        return incidents.find(look, ["sn10"])


def lines(site: Site, ticket: Incident, person: Person | None = None) -> list[tuple[str, str]]:
    with site.store.look() as look:
        return [(one.tone, one.words) for one in parking.on_ticket(look, ticket, person)]


def test_a_coupon_holds_from_now_for_the_hours_of_the_property(gate: Gate, guard: Person, family: int) -> None:
    coupon = gate.issue(guard, family)

    assert coupon.until - coupon.start == 4 * HOUR_MS
    assert gate.may_stand("沪a·12345") == gate.may_stand("A12345") == coupon
    assert gate.may_stand("苏A12345") is None
    assert gate.may_stand("沪A12345", "sn11") is None


def test_it_ends_with_the_daily_hours_and_begins_only_within_them(
    gate: Gate, guard: Person, family: int, at: At
) -> None:
    at("2030-05-07 18:30")
    late = gate.issue(guard, family)

    assert said(late.until) == "20:00"
    for moment in ("2030-05-07 20:00", "2030-05-08 07:59"):
        at(moment)
        with pytest.raises(Refused, match="时段"):
            gate.issue(guard, family, "沪B11111")


def test_after_its_time_it_holds_no_longer_though_nobody_touched_it(
    gate: Gate, guard: Person, family: int, clock: Clock
) -> None:
    gate.issue(guard, family)

    clock.forward(4 * HOUR_MS)

    assert gate.may_stand("沪A12345") is None


def test_the_third_in_a_month_is_refused_and_the_next_month_begins_anew(
    gate: Gate, guard: Person, family: int, at: At
) -> None:
    gate.issue(guard, family, "沪A00001")
    gate.issue(guard, family, "沪A00002")

    with pytest.raises(Refused, match="用完"):
        gate.issue(guard, family, "沪A00003")
    at("2030-06-01 09:00")
    assert gate.issue(guard, family, "沪A00003").month == "2030-06"


def test_the_last_coupon_tapped_by_many_at_once_is_used_once(gate: Gate, guard: Person, family: int) -> None:
    gate.issue(guard, family, "沪A00000")

    def tap(number: int) -> str:
        try:
            return gate.issue(guard, family, f"沪A0000{number}").plate
        except Refused:
            return ""

    with ThreadPoolExecutor(6) as pool:
        used = list(pool.map(tap, range(1, 9)))

    assert len([plate for plate in used if plate]) == 1


def test_one_form_sent_by_many_threads_is_one_coupon(gate: Gate, guard: Person, family: int) -> None:
    form = uuid.uuid4().hex

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: gate.issue(guard, family, form=form), range(8)))

    assert len({one.id for one in found}) == 1


def test_the_database_itself_refuses_a_coupon_used_twice(site: Site, gate: Gate, guard: Person, family: int) -> None:
    coupon = gate.issue(guard, family)
    copy = {name: getattr(coupon, name) for name in Coupon.__slots__}
    for name in ("id", "ended", "ended_by", "incident"):
        del copy[name]

    with site.store.work() as work, pytest.raises(IntegrityError, match="slot"):
        records.add(work, {**copy, "client_id": "another-form", "plate": "沪B99999"}, guard.id)
    with site.store.work() as work, pytest.raises(IntegrityError, match="plate"):
        records.add(work, {**copy, "client_id": "another-form", "slot": 2}, guard.id)


def test_a_car_uses_one_at_a_time_also_of_two_families(
    gate: Gate, guard: Person, director: Person, family: int, clock: Clock
) -> None:
    other = gate.family(director, "5", "张爷爷")
    gate.issue(guard, family)

    with pytest.raises(Refused, match="已经有一张"):
        gate.issue(guard, other, "A1234 5")
    clock.forward(4 * HOUR_MS)
    assert gate.issue(guard, other).household == other


def test_a_slip_of_the_thumb_is_given_back_and_a_used_coupon_is_not(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock
) -> None:
    slip = gate.issue(guard, family, "沪A00001")
    with site.store.work() as work:
        parking.cancel(work, guard, slip.id)
        assert parking.cancel(work, guard, slip.id).state == "cancelled"
    used = gate.issue(guard, family, "沪A00002")
    again = gate.issue(guard, family, "沪A00003")

    clock.forward(16 * MINUTE_MS)

    assert {used.slot, again.slot} == {1, 2}
    with site.store.work() as work, pytest.raises(Refused, match="算用过了"):
        parking.cancel(work, guard, used.id)
    assert gate.may_stand("沪A00001") is None


def test_a_later_visit_begins_when_it_was_said(gate: Gate, guard: Person, family: int, at: At) -> None:
    coupon = gate.issue(guard, family, start="2030-05-08T14:00")

    assert (said(coupon.start), said(coupon.until)) == ("14:00", "18:00")
    assert gate.may_stand("沪A12345") is None
    at("2030-05-08 14:01")
    assert gate.may_stand("沪A12345") == coupon
    for wrong in ("2030-05-08T09:00", "2030-06-20T10:00", "morgen", "9999-99-99"):
        with pytest.raises(Invalid):
            gate.issue(guard, family, "沪B00001", start=wrong)


def test_any_plate_is_taken_an_odd_one_is_put_right_later(
    gate: Gate, site: Site, guard: Person, director: Person, family: int
) -> None:
    odd = gate.issue(guard, family, "沪AI234")
    other = gate.issue(guard, family, "小蓝车77")

    with site.store.work() as work:
        right = parking.correct(work, guard, odd.id, "沪A·12345")
    with site.store.work() as work, pytest.raises(Refused):
        parking.correct(work, guard, other.id, "沪A12345")

    assert right.plate == "沪A12345" and gate.may_stand("沪A12345") == right
    for nothing in ("", " ·· ", "\u202e\x00", "沪"):
        with pytest.raises(Invalid):
            gate.issue(guard, gate.family(director, "9", f"赵{len(nothing)}{nothing!r}"[:9]), nothing)


def test_who_may_issue_keep_the_register_and_set_the_hours(
    gate: Gate, site: Site, staff: StaffFactory, guard: Person, family: int
) -> None:
    for role in ("duty", "volunteer", "street", "it"):
        scope = ("street:songnan",) if role == "street" else ("community:sn10",)
        with pytest.raises(Forbidden):
            gate.issue(staff(role, scopes=scope), family)
    with pytest.raises(Missing):
        gate.issue(staff("director", scopes=("community:sn11",)), family)
    with pytest.raises(Forbidden):
        gate.family(guard, "4", "李爷爷")
    committee = staff("committee")
    with site.store.work() as work, pytest.raises(Forbidden):
        parking.set_terms(work, committee, "sn10", Terms(hours=9))
    with site.store.work() as work:
        parking.set_terms(work, guard, "sn10", Terms(hours=2, per_month=1))
    coupon = gate.issue(committee, family)
    assert coupon.until - coupon.start == 2 * HOUR_MS


def test_other_hours_change_no_coupon_that_is_out_and_say_who_set_them(
    gate: Gate, site: Site, guard: Person, family: int
) -> None:
    before = gate.issue(guard, family)

    with site.store.work() as work:
        parking.set_terms(work, guard, "sn10", Terms(hours=1, opens=9, closes=18, months=(5, 6)))

    with site.store.look() as look:
        terms = parking.terms(look, "sn10")
    assert gate.coupon(before) == before
    assert (terms.by, terms.hours, terms.months) == ("李师傅", 1, (5, 6))
    assert terms.said == "每户每月 2 张，一次 1 小时，每天 9:00–18:00，5、6 月"


def test_out_of_season_there_is_none(gate: Gate, site: Site, guard: Person, family: int) -> None:
    with site.store.work() as work:
        parking.set_terms(work, guard, "sn10", Terms(months=(1, 2)))

    with pytest.raises(Refused, match="5 月不发"):
        gate.issue(guard, family)


@pytest.mark.parametrize(
    "typed",
    [("0", "4", "8", "20"), ("2", "x", "8", "20"), ("2", "4", "20", "8"), ("2", "4", "8", "25"), ("²", "4", "8", "20")],
)
def test_terms_that_make_no_sense_are_refused(typed: tuple[str, str, str, str]) -> None:
    with pytest.raises(Invalid):
        parking.read_terms(*typed, ["1"])
    with pytest.raises(Invalid):
        parking.read_terms("2", "4", "8", "20", ["13", "x"])


def test_the_ticket_says_so_before_anyone_is_scolded(
    gate: Gate, site: Site, guard: Person, staff: StaffFactory, family: int, clock: Clock, report: ReportFactory
) -> None:
    gate.issue(guard, family)
    ticket = report("parking.spot_taken", words="沪A 12345 占了我的车位", at=clock())
    other = report("parking.spot_taken", words="沪B99999 占了车位", at=clock())
    light = report("facility.light", words="沪A12345 旁边的灯不亮", at=clock())

    assert lines(site, ticket, guard) == [("ok", "沪A·12345 用了亲情停车券，到 14:00 前可以停。先别急着说人。")]
    assert lines(site, ticket, staff("duty"))[0][1].startswith("沪A***45 用了")
    assert lines(site, other, guard) == lines(site, light, guard) == []
    clock.forward(5 * HOUR_MS)
    assert lines(site, ticket, guard) == [("warn", "沪A·12345 的亲情停车券 14:00 到期了，还没登记开走。")]


@pytest.mark.parametrize("more", [{"place": "北门口 A12345"}, {"words": "车牌 沪AI2345"}])
def test_the_plate_may_stand_in_the_place_or_be_misread(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock, report: ReportFactory, more: dict[str, str]
) -> None:
    gate.issue(guard, family)

    ticket = report("parking.spot_taken", at=clock(), **more)

    assert [tone for tone, _ in lines(site, ticket, guard)] == ["ok"]


def test_a_coupon_is_no_leave_to_stand_in_a_fire_lane_or_in_the_way(
    gate: Gate, site: Site, guard: Person, staff: StaffFactory, family: int, clock: Clock, report: ReportFactory
) -> None:
    coupon, duty = gate.issue(guard, family), staff("duty")
    tickets = [
        report(f"parking.{where}", words="沪A·12345", at=clock())
        for where in ("fire_lane", "road_block", "blocking", "blind_path", "rider_bay", "ebike_pile")
    ]

    for ticket in tickets:
        with site.store.look() as look:
            (line,) = parking.on_ticket(look, ticket, guard)
        ((tone, to_duty),) = lines(site, ticket, duty)

        assert (line.tone, tone, line.coupon, line.phone) == ("warn", "warn", coupon.id, "13800138000")
        assert "这里用券也不能停：先打电话请他挪车" in line.words and "前可以停" not in line.words
        assert to_duty.startswith("沪A***45") and "请物业打电话请他挪车" in to_duty


def test_without_a_telephone_nobody_is_told_to_call(
    gate: Gate, site: Site, guard: Person, director: Person, family: int, clock: Clock, report: ReportFactory
) -> None:
    gate.issue(guard, gate.family(director, "9", "赵爷爷家", phone=""))

    ((_, words),) = lines(site, report("parking.fire_lane", words="沪A12345", at=clock()), guard)

    assert words.endswith("先请他挪车。") and "电话" not in words


def test_one_coupon_is_one_line_however_often_its_plate_is_spelled(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock, report: ReportFactory
) -> None:
    gate.issue(guard, family, "沪B67890")

    ticket = report(
        "parking.spot_taken", words="沪B·6789O，就是沪B67890，尾号 67890", answers={"plate": "沪B·6789O"}, at=clock()
    )

    assert len(lines(site, ticket, guard)) == 1


def test_the_end_of_a_plate_may_be_the_car_and_a_house_number_is_not(
    gate: Gate, site: Site, guard: Person, staff: StaffFactory, family: int, clock: Clock, report: ReportFactory
) -> None:
    coupon = gate.issue(guard, family, "沪B67890")
    told = [
        report("parking.fire_lane", words="一辆白车 67890 堵着", at=clock()),
        report("parking.fire_lane", answers={"plate": "７８９０"}, at=clock()),
    ]
    others = [
        report("parking.fire_lane", words=words, at=clock())
        for words in ("7890室门口，13867890123", "苏B67890", "890", "2026-7890", "沪A67890")
    ]

    for ticket in told:
        with site.store.look() as look:
            (line,) = parking.on_ticket(look, ticket, guard)
        assert (line.tone, line.coupon, line.phone) == ("info", coupon.id, "")
        assert "可能是 沪B·67890（用了亲情停车券，到 14:00）。先看清车牌。" in line.words
    assert "可能是 沪B***90" in lines(site, told[0], staff("duty"))[0][1]
    assert [lines(site, ticket, guard) for ticket in others] == [[]] * len(others)


def test_two_coupons_at_once_for_plates_that_are_nearly_one_are_asked_about(
    gate: Gate, site: Site, guard: Person, director: Person, family: int
) -> None:
    gate.issue(guard, family, "沪A12345")
    misread = gate.issue(guard, gate.family(director, "5", "张爷爷"), "沪A12I45")
    other = gate.issue(guard, gate.family(director, "6", "李爷爷"), "沪C99999")

    with site.store.look() as look:
        asked, silent = parking.alike(look, misread), parking.alike(look, other)

    assert asked == ("和正在用券的 沪A·12345 很像，是不是同一辆车？",) and silent == ()


def test_the_answer_to_the_question_for_a_plate_is_one_whatever_it_looks_like(
    gate: Gate, site: Site, guard: Person, director: Person, family: int, clock: Clock, report: ReportFactory
) -> None:
    with site.store.work() as work:
        kind = categories.current(work)["parking.blocking"]
        draft = replace(categories.draft_of(kind), questions=(Asked("plate", "车牌是多少", "text"),))
        categories.edit(work, director, draft)
    gate.issue(guard, family, "小蓝 车77")

    ticket = report("parking.blocking", at=clock(), answers={"plate": "小蓝车７７"})

    assert [tone for tone, _ in lines(site, ticket, guard)] == ["warn"]


def test_a_car_that_left_meanwhile_was_right_when_it_was_reported_and_not_after(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock, report: ReportFactory
) -> None:
    coupon = gate.issue(guard, family)
    ticket = report("parking.blocking", words="沪A12345", at=clock())
    with site.store.work() as work:
        parking.leave(work, guard, coupon.id)
    clock.forward(MINUTE_MS)
    again = report("parking.blocking", words="沪A12345", at=clock())

    assert lines(site, ticket, guard) == [("info", "上报的时候，沪A·12345 正在用亲情停车券（到 14:00）。")]
    assert lines(site, again, guard) == []


def test_a_ticket_that_has_ended_says_nothing_of_todays_visit(
    gate: Gate, site: Site, guard: Person, staff: StaffFactory, family: int, clock: Clock, report: ReportFactory,
    walk: WalkFactory,
) -> None:  # fmt: skip
    ticket = walk(report("parking.blocking", words="沪A12345", at=clock()), staff("duty"), "reject")
    clock.forward(MINUTE_MS)

    gate.issue(guard, family)

    assert lines(site, ticket, guard) == []


def test_merged_into_another_ticket_the_car_is_still_there(
    gate: Gate, site: Site, guard: Person, staff: StaffFactory, family: int, clock: Clock, report: ReportFactory,
    walk: WalkFactory,
) -> None:  # fmt: skip
    coupon = gate.issue(guard, family)
    clock.forward(5 * HOUR_MS)
    overstay.look(site)
    (ticket,) = tickets(site)

    walk(ticket, staff("duty"), "merge", into=report("parking.spot_taken").number, note="同一辆车")

    assert gate.coupon(coupon).state == "over"


def test_the_register_takes_no_nonsense_twice_and_no_other_communitys_family(
    gate: Gate, site: Site, director: Person, staff: StaffFactory, family: int
) -> None:
    for building, name, phone in (
        ("x", "张", ""), ("０00号楼", "张", ""), ("3", " \u202e", ""), ("3", "张", "123"), ("3号楼", "王奶奶家", ""),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            gate.family(director, building, name, phone=phone)
    stranger = staff("director", scopes=("community:sn11",))
    with site.store.work() as work, pytest.raises(Fault):
        parking.save_family(work, stranger, "sn11", "3", "王", "", False, edit=family)
    with site.store.work() as work:
        parking.save_family(work, director, "sn10", "０5 幢", FORMULA + "长" * 50, "", True, edit=family)
        changed = parking.family_of(work, director, family)
    assert (changed.building, len(changed.name), changed.phone) == ("5", 20, "13800138000")


def test_building_nought_is_refused_in_a_sentence(gate: Gate, director: Person, at: At) -> None:
    with pytest.raises(Invalid, match="没有 0 号楼，楼号从 1 开始"):
        gate.family(director, "00 号楼", "王奶奶家")


def test_a_family_cannot_be_renamed_into_its_neighbour_and_a_telephone_can_be_taken_off(
    gate: Gate, site: Site, director: Person, family: int
) -> None:
    other = gate.family(director, "3", "王爷爷家")

    with site.store.work() as work, pytest.raises(Invalid, match="已经在名单上"):
        parking.save_family(work, director, "sn10", "3", "王奶奶家", "", False, other)
    with site.store.work() as work:
        parking.save_family(work, director, "sn10", "3", "王爷爷家", "", False, other, without_phone=True)
        assert parking.family_of(work, director, other).phone == ""


def test_a_family_taken_off_gets_no_more(gate: Gate, site: Site, director: Person, guard: Person, family: int) -> None:
    with site.store.work() as work:
        parking.retire_family(work, director, family)

    with pytest.raises(Refused, match="名单"):
        gate.issue(guard, family)
    with site.store.look() as look:
        assert parking.households(look, "sn10", "2030-05") == []
