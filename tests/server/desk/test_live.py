"""The live line on a real server: what it tells, to whom, when it ends, and what it costs while it is quiet."""

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from gateway.contract.presence import Presence
from server import checkins, stations
from server.desk import live
from server.desk.live import Flood, news_for
from server.kit.live import Change
from server.kit.site import Site
from server.staff import COOKIE, Person
from server.staff.actions import log_out

from .conftest import PATIENCE_S, SessionFactory, wait_until


class Desk:
    """One open page: collects (event, data) in a thread of its own."""

    def __init__(self, address: str, token: str) -> None:
        self.news: list[tuple[str, Any]] = []
        self.ended = threading.Event()
        self._client = httpx2.Client(cookies={COOKIE: token}, timeout=PATIENCE_S)
        threading.Thread(target=self._run, args=(f"{address}/desk/live",), daemon=True).start()

    def _run(self, address: str) -> None:
        with contextlib.suppress(httpx2.TransportError):  # the server of a test is stopped under its pages
            self._read(address)
        self.ended.set()

    def _read(self, address: str) -> None:
        event = ""
        with self._client.stream("GET", address) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                kind, _, value = line.partition(": ")
                if kind == "event":
                    event = value
                elif kind == "data":
                    self.news.append((event, json.loads(value)))


@pytest.fixture
def open_desk(site: Site, address: str, session: SessionFactory) -> Callable[[Person], Desk]:
    def make(person: Person) -> Desk:
        before = site.live.listening
        desk = Desk(address, session(person))
        wait_until(lambda: site.live.listening > before)
        return desk

    return make


def test_a_report_and_a_check_in_reach_the_desks_they_concern_and_no_other(
    site: Site, staff: Any, report: Any, open_desk: Any
) -> None:
    duty, guard = open_desk(staff("duty")), open_desk(staff("prop_guard"))
    engineer, neighbour = open_desk(staff("prop_eng")), open_desk(staff("duty", scopes=("community:sn11",)))

    ticket = report()
    with site.store.work() as work:
        checkins.check_in(work, stations.get(work, "sn10-north"), "visit-0001", "kiosk", Presence.VERIFIED)
    there = report(station="sn11-gate")

    visit = ("checkin", {"station": "sn10-north", "today": 1})
    wait_until(lambda: visit in duty.news and visit in guard.news and visit in engineer.news and bool(neighbour.news))
    assert duty.news == [("incident", {"id": ticket.id, "mine": 1}), visit]
    assert guard.news == duty.news
    assert engineer.news == [visit]
    assert neighbour.news == [("incident", {"id": there.id, "mine": 1})]


def test_a_desk_hears_of_a_ticket_that_was_taken_from_it(staff: Any, report: Any, walk: Any, open_desk: Any) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, "file", "dispatch")
    guard = open_desk(staff("prop_guard"))

    walk(ticket, duty, "dispatch", desk="prop_eng")

    wait_until(lambda: bool(guard.news))
    assert guard.news == [("incident", {"id": ticket.id, "mine": 0})]


def test_the_line_ends_when_the_session_does(
    site: Site, staff: Any, report: Any, address: str, session: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SURE_S", 0.0)
    token = session(staff("duty"))
    desk = Desk(address, token)
    wait_until(lambda: site.live.listening == 1)

    log_out(site, token)
    report()

    assert desk.ended.wait(PATIENCE_S)
    assert desk.news == [("goodbye", {})]
    wait_until(lambda: site.live.listening == 0)


def test_fifty_quiet_desks_hold_no_thread_and_the_pages_still_answer(
    site: Site, staff: Any, report: Any, address: str, session: SessionFactory
) -> None:
    token = session(staff("duty"))
    desks = [Desk(address, token) for _ in range(50)]
    wait_until(lambda: site.live.listening == 50)

    with httpx2.Client(cookies={COOKIE: token}, timeout=PATIENCE_S) as browser:
        pages = [browser.get(f"{address}/desk").status_code for _ in range(20)]
    ticket = report()

    assert pages == [200] * 20
    wait_until(lambda: all(desk.news == [("incident", {"id": ticket.id, "mine": 1})] for desk in desks))


def test_a_page_that_was_closed_is_forgotten(site: Site, staff: Any, address: str, session: SessionFactory) -> None:
    cookies = {COOKIE: session(staff("duty"))}

    with httpx2.Client(cookies=cookies, timeout=PATIENCE_S) as browser, browser.stream("GET", f"{address}/desk/live"):
        wait_until(lambda: site.live.listening == 1)

    wait_until(lambda: site.live.listening == 0)


def test_a_change_that_was_rolled_back_is_not_told(site: Site, staff: Any, report: Any, open_desk: Any) -> None:
    duty = open_desk(staff("duty"))

    with pytest.raises(RuntimeError), site.store.work() as work:
        checkins.check_in(work, stations.get(work, "sn10-north"), "visit-0001", "kiosk", Presence.VERIFIED)
        raise RuntimeError
    ticket = report()

    wait_until(lambda: bool(duty.news))
    assert duty.news == [("incident", {"id": ticket.id, "mine": 1})]


def test_of_a_flood_a_few_are_told_one_by_one_and_of_the_rest_the_number(
    site: Site, staff: Any, open_desk: Any
) -> None:
    duty = open_desk(staff("duty"))

    for number in range(200):
        data: dict[str, str | int] = {"id": number, "level": "P3", "desk": "duty", "former_desk": "duty"}
        site.live.publish(Change("incident", "sn10", data))
    site.live.publish(Change("incident", "sn10", {"id": 999, "level": "P0", "desk": "duty", "former_desk": "duty"}))

    def told() -> int:
        held = sum(data["n"] for event, data in duty.news if event == "many")
        return held + sum(event == "incident" for event, _ in duty.news)

    wait_until(lambda: told() == 201)
    assert ("incident", {"id": 999, "mine": 1, "urgent": 1}) in duty.news
    assert len(duty.news) < 150


def test_a_flood_lets_so_many_a_second_and_what_is_urgent_always() -> None:
    flood, calm, urgent = Flood(), ("incident", {"id": 1}), ("incident", {"id": 2, "urgent": 1})

    passed = [flood.lets(calm, 7.0 + number / 1000) for number in range(live.A_SECOND + 5)]

    assert passed == [True] * live.A_SECOND + [False] * 5
    assert flood.lets(urgent, 7.9)
    assert flood.lets(("checkin", {}), 7.9)
    assert [flood.number(7.9), flood.number(7.9), flood.number(8.1)] == [5, 0, 0]
    assert flood.lets(calm, 8.0)


def test_an_alarm_rings_on_the_desk_of_the_person_called_and_on_no_other(staff: Callable[..., Person]) -> None:
    duty, other = staff("duty"), staff("duty")
    data: dict[str, str | int] = {"to": str(duty.id), "alert": 7, "incident": 3, "level": "P0", "sound": 1}
    alarm = Change("alarm", "sn10", data)

    assert news_for(duty, alarm) == ("alarm", {"alert": 7, "level": "P0", "sound": 1})
    assert news_for(other, alarm) is None
