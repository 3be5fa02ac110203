"""Every rider's page at 360 × 640 under axe, and the story of a receipt that is kept on the phone; in one browser."""

import io
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from server import certificates, incidents, questions
from server.incidents import Incident
from server.kit.site import Site

from ..conftest import ReportFactory, StaffFactory, WalkFactory
from .conftest import eventually

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 30_000
UNFOLD = """
document.querySelectorAll('details').forEach(function (one) { one.open = true; });
document.querySelectorAll('.more__pick').forEach(function (one) { one.checked = true; });
"""
DELIVERED = """
receipt => window.cxzOutbox.keep(
    {id: 'abcdefgh', state: 'sent', receipt: receipt, tapped: Date.now(), at: Date.now(), fields: [], photos: [],
     sentence: ''}
)
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield made
        made.close()


@pytest.fixture
def address(app: FastAPI, site: Site) -> Iterator[str]:
    """The site on a free port, which is also what it takes for its public address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        site.public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        eventually(lambda: server.started)
        yield site.public_url
        server.should_exit = True
        thread.join(30)


Phone = Callable[[], Page]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Phone]:
    """A phone with an empty memory; an error in a page's own script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make() -> Page:
        context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


def violations(axe: Axe, page: Page) -> list[str]:
    """What axe has against this page, a line each: rule, how many times, the first place."""
    found = axe.run(page).response["violations"]
    return [f"{one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['html'][:160]}" for one in found]


def test_axe_has_nothing_against_any_page_of_a_rider(
    address: str, phone: Phone, site: Site, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    duty, director = staff("duty"), staff("director")
    fresh, asked, refused = report(words="白色轿车"), report("facility.light"), report("parking.road_block")
    helped = report("person.lost_elder")
    walk(helped, duty, "file", "dispatch", "done", desk="volunteer")
    walk(helped, director, "verify")
    walk(helped, director, "close", reply="阿婆到家了", letter="谢谢你停下来")
    walk(refused, duty, "reject")
    with site.store.work() as work:
        question = questions.ask(work, asked.id, duty, "灯还黑着吗", ["还黑着", "亮了"])
    outside = report("hazard.manhole")
    walk(outside, duty, "file", "dispatch")
    with site.store.work() as work:
        link = questions.engage(work, outside.id, duty, body="市政养护", asks="请去看看", days=3)
        certificate = certificates.grant(site, work, helped.id, director)
    page, axe, found = phone(), Axe(), {}

    for path in (
        "/", "/s/sn10-north", "/s/sn10-north/thanks", "/s/sn10-north/report",
        "/s/sn10-north/report?category=fire.open_flame",
        f"/r/{fresh.receipt}?new=1", f"/r/{asked.receipt}", f"/r/{refused.receipt}", f"/r/{helped.receipt}",
        f"/r/{fresh.receipt}/add", f"/r/{fresh.receipt}/retract", f"/r/{refused.receipt}/retract", "/mine",
        questions.address(site, "q", question.id).removeprefix(address),
        questions.address(site, "o", link.id).removeprefix(address),
        "/c", f"/c/{certificate.code}", "/certificates", "/privacy", "/privacy?s=sn10-north",
        "/r/abcdefghjkmn", "/s/nowhere",
        "/nowhere", f"/r/{helped.receipt}/name",
    ):  # fmt: skip
        page.goto(address + path)
        page.evaluate(UNFOLD)
        if path == "/mine":
            expect(page.locator("#mine-list li")).to_contain_text("已收到")
        found[path] = violations(axe, page)

    assert {path: lines for path, lines in found.items() if lines} == {}
    assert page.title()


def test_a_receipt_is_kept_on_the_phone_followed_there_and_taken_off(
    address: str, phone: Phone, site: Site, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    ticket, other = report("facility.light"), report()
    page = phone()
    page.clock.install()

    def goes_to(incident: Incident, query: str = "") -> None:
        page.goto(f"{address}/r/{incident.receipt}{query}")

    goes_to(ticket, "?new=1")
    expect(page.get_by_text("已记在这台手机上")).to_be_visible()
    assert page.url == f"{address}/r/{ticket.receipt}"

    goes_to(other)
    expect(page.locator("#kept")).to_be_hidden()
    page.get_by_role("button", name="记在这台手机上").click()
    page.get_by_text("链接和二维码").click()
    expect(page.locator("#link")).to_have_text(f"{address}/r/{other.receipt}")
    picture = page.get_by_alt_text("这张回执的二维码")
    expect(picture).to_be_visible()
    eventually(lambda: picture.evaluate("image => image.complete && image.naturalWidth > 0"))
    scanned = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())))
    assert [one.text for one in scanned] == [f"{address}/r/{other.receipt}"]
    page.get_by_role("button", name="复制链接").click()
    expect(page.locator("#copy")).to_have_text("已复制")

    page.get_by_role("link", name="我的上报").first.click()
    rows = page.locator("#mine-list li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("已收到")

    walk(other, staff("duty"), "file")
    page.clock.fast_forward(35_000)
    expect(rows.nth(0)).to_contain_text("已立案")

    rows.nth(1).get_by_role("button").click()
    expect(rows).to_have_count(1)

    # What was delivered while another page was open comes along, once.
    third = report("environment.garbage")
    page.evaluate(DELIVERED, f"/r/{third.receipt}?new=1")
    page.reload()
    expect(rows).to_have_count(2)
    rows.filter(has_text="垃圾").get_by_role("button").click()
    page.reload()
    expect(rows).to_have_count(1)

    page.get_by_role("button", name="全部移除").click()
    page.get_by_role("button", name="再点一次").click()
    expect(page.get_by_text("还没有记下回执")).to_be_visible()
    with site.store.look() as look:
        assert incidents.by_receipt(look, ticket.receipt).state == "reported"
