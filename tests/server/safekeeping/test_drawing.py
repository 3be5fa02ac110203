"""Drawing with a finger, in a real browser as small as a phone."""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, expect, sync_playwright

from server import photos
from server.incidents import Incident
from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.photos import records
from server.staff import COOKIE, Person
from server.staff import records as staff_records
from server.staff.actions import fingerprint
from tests.server.privacy.conftest import jpeg

pytestmark = pytest.mark.browser


@pytest.fixture
def window(site: Site, app: FastAPI, staff: Callable[..., Person]) -> Iterator[Page]:
    """A duty officer's phone on a running site."""
    token, duty = uuid.uuid4().hex, staff("duty")
    with site.store.work() as work:
        staff_records.open_session(work, fingerprint(token), duty.id, work.now + HOUR_MS)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=3))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < until
            time.sleep(0.05)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
            )
            context = chromium.new_context(viewport={"width": 360, "height": 640}, base_url=url, locale="zh-CN")
            context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
            yield context.new_page()
            chromium.close()
        server.should_exit = True
        thread.join(30)


def test_a_box_is_drawn_undone_drawn_again_and_covers_the_photo(
    site: Site, window: Page, report: Callable[..., Incident]
) -> None:
    stored = photos.take(site, jpeg("red"))
    with site.store.work() as work:
        number = photos.keep(work, stored)
    report(photos=(number,))
    with site.store.work() as work:
        records.note_reading(work, number, [(600, 600, 200, 100)])

    window.goto(f"/desk/photos/{number}/blur")
    canvas, drawn = window.locator("#canvas"), window.locator("#drawn")
    expect(canvas).to_be_visible()
    _drag(window, (0.1, 0.1), (0.3, 0.4))
    expect(drawn).not_to_have_value("")
    window.get_by_role("button", name="撤销").click()
    expect(drawn).to_have_value("")
    _drag(window, (0.5, 0.5), (0.2, 0.2))
    window.locator("#mark1").check()
    assert not window.evaluate("document.documentElement.scrollWidth > innerWidth")
    window.get_by_role("button", name="盖住，保存").click()

    expect(window.get_by_text("打好码了")).to_be_visible()
    with site.store.look() as look:
        (deed,) = records.deeds(look, number)
    assert deed["boxes"] == 2


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.locator("#canvas").scroll_into_view_if_needed()
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=3)
    page.mouse.up()
