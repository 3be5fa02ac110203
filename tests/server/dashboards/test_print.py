"""On paper: the fullest Monday page is one A4, and on a phone nothing sticks out sideways."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

from gateway.contract.categories import CATEGORIES, GROUPS
from server import stations, topics
from server.dashboards import actions
from server.kit.clock import DAY_MS, beijing
from server.kit.site import Site
from server.staff import COOKIE

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """The site on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)


def crowd(site: Site, clock: Any, report: Any, director: Any) -> None:
    """Every group, every desk overdue, more topics, months and lost screens than there is room for."""
    clock.ahead = -60 * DAY_MS
    for one in CATEGORIES:
        report(one.code, place="非常非常长的地方名字的东侧小花园里面靠近车棚的那一排长椅")
    clock.ahead = 0
    for group in GROUPS:
        code = next(one.code for one in CATEGORIES if one.group == group)
        for _ in range(3):
            report(code, place="非常非常长的地方名字的东侧小花园里面靠近车棚的那一排长椅")
    today = beijing(site.store.clock())
    source = "十二三四五热线月报表和街道转来的信访件一共的"
    with site.store.work() as work:
        for back in range(6):
            months = today.year * 12 + today.month - 1 - back
            month = f"{months // 12}-{months % 12 + 1:02d}"
            actions.enter_complaints(work, director, "sn10", month, "99999", source)
    for number in range(6):
        stations.pair(site, f"kiosk-{number}", "sn10-north", "mqtt://127.0.0.1:1")
        site.mailbox.heard(f"kiosk-{number}", "lost", f"nonce-{number}", 0, site.store.clock() - 9 * DAY_MS)
    topics.propose(site)


def test_the_fullest_page_prints_on_one_a4_and_fits_a_phone(
    browser: Browser, address: str, site: Site, clock: Any, report: Any, staff: Any, enter: Any
) -> None:
    director = staff("director", name="欧阳主任主任主任")
    crowd(site, clock, report, director)
    token = enter(director).cookies[COOKIE]
    context = browser.new_context(viewport={"width": 360, "height": 640})
    context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    page = context.new_page()

    page.goto(f"{address}/desk/monday")
    wide = page.evaluate("document.documentElement.scrollWidth")
    words = page.inner_text("article")
    paper = page.pdf(prefer_css_page_size=True)
    context.close()

    assert "还有" in words
    assert wide <= 360
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
