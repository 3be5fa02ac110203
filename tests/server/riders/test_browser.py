"""The rider's pages in a real browser at 360 × 640: without scripts, with them, and with the cable out."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from server import incidents, questions
from server.kit.site import Site

from ..conftest import ReportFactory, StaffFactory, WalkFactory
from .conftest import eventually

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
FIRST_PAGE_BYTES = 40_000
REPORT_PAGE_BYTES = 60_000
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield made
        made.close()


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """The site on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        eventually(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)


Phone = Callable[..., Page]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Phone]:
    """`phone()` or `phone(scripts=False)`; an error in a page's own script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": 360, "height": 640}, java_script_enabled=scripts, has_touch=True, is_mobile=True
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A camera's JPEG that lies on its side, with a time and a place."""
    path = tmp_path / "street.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 21.0, 10.0), 3: "E", 4: (121.0, 29.0, 12.0)})
    exif.get_ifd(0x8769).update({0x9003: "2026:03:16 12:19:00"})
    noise = Image.effect_noise((2400, 1800), 60).convert("RGB")
    noise.save(path, "JPEG", quality=90, exif=exif)
    return path


def the_ticket(site: Site) -> incidents.Incident:
    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"])
        return ticket


def the_photo(site: Site) -> dict[str, object]:
    with site.store.look() as look:
        (row,) = look.rows("select * from photos")
        return row


def test_the_first_page_is_light_and_asks_no_other_host(address: str, phone: Phone) -> None:
    page = phone()
    sizes: list[int] = []
    hosts: set[str] = set()
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

    page.goto(f"{address}/s/sn10-north", wait_until="networkidle")
    first = sum(sizes)
    page.context.clear_cookies()
    page.goto(f"{address}/s/sn10-north/report", wait_until="networkidle")

    assert hosts == {address.removeprefix("http://")}
    assert 0 < first <= FIRST_PAGE_BYTES
    # Together with what both pages share.
    assert first < sum(sizes) <= REPORT_PAGE_BYTES


def test_no_page_is_wider_than_a_small_phone(
    address: str, phone: Phone, report: Callable[..., incidents.Incident]
) -> None:
    page = phone()
    receipt = report(words="w" * 300, place="p" * 80).receipt

    for path in (
        "/",
        "/s/sn10-north",
        "/s/sn10-north/report",
        "/s/sn10-north/thanks",
        "/s/x" + "y" * 60,
        f"/r/{receipt}",
    ):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_a_question_is_answered_with_one_tap_and_without_scripts(
    address: str, phone: Phone, site: Site, report: ReportFactory, staff: StaffFactory
) -> None:
    incident, duty = report(), staff("duty")
    with site.store.work() as work:
        questions.ask(work, incident.id, duty, "车还在吗？", ("还在", "不在了"))
    page = phone(scripts=False)
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(f"{address}/r/{incident.receipt}", wait_until="networkidle")
    expect(page.get_by_role("button", name="不在了")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert 0 < sum(sizes) <= FIRST_PAGE_BYTES

    page.get_by_role("button", name="不在了").click()

    expect(page.locator("#said")).to_contain_text("不在了")
    with site.store.look() as look:
        assert incidents.history(look, incident.id)[-1].note == "不在了"


def test_a_receipt_brings_a_question_and_takes_nothing_away_while_somebody_writes(
    address: str, phone: Phone, site: Site, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    incident, duty = report(), staff("duty")
    page = phone()
    page.clock.install()
    page.goto(f"{address}/r/{incident.receipt}")
    with site.store.work() as work:
        questions.ask(work, incident.id, duty, "灯在哪一层？")
    page.clock.fast_forward(15_000)
    page.get_by_label("你的回答").fill("三楼")

    walk(incident, duty, "file")
    with page.expect_response("**/r/*") as looked:
        page.clock.fast_forward(15_000)
    assert looked.value.status == 200

    expect(page.get_by_label("你的回答")).to_have_value("三楼")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#said")).to_contain_text("三楼")
    expect(page.locator("#head")).to_contain_text("已立案")


def test_an_outside_body_works_through_its_link_without_scripts(
    address: str, phone: Phone, site: Site, report: ReportFactory, staff: StaffFactory, walk: WalkFactory, photo: Path
) -> None:
    duty = staff("duty")
    incident = walk(report("facility.light", words="w" * 300, place="p" * 80), duty, "file", "dispatch")
    with site.store.work() as work:
        link = questions.engage(work, incident.id, duty, body="供电公司" * 8, asks="换灯" * 100, days=3)
    page = phone(scripts=False)
    page.goto(questions.address(site, "o", link.id).replace(site.public_url, address))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.get_by_role("button", name="收到").click()
    page.get_by_label("怎么办好的").fill("换好了")
    page.locator("input[type=file]").first.set_input_files(photo)
    page.get_by_role("button", name="告诉居委办好了").click()

    expect(page.locator("main")).to_contain_text("会有人来核查")
    with site.store.look() as look:
        done = incidents.get(look, incident.id)
        assert done is not None
        assert (done.state, len(incidents.photos(look, incident.id))) == ("done", 1)


def test_a_rider_without_scripts_reports_with_a_photo(address: str, phone: Phone, site: Site, photo: Path) -> None:
    page = phone(scripts=False)
    page.goto(f"{address}/s/sn10-north")
    page.get_by_role("link", name="我要上报").click()
    page.get_by_text("消防通道被占", exact=True).click()
    page.get_by_role("radio", name="北门口").check()
    page.locator("input[type=file]").set_input_files(photo)

    page.get_by_role("button", name="发送").click()

    page.wait_for_url("**/r/*")
    expect(page.locator("main")).to_contain_text("已收到")
    assert the_ticket(site).place == "北门口"
    assert the_photo(site)["height"] > the_photo(site)["width"]  # type: ignore[operator]


def test_without_scripts_the_number_to_call_appears_and_sending_stays_in_reach(address: str, phone: Phone) -> None:
    page = phone(scripts=False)
    page.goto(f"{address}/s/sn10-north/report")

    page.get_by_text("着火了", exact=True).click()

    expect(page.locator('a[href="tel:119"]:visible')).to_be_in_viewport()
    expect(page.get_by_role("button", name="发送")).to_be_in_viewport()


def test_no_photo_is_asked_for_where_a_person_would_be_shown(address: str, phone: Phone) -> None:
    page = phone(scripts=False)
    page.goto(f"{address}/s/sn10-north/report")

    page.get_by_text("小孩独自一人", exact=True).click()

    expect(page.locator("input[type=file]")).to_be_hidden()
    expect(page.get_by_text("照片", exact=True)).to_be_hidden()


def test_rare_categories_unfold_without_scripts(address: str, phone: Phone) -> None:
    page = phone(scripts=False)
    page.goto(f"{address}/s/sn10-north/report")
    expect(page.get_by_text("盲道被占")).to_be_hidden()

    page.get_by_text("更多类别").click()

    expect(page.get_by_text("盲道被占")).to_be_visible()


def test_with_scripts_the_photo_is_shrunk_upright_and_keeps_its_hints(
    address: str, phone: Phone, site: Site, photo: Path
) -> None:
    page = phone()
    page.goto(f"{address}/s/sn10-north/report")
    page.get_by_text("消防通道被占", exact=True).click()
    page.locator("input[type=file]").set_input_files([photo, photo])
    expect(page.locator("#previews img")).to_have_count(2)
    page.locator("#previews button").first.click()
    expect(page.locator("#previews img")).to_have_count(1)
    sent: list[int] = []
    page.on("requestfinished", lambda request: sent.append(request.sizes()["requestBodySize"]))

    page.get_by_role("button", name="发送").click()

    page.wait_for_url("**/r/*")
    stored = the_photo(site)
    assert (stored["width"], stored["height"]) == (1200, 1600)
    assert stored["taken"] == "2026-03-16T12:19:00"
    assert round(float(str(stored["lat"])), 3) == 31.353
    assert max(sent) < photo.stat().st_size


def test_an_open_receipt_keeps_itself_up_to_date(
    address: str, phone: Phone, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    incident = report()
    page = phone()
    page.clock.install()
    page.goto(f"{address}/r/{incident.receipt}")

    walk(incident, staff("duty"), "file")
    page.clock.fast_forward(15_000)

    expect(page.locator("#head")).to_contain_text("已立案")
