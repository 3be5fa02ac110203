"""What the screen's server answers."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from gateway.contract import receipts
from kiosk.agent.view import Amenity, Letter, Line, NotAccepted, NotSaved
from kiosk.screen import create, parts, wording

from .conftest import HOME, SmallAgent

TAP = "0123456789abcdef"


def test_the_home_page_shows_the_station_and_its_letter(client: TestClient) -> None:
    page = client.get("/").text

    for words in (
        "北门站",
        "22:24",
        "11月22日 星期日",
        "到站打卡",
        "我要上报",
        "阿婆已经平安到家。",
        "021-5555-0110",
        "在线",
    ):
        assert words in page


def test_the_screen_says_how_many_taps_wait_while_offline(client: TestClient, agent: SmallAgent) -> None:
    agent.show(line=Line.OFFLINE, backlog=3)

    assert "离线 · 已保存 · 3 条待发" in client.get("/part/line").text


def test_online_with_a_backlog_is_not_yet_sent() -> None:
    assert wording.line(HOME).text == "在线"
    assert "5 条" in wording.line(_with(backlog=5)).text


def test_without_a_trusted_clock_no_time_is_shown_and_the_code_proves_nothing(
    client: TestClient, agent: SmallAgent
) -> None:
    agent.show(clock_ok=False, qr_url="http://127.0.0.1:8000/s/sn10-north")

    page = client.get("/").text

    assert "22:24" not in page
    assert "二维码打卡暂不核验" in page
    assert client.get("/state").json()["qr_until"] == 0


@pytest.mark.parametrize("address", ["", "http://127.0.0.1/" + "x" * 400])
def test_an_address_that_cannot_be_scanned_leaves_the_page_standing(
    client: TestClient, agent: SmallAgent, address: str
) -> None:
    agent.show(qr_url=address)

    answer = client.get("/")

    assert answer.status_code == 200
    assert "二维码还没准备好" in answer.text


def test_life_and_fire_come_first_and_other_comes_last() -> None:
    levels = [tile.level for tile in wording.tiles(HOME)]

    assert levels[:-1] == sorted(levels[:-1])
    assert levels[0] == "P0"
    assert wording.tiles(HOME)[-1].code == "other.other"


def test_an_amenity_that_was_taken_away_is_not_shown(client: TestClient) -> None:
    assert "风扇" not in client.get("/part/amenities").text


def test_supplies_run_out_and_appliances_break() -> None:
    raincoat, microwave, water = wording.shelf(HOME)

    assert (raincoat.tap, microwave.tap) == ("empty", "broken")
    assert (water.tap, water.said.text) == ("", "已报没了")


def test_a_full_bay_is_full_and_not_gone() -> None:
    (bay,) = wording.shelf(replace(HOME, amenities=(Amenity("bay", "骑手车位", "parking", "ok", ""),)))
    (full,) = wording.shelf(replace(HOME, amenities=(Amenity("bay", "骑手车位", "parking", "empty", ""),)))

    assert (bay.tap, bay.tap_label, full.said.text) == ("empty", "停满了？", "已报停满了")
    assert wording.amenity_reported("bay", "骑手车位", "empty") == "骑手车位停满了"
    assert wording.amenity_reported("bay", "骑手车位", "ok") == "骑手车位有空位了"


def test_markup_in_what_comes_down_is_only_text(client: TestClient, agent: SmallAgent) -> None:
    evil = '<script>alert(1)</script><img src=x onerror=alert(1)>" data-x="'
    agent.show(
        letters=(Letter("L", evil, evil, evil, evil),),
        amenities=(Amenity("x", evil, evil, "ok", evil),),
        spots=(evil,),
        name=evil,
        duty_phone=evil,
    )

    page = client.get("/").text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert '" data-x="' not in page


def test_the_state_is_not_sent_again_while_nothing_changes(client: TestClient, agent: SmallAgent) -> None:
    first = client.get("/state")
    # A second later the same code is shown, one second shorter.
    agent.show(now_ms=HOME.now_ms + 1000, qr_remaining_ms=HOME.qr_remaining_ms - 1000)

    again = client.get("/state", headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.headers["x-now"] == str(HOME.now_ms + 1000)


def test_the_state_names_exactly_the_part_that_changed(client: TestClient, agent: SmallAgent) -> None:
    before = client.get("/state").json()["parts"]
    agent.show(letters=())

    after = client.get("/state").json()["parts"]

    assert {name for name in parts.PARTS if before[name] != after[name]} == {"letters"}


def test_the_state_is_small(client: TestClient) -> None:
    assert len(client.get("/state").content) < 500


def test_a_check_in_is_thanked_with_its_place_in_the_day(client: TestClient) -> None:
    thanks = client.post("/checkin", json={"tap": TAP}).text

    assert "谢谢，路上慢点" in thanks
    assert "今天第 <b>1</b> 位" in thanks


def test_a_check_in_sent_twice_counts_once(client: TestClient, agent: SmallAgent) -> None:
    client.post("/checkin", json={"tap": TAP})
    client.post("/checkin", json={"tap": TAP})

    assert list(agent.taps.values()) == [("checkin",)]


def test_a_report_shows_the_receipt_to_photograph(client: TestClient, agent: SmallAgent) -> None:
    answer = client.post("/report", json={"tap": TAP, "category": "parking.fire_lane", "place": "12号楼"}).text

    receipt = agent.answers[TAP].receipt
    assert receipt is not None
    assert receipts.show(receipt) in answer
    assert 'class="qr"' in answer
    assert agent.taps[TAP] == ("report", "parking.fire_lane", "12号楼", "")


def test_an_offline_report_never_says_that_it_was_received(client: TestClient, agent: SmallAgent) -> None:
    agent.show(line=Line.OFFLINE)

    answer = client.post("/report", json={"tap": TAP, "category": "fire.open_flame", "place": "3号楼"}).text

    assert "已收到" not in answer
    assert "没发出去，已替你存好" in answer
    assert "值班员现在收不到，请马上打" in answer
    assert "119" in answer
    assert "021-5555-0110" in answer


def test_a_tap_on_the_raincoats_can_be_taken_back(client: TestClient, agent: SmallAgent) -> None:
    answer = client.post("/amenity", json={"tap": TAP, "code": "raincoat", "state": "empty"}).text

    assert "雨衣没了，记下了" in answer
    assert 'data-do="undo" data-state="ok"' in answer
    assert agent.taps[TAP] == ("amenity", "raincoat", "empty")


def test_a_full_disk_is_said_in_the_agents_words(client: TestClient, agent: SmallAgent) -> None:
    agent.failure = NotSaved("存储卡满了。")

    answer = client.post("/checkin", json={"tap": TAP})

    assert (answer.status_code, answer.json()) == (507, {"sentence": "存储卡满了。"})


def test_what_the_agent_refuses_is_said_in_its_words(client: TestClient, agent: SmallAgent) -> None:
    agent.failure = NotAccepted("没有这一类。")

    answer = client.post("/report", json={"tap": TAP, "category": "no.such", "place": "这里"})

    assert (answer.status_code, answer.json()) == (422, {"sentence": "没有这一类。"})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/checkin", {}),
        ("/checkin", {"tap": "short"}),
        ("/checkin", {"tap": "x" * 65}),
        ("/checkin", {"tap": "含有汉字的点按编号"}),
        ("/checkin", {"tap": TAP, "more": 1}),
        ("/report", {"tap": TAP, "category": "parking.fire_lane"}),
        ("/report", {"tap": TAP, "category": "../etc", "place": "3号楼"}),
        ("/report", {"tap": TAP, "category": "parking.fire_lane", "place": "长" * 81}),
        ("/amenity", {"tap": TAP, "code": "raincoat", "state": "removed"}),
        ("/amenity", {"tap": TAP, "code": "raincoat", "state": ["empty"]}),
    ],
)
def test_what_no_key_sends_is_not_understood(
    client: TestClient, agent: SmallAgent, path: str, body: dict[str, object]
) -> None:
    answer = client.post(path, json=body)

    assert answer.status_code == 422
    assert answer.json()["sentence"]
    assert agent.taps == {}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"tap": NaN}', b"[" * 2000])
def test_what_is_not_an_object_is_not_understood(client: TestClient, agent: SmallAgent, body: bytes) -> None:
    answer = client.post("/checkin", content=body, headers={"content-type": "application/json"})

    assert answer.status_code in {400, 422}
    assert agent.taps == {}


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_foreign_form_could_send_is_not_understood(client: TestClient, agent: SmallAgent, kind: str) -> None:
    answer = client.post("/checkin", content=f'{{"tap": "{TAP}"}}', headers={"content-type": kind})

    assert answer.status_code == 422
    assert agent.taps == {}


def test_a_charset_beside_the_json_is_no_reason_to_refuse(client: TestClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}

    assert client.post("/checkin", content=f'{{"tap": "{TAP}"}}', headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8100", "127.0.0.1.evil.example", "", "[", "10.0.0.7:8100"]
)
def test_a_foreign_host_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/state", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8100", "localhost:8100", "LOCALHOST", "[::1]:8100"])
def test_its_own_names_are_accepted(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_a_further_host_name_can_be_given(agent: SmallAgent) -> None:
    client = TestClient(create(agent, hosts=frozenset({"10.0.0.7"})), base_url="http://10.0.0.7:8100")

    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_cannot_press_a_key(client: TestClient, agent: SmallAgent, headers: dict[str, str]) -> None:
    answer = client.post("/checkin", json={"tap": TAP}, headers=headers)

    assert answer.status_code == 403
    assert agent.taps == {}


def test_its_own_page_can(client: TestClient, agent: SmallAgent) -> None:
    headers = {"origin": "http://127.0.0.1:8100", "sec-fetch-site": "same-origin"}

    assert client.post("/checkin", json={"tap": TAP}, headers=headers).status_code == 200
    assert len(agent.taps) == 1


def test_a_large_body_is_refused_unread(client: TestClient) -> None:
    assert client.post("/checkin", content=b"x" * 5000).status_code == 413
    assert client.post("/checkin", headers={"content-length": "9" * 5000}).status_code == 413


def test_a_body_of_unknown_length_is_refused(client: TestClient) -> None:
    assert client.post("/checkin", content=iter([b"{}"])).status_code == 411


def test_the_page_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/")

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert " style=" not in answer.text
    assert "onclick" not in answer.text


def test_what_never_changes_may_be_kept_for_ever(client: TestClient) -> None:
    page = client.get("/").text

    for kind in ("css", "js", "svg"):
        found = [word for word in page.split('"') if word.startswith("/static/") and word.endswith(kind)]
        assert found
        for path in found:
            answer = client.get(path)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/static/screen.js", "/static/..%2fapp.py", "/part/screen", "/docs", "/openapi.json"])
def test_there_is_nothing_else(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_page_asked_for_too_early_asks_again_by_itself(client: TestClient, agent: SmallAgent) -> None:
    agent.dead = True

    answer = client.get("/")

    assert answer.status_code == 503
    assert "正在恢复" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def _with(**changes: object) -> wording.View:
    agent = SmallAgent()
    agent.show(**changes)
    return agent.view()
