"""What a rider learns at the door: open or not, what works, where else to go, and one tap for what is wrong."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from server import incidents, notices, stations
from server.kit.clock import HOUR_MS, beijing
from server.kit.site import Site
from server.stations import Written

from ..conftest import Clock, StaffFactory
from .conftest import text_of


def edit(site: Site, **fields: str) -> None:
    with site.store.work() as work:
        stations.edit(work, "sn10-north", Written(**fields), "陈主任")


def retire(site: Site, code: str = "sn10-north") -> None:
    with site.store.work() as work:
        stations.retire(work, code, "岗亭拆除<b>", "陈主任")


def digest(page: str) -> str:
    found = re.search(r'data-seen="(\w+)"', page)
    assert found is not None
    return found[1]


def test_a_station_round_the_clock_says_so_and_one_without_hours_does_not_pretend(
    client: TestClient, site: Site
) -> None:
    assert "开放时间还没写" in text_of(client.get("/s/sn10-north"))

    edit(site, opening="全天")

    assert "现在开着 · 24 小时都开" in text_of(client.get("/s/sn10-north"))
    assert "北门站约 200 米现在开着，24 小时都开" in text_of(client.get("/s/sn10-east"))


def test_a_day_set_apart_closes_the_station_and_says_why(client: TestClient, site: Site, clock: Clock) -> None:
    edit(site, opening="全天")
    tomorrow = beijing(site.store.clock()).date() + timedelta(days=1)
    with site.store.work() as work:
        apart = stations.unusual(str(tomorrow), str(tomorrow + timedelta(days=3)), "不开", "停电检修")
        stations.set_apart(work, "sn10-north", apart, "陈主任")
    seen = digest(client.get("/s/sn10-north").text)

    clock.forward(36 * HOUR_MS)

    assert "已关" in client.get("/s/sn10-north/now", params={"seen": seen}).text
    assert "停电检修" in text_of(client.get("/s/sn10-north"))


def test_what_works_comes_with_numbers_a_note_and_since_when(client: TestClient, site: Site) -> None:
    with site.store.work() as work:
        stations.set_free(work, "sn10-north", "charging", "cabinet-1", 2, 6, work.now)
        stations.say(work, "sn10-north", "raincoat", "empty", "明早补<i>", "王值班")
        stations.say(work, "sn10-north", "microwave", "removed", "", "王值班")

    page = client.get("/s/sn10-north")

    text = text_of(page)
    assert "还空 2 口" in text
    assert "用完了" in text
    assert "明早补&lt;i&gt;" in page.text
    assert "微波炉" not in text


def test_the_piece_that_changes_is_sent_again_only_when_it_changed(client: TestClient, site: Site) -> None:
    seen = digest(client.get("/s/sn10-north").text)
    same = client.get("/s/sn10-north/now", params={"seen": seen})
    with site.store.work() as work:
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", work.now + 1, "kiosk")

    changed = client.get("/s/sn10-north/now", params={"seen": seen})

    assert (same.status_code, same.content) == (204, b"")
    assert changed.status_code == 200
    assert "用完了" in changed.text
    assert "<html" not in changed.text
    assert digest(changed.text) != seen
    assert client.get("/s/nowhere/now").status_code == 404


def test_one_tap_on_what_is_wrong_is_a_report_once(client: TestClient, site: Site) -> None:
    page = client.get("/s/sn10-north").text
    form = next(piece for piece in page.split("<form")[1:] if "雨衣没了" in piece)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    parts = {name: (None, value) for name, value in fields.items()}

    for _ in range(2):
        answer = client.post("/s/sn10-north/report", files=parts, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/r/")

    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"])
    assert (ticket.category, ticket.words, ticket.place) == ("station.supply_empty", "雨衣没了", "北门站旁")


def test_nobody_is_asked_about_what_is_known_to_be_wrong(client: TestClient, site: Site) -> None:
    edit(site, opening="每天 不开")
    with site.store.work() as work:
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", work.now + 1, "kiosk")

    text = text_of(client.get("/s/sn10-north"))

    assert "雨衣没了" not in text
    assert "门没开" not in text


def test_an_old_sign_still_leads_to_a_station_with_a_new_name(client: TestClient, site: Site) -> None:
    edit(site, name="北门暖站")

    text = text_of(client.get("/s/sn10-north"))

    assert "北门暖站" in text
    assert "原来叫“北门站”" in text


def test_what_is_used_up_says_how_much_is_left(client: TestClient, site: Site) -> None:
    with site.store.work() as work:
        stations.set_free(work, "sn10-north", "raincoat", "coats-1", 40, 40, work.now)
        stations.set_free(work, "sn10-north", "first_aid", "box-1", 1, 1, work.now)
        stations.set_amenity(work, "sn10-north", "first_aid", "low", work.now + 1, "device")

    text = text_of(client.get("/s/sn10-north"))

    assert "雨衣还剩 40 件" in text
    assert "急救箱快没了 · 还剩 1 样" in text


def test_a_warning_stands_under_the_doors_and_reaches_an_open_page(
    client: TestClient, site: Site, staff: StaffFactory
) -> None:
    person = staff("duty")
    seen = digest(client.get("/s/sn10-north").text)
    with site.store.work() as work:
        notices.post(work, person, "sn10", "", "随手关门", "info", None)
        notices.post(work, person, "sn10", "", "车棚积水<b>", "warning", None)

    page, piece = (client.get(f"/s/sn10-north{more}").text for more in ("", f"/now?seen={seen}"))

    assert page.index("开放时间还没写") < page.index("车棚积水&lt;b&gt;") < page.index("站里有什么")
    assert page.count("车棚积水") == 1
    assert page.index("哪里不对") < page.index("随手关门")
    assert "车棚积水" in piece


def test_a_retired_station_sends_nobody_to_a_locked_door(client: TestClient, site: Site) -> None:
    with site.store.work() as work:
        stations.edit(work, "sn10-east", Written(opening="每天 不开"), "陈主任")
        stations.edit(work, "sn11-gate", Written(opening="全天"), "陈主任")
    retire(site)

    page = client.get("/s/sn10-north")

    assert "最近开着的是大门站，欢迎去坐坐" in text_of(page)
    assert "要上报？报给大门站" in text_of(page)
    with site.store.work() as work:
        stations.edit(work, "sn11-gate", Written(opening="每天 不开"), "陈主任")
    shut = text_of(client.get("/s/sn10-north"))
    assert "最近的一站是东门站，现在关着" in shut
    assert "欢迎去坐坐" not in shut


@pytest.mark.parametrize("path", ["", "/report", "/thanks"])
def test_a_retired_station_says_so_kindly_and_names_the_nearest_one(client: TestClient, site: Site, path: str) -> None:
    retire(site)

    answer = client.get(f"/s/sn10-north{path}")

    text = text_of(answer)
    assert answer.status_code == 410
    assert "北门站已经停用" in text
    assert "最近的一站是东门站" in text
    assert "021-5555-0110" in text
    assert "岗亭拆除&lt;b&gt;" in answer.text


def test_the_last_station_to_retire_leaves_the_numbers_to_call(client: TestClient, site: Site) -> None:
    for code in ("sn10-east", "sn11-gate", "yh1-gate", "sn10-north"):
        retire(site, code)

    answer = client.get("/s/sn10-north")

    assert answer.status_code == 410
    assert 'href="tel:119"' in answer.text
    assert "这里还没有小站" in text_of(client.get("/"))


def test_with_many_stations_the_front_page_asks_where_and_stays_light(client: TestClient, site: Site) -> None:
    with site.store.work() as work:
        for number in range(60):
            new = Written(name=f"{number}号站", community="yh1", lat="31.4", lon="121.4", duty_phone="021-1111")
            stations.add(work, f"yh1-{number}", new, "小林")

    front, found, none = (client.get("/", params={"q": words}) for words in ("", "友谊 7号", "<script>"))

    assert "友谊一村" in front.text
    assert "/s/yh1-7" not in front.text
    assert "/s/yh1-7" in found.text
    assert "/s/yh1-8" not in found.text
    assert "没有找到" in none.text
    assert "<script>" not in none.text.split("<main")[1].split("</main>")[0]
    assert len(client.get("/s/yh1-x").text) < 20_000
