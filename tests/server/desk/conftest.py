"""The site on a real server, for whatever stays connected, and a browser to look at it."""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from server import incidents
from server.incidents import Incident
from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.staff import COOKIE, Person
from server.staff import records as staff_records
from server.staff.actions import fingerprint

PATIENCE_S = 30.0
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 30_000

expect.set_options(timeout=PATIENCE_MS)


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as it holds; fail when it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """The site on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE_S)


SessionFactory = Callable[[Person], str]


@pytest.fixture
def session(site: Site) -> SessionFactory:
    """The cookie's value for somebody who has just logged in."""

    def make(person: Person) -> str:
        token = uuid.uuid4().hex
        with site.store.work() as work:
            staff_records.open_session(work, fingerprint(token), person.id, work.now + HOUR_MS)
        return token

    return make


@pytest.fixture(scope="module")  # two of them at once quarrel over one event loop
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield made
        made.close()


DeskFactory = Callable[..., Page]


@pytest.fixture
def desk(browser: Browser, address: str, session: SessionFactory) -> Iterator[DeskFactory]:
    """`desk(person, "/desk?tab=all")`: an open page; an error in its script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(person: Person, path: str = "/desk", *, width: int = 1440, scripts: bool = True) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": COOKIE, "value": session(person), "url": address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}{path}")
        if scripts:
            expect(page.locator("#live")).to_have_text("实时")
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


class TicketPage:
    """Somebody at the ticket's page."""

    def __init__(self, site: Site, browser: TestClient, ticket: Incident) -> None:
        self.site, self.browser, self.ticket = site, browser, ticket
        self.here = f"/desk/incidents/{ticket.id}"

    @property
    def page(self) -> str:
        return unescape(self.browser.get(self.here).text)

    @property
    def now(self) -> Incident:
        with self.site.store.look() as look:
            found = incidents.get(look, self.ticket.id)
        assert found is not None
        return found

    def send(self, move: str, *, version: int | None = None, **typed: Any) -> Any:
        data = {"version": self.now.version if version is None else version, **typed}
        return self.browser.post(f"{self.here}/{move}", data=data, follow_redirects=False)

    def answer(self, answer: str, **typed: str) -> Any:
        with self.site.store.look() as look:
            asked = incidents.requests_of(look, self.ticket.id)[-1]
        return self.browser.post(f"{self.here}/requests/{asked.id}/{answer}", data=typed, follow_redirects=False)


@pytest.fixture
def at(site: Site, enter: Any) -> Any:
    """`at(person, ticket)`."""
    return lambda person, ticket: TicketPage(site, enter(person), ticket)


@pytest.fixture
def duty(staff: Any) -> Person:
    person: Person = staff("duty", name="王值班")
    return person


@pytest.fixture
def director(staff: Any) -> Person:
    person: Person = staff("director", name="周主任")
    return person


@pytest.fixture
def filed(report: Any, walk: Any, duty: Person) -> Incident:
    made: Incident = walk(report(place="3号楼", words="白车 沪A12345"), duty, "file")
    return made
