"""The report on a rider's phone, whole stories: dead lines, slow lines, reloads, two tabs, few taps, old engines."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import esprima
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from server import incidents, static
from server.incidents import Incident
from server.kit.site import Site

from .conftest import TEXT_NAMED_JPG
from .test_browser import Phone, address, browser, phone, photo, the_photo, the_ticket

__all__ = ["address", "browser", "phone", "photo"]

RIDERS = sorted((Path(static.__file__).parent / "riders" / "static").glob("*.js"))


def open_tickets(site: Site) -> list[Incident]:
    with site.store.look() as look:
        return incidents.find(look, ["sn10"], states=incidents.OPEN)


def photos_of(site: Site, ticket: Incident) -> int:
    with site.store.look() as look:
        return len(incidents.photos(look, ticket.id))


def until(page: Page, true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition with a generous deadline, while the page and what watches it go on."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        page.wait_for_timeout(50)


@pytest.mark.parametrize("path", RIDERS, ids=lambda path: path.name)
def test_a_script_is_read_by_engines_of_2017(path: Path) -> None:
    esprima.parseScript(path.read_text("utf-8"))


def test_a_report_outlives_a_dead_line_and_a_closed_page_and_arrives_once(
    address: str, phone: Phone, site: Site, photo: Path
) -> None:
    page = phone()
    context = page.context
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("更多类别").click()
    page.get_by_text("盲道被占", exact=True).click()
    page.fill("#words", "两辆共享单车")
    page.locator("input[type=file]").set_input_files([photo, photo])
    page.locator("#previews button").first.click()
    expect(page.locator("#previews img")).to_have_count(1)
    page.wait_for_function("cxzOutbox.all().then(all => all.some(one => one.photos.length === 1))")
    page.reload()
    expect(page.locator("#words")).to_have_value("两辆共享单车")
    expect(page.get_by_text("盲道被占", exact=True)).to_be_visible()
    expect(page.locator("#previews img")).to_have_count(1)

    context.set_offline(True)
    page.evaluate("send.click(); send.click()")
    expect(page.locator("#line")).to_contain_text("未送达，已替你存好")
    page.close()
    assert open_tickets(site) == []
    context.set_offline(False)
    later = context.new_page()
    later.goto(f"{address}/s/sn10-east")

    expect(later.get_by_role("status").filter(has_text="已送达")).to_contain_text("盲道被占")
    ticket = the_ticket(site)
    assert (ticket.words, ticket.station, ticket.category) == ("两辆共享单车", "sn10-north", "parking.blind_path")
    until(later, lambda: photos_of(site, ticket) == 1)
    stored = the_photo(site)
    assert (stored["width"], stored["height"], stored["taken"]) == (1200, 1600, "2026-03-16T12:19:00")
    later.get_by_role("link", name="看回执").click()
    expect(later.locator("main")).to_contain_text("已收到")


def test_a_photo_on_a_line_that_breaks_goes_on_where_it_was(
    address: str, phone: Phone, site: Site, photo: Path
) -> None:
    page = phone()
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("灯不亮", exact=True).click()
    page.locator("input[type=file]").set_input_files(photo)
    offsets: list[str] = []

    def line(route: Route) -> None:
        offsets.append(route.request.headers["upload-offset"])
        if len(offsets) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*", lambda route: line(route) if route.request.method == "PATCH" else route.continue_())
    page.get_by_role("button", name="发送").click()

    page.wait_for_url("**/r/*")
    until(page, lambda: photos_of(site, the_ticket(site)) == 1)
    assert offsets[0] == "0"
    assert offsets.count("0") == 1
    assert offsets[1] == offsets[2] != "0"


def test_on_a_slow_line_the_alarm_is_there_before_its_photo(
    address: str, phone: Phone, site: Site, photo: Path
) -> None:
    page = phone()
    page.goto(f"{address}/s/sn10-north/report?category=fire.battery_smoke")
    expect(page.locator('a[href="tel:119"]:visible')).to_be_in_viewport()
    page.locator("input[type=file]").set_input_files(photo)
    held: list[Route] = []
    page.route("**/uploads", lambda route: held.append(route))

    page.get_by_role("button", name="发送").click()

    until(page, lambda: bool(held))
    ticket = the_ticket(site)
    assert (ticket.level, photos_of(site, ticket)) == ("P0", 0)
    held[0].continue_()
    page.unroute("**/uploads")
    until(page, lambda: photos_of(site, ticket) == 1)
    page.wait_for_url("**/r/*")


def test_two_tabs_with_one_draft_make_one_alarm(address: str, phone: Phone, site: Site) -> None:
    # P1: nothing but the form's own id tells the server that the two are one.
    first = phone()
    first.goto(f"{address}/s/sn10-north/report")
    first.get_by_text("老人走失", exact=True).click()
    first.fill("#words", "红毛衣")
    first.wait_for_function("cxzOutbox.all().then(all => all.some(one => one.values.words === '红毛衣'))")
    tabs = [first.context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(f"{address}/s/sn10-north/report")
        expect(tab.get_by_label("老人走失")).to_be_checked()
    second, other = tabs

    first.evaluate("send.click()")
    first.wait_for_url("**/r/*")
    second.evaluate("send.click()")
    second.wait_for_url("**/r/*")

    assert [one.level for one in open_tickets(site)] == ["P1"]
    first.go_back()
    expect(first).not_to_have_url(f"{address}/s/sn10-north/report")

    # What is said anew in a third tab is neither swallowed nor spoils what has gone.
    other.fill("#words", "蓝外套，往东走")
    other.evaluate("send.click()")
    other.wait_for_url("**/r/*")
    assert {one.words for one in open_tickets(site)} == {"红毛衣", "蓝外套，往东走"}


def test_a_window_without_storage_says_so_and_still_sends(address: str, phone: Phone, site: Site, photo: Path) -> None:
    page = phone()
    page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined})")
    page.goto(f"{address}/s/sn10-north/report")
    expect(page.locator("#line")).to_contain_text("存不住草稿")
    page.get_by_text("灯不亮", exact=True).click()
    bad = {"name": "text.jpg", "mimeType": "image/jpeg", "buffer": TEXT_NAMED_JPG}
    page.locator("input[type=file]").set_input_files(photo)
    page.locator("input[type=file]").set_input_files(bad)  # type: ignore[arg-type]

    page.get_by_role("button", name="发送").click()

    page.wait_for_url("**/r/*")
    expect(page.locator("main")).to_contain_text("有照片没有带上")
    expect(page.locator("main")).to_contain_text("这个文件不是照片。")
    expect(page.locator(".note--warn").filter(has_text=re.compile("没有?带上"))).to_have_count(1)
    assert photos_of(site, the_ticket(site)) == 1


def test_photos_that_arrive_on_the_receipt_count_there_at_once_and_one_note_says_what_stayed(
    address: str, phone: Phone, site: Site, photo: Path
) -> None:
    page = phone()
    bad = {"name": "text.jpg", "mimeType": "image/jpeg", "buffer": TEXT_NAMED_JPG}
    page.route("**/report-photos", lambda route: route.abort() if "/report" in page.url else route.continue_())
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("灯不亮", exact=True).click()
    page.locator("input[type=file]").set_input_files([photo, photo])
    page.locator("input[type=file]").set_input_files(bad)  # type: ignore[arg-type]
    page.get_by_role("button", name="发送").click()

    page.wait_for_url("**/r/*")
    note = page.locator(".note--warn").filter(has_text=re.compile("没有?带上"))
    expect(note).to_contain_text("1 张照片没带上：这个文件不是照片。可以在回执上补一张。", timeout=30_000)
    expect(page.locator("main")).to_contain_text("2 张，只给处理人员看")
    page.reload()
    expect(note).to_have_count(1)
    assert photos_of(site, the_ticket(site)) == 2


def test_a_lost_person_is_two_taps_and_anything_else_four(address: str, phone: Phone, site: Site, photo: Path) -> None:
    page = phone()
    taps: list[str] = []

    def tap(what: Locator) -> None:
        taps.append(what.inner_text())
        what.tap()

    # One tap on the station's page: its emergencies lead here with the category chosen.
    page.goto(f"{address}/s/sn10-north/report?category=person.lost_elder")
    taps.append("老人走失")
    tap(page.get_by_role("button", name="发送"))
    until(page, lambda: [one.level for one in open_tickets(site)] in (["P0"], ["P1"]))
    page.wait_for_url("**/r/*")
    assert len(taps) == 2

    taps.clear()
    page.goto(f"{address}/s/sn10-north")
    tap(page.get_by_role("link", name="我要上报"))
    tap(page.get_by_text("消防通道被占", exact=True))
    page.locator("input[type=file]").set_input_files(photo)
    taps.append("照片")
    tap(page.get_by_role("button", name="发送"))
    page.wait_for_url("**/r/*")
    expect(page.locator("main")).to_contain_text("已收到")
    assert len(taps) <= 4


def test_a_place_is_pointed_at_and_a_plate_questioned_without_standing_in_the_way(
    address: str, phone: Phone, site: Site
) -> None:
    page = phone()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 31.3538, "longitude": 121.4868, "accuracy": 20})
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("车位被占", exact=True).click()
    page.locator("[name=answer_plate]:visible").fill("沪A1234O")
    page.get_by_text("在图上指").click()
    expect(page.get_by_text("是不是把数字 0 写成了 O")).to_be_visible()
    page.locator(".where__map svg").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.locator("[name=pin]").input_value() == "map,50,0,0"
    page.get_by_role("button", name="用我的位置").click()
    expect(page.get_by_text("小站北约 100 米")).to_be_visible()

    page.get_by_role("button", name="发送").click()

    page.wait_for_url("**/r/*")
    assert the_ticket(site).place == "北门站北约 100 米"


def test_others_saw_it_too_and_enter_is_never_taken_for_me_too(
    address: str, phone: Phone, site: Site, report: Callable[..., Incident]
) -> None:
    first = report(place="北门口")
    page = phone(scripts=False)
    page.goto(f"{address}/s/sn10-north/report?category=facility.light")
    page.fill("#other_place", "二楼")
    page.press("#other_place", "Enter")
    page.wait_for_url("**/r/*")
    assert {one.category for one in open_tickets(site)} == {"parking.fire_lane", "facility.light"}

    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("消防通道被占", exact=True).click()
    page.get_by_role("button", name="我也看到了").click()

    page.wait_for_url("**/r/*")
    with site.store.look() as look:
        assert len(incidents.merged_here(look, first.id)) == 1
