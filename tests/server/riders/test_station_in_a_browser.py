"""The station's page on a small phone: it keeps itself true, rests when hidden, and one tap survives a cut cable."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import esprima
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Page, Request, expect, sync_playwright

from server import incidents, riders, stations
from server.kit.site import Site
from server.stations import Written

from .conftest import eventually

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FIRST_PAGE_BYTES = 40_000
PATIENCE_MS = 30_000
HIDE = """hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
document.dispatchEvent(new Event('visibilitychange')); }"""


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


@pytest.fixture
def page() -> Iterator[Page]:
    """A phone of 360 × 640; an error in a page's own script fails the test."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
        context.set_default_timeout(PATIENCE_MS)
        made = context.new_page()
        made.on("pageerror", lambda error: errors.append(str(error)))
        yield made
        browser.close()
    assert errors == []


def test_the_page_stays_true_rests_when_hidden_and_keeps_a_tap_through_a_cut_cable(
    address: str, page: Page, site: Site
) -> None:
    with site.store.work() as work:
        stations.edit(work, "sn10-north", Written(opening="全天", address="长" * 60, name="长" * 20), "陈主任")
        stations.say(work, "sn10-north", "microwave", "broken", "长" * 30, "王值班")
    sizes: list[int] = []
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/now?" in request.url:
            asked.append(request.url)

    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.on("request", note)
    page.clock.install()

    page.goto(f"{address}/s/sn10-north", wait_until="networkidle")
    page.wait_for_function("document.readyState === 'complete'")  # lets what was noted meanwhile be counted
    assert 0 < sum(sizes) <= FIRST_PAGE_BYTES
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("link", name="我要上报")).to_be_in_viewport()
    expect(page.get_by_text("现在开着")).to_be_in_viewport()
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found] == []

    # What changes is there after the next look.
    with site.store.work() as work:
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", work.now + 1, "kiosk")
    page.clock.run_for(3_500)
    expect(page.locator(".thing--empty")).to_contain_text("用完了")

    # Hidden, it asks for nothing; shown again, at once.
    page.evaluate(HIDE, True)
    page.clock.run_for(500)
    before = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == before
    page.evaluate(HIDE, False)
    eventually(lambda: (page.wait_for_timeout(20), len(asked) > before)[1])

    # One tap with the cable out is kept, said, and delivered by itself.
    page.route("**/report", lambda route: route.abort())
    page.get_by_role("button", name="充不了电").click()
    expect(page.get_by_text("还没发出去，已替你存好")).to_be_visible()
    page.unroute("**/report")
    # The next try is set when the last one has ended, whenever that is on this machine.
    eventually(lambda: (page.clock.run_for(3_000), page.get_by_role("link", name="看回执").is_visible())[1])
    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"])
    assert ticket.words == "充不了电"


def test_the_script_of_the_station_page_runs_on_an_old_phone() -> None:
    script = Path(riders.__file__).parent / "static" / "station.js"

    esprima.parseScript(script.read_text("utf-8"))
