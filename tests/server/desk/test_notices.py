"""Notices and letters as the desk puts them up and takes them down."""

from typing import Any

import pytest

from server import letters, notices
from server.kit.site import Site


def post(browser: Any, **typed: Any) -> Any:
    values = {"text": "周三停水", "level": "info", "where": "community:sn10", "hours": 24, **typed}
    return browser.post("/desk/notices", data=values, follow_redirects=False)


def up(site: Site, community: str = "sn10") -> list[dict[str, Any]]:
    with site.store.look() as look:
        return notices.showing(look, community)


@pytest.mark.parametrize(("where", "station"), [("community:sn10", None), ("sn10-east", "sn10-east")])
def test_a_notice_goes_up_and_down_through_the_page(
    site: Site, enter: Any, staff: Any, where: str, station: Any
) -> None:
    browser = enter(staff("duty", name="王值班"))

    answer = post(browser, where=where, text="<b>停水</b>")
    page = browser.get("/desk/notices").text
    (row,) = up(site)
    browser.post(f"/desk/notices/{row['id']}/withdraw")

    assert answer.status_code == 303
    assert (row["station"], row["by_name"], row["level"]) == (station, "王值班", "info")
    assert "&lt;b&gt;停水&lt;/b&gt;" in page
    assert up(site) == []


def test_a_notice_may_stay_until_it_is_withdrawn(site: Site, enter: Any, staff: Any, clock: Any) -> None:
    browser = enter(staff("duty"))
    post(browser, hours=2)
    post(browser, hours=0, text="一直放着", level="warning")

    clock.forward(3 * 3_600_000)

    assert [row["text"] for row in up(site)] == ["一直放着"]
    assert "直到撤下" in browser.get("/login?to=/desk/notices").text


@pytest.mark.parametrize(
    ("typed", "status"),
    [({"text": "  "}, 422), ({"text": "长" * 61}, 422), ({"level": "shout"}, 422), ({"hours": 99999}, 422),
     ({"where": "community:sn11"}, 404), ({"where": "sn11-gate"}, 404), ({"where": "nowhere"}, 404),
     ({"where": ""}, 404)],
)  # fmt: skip
def test_a_notice_that_cannot_go_up_comes_back_with_its_words(
    site: Site, enter: Any, staff: Any, typed: dict[str, Any], status: int
) -> None:
    answer = post(enter(staff("duty")), **{"text": "我写的通知", **typed})

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert (typed.get("text") or "我写的通知").strip() in answer.text
    assert up(site) == up(site, "sn11") == []


def test_a_notice_with_a_number_or_a_name_is_looked_at_twice(site: Site, enter: Any, staff: Any) -> None:
    browser = enter(staff("duty"))
    text = "找王阿姨 13800138000"

    asked = post(browser, text=text)
    between = up(site)
    changed = post(browser, text=f"{text}，急", sure=text)
    sent = post(browser, text=text, sure=text)

    for page in (asked, changed):
        assert page.status_code == 200
        assert "通知里好像有电话号码“13800138000”" in page.text
        assert "通知里好像有认得出是谁的称呼“王阿姨”" in page.text
    assert between == []
    assert sent.status_code == 303
    assert [row["text"] for row in up(site)] == [text]
    assert "通知里好像有电话号码" in browser.get("/desk/notices").text


def test_a_notice_of_another_community_is_neither_shown_nor_withdrawn(site: Site, enter: Any, staff: Any) -> None:
    post(enter(staff("duty", scopes=("community:sn11",))), where="sn11-gate", text="大门施工")
    other = enter(staff("duty"))

    (row,) = up(site, "sn11")

    assert "大门施工" not in other.get("/desk/notices").text
    assert other.post(f"/desk/notices/{row['id']}/withdraw").status_code == 404
    assert up(site, "sn11") == [row]


def test_a_letter_is_withdrawn_by_those_of_its_community_only(
    site: Site, enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    ticket = walk(report(), staff("duty"), "file", "dispatch", "done", "verify")
    walk(ticket, staff("duty"), "close", letter="谢谢沪A12345的车主")
    with site.store.look() as look:
        letter = letters.of_incident(look, ticket.id)
    assert letter is not None
    here, there = enter(staff("duty")), enter(staff("duty", scopes=("community:sn11",)))

    shown = here.get("/desk/notices").text
    refused = there.post(f"/desk/letters/{letter['id']}/withdraw")
    taken = here.post(f"/desk/letters/{letter['id']}/withdraw", follow_redirects=False)
    again = here.post(f"/desk/letters/{letter['id']}/withdraw")

    assert "谢谢沪A12345的车主" in shown
    assert "好像有车牌号" in shown
    assert (refused.status_code, taken.status_code, again.status_code) == (404, 303, 404)
    assert "谢谢沪A12345的车主" not in here.get("/desk/notices").text


@pytest.mark.parametrize("role", ["prop_guard", "it", "volunteer"])
def test_notices_are_the_business_of_those_who_triage(site: Site, enter: Any, staff: Any, role: str) -> None:
    browser = enter(staff(role))

    assert browser.get("/desk/notices").status_code == 403
    assert post(browser).status_code == 403
    assert up(site) == []
