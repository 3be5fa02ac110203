"""The pages about people, as a browser without JavaScript uses them."""

import re

import pytest
from fastapi.testclient import TestClient

from server import people
from server.kit.site import Site
from server.people import ContactDraft
from server.staff import Person, disable

from ..conftest import EnterFactory, StaffFactory

SHIFT = {
    "community": "sn10", "name": "全天", "starts": "00:00", "ends": "00:00",
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday", "makeup_workday"],
}  # fmt: skip


@pytest.fixture
def director(staff: StaffFactory) -> Person:
    return staff("director", name="陈主任")


@pytest.fixture
def browser(director: Person, enter: EnterFactory) -> TestClient:
    return enter(director)


def add_contact(browser: TestClient, name: str, **more: str) -> str:
    """Through the form; returns the key."""
    page = browser.post("/desk/people/contacts", data={"community": "sn10", "name": name, **more})
    assert page.status_code == 200
    found = re.search(rf"<b>{name}</b>.*?edit=(\d+)#form", page.text, re.DOTALL)
    assert found
    return f"contact:{found[1]}"


def test_a_rota_is_made_from_nothing_with_plain_forms(browser: TestClient) -> None:
    empty = browser.get("/desk/rota")
    wang = add_contact(browser, "王值班", phone="13800138000")
    liu = add_contact(browser, "刘值班")

    shifts = browser.post("/desk/rota/shifts", data={**SHIFT, "duty": [wang], "backup": [liu]})
    week = browser.get("/desk/rota")

    assert "还没有排班" in empty.text
    assert "全天" in shifts.text and "每一天" in shifts.text
    assert "未来 7 天每个小时都有人值班" in week.text or "年的放假和调休还没有录入" in week.text
    assert 'href="tel:13800138000"' in week.text and "138****8000" in week.text
    assert ">13800138000<" not in week.text


def test_a_gap_stands_on_the_page_in_words(browser: TestClient) -> None:
    wang = add_contact(browser, "王值班")

    browser.post("/desk/rota/shifts", data={**SHIFT, "ends": "20:00", "duty": [wang], "backup": [wang]})
    week = browser.get("/desk/rota").text

    # Seven nights, eight when one of them is running.
    assert re.search("没有人值班（7 天里这样的有 [78] 段）", week)
    assert 'class="hole"' in week


def test_a_person_deleted_while_on_duty_is_shown_as_gone(browser: TestClient) -> None:
    wang, liu = add_contact(browser, "王值班", phone="13800138000"), add_contact(browser, "刘值班")
    browser.post("/desk/rota/shifts", data={**SHIFT, "duty": [wang], "backup": [liu]})

    browser.post(f"/desk/people/contacts/{wang.partition(':')[2]}/remove", data={"community": "sn10"})
    week = browser.get("/desk/rota").text

    assert "值班的人不在，由后备顶上" in week
    assert "王值班（已不在）" in week
    assert "13800138000" not in week


def test_an_account_that_was_disabled_is_marked(
    browser: TestClient, site: Site, staff: StaffFactory, director: Person
) -> None:
    person = staff("duty", login="wang", name="王")
    with site.store.work() as work:
        people.save_contact(work, director, "sn10", ContactDraft("王值班", staff=str(person.id)))
        disable(work, "wang")

    assert "账号已停用" in browser.get("/desk/people").text


def test_a_swap_is_made_and_taken_back_by_form(browser: TestClient) -> None:
    wang, liu = add_contact(browser, "王值班"), add_contact(browser, "刘值班")
    browser.post("/desk/rota/shifts", data={**SHIFT, "duty": [wang], "backup": [wang]})
    turn = re.findall(r'value="(\d+\|[\d-]+\|duty\|contact:\d+)"', browser.get("/desk/rota").text)[1]

    made = browser.post("/desk/rota/swaps", data={"community": "sn10", "turn": turn, "into": liu, "reason": "<b>看病"})
    number = re.search(r"/desk/rota/swaps/(\d+)/withdraw", made.text)
    assert number
    back = browser.post(f"/desk/rota/swaps/{number[1]}/withdraw", data={"community": "sn10"})

    assert "<b>王值班</b> → <b>刘值班</b>" in made.text
    assert "&lt;b&gt;看病" in made.text and "陈主任" in made.text
    assert "这 7 天没有换班" in back.text


@pytest.mark.parametrize(
    "turn",
    ["", "x", "1", "1|2026-01-01|duty", "9" * 40 + "|2026-01-01|duty|contact:1", "1|soon|duty|contact:1", "|||||"],
)
def test_a_swap_that_cannot_be_keeps_what_was_typed(browser: TestClient, turn: str) -> None:
    wang = add_contact(browser, "王值班")
    browser.post("/desk/rota/shifts", data={**SHIFT, "duty": [wang]})

    page = browser.post("/desk/rota/swaps", data={"community": "sn10", "turn": turn, "into": wang, "reason": "去看病"})

    assert page.status_code in {404, 409, 422}
    assert 'value="去看病"' in page.text
    assert 'role="alert"' in page.text


def test_a_shift_that_cannot_be_keeps_what_was_typed(browser: TestClient) -> None:
    wang = add_contact(browser, "王值班")

    page = browser.post("/desk/rota/shifts", data={**SHIFT, "name": "小夜班", "starts": "99:00", "duty": [wang]})

    assert page.status_code == 422
    assert "请写开始和结束时间" in page.text
    assert 'value="小夜班"' in page.text
    assert f'value="{wang}" checked' in page.text


def test_a_shift_is_changed_and_a_stale_form_is_told_who_was_first(browser: TestClient) -> None:
    wang = add_contact(browser, "王值班")
    browser.post("/desk/rota/shifts", data={**SHIFT, "duty": [wang]})
    form = browser.get("/desk/rota/shifts?edit=1").text
    seen = re.search(r'name="seen" value="(\d+)"', form)
    assert seen

    changed = browser.post(
        "/desk/rota/shifts", data={**SHIFT, "name": "白班", "duty": [wang], "edit": "1", "seen": seen[1]}
    )
    stale = browser.post("/desk/rota/shifts", data={**SHIFT, "name": "晚班", "duty": [wang], "edit": "1", "seen": "1"})
    removed = browser.post("/desk/rota/shifts/1/remove", data={"community": "sn10"})

    assert "<b>白班</b>" in changed.text
    assert stale.status_code == 409 and "陈主任 刚改过这个班次" in stale.text and 'value="晚班"' in stale.text
    assert "还没有班次" in removed.text


def test_a_contact_that_cannot_be_keeps_what_was_typed(browser: TestClient) -> None:
    page = browser.post(
        "/desk/people/contacts", data={"community": "sn10", "name": "王", "phone": "123", "email": "w@sn10.example"}
    )

    assert page.status_code == 422
    assert "电话写 11 位手机号" in page.text
    assert 'value="123"' in page.text and 'value="w@sn10.example"' in page.text


def test_a_contacts_form_never_carries_the_phone(browser: TestClient) -> None:
    key = add_contact(browser, "王值班", phone="13800138000", texts="1")

    form = browser.get(f"/desk/people?edit={key.partition(':')[2]}").text

    assert "现在是 138****8000，不改就留空" in form
    assert 'value="13800138000"' not in form


def test_units_and_building_leaders_are_arranged_by_form(browser: TestClient) -> None:
    qian = add_contact(browser, "钱楼组长")
    browser.post("/desk/people/units", data={"community": "sn10", "kind": "building_leader"})

    bad = browser.post("/desk/people/units/1/members", data={"community": "sn10", "who": qian, "buildings": "门口"})
    good = browser.post("/desk/people/units/1/members", data={"community": "sn10", "who": qian, "buildings": "3、5"})
    twice = browser.post("/desk/people/units", data={"community": "sn10", "kind": "building_leader"})
    fewer = browser.post(
        "/desk/people/units/1/members/remove", data={"community": "sn10", "who": qian, "building": "5"}
    )
    gone = browser.post("/desk/people/units/1/remove", data={"community": "sn10"})

    assert bad.status_code == 422 and "看不懂楼号" in bad.text
    assert "3号楼" in good.text and "5号楼" in good.text
    assert twice.status_code == 422
    assert "5号楼" not in fewer.text
    assert "还没有班组" in gone.text


@pytest.mark.parametrize("path", ["/desk/rota", "/desk/rota/shifts", "/desk/people", "/desk/calendar"])
def test_pages_are_for_those_who_route_in_their_own_community(
    path: str, staff: StaffFactory, enter: EnterFactory, client: TestClient
) -> None:
    guard, stranger = enter(staff("prop_guard")), enter(staff("director", scopes=("community:yh1",)))

    assert client.get(path, follow_redirects=False).status_code in {303, 401}
    assert guard.get(path).status_code == 403
    assert stranger.get(path).status_code == 200
    assert stranger.get(f"{path}?community=sn10").status_code == 404
    assert stranger.get(f"{path}?community=<x>").status_code == 404


def test_a_street_chooses_among_its_communities(staff: StaffFactory, enter: EnterFactory) -> None:
    browser = enter(staff("street", scopes=("street:songnan",)))

    page = browser.get("/desk/rota?community=sn11").text

    assert '<option value="sn11" selected>淞南十一村</option>' in page
    assert "友谊一村" not in page


@pytest.mark.parametrize("path", ["/desk/rota?day=x", "/desk/rota?day=9999-12-31", "/desk/rota?day=0001-01-01"])
def test_a_week_nobody_can_mean_is_this_week(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 200


def test_numbers_beyond_reason_are_refused_and_break_nothing(browser: TestClient) -> None:
    huge = "9" * 30

    assert browser.get(f"/desk/people?edit={huge}").status_code == 422
    assert browser.get("/desk/people?edit=4611686018427387904").status_code == 404
    assert browser.post(f"/desk/people/contacts/{huge}/remove", data={"community": "sn10"}).status_code == 422
    assert browser.post("/desk/rota/shifts/77/remove", data={"community": "sn10"}).status_code == 404
    assert browser.post("/desk/rota/swaps/77/withdraw", data={"community": "sn10"}).status_code == 404


def test_somebody_of_another_community_can_change_nothing_here(
    site: Site, director: Person, staff: StaffFactory, enter: EnterFactory
) -> None:
    with site.store.work() as work:
        number = people.save_contact(work, director, "sn10", ContactDraft("王"))
        unit = people.add_unit(work, director, "sn10", "volunteer", "")
    stranger = enter(staff("director", scopes=("community:yh1",)))

    for community in ("sn10", "yh1"):
        data = {"community": community, "who": f"contact:{number}"}
        assert stranger.post(f"/desk/people/contacts/{number}/remove", data=data).status_code == 404
        assert stranger.post(f"/desk/people/units/{unit}/members", data=data).status_code == 404
        assert stranger.post(f"/desk/people/units/{unit}/remove", data=data).status_code == 404
        assert stranger.post("/desk/rota/shifts", data={**SHIFT, **data, "duty": [data["who"]]}).status_code == 404
