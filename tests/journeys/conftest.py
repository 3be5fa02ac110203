"""Real processes, real browsers. Figures measured on the way are printed at the end, never asserted on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from .town import Town

FIGURES: list[str] = []


@pytest.fixture
def figure() -> Callable[[str], None]:
    """Write down something measured."""
    return FIGURES.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("measured on the way")
        for line in FIGURES:
            terminalreporter.write_line(line)


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for the journeys that leave it whole."""
    made = Town(tmp_path_factory.mktemp("town") / "data")
    yield made
    made.end()


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[Town]:
    """A town of one's own, for journeys that break something."""
    made = Town(tmp_path / "data")
    yield made
    made.end()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        )  # fmt: skip
        yield made
        made.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[[int, int], Page]]:
    """`window(360, 640)`: a fresh browser window of its own, nobody logged in."""
    contexts = []

    def make(width: int, height: int) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def log_in(town: Town) -> Callable[[Page, str], None]:
    """`log_in(page, "duty")`: through the login page, as staff do."""

    def enter(page: Page, login: str) -> None:
        page.goto(f"{town.url}/login")
        page.get_by_label("账号").fill(login)
        page.get_by_label("密码").fill(town.passwords[login])
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/desk**")

    return enter
