"""A command's page keeps itself true while somebody looks at it, on a phone."""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import expect, sync_playwright

from gateway.orders import Orders
from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.staff import COOKIE
from server.staff import records as staff_records
from server.staff.actions import fingerprint

PATIENCE_S = 30


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def address(app: FastAPI, orders: Orders) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE_S)


def test_an_officer_sees_the_box_open_without_touching_the_page(
    site: Site, address: str, staff: Any, answer: Any
) -> None:
    token, errors = uuid.uuid4().hex, []
    person = staff("duty")
    with site.store.work() as work:
        staff_records.open_session(work, fingerprint(token), person.id, work.now + HOUR_MS)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        context = browser.new_context(viewport={"width": 360, "height": 740})
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}/desk/commands/new?station=sn10-north&name=open_box")
        page.get_by_label("有人受伤").check(force=True)
        page.get_by_role("button", name="现在打开").click()
        expect(page.locator("#order")).to_contain_text("排队", timeout=1000 * PATIENCE_S)
        until(lambda: site.live.listening > 0)
        wide = page.evaluate("document.documentElement.scrollWidth")

        command = page.url.rpartition("/")[2]
        site.mailbox.heard("kiosk-01", "ready", "nonce-1", 0, 1)
        answer(command, "accepted")
        answer(command, "done")

        expect(page.locator(".command__stage")).to_contain_text("做完了", timeout=1000 * PATIENCE_S)
        browser.close()
    assert wide <= 360
    assert errors == []
