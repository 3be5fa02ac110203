"""The IT volunteer's day: a new kiosk paired on its own screen, moved, replaced; the old one says that it is out."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.ports import free_port

from .town import Town, wait_for

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(300)]

LogIn = Callable[[Page, str], None]


@contextmanager
def kiosk(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A kiosk process in an empty folder."""
    folder.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
    with (folder / "log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "changxiaozhan", "kiosk", "--data", str(folder), "--http", f"127.0.0.1:{port}"],
            stdout=output, stderr=subprocess.STDOUT, env=environment,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def press(screen: Page, text: str) -> None:
    """Touch one key after the other."""
    for sign in text:
        screen.get_by_role("button", name=sign, exact=True).click()


def opened(screen: Page, port: int) -> None:
    """The screen's browser, started before the kiosk."""

    def there() -> bool:
        try:
            return bool(screen.goto(f"http://127.0.0.1:{port}/"))
        except Exception:
            return False

    wait_for(there, "the kiosk's screen")


def fresh_code(desk: Page) -> str:
    """Press 发配对码 and read what is shown."""
    desk.get_by_role("button", name=re.compile("发配对码")).first.click()
    digits = desk.locator(".code__digits").inner_text().replace(" ", "")
    assert re.fullmatch(r"\d{9}", digits)
    return digits


def dropped(town: Town, name: str) -> int:
    """How often a kiosk of the demo has lost its connection."""
    return (town.data / "logs" / f"{name}.log").read_text("utf-8").count("not connected")


def credentials(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / "kiosk.json").read_text("utf-8"))
    return found


def test_a_new_kiosk_is_paired_moved_and_replaced_while_the_others_stay(
    town: Town,
    window: Callable[[int, int], Page],
    log_in: LogIn,
    figure: Callable[[str], None],
    tmp_path: Path,
) -> None:
    desk, screen, second = window(1280, 800), window(1280, 800), window(1280, 800)
    ports = (free_port(), free_port())
    before = {one: dropped(town, one) for one in ("kiosk-01", "kiosk-02")}
    log_in(desk, "it")
    desk.goto(f"{town.url}/desk/pairing/sn10-south")

    # A new kiosk: the server's address and nine digits by touch alone.
    with kiosk(tmp_path / "first", ports[0]) as old:
        code = fresh_code(desk)
        opened(screen, ports[0])
        press(screen, town.http)
        screen.get_by_role("button", name="就是这里").click()
        began = time.monotonic()
        press(screen, code)
        screen.get_by_role("button", name="配对").click()
        screen.get_by_role("heading", name="配好了").wait_for()
        screen.locator(".part--head h1", has_text="南门站").wait_for(timeout=60_000)
        screen.locator(".line--ok").first.wait_for(timeout=60_000)
        figure(f"pairing on the screen, first digit to online: {time.monotonic() - began:.1f} s")
        first = credentials(tmp_path / "first")
        desk.get_by_text("刚刚配好了").wait_for()

        # It hangs elsewhere now: its own page follows.
        desk.get_by_text("搬到别的小站").click()
        desk.get_by_label("搬到", exact=True).select_option("sn10-east")
        desk.get_by_label("屏幕已经").check()
        desk.get_by_role("button", name="搬过去").click()
        desk.get_by_text("搬好了").wait_for()
        screen.locator(".part--head h1", has_text="东门站").wait_for(timeout=60_000)
        wait_for(lambda: credentials(tmp_path / "first")["station"] == "sn10-east", "the new station's key")

        # And is replaced: the new one shows the station, the old one says that it is out of service.
        desk.locator("article", has_text=first["kiosk"]).get_by_role("button", name=re.compile("换一块")).click()
        code = desk.locator(".code__digits").inner_text().replace(" ", "")
        with kiosk(tmp_path / "second", ports[1]):
            paired = subprocess.run(
                [
                    sys.executable, "-m", "changxiaozhan", "kiosk", "pair", code, "--server", town.url,
                    "--data", str(tmp_path / "second"),
                ],
                capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert paired.returncode == 0, paired.stderr
            screen.get_by_role("heading", name="本机已停用").wait_for(timeout=60_000)
            assert old.poll() is None
        with kiosk(tmp_path / "second", ports[1]):
            opened(second, ports[1])
            second.locator(".part--head h1", has_text="东门站").wait_for(timeout=60_000)
            second.locator(".line--ok").first.wait_for(timeout=60_000)
            new = credentials(tmp_path / "second")

    assert new["kiosk"] != first["kiosk"]
    assert {one: dropped(town, one) for one in before} == before
