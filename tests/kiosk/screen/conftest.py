"""A small agent with a memory, the app around it, and a browser before the real pages."""

import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.testclient import TestClient

from gateway.contract import receipts
from gateway.contract.categories import CATEGORIES
from kiosk.agent.view import Amenity, Letter, Line, NotAccepted, Notice, NotSaved, Saved, Tile, View
from kiosk.agent.vouchers import Redeemed
from kiosk.screen import create

DEADLINE_S = 30
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HOME = View(
    station="sn10-north",
    name="北门站",
    community="淞南十村",
    duty_phone="021-5555-0110",
    line=Line.ONLINE,
    backlog=0,
    clock_ok=True,
    now_ms=1_795_357_452_000,  # 2026-11-22 22:24:12 in Beijing
    qr_url="http://127.0.0.1:8000/s/sn10-north?c=ab3dkx7m",
    qr_remaining_ms=18_000,
    tiles=tuple(
        Tile(one.code, one.label, one.icon, one.group, str(one.level), one.calls, one.advice)
        for one in CATEGORIES
        if one.kiosk
    ),
    spots=("北门站旁", "3号楼", "车棚北"),
    letters=(Letter("L1", "谢谢你", "阿婆已经平安到家。", "淞南十村居委会", "11月22日"),),
    notices=(Notice("N1", "周三停水", "info"), Notice("N2", "今夜有雨，路滑", "warning")),
    amenities=(
        Amenity("raincoat", "雨衣", "umbrella", "ok", ""),
        Amenity("microwave", "微波炉", "microwave", "ok", ""),
        Amenity("water", "热水", "cup", "empty", ""),
        Amenity("fan", "风扇", "wind", "removed", ""),
    ),
    checkins_today=0,
)


class SmallAgent:
    """As the real one towards the screen: durable while it lives, the same tap gives the same answer."""

    def __init__(self) -> None:
        self.picture = HOME
        self.taps: dict[str, tuple[str, ...]] = {}
        self.answers: dict[str, Saved] = {}
        self.failure: NotSaved | NotAccepted | None = None
        self.dead = False
        self.asked: list[str] = []
        self.outcome = "dispensed"

    def show(self, **changes: Any) -> None:
        self.picture = dataclasses.replace(self.picture, **changes)

    def view(self) -> View:
        if self.dead:
            raise RuntimeError("the disk is gone")
        return self.picture

    def check_in(self, tap_id: str) -> Saved:
        saved = self._save(tap_id, ("checkin",), None)
        self.show(checkins_today=sum(tap == ("checkin",) for tap in self.taps.values()))
        return saved

    def report(self, category: str, place: str, words: str, tap_id: str) -> Saved:
        return self._save(tap_id, ("report", category, place, words), receipts.new_receipt())

    def amenity(self, code: str, state: str, tap_id: str) -> Saved:
        return self._save(tap_id, ("amenity", code, state), None)

    def redeem(self, code: str, tap_id: str) -> Redeemed:
        self._save(tap_id, ("redeem", code), None)
        return Redeemed("raincoat", self.outcome, self.picture.line)

    def _save(self, tap_id: str, tap: tuple[str, ...], receipt: str | None) -> Saved:
        self.asked.append(tap_id)
        if self.dead:
            raise RuntimeError("the disk is gone")
        if self.failure is not None:
            raise self.failure
        self.taps.setdefault(tap_id, tap)
        url = f"http://127.0.0.1:8000/r/{receipt}" if receipt else None
        return self.answers.setdefault(tap_id, Saved(tap_id, receipt, url, self.picture.line))


@pytest.fixture
def agent() -> SmallAgent:
    return SmallAgent()


@pytest.fixture
def client(agent: SmallAgent) -> TestClient:
    return TestClient(create(agent), base_url="http://127.0.0.1:8100", raise_server_exceptions=False)


@pytest.fixture
def address(agent: SmallAgent) -> Iterator[str]:
    """The screen's own server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create(agent), log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(DEADLINE_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The home page on a 10-inch panel, with a clock that tests move; fails on any error of the page itself."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.clock.install()
    page.goto(address)
    yield page
    page.close()
    assert errors == []


def until(condition: Callable[[], Any]) -> Any:
    """Wait for a truth, and return it."""
    end = time.monotonic() + DEADLINE_S
    while not (found := condition()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)
    return found
