"""我也看到了: how many said the same just now. A hint that never stands in anybody's way."""

from typing import Any

import pytest

from server import duplicates, incidents, thresholds
from server.duplicates import Same
from server.kit.clock import MINUTE_MS
from server.kit.site import Site

LANE = "parking.fire_lane"


def same_now(site: Site, category: str = LANE, place: str = "", station: str = "sn10-north") -> Same | None:
    with site.store.look() as look:
        return duplicates.same_now(look, station, category, place)


def test_three_people_ten_minutes_ago(site: Site, report: Any, clock: Any) -> None:
    reports = [report(LANE, place=place) for place in ("北门", "北门口", "北大门")]
    clock.forward(10 * MINUTE_MS)

    same = same_now(site, place="北门")

    assert same is not None
    assert (same.people, same.minutes, same.words) == (3, 10, "3 人 10 分钟前报过")
    assert same.incident.id == reports[-1].id


def test_joined_reports_count_and_lead_to_the_ticket_that_carries_on(
    site: Site, report: Any, staff: Any, walk: Any
) -> None:
    first = report(LANE, place="北门")
    second = report(LANE, place="北门")
    walk(second, staff("duty"), "merge", into=first.number, note="同一件事")

    same = same_now(site, place="北门")

    assert same is not None
    assert (same.people, same.incident.id, same.words) == (2, first.id, "2 人刚刚报过")


def test_another_place_category_station_or_hour_is_not_the_same(site: Site, report: Any, clock: Any) -> None:
    report(LANE, place="南门")
    report("parking.road_block", place="北门")
    report(LANE, place="北门", station="sn10-east")
    assert same_now(site, place="北门") is None

    report(LANE, place="北门")
    assert same_now(site, place="北门") is not None
    clock.forward(31 * MINUTE_MS)
    assert same_now(site, place="北门") is None


def test_before_a_place_is_chosen_the_fullest_place_speaks(site: Site, report: Any) -> None:
    for place in ("南门", "北门", "北门", "东门"):
        report(LANE, place=place)

    same = same_now(site)

    assert same is not None
    assert same.people == 2


def test_what_is_settled_or_refused_is_not_going_on(site: Site, report: Any, staff: Any, walk: Any) -> None:
    duty, checker = staff("duty"), staff("committee")
    walk(walk(report(LANE, place="北门"), duty, "file", "dispatch", "done"), checker, "verify", "close")
    walk(report(LANE, place="北门"), duty, "reject")

    assert same_now(site, place="北门") is None


@pytest.mark.parametrize(("category", "hinted"), [("person.lost_elder", True), ("fire.open_flame", False)])
def test_p1_is_hinted_at_and_p0_never_made_to_wait(site: Site, report: Any, category: str, hinted: bool) -> None:
    report(category)

    assert (same_now(site, category) is not None) is hinted


def test_how_long_just_now_lasts_is_a_setting(site: Site, report: Any, staff: Any, clock: Any) -> None:
    director = staff("director")
    with site.store.work() as work:
        thresholds.set_value(work, director, duplicates.SAME_NOW, "sn10", "120")
    report(LANE)
    clock.forward(100 * MINUTE_MS)

    assert same_now(site) is not None


def test_an_unknown_station_or_category_has_nothing_to_say(site: Site) -> None:
    assert same_now(site, "no.such") is None
    assert same_now(site, station="nowhere") is None


def test_whoever_reports_all_the_same_gets_a_ticket_and_a_receipt(site: Site, report: Any) -> None:
    first = report(LANE, place="北门")
    assert same_now(site, place="北门") is not None

    second = report(LANE, place="北门")

    assert second.id != first.id
    with site.store.look() as look:
        assert incidents.by_receipt(look, second.receipt).id == second.id
