"""The desk's page 配对与更换: who sees it, what it asks for, and what it writes down."""

import re
from typing import Any

from server.kit.site import Site
from server.stations import station_of


def digits(page: str) -> str:
    found = re.search(r'class="code__digits"[^>]*>([0-9 ]{11})<', page)
    assert found
    return found[1].replace(" ", "")


def test_a_volunteer_gives_a_code_and_the_page_shows_what_became_of_it(
    site: Site, enter: Any, staff: Any, newcomer: Any
) -> None:
    volunteer = enter(staff("it", name="小林"))
    page = volunteer.post("/desk/pairing/sn10-east/code", data={"replaces": ""})
    code = digits(page.text)
    waiting = volunteer.get("/desk/pairing/sn10-east")
    before = volunteer.get("/desk/pairing/sn10-east/state").json()

    content = newcomer().pair(code)
    after = volunteer.get("/desk/pairing/sn10-east/state").json()
    done = volunteer.get("/desk/pairing/sn10-east")

    assert before == {"open": True, "kiosk": ""}
    assert after == {"open": False, "kiosk": content["kiosk"]}
    assert code not in waiting.text.replace(" ", "")
    assert "有一个配对码等着用" in waiting.text
    assert f"刚刚配好了：<b>{content['kiosk']}</b>" in done.text
    assert "小林" in done.text


def test_a_new_code_ends_the_old_one(enter: Any, staff: Any, newcomer: Any) -> None:
    volunteer = enter(staff("it"))
    first = digits(volunteer.post("/desk/pairing/sn10-east/code").text)
    second = digits(volunteer.post("/desk/pairing/sn10-east/code").text)

    assert newcomer().ask(first).status_code == 404
    assert newcomer().ask(second).status_code == 200


def test_a_code_can_be_taken_back(enter: Any, staff: Any, newcomer: Any) -> None:
    volunteer = enter(staff("it"))
    code = digits(volunteer.post("/desk/pairing/sn10-east/code").text)

    page = volunteer.post("/desk/pairing/sn10-east/revoke")

    assert "配对码作废了" in page.text
    assert newcomer().ask(code).status_code == 404


def test_moving_and_retiring_want_a_tick_first(site: Site, enter: Any, staff: Any) -> None:
    volunteer = enter(staff("it"))

    unsure = volunteer.post("/desk/pairing/sn10-north/retire", data={"kiosk": "kiosk-01"})
    east = {"kiosk": "kiosk-01", "to": "sn10-east", "sure": "yes"}
    moved = volunteer.post("/desk/pairing/sn10-north/move", data=east)
    late = volunteer.post("/desk/pairing/sn10-north/retire", data={"kiosk": "kiosk-01", "sure": "yes"})
    retired = volunteer.post("/desk/pairing/sn10-east/retire", data={"kiosk": "kiosk-01", "sure": "yes"})

    assert (unsure.status_code, moved.status_code, late.status_code, retired.status_code) == (422, 200, 422, 200)
    assert "搬好了" in moved.text
    assert "停用了" in retired.text
    with site.store.look() as look:
        assert station_of(look, "kiosk-01") is None


def test_a_station_of_another_community_does_not_exist(site: Site, enter: Any, staff: Any) -> None:
    volunteer = enter(staff("it"))

    answers = [
        volunteer.get("/desk/pairing/yh1-gate"),
        volunteer.get("/desk/pairing/yh1-gate/state"),
        volunteer.post("/desk/pairing/yh1-gate/code"),
        volunteer.post("/desk/pairing/yh1-gate/revoke"),
        volunteer.post("/desk/pairing/sn10-north/move", data={"kiosk": "kiosk-01", "to": "yh1-gate", "sure": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert "友谊" not in volunteer.get("/desk/pairing").text


def test_a_guard_has_no_business_here(enter: Any, staff: Any, client: Any) -> None:
    guard = enter(staff("prop_guard"))

    assert guard.get("/desk/pairing").status_code == 403
    assert guard.post("/desk/pairing/sn10-east/code").status_code == 403
    assert client.get("/desk/pairing", follow_redirects=False).status_code == 303


def test_stations_are_found_by_name_and_by_kiosk(enter: Any, staff: Any) -> None:
    volunteer = enter(staff("it"))

    assert "东门站" not in volunteer.get("/desk/pairing", params={"q": "北门"}).text
    assert "北门站" in volunteer.get("/desk/pairing", params={"q": "KIOSK-01"}).text
    assert "没有找到" in volunteer.get("/desk/pairing", params={"q": "<b>"}).text
