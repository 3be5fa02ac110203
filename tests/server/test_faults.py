"""The page for whatever went wrong: it leads on from where somebody stood, and never needs what is broken."""

import sqlite3
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server.kit.site import Site

from .conftest import EnterFactory, StaffFactory

HERE = "http://testserver"


def test_a_rider_is_led_back_to_the_station_with_its_duty_phone(client: TestClient) -> None:
    by_address = client.get("/s/sn10-north/nothing")
    by_page = client.get("/nothing", headers={"referer": f"{HERE}/s/sn10-north/report?category=x"})
    by_stranger = client.get("/nothing", headers={"referer": "http://elsewhere.example/s/sn10-north"})

    for answer in (by_address, by_page):
        assert answer.status_code == 404
        assert 'href="/s/sn10-north"' in answer.text
        assert "回到北门站" in answer.text
        assert 'href="tel:02155550110"' in answer.text
        assert 'href="tel:119"' in answer.text
    assert 'class="night lamp"' in by_stranger.text
    assert "回到首页" in by_stranger.text
    assert "tel:02155550110" not in by_stranger.text


@pytest.mark.parametrize("path", ["/s/x/nothing", "/s/%00/nothing", "/s/<b>/nothing", "/s/nowhere/nothing"])
def test_an_address_that_names_no_station_leads_home(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"referer": "http://[broken"})

    assert answer.status_code == 404
    assert "回到首页" in answer.text
    assert "<b>" not in answer.text.split("<main")[1].replace("<b>值班电话</b>", "")


def test_staff_are_led_back_to_their_page_without_a_word_about_119(
    client: TestClient, staff: StaffFactory, enter: EnterFactory
) -> None:
    desk = enter(staff("duty"))

    from_ticket = desk.get("/desk/photos/999/large", headers={"referer": f"{HERE}/desk/incidents/7?state=open"})
    from_nowhere = desk.get("/desk/nothing")

    assert from_ticket.status_code == 404
    assert 'href="/desk/incidents/7?state=open"' in from_ticket.text
    assert "回到刚才那一页" in from_ticket.text
    assert 'href="/desk"' in from_nowhere.text
    for answer in (from_ticket, from_nowhere):
        assert "tel:119" not in answer.text


def test_the_page_about_a_broken_database_does_not_need_it(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(site.store, "look", broken)

    answer = client.get("/s/sn10-north")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "急事请直接打值班电话" in answer.text
    assert 'href="tel:119"' in answer.text
