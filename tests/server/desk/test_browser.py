"""The desk in a real browser: rows arrive and stay in place, a broken line heals, keys work, forms need no script."""

from typing import Any

import pytest
from playwright.sync_api import expect

from gateway.contract.presence import Presence
from server import checkins, stations
from server.kit.site import Site
from server.staff import COOKIE
from server.staff.actions import log_out

from .conftest import DeskFactory, wait_until


def test_a_new_alarm_arrives_on_top_and_in_the_bar(desk: DeskFactory, staff: Any, report: Any) -> None:
    report()
    page = desk(staff("duty"))

    alarm = report("fire.open_flame", words="<b>烟</b>")

    expect(page.locator(".ticket").first).to_have_id(f"t{alarm.id}")
    expect(page.locator("#alarm")).to_contain_text("1件紧急没人接")
    expect(page.locator("#tabs a").first).to_have_text("待受理2")
    expect(page).to_have_title("(1) 工单 · 畅小站工作台")


def test_a_ticket_that_moves_on_stays_where_it_is_and_says_where_it_went(
    desk: DeskFactory, staff: Any, report: Any, walk: Any
) -> None:
    first, second = report(), report()
    page = desk(staff("duty"))

    walk(second, staff("director"), "file")

    expect(page.locator(f"#t{second.id} .ticket__state")).to_have_text("已立案")
    assert [row.get_attribute("id") for row in page.locator(".ticket").all()] == [f"t{second.id}", f"t{first.id}"]
    expect(page.locator("#tabs a").first).to_have_text("待受理1")


def test_a_tap_at_a_kiosk_counts_up_on_the_open_desk(site: Site, desk: DeskFactory, staff: Any) -> None:
    page = desk(staff("duty"))

    with site.store.work() as work:
        checkins.check_in(work, stations.get(work, "sn10-east"), "visit-0001", "kiosk", Presence.VERIFIED)

    expect(page.locator("#visits li[data-station=sn10-east] b")).to_have_text("1")


def test_a_broken_line_says_so_and_misses_nothing(site: Site, desk: DeskFactory, staff: Any, report: Any) -> None:
    page = desk(staff("duty"))
    loop = site.live._loop
    assert loop is not None

    loop.call_soon_threadsafe(site.live._end_all)
    expect(page.locator("#live")).to_have_text("已断开，正在重连")
    wait_until(lambda: site.live.listening == 0)
    missed = report()

    expect(page.locator("#live")).to_have_text("实时")
    expect(page.locator(f"#t{missed.id}")).to_be_visible()


def test_a_session_that_ended_is_said_and_not_retried_for_ever(
    site: Site, desk: DeskFactory, staff: Any, report: Any
) -> None:
    page = desk(staff("duty"))
    log_out(site, next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE))

    report()

    expect(page.locator("#live")).to_have_text("登录已结束，请重新登录")


def test_the_list_is_walked_and_a_ticket_opened_by_keys(desk: DeskFactory, staff: Any, report: Any) -> None:
    first, second = report(), report()
    page = desk(staff("duty"))

    for key in ("j", "j", "k", "j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#ticket")).to_have_attribute("data-ticket", str(first.id))
    expect(page.locator("#live")).to_have_text("实时")  # the scripts are there
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket")).to_have_attribute("data-ticket", str(second.id))
    expect(page.locator("#live")).to_have_text("实时")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_the_sound_is_switched_on_by_a_press_and_remembered(desk: DeskFactory, staff: Any) -> None:
    page = desk(staff("duty"))

    page.locator("#sound").click()

    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [360, 1440])
def test_a_ticket_is_filed_without_any_script(desk: DeskFactory, staff: Any, report: Any, width: int) -> None:
    ticket = report("fire.open_flame")
    page = desk(staff("duty"), width=width, scripts=False)

    page.locator(f"#t{ticket.id} a").click()
    page.get_by_role("button", name="立案", exact=True).click()

    expect(page.get_by_text("你立案了。")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
