"""The station's page and checking in."""

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from server import checkins, notices, stations
from server.checkins import latest
from server.kit.site import Site

from ..conftest import Clock, StaffFactory
from .conftest import Rider, hidden, text_of


def checkin(rider: Rider, page: str) -> Response:
    fields = {"client_id": hidden(page, "client_id"), "p": hidden(page, "p")}
    return rider.client.post(f"/s/{rider.station}/checkin", data=fields)


def last_presence(site: Site) -> object:
    with site.store.look() as look:
        return latest(look, ["sn10-north"], None, 1)[0]["presence"]


def count(site: Site) -> int:
    with site.store.look() as look:
        return checkins.today(look, "sn10-north")


def test_the_station_page_says_honestly_what_works(client: TestClient, site: Site) -> None:
    with site.store.work() as work:
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", work.now + 1, "kiosk")

    page = text_of(client.get("/s/sn10-north"))

    assert "雨衣用完了" in page.replace(" ", "")
    assert "微波炉可用" in page.replace(" ", "")
    assert "021-5555-0110" in page
    assert "东门站" in page


def test_the_duty_phone_can_be_dialled_by_a_tap(client: TestClient) -> None:
    assert 'href="tel:02155550110"' in client.get("/s/sn10-north").text


def test_a_notice_stands_on_the_page(client: TestClient, site: Site, staff: StaffFactory) -> None:
    person = staff("duty")
    with site.store.work() as work:
        notices.post(work, person, "sn10", "", "今夜有雨 <b>", "warning", None)

    page = client.get("/s/sn10-north").text

    assert "今夜有雨 &lt;b&gt;" in page


def test_a_check_in_with_a_fresh_code_is_verified(rider: Rider, site: Site, code: str) -> None:
    page = rider.client.get(f"/s/sn10-north?c={code}").text
    thanks = checkin(rider, page)

    assert "到站已核验" in text_of(thanks)
    assert last_presence(site) == "verified"


def test_a_check_in_sent_twice_counts_once(rider: Rider, site: Site, code: str) -> None:
    page = rider.client.get(f"/s/sn10-north?c={code}").text

    checkin(rider, page)
    again = checkin(rider, page)

    assert again.status_code == 200
    assert count(site) == 1


def test_an_expired_code_is_said_and_the_check_in_counts_unverified(rider: Rider, site: Site, old_code: str) -> None:
    page = rider.client.get(f"/s/sn10-north?c={old_code}")
    thanks = checkin(rider, page.text)

    assert "二维码已过期，打卡会记为“未核验”" in text_of(page)
    assert "记为“未核验”" in text_of(thanks)
    assert last_presence(site) == "expired"
    assert count(site) == 1


@pytest.mark.parametrize("code", ["", "abc", "x" * 5000, "<script>", "\u202e22222222", "２２２２２２２２"])
def test_a_wrong_or_missing_code_never_stands_in_the_way(rider: Rider, site: Site, code: str) -> None:
    page = rider.client.get("/s/sn10-north", params={"c": code})
    thanks = checkin(rider, page.text)

    assert page.status_code == thanks.status_code == 200
    assert "记为“未核验”" in text_of(thanks)
    assert last_presence(site) in {"none", "wrong"}


def test_the_proof_of_one_station_is_worth_nothing_at_another(rider: Rider, site: Site, code: str) -> None:
    token = hidden(rider.client.get(f"/s/sn10-north?c={code}").text, "p")

    rider.client.post("/s/sn10-east/checkin", data={"client_id": "abcdefgh12", "p": token})

    with site.store.look() as look:
        assert latest(look, ["sn10-east"], None, 1)[0]["presence"] == "wrong"


def test_a_forged_proof_counts_as_unverified(rider: Rider, site: Site) -> None:
    rider.client.post("/s/sn10-north/checkin", data={"client_id": "abcdefgh12", "p": "verified\x00" * 400})

    assert last_presence(site) == "wrong"


def test_a_rider_who_takes_a_while_still_counts_as_verified(rider: Rider, site: Site, code: str, clock: Clock) -> None:
    page = rider.client.get(f"/s/sn10-north?c={code}").text
    clock.forward(5 * 60_000)

    checkin(rider, page)

    assert last_presence(site) == "verified"


def test_a_check_in_without_a_proper_id_is_not_turned_away(rider: Rider, site: Site) -> None:
    answer = rider.client.post("/s/sn10-north/checkin", data={"client_id": "<x>"})

    assert answer.status_code == 200
    assert count(site) == 1


@pytest.mark.parametrize("path", ["", "/report", "/thanks"])
def test_an_unknown_station_offers_the_ones_that_were_meant(client: TestClient, path: str) -> None:
    answer = client.get(f"/s/sn10-nort{path}")

    assert answer.status_code == 404
    assert "没有找到这个小站" in text_of(answer)
    assert answer.text.index("/s/sn10-north") < answer.text.index("/s/sn10-east")


def test_only_a_near_miss_is_called_what_was_meant(client: TestClient) -> None:
    near, far = (client.get(f"/s/{typed}") for typed in ("sn10-nrth", "nowhere"))

    assert "你要找的可能是" in near.text
    assert near.text.index("/s/sn10-north") < near.text.index("/s/sn10-east")
    assert "你要找的可能是" not in far.text
    assert "/s/sn10-north" in far.text


@pytest.mark.parametrize("typed", ["<script>alert(1)", "%00", "x" * 3000, "😀", "‮north"])
def test_a_hostile_station_name_is_only_an_unknown_station(client: TestClient, typed: str) -> None:
    answer = client.get(f"/s/{typed}")

    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_posting_to_an_unknown_station_is_answered_by_the_same_page(client: TestClient) -> None:
    assert client.post("/s/nowhere/checkin", data={}).status_code == 404
    assert client.post("/s/nowhere/report", data={"category": "other.other"}).status_code == 404


def test_the_front_page_lists_every_station(client: TestClient) -> None:
    page = client.get("/")

    assert page.status_code == 200
    for name in ("北门站", "东门站", "大门站", "友谊站"):
        assert name in page.text
    assert "/login" in page.text
