"""An evening at 360 × 640: a profile, a newer notice, a receipt for points, a code for a raincoat, away again."""

import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Page, expect, sync_playwright

from gateway.contract import vouchers as contract
from server import profiles, stations
from server.kit.site import Site
from server.points import records as point_records
from server.vouchers import records

from ..conftest import ReportFactory, StaffFactory, WalkFactory
from .conftest import Screen

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DEADLINE_S = 30
TOO_SMALL = """() => [...document.querySelectorAll('a, button, summary, select, input:not([type=hidden])')]
  .map((one) => [one, one.matches('input') && one.closest('label') || one])
  .filter(([one, target]) => target.getClientRects().length && target.getBoundingClientRect().height < 44)
  .map(([one]) => 'too small for a thumb: ' + one.outerHTML.slice(0, 80))"""


@pytest.fixture
def address(app: FastAPI, site: Site) -> Iterator[str]:
    """The demo site on a free port, which is also what it takes for its public address."""
    site.demo = True
    with socket.create_server(("127.0.0.1", 0)) as listener:
        site.public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        end = time.monotonic() + DEADLINE_S
        while not server.started:
            assert time.monotonic() < end
            time.sleep(0.01)
        yield site.public_url
        server.should_exit = True
        thread.join(DEADLINE_S)


@pytest.fixture
def pages() -> Iterator[list[Page]]:
    """Two phones, each with a memory of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        phone = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
        yield [browser.new_context(**phone).new_page() for _ in range(2)]  # type: ignore[arg-type]
        browser.close()


@pytest.mark.browser
def test_an_evening_from_the_first_code_to_the_last_button(
    address: str, pages: list[Page], site: Site, report: ReportFactory, staff: StaffFactory, walk: WalkFactory,
    screen: Screen,
) -> None:  # fmt: skip
    page, new = pages
    axe, found = Axe(), {}

    def look(name: str, where: Page = page) -> None:
        where.evaluate("document.querySelectorAll('details').forEach(function (one) { one.open = true; })")
        result = axe.run(where).response["violations"]
        found[name] = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in result]
        if where.evaluate("document.documentElement.scrollWidth > 360"):
            found[name].append("wider than the phone")
        found[name] += where.evaluate(TOO_SMALL)

    duty, guard = staff("duty"), staff("prop_guard")
    incident = report(words="白车")
    page.goto(f"{address}/me")
    look("sign_in")
    page.get_by_label("手机号").fill("138 0013 8000")
    page.get_by_role("button", name="发验证码").click()
    look("code")
    code = page.locator(".demo .big").inner_text()
    page.get_by_label("6 位验证码").fill("000000" if code != "000000" else "111111")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    page.get_by_label("6 位验证码").fill(code)
    page.get_by_role("button", name="登录").click()
    look("name")
    page.get_by_label("昵称", exact=True).fill("夜猫子")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="开通").click()
    look("home")

    with site.store.work() as work:
        work.run("update privacy_consents set version = 1")
    page.goto(f"{address}/me/points")
    expect(page.get_by_role("heading", name="隐私说明改了")).to_be_visible()
    look("ask")
    page.locator("#card").get_by_role("link", name="不同意，关掉这一项").click()
    look("refuse")
    page.get_by_role("button", name="关掉，清掉").click()
    page.locator("#profile").get_by_role("button", name="同意").click()
    page.locator("#points").get_by_role("button", name="同意").click()
    page.get_by_label("有回执？").fill(incident.receipt.upper())
    page.get_by_role("button", name="记分").click()
    expect(page.get_by_role("status")).to_contain_text("已记上，核实后记分")
    look("put")
    walk(incident, duty, "file", "dispatch")
    walk(incident, guard, "done")
    walk(incident, duty, "verify")
    with site.store.work() as work:
        rider = profiles.known(work, "13800138000")
        assert rider is not None
        point_records.add(work, rider, "sn10", 40, "award", "灯不亮：核实了")
        profiles.visited(work, profiles.Rider(rider, "夜猫子", "13800138000", True, 0, 0), "sn10-north")
    page.reload()
    expect(page.locator(".sum")).to_contain_text("45")
    expect(page.get_by_role("status")).to_contain_text("已记上，5 分")
    look("points")
    page.goto(f"{address}/me/month")
    look("month")

    page.goto(f"{address}/me/vouchers")
    look("choose")
    page.get_by_role("button", name="换一件").click()
    look("voucher")
    digits = re.sub(r"\D", "", page.locator(".voucher").inner_text())
    with site.store.look() as work:
        key = stations.get(work, "sn10-north").presence_key
        given = work.row("select * from vouchers")
        taken = contract.find(key, "sn10-north", digits, work.now)
    assert given is not None and taken is not None
    assert (taken.step, taken.number) == (given["step"], given["number"])
    with site.store.look() as work:
        voucher = records.get(work, given["id"])
    assert voucher is not None
    screen.tell(voucher, "by_hand")
    page.reload()
    expect(page.get_by_text("请向值班员领取")).to_be_visible()
    expect(page.get_by_text(f"尾号 {digits[-2:]}").first).to_be_visible()
    look("by_hand")

    page.goto(f"{address}/me")
    page.get_by_role("button", name="搬到新手机").click()
    look("move_out")
    new.goto(page.locator(".address").inner_text())
    look("move_in", new)
    new.get_by_role("button", name="登录").click()
    expect(new.get_by_role("heading", name="夜猫子")).to_be_visible()
    new.goto(f"{address}/me/phones")
    look("phones", new)
    new.goto(f"{address}/me/data")
    look("copy", new)
    new.goto(f"{address}/me/leave")
    look("leave", new)
    new.get_by_role("button", name="删除，不留").click()
    look("left", new)
    page.goto(f"{address}/me")

    expect(page.get_by_label("手机号")).to_be_visible()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
