"""Ten thousand reports within a minute, through a real web process: `python -m benchmarks.flood [reports]`.

Riders send the plain form, each from a phone and an address of its own; every thousandth reports a lost elder, every
fiftieth is sent twice. Nothing may be lost or doubled, an alarm must not wait behind the flood, and the desk must still
answer. The floor beside it: the same number of bare page loads, as fast as one process answers.
"""

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import psutil

from benchmarks.town import BIG, make_town
from benchmarks.web import session, start_web
from server import incidents
from server.kit.site import Site
from server.staff import COOKIE

REPORTS = 10_000
AT_ONCE = 16
TWICE = 50
ALARM = 1_000
LIMIT_S = 60.0
ALARM_LIMIT_S = 2.0
TICKETS = 1_000
"""Already there."""


def main() -> None:
    """Print the rates; ends with an error when a report is lost or doubled, or the minute is not enough."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS
    with tempfile.TemporaryDirectory() as folder:
        site = make_town(Path(folder), TICKETS)
        before = _count(site)
        token = session(site, "duty", f"community:{BIG}")
        web, url = start_web(Path(folder))
        try:
            answers, alarms, looks, took = asyncio.run(_flood(url, token, reports))
            floor = asyncio.run(_floor(url, reports // 10)) * 10
            memory = psutil.Process(web.pid).memory_info().rss / 2**20
        finally:
            web.terminate()
            web.wait(20)
        stored = _count(site) - before
        site.store.close()
        site.mailbox.close()
    print(f"{reports} reports, {AT_ONCE} at once        {took:7.1f} s   {reports / took:6.0f}/s")
    print(f"the same number of page loads     {floor:7.1f} s   {reports / floor:6.0f}/s")
    for what, seconds in (("a report's answer", answers), ("an alarm's answer", alarms), ("the desk's list", looks)):
        print(f"{what:<22} median {statistics.median(seconds) * 1000:6.0f} ms   worst {max(seconds) * 1000:6.0f} ms")
    print(f"stored {stored} of {reports}; web process {memory:.0f} MB")
    held = stored == reports and took * REPORTS / reports <= LIMIT_S and max(alarms) <= ALARM_LIMIT_S
    print(f"limit {LIMIT_S:.0f} s for {REPORTS}, alarms {ALARM_LIMIT_S:.0f} s: {'held' if held else 'MISSED'}")
    if not held:
        raise SystemExit(1)


def _count(site: Site) -> int:
    with site.store.look() as look:
        return sum(incidents.counts(look, [BIG]).values())


async def _flood(url: str, token: str, reports: int) -> tuple[list[float], list[float], list[float], float]:
    waiting: asyncio.Queue[int] = asyncio.Queue()
    for number in range(reports):
        waiting.put_nowait(number)
    answers: list[float] = []
    alarms: list[float] = []
    looks: list[float] = []
    start = time.perf_counter()
    async with httpx2.AsyncClient(base_url=url, timeout=60, cookies={COOKIE: token}) as desk:
        watching = asyncio.create_task(_watch(desk, looks))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(_rider(url, waiting, answers, alarms))
        took = time.perf_counter() - start
        watching.cancel()
    return answers, alarms, looks, took


async def _rider(url: str, waiting: asyncio.Queue[int], answers: list[float], alarms: list[float]) -> None:
    async with Phone(url) as phone:
        while not waiting.empty():
            number = waiting.get_nowait()
            lost = number % ALARM == ALARM // 2
            form = {
                "client_id": uuid.uuid4().hex,
                "category": "person.lost_elder" if lost else "parking.fire_lane",
                "place": f"{number % 40}号楼",
                "words": "有个老人找不到家" if lost else f"白车停在消防通道上，第 {number} 次",
            }
            start = time.perf_counter()
            receipt = await phone.report(number, form)
            (alarms if lost else answers).append(time.perf_counter() - start)
            if number % TWICE == 0:
                assert await phone.report(number, form) == receipt


class Phone:
    """Just enough of a client to send forms: a whole one would need more of the two cores than the server."""

    def __init__(self, url: str) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)

    async def __aenter__(self) -> "Phone":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def report(self, number: int, form: dict[str, str]) -> str:
        """The receipt's address, without its query."""
        body = urlencode(form).encode()
        self._writer.write(
            f"POST /s/{BIG}-north/report HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"X-Forwarded-For: 10.{number >> 16}.{number >> 8 & 255}.{number & 255}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 60)).decode("latin-1")
        lines = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if ": " in line)
        await self._reader.readexactly(int(lines.get("content-length", 0)))
        assert head.startswith("HTTP/1.1 303"), head
        return lines["location"].partition("?")[0]


async def _watch(desk: httpx2.AsyncClient, looks: list[float]) -> None:
    while True:
        start = time.perf_counter()
        (await desk.get("/desk")).raise_for_status()
        looks.append(time.perf_counter() - start)
        await asyncio.sleep(1)


async def _floor(url: str, loads: int) -> float:
    async def load(times: int) -> None:
        async with httpx2.AsyncClient(base_url=url, timeout=60) as phone:
            for _ in range(times):
                (await phone.get(f"/s/{BIG}-north")).raise_for_status()

    start = time.perf_counter()
    await asyncio.gather(*(load(loads // AT_ONCE) for _ in range(AT_ONCE)))
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
