"""A threshold holds as shipped until somebody who answers for it sets it, by name and date, for one community."""

from typing import Any

import pytest

from server import thresholds
from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.site import Site
from server.thresholds import Setting, Threshold

DAYS = Threshold("test_days", "天数", "天", 7, 1, 90)


def read(site: Site, community: str = "sn10") -> Setting:
    with site.store.look() as look:
        return thresholds.setting(look, DAYS, community)


def put(site: Site, person: Any, typed: str, community: str = "sn10") -> None:
    with site.store.work() as work:
        thresholds.set_value(work, person, DAYS, community, typed)


def test_until_somebody_sets_it_the_shipped_value_holds_without_an_author(site: Site) -> None:
    assert read(site) == Setting(7, "", None)


def test_a_value_that_was_set_holds_with_its_author_and_date_in_its_own_community_only(site: Site, staff: Any) -> None:
    before = site.store.clock()

    put(site, staff("director", name="王主任"), " 14 ")

    assert read(site).value == 14
    assert read(site).by == "王主任"
    assert (read(site).at or 0) >= before
    assert read(site, "sn11").value == 7


def test_the_last_word_counts_and_the_earlier_ones_stay_on_record(site: Site, staff: Any) -> None:
    director = staff("director")
    for typed in ("14", "14", "3"):
        put(site, director, typed)

    with site.store.look() as look:
        kept = [row["value"] for row in look.rows("select value from thresholds order by id")]
    assert kept == [14, 3]
    assert read(site).value == 3


@pytest.mark.parametrize("typed", ["", "0", "91", "-3", "7.5", "七", "٣", "9" * 5000, "1e3", "=1"])
def test_what_is_no_number_in_range_is_refused_in_words(site: Site, staff: Any, typed: str) -> None:
    with pytest.raises(Invalid, match="天数"):
        put(site, staff("director"), typed)

    assert read(site).value == 7


@pytest.mark.parametrize("role", ["duty", "committee", "prop_guard", "it"])
def test_only_who_answers_for_the_figures_moves_the_line(site: Site, staff: Any, role: str) -> None:
    with pytest.raises(Forbidden):
        put(site, staff(role), "14")


def test_another_community_is_as_if_it_did_not_exist(site: Site, staff: Any) -> None:
    with pytest.raises(Missing):
        put(site, staff("director"), "14", "yh1")


def at(site: Site, station: str) -> Setting:
    with site.store.look() as look:
        return thresholds.setting(look, DAYS, "sn10", station)


def put_at(site: Site, person: Any, typed: str, station: str = "sn10-north") -> None:
    with site.store.work() as work:
        thresholds.set_for_station(work, person, DAYS, station, typed)


def test_a_station_may_have_its_own_value_and_the_others_keep_the_communitys(site: Site, staff: Any) -> None:
    director = staff("director", name="王主任")
    put(site, director, "14")

    put_at(site, director, "5")

    assert (at(site, "sn10-north").value, at(site, "sn10-north").by, at(site, "sn10-north").own) == (5, "王主任", True)
    assert (at(site, "sn10-east").value, at(site, "sn10-east").own) == (14, False)


def test_an_own_value_taken_back_leaves_the_communitys_even_when_that_moved_meanwhile(site: Site, staff: Any) -> None:
    director = staff("director")
    put_at(site, director, "5")
    put(site, director, "30")

    put_at(site, director, "  ")

    assert at(site, "sn10-north").value == 30
    assert not at(site, "sn10-north").own


@pytest.mark.parametrize("typed", ["0", "91", "七", "1e3"])
def test_a_stations_value_has_the_same_bounds_and_the_same_hands(site: Site, staff: Any, typed: str) -> None:
    with pytest.raises(Invalid, match="天数"):
        put_at(site, staff("director"), typed)
    with pytest.raises(Forbidden):
        put_at(site, staff("duty"), "")
    with pytest.raises(Missing):
        put_at(site, staff("director"), "5", "yh1-gate")
