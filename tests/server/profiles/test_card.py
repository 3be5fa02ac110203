"""我的一月: days of one's own, only when wanted, red where the station was closed, and gone when switched off."""

import json
import re
from types import SimpleNamespace
from typing import Any

from server import privacy, profiles, stations
from server.kit.clock import DAY_MS, beijing
from server.kit.site import Site
from server.profiles import card, records
from server.stations.opening import as_data

from ..conftest import Clock
from .conftest import Owner, OwnerFactory


def visit(site: Site, rider: Owner, station: str = "sn10-north") -> bool:
    """As the check-in does it."""
    request: Any = SimpleNamespace(cookies=dict(rider.client.cookies))
    who = profiles.current(site, request)
    with site.store.work() as work:
        return profiles.visited(work, who, station)


def fields(page: str) -> list[str]:
    """The calendar's days with something on them."""
    found = re.findall(r'<td class="([^"]*)"><b>(\d+)</b>((?:<i>[^<]*</i>)*)', page)
    return [f"{day}{re.sub('<[^>]*>', ' ', said)}".strip() for _, day, said in found if said]


def test_a_check_in_stays_anonymous_unless_its_rider_wants_it(owner: OwnerFactory, site: Site) -> None:
    quiet, wanting = owner().sign_in(), owner().sign_in(nickname="小王", card=True)

    noted = [visit(site, one) for one in (quiet, wanting, wanting)]

    assert noted == [False, True, True]
    with site.store.look() as look:
        assert len(look.rows("select * from profile_visits")) == 1
        assert set(look.rows("select * from profile_visits")[0]) == {"profile", "day", "station"}


def test_the_card_shows_the_day_and_the_words_beside_the_colour(owner: OwnerFactory, site: Site) -> None:
    rider = owner().sign_in(card=True)
    visit(site, rider)

    page = rider.client.get("/me/month").text

    with site.store.look() as look:
        today = beijing(look.now).day
    assert fields(page) == [f"{today} 到站"]
    assert "北门站" in page


def test_switching_the_card_off_takes_back_the_consent_and_the_days(owner: OwnerFactory, site: Site) -> None:
    rider = owner().sign_in(card=True)
    number = rider.id
    visit(site, rider)

    rider.client.post("/me/card", data={"on": "0"})

    with site.store.look() as look:
        assert records.visits(look, number, "0000", "9999") == []
        assert [one.purpose for one in privacy.consents(look, f"rider:{number}")] == ["profile", "points"]
    assert not visit(site, rider)
    rider.client.post("/me/card", data={"on": "1"})
    assert visit(site, rider)


def test_days_on_which_the_usual_station_does_not_open_are_red_in_words_too(owner: OwnerFactory, site: Site) -> None:
    rider = owner().sign_in(card=True)
    visit(site, rider)
    with site.store.work() as work:
        today = beijing(work.now).date()
        shut = stations.read_rule("周一至周五 06:00-24:00；周六、周日 不开")
        work.run("update stations set opening = ? where code = 'sn10-north'", (_data(shut),))

    page = rider.client.get("/me/month").text

    closed = {int(field.split()[0]) for field in fields(page) if "站休" in field}
    with site.store.look() as look:
        station = stations.get(look, "sn10-north")
        expected = card.closed_days(look, station, today.replace(day=1), today.replace(day=28))
    assert {day.day for day in expected} <= closed
    assert any(day.weekday() >= 5 for day in expected)
    assert "北门站不开门" in re.sub(r"<[^>]*>", "", page)


def _data(rule: Any) -> str:
    return json.dumps(as_data(rule))


def test_the_leaf_turns_back_a_year_and_never_into_the_future(owner: OwnerFactory, site: Site, clock: Clock) -> None:
    rider = owner().sign_in(card=True)
    with site.store.look() as look:
        now = beijing(look.now)

    this = rider.client.get("/me/month").text
    for typed in ("2099-01", "1999-01", "abc", "2026-13", f"{now:%Y-%m}"):
        assert f"{now.year} 年 {now.month} 月" in rider.client.get("/me/month", params={"m": typed}).text

    assert "上一月" in this
    assert "下一月" not in this


def test_days_older_than_the_card_go(owner: OwnerFactory, site: Site, clock: Clock) -> None:
    rider = owner().sign_in(card=True)
    number = rider.id
    visit(site, rider)

    clock.forward((card.KEPT_DAYS + 1) * DAY_MS)
    card.forget_old(site)

    with site.store.look() as look:
        assert records.visits(look, number, "0000", "9999") == []
        assert look.rows("select * from profile_sessions") == []


def test_the_station_says_that_check_ins_are_remembered_only_to_whoever_wants_it(owner: OwnerFactory) -> None:
    quiet, wanting = owner().sign_in(), owner().sign_in(nickname="小王", card=True)

    pages = [rider.client.get("/s/sn10-north").text for rider in (quiet, wanting)]
    thanks = [rider.client.get("/s/sn10-north/thanks").text for rider in (quiet, wanting)]

    assert ["打卡不记名字" in page for page in pages] == [True, False]
    assert ["打卡会记到你的月历" in page for page in pages] == [False, True]
    assert ["/me/month" in page for page in thanks] == [False, True]
