"""The views across the stages, what narrows them, what a row says, and words among all that."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents, stations
from server.desk import finding, listing
from server.incidents import Incident
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.site import Site
from server.staff import Person

Staff = Callable[..., Person]
Enter = Callable[[Person], TestClient]
Report = Callable[..., Incident]
Walk = Callable[..., Incident]


def tickets(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="t(\d+)"', page)]


def count(page: str, label: str) -> str:
    found = re.search(rf">{label}<b>([\d+]+)</b>", page)
    return "" if found is None else found[1]


def test_mine_is_what_i_have_in_hand_and_unit_what_my_desk_has(
    staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty, guard = staff("duty"), staff("prop_guard")
    mine = walk(walk(report(), duty, "file", "dispatch"), guard, "claim")
    ours = walk(report(), duty, "file", "dispatch")
    walk(report("facility.light"), duty, "file", "dispatch", desk="prop_eng")
    walk(report(), duty, "file", "dispatch", "done", "verify", "close")

    desk = enter(guard)

    assert tickets(desk.get("/desk?tab=mine").text) == [mine.id]
    assert tickets(desk.get("/desk?tab=unit").text) == [ours.id, mine.id]
    page = enter(duty).get("/desk").text
    assert (count(page, "我的"), count(page, "本单位")) == ("0", "0")
    assert "督办<b>" not in page  # empty, and rarely looked at


def test_overdue_and_amber_are_told_by_the_clocks(
    clock: Any, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty = staff("duty")
    late = report("fire.open_flame")
    clock.forward(2 * HOUR_MS)
    walk(report("fire.open_flame"), duty, "file")
    desk = enter(duty)

    page = desk.get("/desk?tab=overdue").text

    assert tickets(page) == [late.id]
    assert count(page, "超时") == "1"
    assert "受理超时" in page


def test_waiting_shows_for_whom_and_until_when(
    site: Site, clock: Any, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty, director = staff("duty"), staff("director")
    asked = walk(report(), duty, "file", "ask", reply="哪一边的灯？")
    shelved, away = walk(report(), duty, "file"), walk(report(), duty, "file")
    with site.store.work() as work:
        until = work.now + 3 * DAY_MS
        incidents.move(work, shelved.id, "shelve", duty, note="等备件", until=until)
        incidents.approve(work, incidents.requests_of(work, shelved.id)[0].id, director)
        incidents.move(work, away.id, "transfer", duty, note="他们修", body="供电公司", until=until)
    walk(report(), duty, "file")

    page = enter(duty).get("/desk?tab=waiting").text

    assert tickets(page) == [away.id, shelved.id, asked.id]
    assert count(page, "等待") == "3"
    assert "等骑手回答" in page
    assert "日再看" in page
    assert "在供电公司，" in page


def test_requests_wait_for_those_who_may_approve_and_stay_in_sight_of_who_asked(
    site: Site, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty, director = staff("duty", name="王值班"), staff("director")
    ticket = walk(report(), duty, "file")
    with site.store.work() as work:
        incidents.move(work, ticket.id, "void", duty, note="重复了", reply="谢谢你")

    boss, asker = enter(director).get("/desk?tab=approval").text, enter(duty).get("/desk?tab=approval").text

    assert tickets(boss) == tickets(asker) == [ticket.id]
    assert "待批准：作废（王值班申请）" in boss
    assert "待批准：作废（你申请的）" in asker
    assert tickets(enter(staff("committee")).get("/desk?tab=approval").text) == []


def test_supervised_tickets_and_second_looks_have_their_views(
    site: Site, clock: Any, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty, director = staff("duty"), staff("director")
    watched = walk(report("environment.garbage"), director, "supervise", note="第三次了")
    closed = walk(report("parking.fire_lane"), duty, "file", "dispatch", "done")
    closed = walk(closed, director, "verify", "close")
    desk = enter(director)

    assert tickets(desk.get("/desk?tab=supervised").text) == [watched.id]
    assert "督办</span>" in desk.get(f"/desk/rows/{watched.id}?tab=all").text
    assert tickets(desk.get("/desk?tab=look").text) == []
    clock.forward(40 * DAY_MS)
    page = enter(director).get("/desk?tab=look").text
    assert tickets(page) == ([closed.id] if closed.look_at else [])
    assert closed.look_at is not None
    assert "该复查了" in page


def test_category_level_and_person_narrow_every_tab_and_can_be_taken_off_again(
    staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty, guard = staff("duty"), staff("prop_guard", name="李师傅")
    p2 = walk(walk(report("parking.fire_lane"), duty, "file", "dispatch"), guard, "claim")
    p3 = report("parking.rider_bay")
    report("environment.garbage")
    desk = enter(duty)

    parking = desk.get("/desk?tab=all&group=parking").text

    assert tickets(parking) == [p3.id, p2.id]
    assert count(parking, "全部") == ""  # nobody counts a million tickets by category for every tab
    assert 'href="/desk?tab=all"' in parking  # takes the limit off
    assert tickets(desk.get(f"/desk?tab=all&level={p3.level}").text)[0] > p3.id
    assert tickets(desk.get(f"/desk?tab=all&who={guard.id}").text) == [p2.id]
    assert tickets(desk.get("/desk?tab=all&who=none&group=parking").text) == [p3.id]
    assert "李师傅" in desk.get(f"/desk/rows/{p2.id}").text
    assert ">我</span>" in enter(guard).get(f"/desk/rows/{p2.id}").text


def test_a_level_that_is_rare_is_found_at_once(staff: Staff, enter: Enter, report: Report) -> None:
    wanted = report("parking.fire_lane")
    assert wanted.level == "P2"
    for _ in range(10):
        report("environment.garbage")

    page = enter(staff("duty")).get("/desk?tab=all&level=P2").text

    assert tickets(page) == [wanted.id]
    assert "before=" not in page


def test_more_emergencies_than_fit_on_top_are_one_tap_away(
    staff: Staff, enter: Enter, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_URGENT", 2)
    alarms = [report("fire.open_flame").id for _ in range(4)]
    quiet = report("environment.garbage").id
    desk = enter(staff("duty"))

    page = desk.get("/desk?tab=new").text
    more = re.search(r'href="(/desk\?[^"]*order=urgent)">急事太多', page)
    assert more is not None
    everything = desk.get(more[1].replace("&amp;", "&")).text

    assert tickets(page) == [alarms[3], alarms[2], quiet]
    assert tickets(everything) == [*reversed(alarms), quiet]
    assert "急事太多" not in everything


def test_words_are_looked_for_within_every_limit_and_marked_where_they_stand(
    staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty = staff("duty")
    here = walk(report(words="一辆白车挡住了<b>"), duty, "file")
    report(words="白车又来了", station="sn10-east")
    report("environment.garbage", words="白车旁边的垃圾")
    desk = enter(duty)

    page = desk.get("/desk?tab=working&q=白车&station=sn10-north&group=parking").text

    assert tickets(page) == [here.id]
    assert "<mark>白车</mark>挡住了&lt;b&gt;" in page
    assert len(tickets(desk.get("/desk?q=白车").text)) == 3


def test_words_that_are_nowhere_say_where_they_were_looked_for_and_offer_everywhere(
    staff: Staff, enter: Enter, report: Report
) -> None:
    report(words="白车")

    page = enter(staff("duty")).get("/desk?tab=closing&q=白车&station=sn10-north").text

    assert "没有找到“白车”" in page
    assert "只看了待结案 · 北门站" in page
    assert "/desk?tab=all&amp;q=%E7%99%BD%E8%BD%A6" in page


def test_a_row_fits_a_search_only_when_it_holds_the_words(staff: Staff, enter: Enter, report: Report) -> None:
    white, other = report(words="白车"), report(words="黑车")
    desk = enter(staff("duty"))

    assert 'data-fits="1"' in desk.get(f"/desk/rows/{white.id}?tab=all&q=白车").text
    assert 'data-fits="0"' in desk.get(f"/desk/rows/{other.id}?tab=all&q=白车").text


def test_a_finding_of_a_device_rings_and_stands_among_the_new_ones(staff: Staff, enter: Enter, report: Report) -> None:
    found = report("device.heat_alarm", channel="device")
    assert (found.state, found.level) == ("unconfirmed", "P1")

    page = enter(staff("duty")).get("/desk").text

    assert tickets(page) == [found.id]
    assert 'data-alarm="1"' in page
    assert 'data-waiting="1"' in page


def test_many_are_counted_as_many(
    staff: Staff, enter: Enter, report: Report, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST", 3)
    duty = staff("duty")
    for _ in range(3):
        walk(report(), duty, "claim")

    page = enter(duty).get("/desk").text

    assert count(page, "我的") == "2+"
    assert count(page, "待受理") == "3"


def test_somebody_who_sees_one_desk_gets_no_way_around_it(
    staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty = staff("duty")
    walk(report("facility.light"), duty, "file", "dispatch", desk="prop_eng")
    desk = enter(staff("prop_guard"))

    for query in ("tab=all&desk=prop_eng", "tab=open&desk=prop_eng", "tab=all&q=灯", f"tab=all&who={duty.id}",
                  "tab=done_week", "tab=all&community=sn11", "tab=all&level=P2"):  # fmt: skip
        assert tickets(desk.get(f"/desk?{query}").text) == [], query


def test_a_rule_that_points_nowhere_is_said_above_the_list(site: Site, staff: Staff, enter: Enter) -> None:
    from server.routing import records as routing_records

    with site.store.work() as work:
        routing_records.note_fault(work, "sn10", "夜里的灯", "unit:3")

    page = enter(staff("duty")).get("/desk").text

    assert "派单规则“夜里的灯”指向的 unit:3 已经不在" in page
    assert "/desk/routing?community=sn10" in page
    assert "派单规则" not in enter(staff("duty", scopes=("community:sn11",))).get("/desk").text.split("<main")[1]


def test_a_ticket_shows_its_stations_name_also_when_that_is_retired(
    site: Site, staff: Staff, enter: Enter, report: Report
) -> None:
    ticket, other = report("environment.garbage"), report("environment.garbage", station="sn10-east")
    with site.store.work() as work:
        stations.retire(work, ticket.station, "岗亭拆了", "陈主任")
    desk = enter(staff("duty"))

    listed = desk.get("/desk").text
    for one, name in ((ticket, "北门站"), (other, "东门站")):
        row = listed.partition(f'id="t{one.id}"')[2].partition("</li>")[0]
        assert name in row.partition("ticket__where")[2].partition("</span>")[0]
    assert "北门站" in desk.get(f"/desk/rows/{ticket.id}?tab=all").text
    assert "北门站" in desk.get(f"/desk/incidents/{ticket.id}?tab=all").text.partition('id="ticket"')[2]
