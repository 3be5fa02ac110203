"""What a cheap phone on a bad line does to the pages: scripts that stay away, no storage, refusals, full disks."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from server import additions, questions, stations
from server.incidents import Incident
from server.kit.clock import MINUTE_MS
from server.kit.site import Site

from ..conftest import ReportFactory, StaffFactory
from .conftest import jpeg
from .test_browser import Phone, address, browser, phone, photo, the_ticket
from .test_report_in_a_browser import open_tickets, photos_of, until

__all__ = ["address", "browser", "phone", "photo"]

DEAF = "IDBFactory.prototype.open = () => ({})"
FULL = "void (IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); })"
WATCHED = """void (window.straight = fetch, window.fetch = (to, what) => {
window.posted = what.body.get('photos').size; return straight(to, what); })"""
SEND = "发送"
OVERTAKEN_S = 20
"""Less than the half minute after which a line that says nothing is given up anyway."""


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A photo that costs nobody time."""
    path = tmp_path / "small.jpg"
    path.write_bytes(jpeg())
    return path


def newest(site: Site) -> Incident:
    return max(open_tickets(site), key=lambda one: one.id)


def send_anew(page: Page, address: str, label: str, photo: Path | None = None) -> None:
    """Open the form, choose, send, and arrive at the receipt."""
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text(label, exact=True).click()
    if photo:
        page.locator("input[type=file]").set_input_files(photo)
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/r/*")


def test_a_script_that_does_not_arrive_costs_no_report(address: str, phone: Phone, site: Site, snapshot: Path) -> None:
    page = phone()
    for name, label, picture in (
        ("outbox", "着火了", snapshot),
        ("shrink", "灯不亮", snapshot),
        ("where", "有人受伤", None),
        ("report", "楼道停车充电", None),
    ):
        page.route(f"**/static/{name}.*.js", lambda route: route.abort())
        send_anew(page, address, label, picture)
        page.unroute(f"**/static/{name}.*.js")
        if picture:
            until(page, lambda: photos_of(site, newest(site)) == 1)

    # What breaks in the middle of sending lets the plain form go, with the photo.
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("垃圾", exact=True).click()
    page.locator("input[type=file]").set_input_files(snapshot)
    page.evaluate("void (cxzOutbox.keep = () => Promise.reject(new Error('broken')))")
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/r/*")
    assert photos_of(site, newest(site)) == 1
    assert len(open_tickets(site)) == 5


def test_a_storage_that_never_answers_holds_back_neither_an_alarm_nor_a_tap(
    address: str, phone: Phone, site: Site
) -> None:
    page = phone()
    page.add_init_script(DEAF)

    send_anew(page, address, "着火了")
    page.goto(f"{address}/s/sn10-north")
    page.get_by_role("button", name="雨衣没了").click()
    expect(page).to_have_url(re.compile("/r/"))

    assert {one.category for one in open_tickets(site)} == {"fire.open_flame", "station.supply_empty"}


def test_a_full_phone_says_at_once_that_it_keeps_nothing_and_never_that_it_does(
    address: str, phone: Phone, site: Site, snapshot: Path
) -> None:
    page = phone()
    page.goto(f"{address}/s/sn10-north/report")
    page.evaluate(FULL)
    page.get_by_text("灯不亮", exact=True).click()
    expect(page.locator("#line")).to_contain_text("存不住草稿")
    page.locator("input[type=file]").set_input_files(snapshot)
    expect(page.locator("#previews img")).to_have_count(1)
    expect(page.locator("#line")).to_contain_text("存不住草稿")

    page.context.set_offline(True)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator("#line")).to_contain_text("没存住，只在这一页里，先别关")
    expect(page.locator("#line")).not_to_contain_text("已替你存好")
    # Its clock, a year ahead, is put right meanwhile: how long it waited is anybody's guess.
    page.evaluate("void (window.ahead = Date.now, Date.now = () => ahead() - 31536000000)")
    page.context.set_offline(False)

    page.wait_for_url("**/r/*")
    ticket = the_ticket(site)
    assert (photos_of(site, ticket), ticket.estimated) == (1, True)
    assert ticket.received - ticket.at < MINUTE_MS


def test_a_word_an_answer_and_a_check_in_outlive_a_cut_line(
    address: str, phone: Phone, site: Site, report: ReportFactory, staff: StaffFactory, photo: Path
) -> None:
    incident, duty = report(), staff("duty")
    with site.store.work() as work:
        questions.ask(work, incident.id, duty, "灯在哪一层？")
    page = phone()
    page.goto(f"{address}/r/{incident.receipt}/add")
    page.get_by_label("想补充的话").fill("车牌看清了")
    page.locator("input[type=file]").set_input_files(photo)
    page.evaluate(WATCHED)
    page.context.set_offline(True)
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("status").filter(has_text="未送达")).to_contain_text("写的和照片都还在这一页")
    expect(page.get_by_label("想补充的话")).to_have_value("车牌看清了")
    expect(page.get_by_role("button", name="再发一次")).to_be_visible()
    assert 0 < page.evaluate("posted") < photo.stat().st_size
    page.context.set_offline(False)
    page.wait_for_url(f"**/r/{incident.receipt}?added=1*")
    with site.store.look() as look:
        assert [(one.words, one.photos) for one in additions.of(look, incident.id)] == [("车牌看清了", 1)]

    page.context.set_offline(True)
    page.get_by_label("你的回答").fill("三楼")
    page.get_by_role("button", name=SEND).first.click()
    expect(page.get_by_role("status").filter(has_text="未送达")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#said")).to_contain_text("三楼")

    page.goto(f"{address}/s/sn10-north")
    page.context.set_offline(True)
    page.get_by_role("button", name="到站打卡").click()
    expect(page.get_by_text("没发出去，再点一次")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="到站打卡").click()
    page.wait_for_url("**/thanks*")
    with site.store.look() as look:
        assert look.value("select count(*) from checkins") == 1


def test_a_word_that_was_being_written_is_there_again_and_a_refusal_keeps_it(
    address: str, phone: Phone, report: ReportFactory
) -> None:
    incident = report()
    page = phone()
    page.goto(f"{address}/r/{incident.receipt}/add")
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_contain_text("请写一句")
    page.get_by_label("想补充的话").fill("还在")

    page.reload()

    expect(page.get_by_label("想补充的话")).to_have_value("还在")
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/r/*added=1*")
    page.goto(f"{address}/r/{incident.receipt}/add")
    expect(page.get_by_label("想补充的话")).to_have_value("")


def test_after_a_refusal_an_alarm_still_goes_and_a_retired_station_hands_on(
    address: str, phone: Phone, site: Site, report: Callable[..., Incident]
) -> None:
    report(place="北门口")
    page = phone()
    held: list[Route] = []
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("消防通道被占", exact=True).click()
    page.route("**/report", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("button", name="我也看到了")).to_be_disabled()
    until(page, lambda: bool(held))
    held[0].fulfill(status=429, json={"sentence": "今天报得太多了，急事照样能发。"})
    page.unroute("**/report")
    expect(page.locator("#line")).to_contain_text("急事照样能发")
    expect(page.get_by_role("button", name="我也看到了")).to_be_enabled()
    page.get_by_text("着火了", exact=True).click()
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/r/*")
    assert newest(site).level == "P0"

    for label, tap in (("灯不亮", True), ("有人受伤", False)):
        page.goto(f"{address}/s/sn10-north/report")
        page.get_by_text(label, exact=True).click()
        page.evaluate("document.querySelector('[name=pin]').value = 'map,0,20,0'")
        with site.store.work() as work:
            stations.retire(work, "sn10-north", "搬走了", "陈主任")
        page.get_by_role("button", name=SEND).click()
        if tap:
            expect(page.locator("#line")).to_contain_text("北门站已经停用了")
            page.get_by_role("button", name="报给东门站").click()
        page.wait_for_url("**/r/*")
        assert newest(site).station == "sn10-east"
        assert "东门站北约 220 米" in newest(site).place
        with site.store.work() as work:
            work.run("update stations set retired = null")


def test_a_server_without_room_says_so_and_keeps_no_alarm_waiting_for_a_photo(
    address: str, phone: Phone, site: Site, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = phone()
    with monkeypatch.context() as full:
        full.setattr("server.uploads.rules.LEFT_FREE", 1 << 60)
        page.goto(f"{address}/s/sn10-north/report")
        page.get_by_text("更多类别").click()
        page.get_by_text("井盖坏了", exact=True).click()
        page.locator("input[type=file]").set_input_files(snapshot)
        page.get_by_role("button", name=SEND).click()
        page.get_by_role("button", name="看回执").click()
        page.wait_for_url("**/r/*")
        assert [(one.level, photos_of(site, one)) for one in open_tickets(site)] == [("P1", 0)]
        expect(page.get_by_role("status").filter(has_text="暂时存不下照片了")).to_be_visible()
    page.get_by_role("button", name="现在再发").click()
    until(page, lambda: photos_of(site, the_ticket(site)) == 1)


def test_an_alarm_overtakes_the_photos_and_the_words_of_whatever_was_sent_before(
    address: str, phone: Phone, site: Site, snapshot: Path
) -> None:
    page = phone()
    held: list[Route] = []
    page.route("**/uploads/*", lambda route: held.append(route))
    send_anew(page, address, "灯不亮", snapshot)
    page.goto(f"{address}/s/sn10-north/report")
    until(page, lambda: len(held) > 1)
    page.get_by_text("着火了", exact=True).click()
    page.get_by_role("button", name=SEND).click()
    until(page, lambda: newest(site).category == "fire.open_flame", OVERTAKEN_S)
    page.wait_for_url("**/r/*")

    def line(route: Route) -> None:
        if "environment.garbage" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/report", line)
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("垃圾", exact=True).click()
    before = len(held)
    page.get_by_role("button", name=SEND).click()
    until(page, lambda: len(held) > before)
    page.goto(f"{address}/s/sn10-north/report")
    until(page, lambda: len(held) > before + 1)
    page.get_by_text("有人受伤", exact=True).click()
    page.get_by_role("button", name=SEND).click()
    until(page, lambda: newest(site).category == "person.injury", OVERTAKEN_S)
    page.unroute_all(behavior="ignoreErrors")
