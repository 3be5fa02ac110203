"""Saved filters: a person's own, shared ones, their limits, and names that try to be something else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server.desk import saved
from server.desk.filters import Filter
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person

Staff = Callable[..., Person]
Enter = Callable[[Person], TestClient]
Report = Callable[..., Incident]


def chips(page: str) -> dict[str, tuple[str, str]]:
    """name → address, count."""
    nav = re.search(r'<nav class="views" id="chips".*?</nav>', page, re.DOTALL)
    assert nav is not None
    found = re.findall(r'<a href="([^"]+)"[^>]*>.*?</svg>([^<]*)<b>([\d+]+)</b>', nav[0], re.DOTALL)
    return {name.strip(): (address.replace("&amp;", "&"), count) for address, name, count in found}


def keep(desk: TestClient, name: str, query: str = "tab=new&group=parking", community: str = "") -> Any:
    typed = {"name": name, "query": query, "community": community}
    return desk.post("/desk/filters", data=typed, follow_redirects=False)


def test_a_filter_is_saved_counted_opened_by_one_tap_renamed_and_removed(
    site: Site, staff: Staff, enter: Enter, report: Report
) -> None:
    duty = staff("duty")
    desk = enter(duty)
    ticket = report("parking.fire_lane")
    report("environment.garbage")

    answer = keep(desk, "停车")
    shown = chips(desk.get("/desk").text)

    assert answer.headers["location"] == "/desk?tab=new&group=parking"
    assert shown == {"停车": ("/desk?tab=new&group=parking", "1")}
    page = desk.get(shown["停车"][0]).text
    assert f'id="t{ticket.id}"' in page
    assert 'aria-current="page">' in page.split('id="chips"')[1].split("</nav>")[0]
    number = re.search(r'action="/desk/filters/(\d+)"', desk.get("/desk/filters").text)
    assert number is not None
    desk.post(f"/desk/filters/{number[1]}", data={"name": "占道"})
    assert chips(desk.get("/desk").text).keys() == {"占道"}
    desk.post(f"/desk/filters/{number[1]}/remove")
    assert desk.post(f"/desk/filters/{number[1]}/remove").status_code == 200
    assert chips(desk.get("/desk").text) == {}


def test_what_is_saved_is_ones_own_unless_a_director_shares_it_with_the_community(staff: Staff, enter: Enter) -> None:
    director, duty = enter(staff("director", name="周主任")), enter(staff("duty"))
    keep(director, "只有我")
    keep(director, "大家看", community="sn10")

    assert chips(duty.get("/desk").text).keys() == {"大家看"}
    assert "周主任分享的" in duty.get("/desk").text
    assert chips(enter(staff("duty", scopes=("community:sn11",))).get("/desk").text) == {}
    assert keep(duty, "我也分享", community="sn10").status_code == 403
    assert keep(director, "别处", community="sn11").status_code == 403


def test_a_shared_filter_is_changed_by_whoever_could_share_it_and_by_nobody_else(
    site: Site, staff: Staff, enter: Enter
) -> None:
    owner, duty = staff("director"), staff("duty")
    with site.store.work() as work:
        number = saved.save(work, owner, "大家看", Filter("new"), "sn10")
        own = saved.save(work, owner, "我的", Filter("all"), "")

    assert enter(duty).post(f"/desk/filters/{number}", data={"name": "改"}).status_code == 404
    assert enter(duty).post(f"/desk/filters/{own}/remove").status_code == 404
    assert enter(staff("director")).post(f"/desk/filters/{own}/remove").status_code == 404
    assert enter(staff("director")).post(f"/desk/filters/{number}/remove").status_code == 200


def test_the_same_name_again_is_the_same_filter_brought_up_to_date(staff: Staff, enter: Enter) -> None:
    desk = enter(staff("duty"))

    keep(desk, "停车")
    keep(desk, " 停车\n", "tab=all&group=parking")

    assert chips(desk.get("/desk").text) == {"停车": ("/desk?tab=all&group=parking", "0")}


@pytest.mark.parametrize("name", ["", "   ", "\u202e\x00", "长" * 21, "长" * 5000])
def test_a_name_that_will_not_do_is_refused_and_the_filter_is_not_lost(staff: Staff, enter: Enter, name: str) -> None:
    answer = keep(enter(staff("duty")), name)

    assert answer.status_code == 422
    assert 'value="tab=new&amp;group=parking"' in answer.text


def test_hostile_names_and_addresses_are_inert(staff: Staff, enter: Enter) -> None:
    desk = enter(staff("duty"))

    keep(desk, "<b>x</b>{{7*7}}", 'tab="><script>alert(1)</script>&q=<img src=x>&station="onx=1')

    for address in ("/desk", "/desk/filters", "/desk/pulse"):
        page = desk.get(address).text
        assert "<b>x</b>" not in page
        assert ">49" not in page
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "&lt;b&gt;x&lt;/b&gt;{{7*7}}" in desk.get("/desk").text


def test_there_is_an_end_to_them(site: Site, staff: Staff, enter: Enter) -> None:
    duty = staff("duty")
    with site.store.work() as work:
        for number in range(saved.MOST):
            saved.save(work, duty, f"第 {number} 个", Filter("new"), "")

    answer = keep(enter(duty), "还有一个")

    assert answer.status_code == 409
    assert "最多存 20 个" in answer.text
    assert 'value="还有一个"' in answer.text
