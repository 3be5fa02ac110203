"""One change on fifty open desks, through a real web process: `python -m benchmarks.live [desks]`.

From the moment somebody sends a move until every desk has heard of it over its event stream and has fetched the row.
The floor beside it, from the same run: the same with a single desk open.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2

from benchmarks.town import BIG, make_town
from benchmarks.web import session, start_web
from server import incidents
from server.incidents import Report
from server.kit.site import Site
from server.staff import COOKIE

TICKETS = 30_000
DESKS = 50
MOVES = 20
LIMIT_S = 1.0
PAUSE_S = 0.2
"""Between two moves: more than twenty changes in a second are told to desks as their number only."""
PATIENCE_S = 30.0
ROLES = (("duty", f"community:{BIG}"), ("committee", f"community:{BIG}"), ("director", f"community:{BIG}"),
         ("street", "street:street0"), ("district", "district:baoshan"))  # fmt: skip


def main() -> None:
    """Print the medians and the worst beside the floor; ends with an error when a median is above the limit."""
    desks = int(sys.argv[1]) if len(sys.argv) > 1 else DESKS
    with tempfile.TemporaryDirectory() as folder:
        site = make_town(Path(folder), TICKETS)
        tokens = [session(site, *ROLES[number % len(ROLES)]) for number in range(desks + 1)]
        tickets = [_report(site, number) for number in range(2 * MOVES)]
        site.store.close()
        site.mailbox.close()
        web, url = start_web(Path(folder))
        try:
            alone = asyncio.run(_measure(url, tokens[:2], tickets[:MOVES]))
            all_of_them = asyncio.run(_measure(url, tokens, tickets[MOVES:]))
        finally:
            web.terminate()
            web.wait(30)
    print(f"{MOVES} moves among {TICKETS:,} tickets, from the click on one desk; milliseconds: median, worst")
    for what, times in (("floor: one desk open", alone), (f"{desks} desks open", all_of_them)):
        for step, seconds in (("answered", 0), ("the last has heard", 1), ("the last has its row", 2)):
            column = [one[seconds] * 1000 for one in times]
            print(f"  {what:<22} {step:<22}{statistics.median(column):8.0f}{max(column):8.0f}")
    median = statistics.median(one[2] for one in all_of_them)
    print(f"limit {LIMIT_S * 1000:.0f} ms: {'held' if median <= LIMIT_S else 'MISSED'}")
    if median > LIMIT_S:
        raise SystemExit(1)


def _report(site: Site, number: int) -> int:
    with site.store.work() as work:
        return incidents.report(
            work, Report(f"live-{number:06d}", f"{BIG}-north", "parking.fire_lane", "phone", words="白车")
        ).id


class OpenDesk:
    """A page that listens, and fetches the row of each ticket it hears of, one after the other as the script does."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx2.AsyncClient(base_url=url, cookies={COOKIE: token}, timeout=PATIENCE_S)
        self.listens = asyncio.Event()
        self.heard: dict[int, float] = {}
        self.shown: dict[int, float] = {}

    async def run(self) -> None:
        """Until it is cancelled."""
        async with self._client as client:
            (await client.get("/desk?tab=all")).raise_for_status()
            async with client.stream("GET", "/desk/live") as stream:
                self.listens.set()
                async for line in stream.aiter_lines():
                    if line.startswith("data:") and "id" in (data := json.loads(line[5:])):
                        self.heard.setdefault(data["id"], time.perf_counter())
                        row = await client.get(f"/desk/rows/{data['id']}?tab=all")
                        row.raise_for_status()
                        assert f'id="t{data["id"]}"' in row.text
                        self.shown.setdefault(data["id"], time.perf_counter())


async def _measure(url: str, tokens: Sequence[str], tickets: Sequence[int]) -> list[tuple[float, float, float]]:
    """Of each move, seconds until it was answered, until the last desk had heard of it, and had its row."""
    taken = []
    mover, *others = tokens
    desks = [OpenDesk(url, token) for token in others]
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(desk.run()) for desk in desks]
        await asyncio.wait_for(asyncio.gather(*(desk.listens.wait() for desk in desks)), PATIENCE_S)
        await asyncio.sleep(1)  # a stream's headers come before it stands in the hub
        async with httpx2.AsyncClient(base_url=url, cookies={COOKIE: mover}, timeout=PATIENCE_S) as client:
            for ticket in tickets:
                start = time.perf_counter()
                answer = await client.post(f"/desk/incidents/{ticket}/file", data={"version": "1"})
                answered = time.perf_counter()
                assert answer.status_code == 303, (answer.status_code, answer.text[:500])
                while not all(ticket in desk.shown for desk in desks):
                    assert time.perf_counter() - start < PATIENCE_S, "it never arrived"
                    await asyncio.sleep(0.002)
                heard = max(desk.heard[ticket] for desk in desks)
                shown = max(desk.shown[ticket] for desk in desks)
                taken.append((answered - start, heard - start, shown - start))
                await asyncio.sleep(PAUSE_S)
        for task in running:
            task.cancel()
    return taken


if __name__ == "__main__":
    main()
