"""Notices as stations show them."""

from typing import Any

import pytest

from server import notices
from server.kit.clock import HOUR_MS
from server.kit.errors import Invalid, Missing
from server.kit.site import Site


def on_screen(site: Site, station: str) -> list[str]:
    with site.store.look() as look:
        body = notices.feature.panel(look, station, site)  # type: ignore[misc]
    return [notice["text"] for notice in body["notices"]]


def post(site: Site, person: Any, text: str, station: str = "", level: str = "info", hours: int | None = 24) -> int:
    with site.store.work() as work:
        return notices.post(work, person, "sn10", station, text, level, hours)


def test_a_station_shows_its_own_and_its_communitys_warnings_first(site: Site, staff: Any) -> None:
    duty = staff("duty")
    post(site, duty, "全村停水")
    post(site, duty, "北门坡滑", "sn10-north", "warning")
    post(site, duty, "东门施工", "sn10-east")

    assert on_screen(site, "sn10-north") == ["北门坡滑", "全村停水"]
    assert on_screen(site, "sn10-east") == ["东门施工", "全村停水"]
    assert on_screen(site, "sn11-gate") == []


def test_a_notice_ends_by_itself(site: Site, staff: Any, clock: Any) -> None:
    post(site, staff("duty"), "两小时", hours=2)

    clock.forward(2 * HOUR_MS + 1)

    assert on_screen(site, "sn10-north") == []


def test_a_notice_is_one_line_without_hidden_characters(site: Site, staff: Any) -> None:
    post(site, staff("duty"), "  停水\u202e\x00\n请接水  ")

    assert on_screen(site, "sn10-north") == ["停水 请接水"]


def test_five_notices_at_most_stand_on_a_screen(site: Site, staff: Any) -> None:
    duty = staff("duty")
    for number in range(7):
        post(site, duty, f"第 {number} 条")

    assert on_screen(site, "sn10-north") == [f"第 {number} 条" for number in (6, 5, 4, 3, 2)]


@pytest.mark.parametrize("hours", [0, -1, 24 * 90 + 1])
def test_a_time_that_makes_no_sense_is_refused(site: Site, staff: Any, hours: int) -> None:
    duty = staff("duty")

    with pytest.raises(Invalid):
        post(site, duty, "停水", hours=hours)


def test_a_notice_is_withdrawn_once(site: Site, staff: Any) -> None:
    duty = staff("duty")
    number = post(site, duty, "停水")
    with site.store.work() as work:
        notices.withdraw(work, duty, number)

    with pytest.raises(Missing), site.store.work() as work:
        notices.withdraw(work, duty, number)

    assert on_screen(site, "sn10-north") == []
