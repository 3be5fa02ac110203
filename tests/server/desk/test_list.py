"""The list: who sees what, in which order, page after page, with every string inert."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateway.contract.presence import Presence
from server.desk.listing import PAGE
from server.kit.site import Site


def tickets(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="t(\d+)"', page)]


def count(page: str, label: str) -> int:
    found = re.search(rf">{label}<b>(\d+)</b>", page)
    assert found is not None
    return int(found[1])


def test_the_first_tab_shows_what_nobody_has_accepted(enter: Any, staff: Any, report: Any, walk: Any) -> None:
    duty = staff("duty")
    new, filed = report(), walk(report(), duty, "file")

    page = enter(duty).get("/desk").text

    assert tickets(page) == [new.id]
    assert (count(page, "待受理"), count(page, "处理中"), count(page, "全部")) == (1, 1, 2)
    assert f"/desk/incidents/{filed.id}" not in page


def test_open_alarms_stand_on_top_and_say_in_words_that_nobody_took_them(
    enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    alarm = report("fire.battery_smoke", presence=Presence.VERIFIED)
    taken = walk(report("hazard.manhole"), duty, "file")
    closed = walk(report("hazard.manhole"), duty, "file", "dispatch", "done", "verify", "close")
    calm = report("environment.garbage")

    page = enter(duty).get("/desk?tab=all").text

    assert tickets(page) == [alarm.id, taken.id, calm.id, closed.id]
    assert page.count("没人接</span>") == 2  # the row's, and the bar's
    assert 'data-waiting="1"' in page
    assert "核实在站" in page


def test_most_urgent_first_is_by_level_and_then_the_newest(enter: Any, staff: Any, report: Any) -> None:
    p3, p2, p3_later = report("environment.garbage"), report(), report("environment.garbage")

    page = enter(staff("duty")).get("/desk?order=urgent").text

    assert tickets(page) == [p2.id, p3_later.id, p3.id]


def test_station_and_desk_filter_rows_and_counts(enter: Any, staff: Any, report: Any) -> None:
    north, east = report(), report("facility.light", station="sn10-east")
    desk = enter(staff("duty"))

    by_station = desk.get("/desk?station=sn10-east").text
    by_desk = desk.get("/desk?desk=prop_guard").text

    assert tickets(by_station) == [east.id]
    assert count(by_station, "待受理") == 1
    assert tickets(by_desk) == [north.id]


@pytest.mark.parametrize("order", ["newest", "urgent"])
def test_pages_go_on_from_the_last_ticket_without_holes_or_repeats(
    enter: Any, staff: Any, report: Any, order: str
) -> None:
    alarm = report("fire.open_flame")
    made = [report("environment.garbage" if number % 3 else "parking.fire_lane").id for number in range(PAGE + 5)]
    desk = enter(staff("duty"))

    first = desk.get(f"/desk?order={order}").text
    onwards = re.search(r'href="(/desk\?[^"]*before=\d+)"', first)
    assert onwards is not None
    second = desk.get(onwards[1].replace("&amp;", "&")).text

    assert tickets(first)[0] == alarm.id
    assert len(tickets(first)) == PAGE + (order == "newest")  # where the newest come first, alarms stand above them
    assert sorted(tickets(first)[1:] + tickets(second)) == made


def test_an_address_that_makes_no_sense_shows_the_usual_list(enter: Any, staff: Any, report: Any) -> None:
    ticket = report()

    page = enter(staff("duty")).get("/desk?tab=%3Cscript%3E&order=x&desk=mayor&before=-5")

    assert page.status_code == 200
    assert tickets(page.text) == [ticket.id]
    assert "<script>" not in page.text


def test_a_handler_sees_only_the_tickets_of_the_own_desk(enter: Any, staff: Any, report: Any, walk: Any) -> None:
    duty = staff("duty")
    own = walk(report(), duty, "file", "dispatch")
    walk(report("facility.light"), duty, "file", "dispatch", desk="prop_eng")

    page = enter(staff("prop_guard")).get("/desk?tab=all&desk=prop_eng").text

    assert tickets(page) == [own.id]
    page = enter(staff("prop_guard")).get("/desk").text
    assert tickets(page) == [own.id]
    assert count(page, "全部") == 1
    assert 'name="desk"' not in page
    assert "/desk/notices" not in page


def test_another_community_has_its_own_list_and_a_street_has_both(enter: Any, staff: Any, report: Any) -> None:
    here, there = report(), report(station="sn11-gate")

    assert tickets(enter(staff("duty", scopes=("community:sn11",))).get("/desk").text) == [there.id]
    assert tickets(enter(staff("street", scopes=("street:songnan",))).get("/desk").text) == [there.id, here.id]
    assert tickets(enter(staff("duty", scopes=("street:youyi",))).get("/desk").text) == []


def test_somebody_without_tickets_is_led_to_the_kiosks(enter: Any, staff: Any) -> None:
    answer = enter(staff("it")).get("/desk", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/fleet")


def test_a_row_is_fetched_alone_with_the_counts(enter: Any, staff: Any, report: Any, walk: Any) -> None:
    duty = staff("duty")
    ticket = report("fire.open_flame")
    desk = enter(duty)

    fits = desk.get(f"/desk/rows/{ticket.id}?tab=new").text
    walk(ticket, duty, "file")
    moved = desk.get(f"/desk/rows/{ticket.id}?tab=new").text

    assert tickets(fits) == tickets(moved) == [ticket.id]
    assert 'data-fits="1"' in fits
    assert 'data-alarm="1"' in fits
    assert 'data-fits="0"' in moved
    assert 'data-waiting="0"' in moved
    assert count(moved, "待受理") == 0


def test_a_row_of_another_desk_or_community_is_not_found(enter: Any, staff: Any, report: Any) -> None:
    ticket = report()

    for person in (staff("prop_eng"), staff("duty", scopes=("community:sn11",)), staff("it")):
        assert enter(person).get(f"/desk/rows/{ticket.id}").status_code == 404


def test_what_riders_typed_is_inert_everywhere(enter: Any, staff: Any, report: Any) -> None:
    ticket = report(words="<script>alert(1)</script>\"'{{7*7}}", place='"><img src=x onerror=alert(1)>')
    desk = enter(staff("duty"))

    for address in ("/desk", f"/desk/rows/{ticket.id}", f"/desk/incidents/{ticket.id}"):
        page = desk.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert ">49" not in page
        assert "&lt;img src=x" in page


def test_pages_of_the_desk_are_kept_by_nobody_and_run_no_foreign_script(enter: Any, staff: Any, report: Any) -> None:
    report()

    answer = enter(staff("duty")).get("/desk?tab=all")

    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=|href=\"(https?:)?//", answer.text)


@pytest.mark.parametrize(
    "address",
    [
        "/desk",
        "/desk/rows/1",
        "/desk/live",
        "/desk/incidents/1",
        "/desk/notices",
        "/desk/fleet",
        "/desk/photos/1/small.jpg",
    ],
)
def test_nothing_of_the_desk_is_shown_to_a_visitor(client: TestClient, site: Site, address: str) -> None:
    answer = client.get(address, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?to=/desk")


def test_a_script_whose_session_has_ended_is_told_so_instead_of_a_login_page(client: TestClient) -> None:
    assert client.get("/desk", headers={"HX-Request": "true"}, follow_redirects=False).status_code == 401
