"""A rider with a dead phone taps the wall; the desk that is open hears of it."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .town import Town, wait_for

pytestmark = pytest.mark.journey


def test_a_tap_on_the_kiosk_appears_on_the_open_desk(
    town: Town, window: Callable[[int, int], Page], log_in: Callable[[Page, str], None], figure: Callable[[str], None]
) -> None:
    desk, kiosk = window(1440, 900), window(1280, 800)
    log_in(desk, "duty")
    expect(desk.locator("#live")).to_contain_text("实时")
    kiosk.goto(town.kiosks[0])
    kiosk.locator("[data-do=report]").first.click()
    kiosk.wait_for_timeout(500)  # presses right after a change of view are taken for a bouncing finger
    kiosk.locator("[data-do=tile][data-code='parking.ebike_pile']").click()
    kiosk.wait_for_timeout(500)

    began = time.monotonic()
    kiosk.locator("[data-do=send]").click()

    row = desk.locator("li.ticket", has_text="电动车堆放").first
    expect(row).to_be_visible()
    figure(f"kiosk tap → on the open desk: {time.monotonic() - began:.2f} s (wanted: under 1 s)")
    expect(row).to_contain_text("北门")
    expect(kiosk.locator(".result")).to_contain_text("已收到")
    receipt = town.rows("select receipt from incidents where category = 'parking.ebike_pile'")[0][0]
    phone = window(360, 640)
    phone.goto(f"{town.url}/r/{receipt}")
    expect(phone.locator("main")).to_contain_text("已收到")


def test_a_check_in_by_touch_is_counted_once(town: Town, window: Callable[[int, int], Page]) -> None:
    kiosk = window(1280, 800)
    kiosk.goto(town.kiosks[1])
    before = len(town.rows("select id from checkins where station = 'sn10-east'"))

    kiosk.locator("[data-do=checkin]").dblclick()

    expect(kiosk.locator(".result")).to_contain_text("谢谢")
    wait_for(
        lambda: len(town.rows("select id from checkins where station = 'sn10-east'")) == before + 1, "the check-in"
    )
    (channel, presence) = town.rows("select channel, presence from checkins order by id desc limit 1")[0]
    assert (channel, presence) == ("kiosk", "verified")
