"""Counting visits: once, verified or not, on the right day."""

from typing import Any

import pytest

from gateway.contract import presence
from gateway.contract.presence import Presence
from gateway.contract.topics import Lane
from gateway.mailbox import StoredFact
from server import checkins, stations
from server.checkins import actions
from server.kit.clock import DAY_MS, HOUR_MS, midnight
from server.kit.errors import Invalid
from server.kit.live import Change
from server.kit.site import Site
from server.stations import Station


@pytest.fixture
def north(site: Site) -> Station:
    with site.store.look() as look:
        return stations.get(look, "sn10-north")


def visit(site: Site, station: Station, client_id: str, **more: Any) -> bool:
    with site.store.work() as work:
        return checkins.check_in(work, station, client_id, "phone", Presence.NONE, **more)


def today(site: Site, station: str = "sn10-north") -> int:
    with site.store.look() as look:
        return checkins.today(look, station)


def test_a_check_in_sent_twice_counts_once(site: Site, north: Station) -> None:
    assert visit(site, north, "visit-0001")
    assert not visit(site, north, "visit-0001")
    assert visit(site, north, "visit-0002")

    assert today(site) == 2
    assert today(site, "sn10-east") == 0


def test_a_late_check_in_counts_on_its_own_day(site: Site, north: Station) -> None:
    now = site.store.clock()

    visit(site, north, "visit-0001", at=midnight(now) - 1)
    visit(site, north, "visit-0002", at=midnight(now))

    assert today(site) == 1


def test_a_broken_client_id_is_refused(site: Site, north: Station) -> None:
    with pytest.raises(Invalid):
        visit(site, north, "x")


def test_a_visit_is_told_once_with_the_days_count(site: Site, north: Station) -> None:
    heard: list[Change] = []
    site.live.publish = heard.append  # type: ignore[method-assign]

    visit(site, north, "visit-0001")
    visit(site, north, "visit-0001")

    assert heard == [Change("checkin", "sn10", {"station": "sn10-north", "today": 1})]


def test_raw_visits_are_forgotten_and_the_counts_stay(site: Site, north: Station, clock: Any) -> None:
    visit(site, north, "visit-0001")
    clock.forward(31 * DAY_MS)

    with site.store.work() as work:
        before = work.now - 30 * DAY_MS
        due = checkins.count_before(work, ["sn10-north"], before)
        elsewhere = checkins.forget(work, ["sn10-east"], before)
        forgotten = checkins.forget(work, ["sn10-north"], before)

    assert (due, elsewhere, forgotten) == (1, 0, 1)
    with site.store.look() as look:
        assert checkins.latest(look, ["sn10-north"], None, 10) == []
        assert checkins.latest(look, [], None, 10) == []
        assert look.value("select sum(count) from checkin_hours") == 1


def test_a_presence_code_proves_what_it_can(site: Site, north: Station) -> None:
    now = site.store.clock()
    fresh = presence.code(north.presence_key, north.code, now)

    assert checkins.prove(north, fresh, now) is Presence.VERIFIED
    assert checkins.prove(north, fresh, now + HOUR_MS // 2) is Presence.EXPIRED
    assert checkins.prove(north, "zzzzzzzz" * 100, now) is Presence.WRONG
    assert checkins.prove(north, "", now) is Presence.NONE


@pytest.mark.parametrize(
    ("clock_name", "age", "estimated"), [("ntp", 1000, 0), ("none", 1000, 1), ("rtc", 9_999 * DAY_MS, 1)]
)
def test_a_tap_at_the_kiosk_is_verified_and_its_time_believed_only_with_reason(
    site: Site, clock_name: str, age: int, estimated: int
) -> None:
    now = site.store.clock()
    body = {"id": "kiosk-visit-1", "station": "sn10-north"}
    fact = StoredFact(
        "kiosk-01", Lane.EVENT, "k7Q2mZx0aB", 1, "checkin", now - age, clock_name, "b", 1, body, {}, "d", now
    )

    with site.store.work() as work:
        actions.from_kiosk(work, fact)
        actions.from_kiosk(work, fact)
        (row,) = checkins.latest(work, ["sn10-north"], None, 10)

    assert row["presence"] == "verified"
    assert row["estimated"] == estimated
    assert row["at"] == (now if estimated else now - age)
