"""The kiosks' health as staff read it, and what came from them that nobody could take."""

import time
from dataclasses import replace
from typing import Any

import pytest

from gateway.contract.geo import Datum, Point
from gateway.mailbox import KioskStatus
from server import stations
from server.fleet.chart import Place, chart
from server.fleet.rules import SILENT_MS, health
from server.fleet.wanted import Row, ordered
from server.kit.clock import DAY_MS, now_ms
from server.kit.site import Site

NOW = 1_795_359_600_000
REPORTED = {"v": 1, "version": 3, "software": "0.1.0", "error": None, "amenities": {}, "check": {"screen": "ok"}}
STATUS = KioskStatus("kiosk-01", "ready", NOW - 60_000, NOW - 5_000, 0, "nonce", None, REPORTED)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (STATUS, "在线"),
        (replace(STATUS, seen=NOW - SILENT_MS - 1), "没有音讯"),
        (replace(STATUS, life="lost"), "失联"),
        (replace(STATUS, life="disconnected", seen=NOW - 10 * SILENT_MS), "已关机"),
        (replace(STATUS, life="new"), "从未上线"),
        (replace(STATUS, life="from the future"), "从未上线"),
        (None, "从未上线"),
    ],
)
def test_a_life_has_one_word(status: KioskStatus | None, word: str) -> None:
    assert health("kiosk-01", status, 3, NOW).word == word


def test_a_screen_that_shows_an_older_version_is_behind() -> None:
    assert not health("kiosk-01", STATUS, 3, NOW).behind
    assert health("kiosk-01", STATUS, 4, NOW).behind


def test_only_failing_parts_of_the_self_check_are_named() -> None:
    told = replace(STATUS, reported={**REPORTED, "check": {"screen": "ok", "touch": "没有找到触摸屏"}})

    found = health("kiosk-01", told, 3, NOW)

    assert dict(found.failing) == {"touch": "没有找到触摸屏"}
    assert found.checked
    assert not health("kiosk-01", replace(STATUS, reported=None), 3, NOW).checked


@pytest.mark.parametrize("reported", [{}, {"version": "x"}, {"version": 1, "software": 7}, {"check": [1]}])
def test_a_reported_state_that_cannot_be_read_breaks_nothing(reported: Any) -> None:
    status = replace(STATUS, reported=reported, birth={"software": "0.0.9"})

    found = health("kiosk-01", status, 3, NOW)

    assert (found.reported, found.software) == (0, "0.0.9")


def test_the_page_shows_the_kiosks_of_ones_communities(kiosks: Site, enter: Any, staff: Any) -> None:
    kiosks.mailbox.heard("kiosk-01", "ready", "nonce-1", 4, now_ms())

    page = enter(staff("it")).get("/desk/fleet").text

    assert "kiosk-01" in page
    assert "在线" in page
    assert "4 条" in page
    assert "kiosk-11" not in page


def test_a_kiosk_that_hangs_nowhere_is_seen_by_whoever_minds_the_fleet(
    kiosks: Site, enter: Any, staff: Any, park: Any
) -> None:
    kiosks.mailbox.heard("kiosk-99", "ready", "nonce-1", 0, now_ms())
    park("kiosk-99", 1, "unknown kind", body={"words": "王阿婆住3号楼"})

    page = enter(staff("duty")).get("/desk/fleet").text

    assert "没有挂在小站上" in page
    assert "王阿婆" not in page


def test_what_was_parked_is_shown_as_inert_text_to_its_community_only(
    kiosks: Site, client: Any, enter: Any, staff: Any, park: Any, trouble: Any
) -> None:
    park("kiosk-01", 1, "unknown kind 'poem'", body={"text": "<script>alert(1)</script>{{7*7}}"})
    park("kiosk-01", 2, "not JSON", kind="", body={"payload": '=cmd|"<img src=x>'})
    park("kiosk-11", 1, "not JSON", kind="", body={"payload": "neighbours-words"})
    for _ in range(3):
        trouble("refused", "kiosk-01", "may not write for kiosk-11")
    trouble("clone", "kiosk-01", "somebody copied the storage")
    trouble("gap", "kiosk-01", "dropped 12-40")
    trouble("refused", "", "and more, too many to write down")

    page = enter(staff("director")).get("/desk/fleet").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page
    assert "=cmd|&#34;&lt;img src=x&gt;" in page
    assert "neighbours-words" not in page
    for words in ("没有权利发", "像是被复制的卡", "有缺口", "and more, too many"):
        assert words in page
    assert '<td class="num" data-name="次数">3</td>' in page


def test_a_fact_no_feature_could_take_is_on_the_page_with_its_reason(
    kiosks: Site, client: Any, enter: Any, staff: Any, park: Any
) -> None:
    park("kiosk-01", 5, kind="checkin", body={"id": "too short", "station": "sn10-north"})
    browser = enter(staff("it"))

    deadline = time.monotonic() + 30
    while "打卡编号不对" not in (page := browser.get("/desk/fleet").text):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert "没有归处" in page


@pytest.mark.parametrize(("role", "status"), [("duty", 200), ("it", 200), ("prop_guard", 403), ("volunteer", 403)])
def test_the_fleet_is_the_business_of_few(enter: Any, staff: Any, role: str, status: int) -> None:
    assert enter(staff(role)).get("/desk/fleet").status_code == status


def test_the_list_is_narrowed_by_state_and_words_and_every_tab_counts(
    kiosks: Site, enter: Any, staff: Any, trouble: Any
) -> None:
    stations.pair(kiosks, "kiosk-02", "sn10-east", "mqtt://broker")
    kiosks.mailbox.heard("kiosk-01", "lost", "nonce-1", 0, now_ms())
    kiosks.mailbox.heard("kiosk-02", "ready", "nonce-2", 0, now_ms())
    trouble("flapping", "kiosk-02", "came and went 6 times")
    trouble("gap", "kiosk-02", "long ago", at=now_ms() - 2 * DAY_MS)
    desk = enter(staff("it"))

    everything = desk.get("/desk/fleet").text
    quiet = desk.get("/desk/fleet?tab=quiet").text
    east = desk.get("/desk/fleet?q=KIOSK-02").text
    nowhere = desk.get("/desk/fleet?q=%3Cb%3E&tab=none&page=99&community=%00").text

    assert everything.index("kiosk-01") < everything.index("kiosk-02")  # who needs a visit comes first
    assert [shown("kiosk-01", page) for page in (everything, quiet, east)] == [True, True, False]
    assert [shown("kiosk-02", page) for page in (everything, quiet, east)] == [True, False, True]
    assert "有警报<b>1</b>" in everything and "失联<b>1</b>" in everything
    assert "时断时续" in east
    assert "这样的没有" in nowhere and "<b>&lt;" not in nowhere.replace("&lt;b&gt;", "")


def shown(kiosk: str, page: str) -> bool:
    return f">{kiosk}</a></b>" in page


def test_a_station_without_a_screen_is_there_too(kiosks: Site, enter: Any, staff: Any) -> None:
    page = enter(staff("it")).get("/desk/fleet?tab=none").text

    assert "淞南十村 · 东门站" in page
    assert "北门站" not in page.partition("<table")[2]


def test_a_thousand_stations_come_in_pages_and_all_stand_in_the_drawing() -> None:
    rows = [Row(f"s{n:04d}", f"第{n}站", "sn10", None) for n in range(1000)]
    places = [Place(Point(31.3 + n / 5000, 121.4 + n / 7000, Datum.WGS84), "ok", "在线", f"s{n}") for n in range(1000)]

    drawn = chart(places)

    assert drawn is not None and len(drawn.dots) == 1000 and drawn.small
    assert all(0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.height for dot in drawn.dots)
    assert [row.station for row in ordered(rows)[:2]] == ["s0000", "s0001"]


@pytest.mark.parametrize("count", [1, 2])
def test_stations_at_one_gate_are_drawn_in_the_middle(count: int) -> None:
    here = Place(Point(31.35, 121.48, Datum.WGS84), "bad", "失联", "sn10-north")

    drawn = chart([here] * count)

    assert drawn is not None
    assert {(dot.x, dot.y) for dot in drawn.dots} == {(drawn.width // 2, drawn.height // 2)}
    assert drawn.scale[1] == "100 米"
    assert chart([]) is None
