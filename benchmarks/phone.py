"""The rider's pages on a cheap phone and slow 4G, in a real Chromium: `python -m benchmarks.phone [rounds]`.

1.6 Mbit/s down, 750 kbit/s up, 150 ms, a processor four times slower. A page is usable when it is painted and its
scripts have run. The floor beside it, from the same run: one bare HTML page of as many bytes, without style or script.
"""

import http.server
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.web import start_web
from server import stations
from server.app import make_site
from server.settings import Settings

ROUNDS = 5
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4
USABLE_S, FIRST_BYTES, FORM_BYTES, RECEIPT_S = 1.5, 40_000, 60_000, 3.0
STATION = "sn10-north"
USABLE = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  const load = performance.getEntriesByType('navigation')[0];
  return Math.max(paint ? paint.startTime : 0, load.domContentLoadedEventEnd) / 1000;
}"""
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip


def main() -> None:
    """Print each page beside its floor; ends with an error when a limit is missed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder)
        _station(data)
        photo = _photo(data / "photo.jpg")
        web, url = start_web(data)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        try:
            good = _pages(browser, url, rounds) and _sending(browser, url, photo, rounds)
        finally:
            browser.close()
            web.terminate()
            web.wait(30)
    if not good:
        raise SystemExit(1)


def _pages(browser: Browser, url: str, rounds: int) -> bool:
    print("slow 4G, CPU / 4, nothing in the cache: seconds until usable (median, worst), bytes over the wire")
    good = True
    for name, path, most in (("station", "", FIRST_BYTES), ("report", "/report", FORM_BYTES)):
        measured = [_open(browser, f"{url}/s/{STATION}{path}") for _ in range(rounds)]
        size = round(statistics.median(one[1] for one in measured))
        with _Bare(size) as bare:
            floor = [_open(browser, bare.url) for _ in range(rounds)]
        for what, times in ((name, measured), (f"floor: bare page of {size:,} bytes", floor)):
            seconds = [one[0] for one in times]
            print(f"  {what:<34}{statistics.median(seconds):7.2f}{max(seconds):7.2f}{round(times[0][1]):>10,}")
        usable = statistics.median(one[0] for one in measured)
        held = size <= most and (path != "" or usable <= USABLE_S)
        limit = f"limit {most:,} bytes" + ("" if path else f" and {USABLE_S} s")
        print(f"  {limit}: {'held' if held else 'MISSED'}")
        good = good and held
    return good


def _sending(browser: Browser, url: str, photo: Path, rounds: int) -> bool:
    print("the same phone, from the tap on 发送: seconds (median, worst)")
    bare = [_send(browser, url, "灯不亮", None) for _ in range(rounds)]
    carried = [_send(browser, url, "灯不亮", photo) for _ in range(rounds)]
    for what, seconds in (
        ("floor: without a photo, to 已送达", [one[0] for one in bare]),
        ("12 megapixels, to 已送达", [one[0] for one in carried]),
        ("12 megapixels, until the photo is in", [one[1] for one in carried]),
    ):
        print(f"  {what:<40}{statistics.median(seconds):7.2f}{max(seconds):7.2f}")
    held = statistics.median(one[0] for one in bare) <= RECEIPT_S
    print(f"  limit {RECEIPT_S:.0f} s to the receipt: {'held' if held else 'MISSED'}")
    return held


def _phone(browser: Browser) -> tuple[Page, CDPSession]:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", LINE)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page, wire


def _open(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds until the page is usable, and the bytes of all its answers, headers too."""
    page, wire = _phone(browser)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    seconds = float(page.evaluate(USABLE))
    page.context.close()
    return seconds, sum(sizes)


def _send(browser: Browser, url: str, what: str, photo: Path | None) -> tuple[float, float]:
    """Seconds from the tap to 已送达, and until the photo is in too."""
    page, _ = _phone(browser)
    page.goto(f"{url}/s/{STATION}/report", wait_until="networkidle")
    page.get_by_text(what, exact=True).click()
    if photo is not None:
        page.locator("input[type=file]").set_input_files(photo)
        page.locator("#previews img").wait_for()
        page.wait_for_timeout(3000)  # a thumb needs as long to come back from the camera
    attached: list[float] = []
    page.on("response", lambda one: attached.append(time.perf_counter()) if "/report-photos" in one.url else None)
    start = time.perf_counter()
    page.get_by_role("button", name="发送").click()
    page.wait_for_function(
        "() => location.pathname.startsWith('/r/') || document.getElementById('line').textContent.startsWith('已送达')",
        timeout=60_000,
    )
    received = time.perf_counter() - start
    _wait(page, lambda: photo is None or bool(attached))
    page.context.close()
    return received, (attached[0] - start) if attached else received


def _wait(page: Page, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true() and time.monotonic() < deadline:
        page.wait_for_timeout(50)


def _station(data: Path) -> None:
    site = make_site(Settings(data=data))
    with site.store.work() as work:
        stations.load(work, Path(stations.__file__).parent / "sn10.toml")
    site.store.close()
    site.mailbox.close()


def _photo(path: Path) -> Path:
    small = Image.effect_noise((500, 375), 60).convert("RGB")
    small.resize((4000, 3000)).save(path, "JPEG", quality=88)
    return path


class _Bare:
    """Serves one page of so many bytes, as fast as anything can."""

    def __init__(self, size: int) -> None:
        start = b"<!doctype html><meta charset=utf-8><title>bare</title><p>bare</p><!--"
        page = start + b"x" * max(0, size - len(start) - 120) + b"-->"

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path != "/":
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> "_Bare":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


if __name__ == "__main__":
    main()
