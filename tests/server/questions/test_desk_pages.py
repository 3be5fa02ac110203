"""The desk's side: forms that lose nothing, addresses to hand over, and what the ticket page shows."""

from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import questions
from server.incidents import Incident
from server.kit.site import Site

from .conftest import Town, post


@pytest.fixture
def desk(enter: Any, duty: Any) -> TestClient:
    """The duty officer's browser."""
    browser: TestClient = enter(duty)
    return browser


def panel(site: Site, incident: Incident, person: Any) -> str:
    """The piece of the ticket page, as it is included there."""
    with site.store.look() as look:
        outreach = questions.on_ticket(look, incident, person)
        now = look.now
    return site.pages.text("questions/_ticket.html", outreach=outreach, incident=incident, query="tab=mine", now=now)


def test_asking_leads_back_to_the_ticket_with_the_lists_filters(
    desk: TestClient, site: Site, town: Town, at_work: Incident, duty: Any
) -> None:
    answer = desk.post(
        f"/desk/incidents/{at_work.id}/questions?tab=mine&said=x",
        data={"version": str(at_work.version), "text": "车还在吗？", "choices": "还在、、不在了，还在 "},
        follow_redirects=False,
    )
    shown = panel(site, town.ticket(at_work), duty)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/desk/incidents/{at_work.id}?said=ask&tab=mine#outreach"
    assert "还在 / 不在了" in shown
    assert "等骑手回答" in shown
    assert "问骑手一句" not in shown


def test_a_stale_page_says_who_was_faster_and_keeps_what_was_typed(
    desk: TestClient, town: Town, at_work: Incident, walk: Any, duty: Any
) -> None:
    walk(at_work, duty, "dispatch", desk="grid")

    asked = desk.post(
        f"/desk/incidents/{at_work.id}/questions",
        data={"version": str(at_work.version), "text": "车还在吗？", "choices": "<b>还在"},
    )
    sent = desk.post(
        f"/desk/incidents/{at_work.id}/links",
        data={"version": str(at_work.version), "body": "供电公司", "asks": "换灯", "days": "3"},
    )

    assert (asked.status_code, sent.status_code) == (409, 409)
    for text, typed in ((asked.text, ("车还在吗？", "&lt;b&gt;还在")), (sent.text, ("供电公司", "换灯", 'value="3"'))):
        assert "王值班" in text
        for one in typed:
            assert one in text
    assert town.ticket(at_work).waiting == ""


def test_a_number_of_days_nobody_can_mean_comes_back(desk: TestClient, at_work: Incident) -> None:
    for days in ("", "七", "0", "31", "-1", "9999"):
        answer = desk.post(
            f"/desk/incidents/{at_work.id}/links",
            data={"version": str(at_work.version), "body": "供电公司", "asks": "换灯", "days": days},
        )

        assert answer.status_code == 422
        assert "换灯" in answer.text


def test_a_link_is_handed_over_as_words_as_an_address_and_as_a_code(
    desk: TestClient, client: TestClient, at_work: Incident
) -> None:
    page = desk.post(
        f"/desk/incidents/{at_work.id}/links",
        data={"version": str(at_work.version), "body": "供电公司", "asks": "换灯", "days": "7"},
    )
    address = unescape(page.text).split('id="address" value="')[1].partition('"')[0]

    assert page.status_code == 200
    assert "请供电公司帮忙：消防通道被占，淞南十村北门站。" in unescape(page.text).replace(" · ", "")
    assert "<svg" in page.text
    assert client.get(address).status_code == 200


def test_the_ticket_page_shows_answers_and_what_was_said_outside(
    desk: TestClient, client: TestClient, site: Site, town: Town, at_work: Incident, duty: Any, guard: Any
) -> None:
    with site.store.work() as work:
        question = questions.ask(work, at_work.id, duty, "车还在吗？", ("还在",))
        link = questions.engage(work, at_work.id, duty, body="拖车公司", asks="拖走", days=2)
    post(client, town.path("q", question.id), choice="还在", words="<b>白色")
    post(client, town.path("o", link.id), what="word", words="半小时到")

    shown = panel(site, town.ticket(at_work), duty)
    of_the_guard = panel(site, town.ticket(at_work), guard)

    for text in (
        "还在：&lt;b&gt;白色",
        "半小时到",
        "拖车公司",
        f"/desk/incidents/{at_work.id}/links/{link.id}/revoke?tab=mine",
    ):
        assert text in shown
    assert "半小时到" in of_the_guard
    assert "<form" not in of_the_guard


def test_a_ticket_with_nothing_to_ask_shows_nothing(site: Site, at_work: Incident, staff: Any) -> None:
    assert panel(site, at_work, staff("prop_guard")).strip() == ""


def test_taking_back_goes_through_the_own_ticket_only(
    desk: TestClient, enter: Any, site: Site, town: Town, at_work: Incident, report: Any, duty: Any, staff: Any
) -> None:
    other = report()
    with site.store.work() as work:
        question = questions.ask(work, at_work.id, duty, "车还在吗？")
        link = questions.engage(work, at_work.id, duty, body="拖车公司", asks="拖走", days=2)
    paths = (f"questions/{question.id}/withdraw", f"links/{link.id}/revoke")

    wrong = [desk.post(f"/desk/incidents/{other.id}/{path}").status_code for path in paths]
    foreign = enter(staff("duty", scopes=("community:yh1",)))
    hidden = [foreign.post(f"/desk/incidents/{at_work.id}/{path}").status_code for path in paths]
    hidden += [foreign.get(f"/desk/incidents/{at_work.id}/{path.rpartition('/')[0]}").status_code for path in paths]
    right = [desk.post(f"/desk/incidents/{at_work.id}/{path}", follow_redirects=False).status_code for path in paths]

    assert wrong == [404, 404]
    assert hidden == [404, 404, 404, 404]
    assert right == [409, 303]


def test_nobody_gets_an_address_without_logging_in(client: TestClient, at_work: Incident) -> None:
    answer = client.get(f"/desk/incidents/{at_work.id}/links/1", follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
