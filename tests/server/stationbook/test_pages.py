"""`/desk/stations`: one page for all about a station; nothing typed is lost, nobody changes what is not theirs."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import stations
from server.kit.site import Site
from server.stations import Station

PAGE = "/desk/stations/sn10-north"


def station(site: Site, code: str = "sn10-north") -> Station:
    with site.store.look() as look:
        return stations.get(look, code)


def form(desk: TestClient, **changed: Any) -> dict[str, Any]:
    """The form about the station as it stands on the page, with what was typed over it."""
    page = desk.get(PAGE).text.split('id="details"')[1]
    fields: dict[str, Any] = dict(re.findall(r'<input id="(\w+)" name="\1" type="\w+" value="([^"]*)"', page))
    fields |= {
        name: text.lstrip("\n")
        for name, text in re.findall(r'name="(\w+)" rows[^>]*>(.*?)</textarea>', page, re.DOTALL)
    }
    fields |= dict(re.findall(r'name="(version)" value="(\d+)"', page))
    fields["has"] = re.findall(r'name="has" value="([^"]*)" checked', page)
    return {**fields, "community": "sn10", "datum": "wgs84", **changed}


@pytest.fixture
def director(enter: Any, staff: Any) -> TestClient:
    desk: TestClient = enter(staff("director", name="陈主任"))
    return desk


def test_the_form_stored_as_it_stands_changes_nothing(site: Site, director: TestClient) -> None:
    answer = director.post(PAGE, data=form(director))

    assert answer.status_code == 200, answer.text
    assert "存下了" in answer.text
    assert station(site).version == 1


def test_a_director_opens_on_a_holiday_with_a_reason(site: Site, director: TestClient) -> None:
    director.post(PAGE, data=form(director, opening="每天 06:00-22:00\n节假日 不开"))

    answer = director.post(
        f"{PAGE}/apart", data={"first": "2099-10-01", "last": "", "hours": "08:00-20:00", "reason": "国庆值守<b>"}
    )

    assert "记下了" in answer.text
    assert "国庆值守&lt;b&gt;" in answer.text
    assert "08:00-20:00" in answer.text
    back = director.post(f"{PAGE}/usual", data={"dates": "2099-10-01"})
    assert "照平时的时间开" in back.text
    rule = station(site).opening
    assert rule is not None
    assert rule.unusual == ()


def test_wrong_fields_are_named_and_everything_typed_stays(site: Site, director: TestClient) -> None:
    answer = director.post(PAGE, data=form(director, duty_phone="打给老王", opening="<i>随便", spots="新地点"))

    assert answer.status_code == 422
    assert "打给老王" in answer.text
    assert "&lt;i&gt;随便" in answer.text
    assert "新地点" in answer.text
    assert answer.text.count('class="field__error"') == 2


def test_the_slower_of_two_editors_keeps_what_was_typed_and_may_store_it_then(
    site: Site, director: TestClient, enter: Any, staff: Any
) -> None:
    it = enter(staff("it", name="小林"))
    slow = form(director, name="慢站")
    it.post(PAGE, data=form(it, address="新地址"))

    answer = director.post(PAGE, data=slow)

    assert answer.status_code == 409
    assert "小林" in answer.text
    assert 'value="慢站"' in answer.text
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    assert version is not None
    again = director.post(PAGE, data={**slow, "address": "新地址", "version": version[1]})
    assert again.status_code == 200
    assert (station(site).name, station(site).address) == ("慢站", "新地址")


def test_the_duty_officer_says_what_works_but_does_not_move_the_station(site: Site, enter: Any, staff: Any) -> None:
    desk = enter(staff("duty", name="王值班"))

    said = desk.post(f"{PAGE}/amenity", data={"amenity": "raincoat", "state": "empty", "note": "明早补", "seen": "ok"})
    stale = desk.post(f"{PAGE}/amenity", data={"amenity": "raincoat", "state": "low", "note": "", "seen": "ok"})

    assert "王值班" in said.text
    assert stale.status_code == 409
    assert desk.post(PAGE, data={"name": "我的站"}).status_code == 403
    assert desk.post(f"{PAGE}/retire", data={"reason": "不要了", "sure": "yes"}).status_code == 403
    assert "存下" not in desk.get(PAGE).text.split('id="details"')[1]


def test_nobody_sees_or_touches_a_station_of_another_community(site: Site, director: TestClient) -> None:
    other = "/desk/stations/yh1-gate"

    assert director.get(other).status_code == 404
    assert director.get(f"{other}/sign.pdf").status_code == 404
    assert director.post(f"{other}/amenity", data={"amenity": "raincoat", "state": "ok"}).status_code == 404
    assert "友谊站" not in director.get("/desk/stations").text
    assert "yh1-gate" not in director.get("/desk/stations/-/export.csv").text
    assert director.post(PAGE, data=form(director, community="yh1")).status_code == 422


@pytest.mark.parametrize("role", ["prop_guard", "volunteer", "grid"])
def test_who_does_not_mind_the_fleet_finds_no_book(enter: Any, staff: Any, role: str) -> None:
    assert enter(staff(role)).get("/desk/stations").status_code == 403


def test_a_new_station_is_opened_and_a_taken_code_refused(site: Site, director: TestClient) -> None:
    data = form(director, name="新站", has=["雨衣"], code="SN10-new ", spots="", version="0")

    opened = director.post("/desk/stations/-/new", data=data)
    again = director.post("/desk/stations/-/new", data=data)

    assert "小站开好了" in opened.text
    assert again.status_code == 422
    assert "已经有了" in again.text
    with site.store.look() as look:
        states = {one.code: one.state for one in stations.amenities(look, "sn10-new")}
    assert states["raincoat"] == "ok"
    assert states["microwave"] == "removed"


def test_retiring_asks_twice_and_the_page_then_only_tells_the_history(site: Site, director: TestClient) -> None:
    unsure = director.post(f"{PAGE}/retire", data={"reason": "岗亭拆除"})
    sure = director.post(f"{PAGE}/retire", data={"reason": "岗亭拆除", "sure": "yes"})

    assert unsure.status_code == 422
    assert "岗亭拆除" in sure.text
    assert "<form" not in sure.text.split("<main")[1].split("</main>")[0]
    assert "北门站" in director.get("/desk/stations?show=retired").text


def test_the_list_puts_what_is_amiss_first_and_is_narrowed(site: Site, director: TestClient) -> None:
    with site.store.work() as work:
        stations.say(work, "sn10-north", "raincoat", "empty", "", "王值班")

    page = director.get("/desk/stations").text
    assert page.index("北门站") < page.index("东门站")
    assert "雨衣用完了" in page
    assert "东门站" not in director.get("/desk/stations?show=amiss").text
    assert "东门站" not in director.get("/desk/stations", params={"q": "北门"}).text
    assert "没有这样的小站" in director.get("/desk/stations?show=shut&q=%3Cscript%3E").text


def test_a_table_is_tried_first_and_stored_by_one_more_press(site: Site, director: TestClient) -> None:
    table = director.get("/desk/stations/-/export.csv").text.lstrip("\ufeff").replace("北门站", "北门暖站")

    tried = director.post("/desk/stations/-/import", files={"file": ("a.csv", table.encode("gbk"), "text/csv")})
    assert "可以导入" in tried.text
    assert station(site).name == "北门站"
    sheet = re.search(r'name="sheet" value="([^"]+)"', tried.text)
    assert sheet is not None
    stored = director.post("/desk/stations/-/import", data={"sheet": sheet[1], "then": "store"})

    assert "导入好了" in stored.text
    assert station(site).name == "北门暖站"


@pytest.mark.parametrize("sheet", ["", "%%%", "eJwDAAAAAAE=x", "bm8="])
def test_a_torn_or_missing_table_is_refused_kindly(director: TestClient, sheet: str) -> None:
    assert director.post("/desk/stations/-/import", data={"sheet": sheet, "then": "store"}).status_code == 422


def test_a_table_of_a_thousand_wrong_lines_names_the_first_of_them(site: Site, director: TestClient) -> None:
    table = "代码,名称\n" + "".join(f"sn10-{number},站\n" for number in range(1000))

    answer = director.post("/desk/stations/-/import", files={"file": ("a.csv", table.encode(), "text/csv")})

    assert answer.status_code == 422
    assert "第 2 行" in answer.text
    assert "后面的没有再看" in answer.text
