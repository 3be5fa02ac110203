"""The Monday page and its lists over 100,000 tickets in a temporary database: `python -m benchmarks.monday [n]`."""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gateway.contract.categories import CATEGORIES
from server import stations, topics
from server.app import make_site
from server.dashboards import queries
from server.dashboards.chosen import Chosen
from server.dashboards.monday import monday
from server.dashboards.rules import week
from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS
from server.kit.site import Site
from server.kit.store import Work
from server.settings import Settings

TICKETS = 100_000
PLAN = """
[[community]]
code = "sn10"
name = "淞南十村"
street = "songnan"
district = "baoshan"

[[station]]
code = "sn10-north"
name = "北门站"
community = "sn10"
lat = 31.3529
lon = 121.4868
datum = "wgs84"
duty_phone = "021-5555-0110"
"""
WAY = (
    ("report", "", "reported"), ("file", "reported", "filed"), ("dispatch", "filed", "dispatched"),
    ("done", "dispatched", "done"), ("verify", "done", "verified"), ("close", "verified", "closed"),
)  # fmt: skip


def main() -> None:
    """Print how long the page, its longest list and the proposing of topics take."""
    tickets = int(sys.argv[1]) if len(sys.argv) > 1 else TICKETS
    for days, words in ((364, "a year"), (14, "two weeks")):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{tickets:,} tickets of {words}")
            _run(_site(Path(folder)), tickets, days)


def _run(site: Site, tickets: int, days: int) -> None:
    _fill(site, tickets, days)
    every = Chosen()
    with site.store.look() as look:
        _timed("the Monday page", lambda: monday(site, look, ["sn10"], "", week(look.now)))
        _timed("the list of all, first page", lambda: queries.tickets(look, ["sn10"], every, None, 201))
        _timed("  and its count", lambda: queries.count(look, ["sn10"], every))
    with site.store.work() as work:
        _timed("proposing topics", lambda: topics.propose_in(work, "sn10"))
    site.store.close()
    site.mailbox.close()


def _site(folder: Path) -> Site:
    site = make_site(Settings(data=folder / "data"))
    plan = folder / "stations.toml"
    plan.write_text(PLAN, "utf-8")
    with site.store.work() as work:
        stations.load(work, plan)
    return site


def _timed(what: str, deed: Callable[[], object]) -> None:
    start = time.perf_counter()
    deed()
    print(f"  {what:<28} {(time.perf_counter() - start) * 1000:7.0f} ms")


def _fill(site: Site, tickets: int, days: int) -> None:
    """Straight into the tables: five of six tickets closed, some late, some returned, a third of them rated."""
    dice = random.Random(7)
    with site.store.work() as work:
        first = work.now - days * DAY_MS
        for number in range(1, tickets + 1):
            at = first + number * (work.now - first) // (tickets + 1)
            kind = dice.choice(CATEGORIES)
            last = 5 if dice.random() < 0.83 else dice.randrange(5)
            moments = [at]
            for _ in range(last):
                moments.append(moments[-1] + round(dice.expovariate(1 / (4 * HOUR_MS))) + MINUTE_MS)
            last = min(last, sum(moment < work.now for moment in moments) - 1)
            work.insert(
                "incidents",
                {
                    "number": f"CXZ-{number}", "receipt": f"r{number}", "client_id": f"c{number}",
                    "station": "sn10-north", "community": "sn10", "category": kind.code, "level": str(kind.level),
                    "desk": str(kind.desk), "state": WAY[last][2], "place": "", "words": "", "channel": "phone",
                    "presence": "none", "at": at, "estimated": 0, "received": at, "updated": at, "version": 1,
                    "reply": "",
                },
            )  # fmt: skip
            for (move, before, after), moment in zip(WAY[: last + 1], moments, strict=False):
                _step(work, number, moment, move, before, after)
            if dice.random() < 0.05 and last == 5:
                _step(work, number, moments[4], "return", "done", "dispatched")
            work.run(
                """insert into clock_runs (incident, community, stage, level, category, ms, working, started, amber,
                     due, ended, told) values (?, 'sn10', 'overall', ?, '*', ?, 0, ?, ?, ?, ?, 'green')""",
                (number, str(kind.level), DAY_MS, at, at, at + DAY_MS, moments[5] if last == 5 else None),
            )
            if last == 5 and dice.random() < 0.33:
                face = dice.choice(("good", "good", "fair", "bad"))
                work.insert(
                    "ratings",
                    {"incident": number, "leading": number, "face": face, "words": "", "at": moments[5] + HOUR_MS},
                )
            work.run(
                """insert into topic_places (incident, community, category, place, at, counted)
                   values (?, 'sn10', ?, ?, ?, 1)""",
                (number, kind.code, f"{dice.randrange(60)}号楼", at),
            )


def _step(work: Work, incident: int, at: int, move: str, before: str, after: str) -> None:
    work.run(
        """insert into incident_steps (incident, at, by_name, role, move, from_state, to_state, note, reply, desk)
           values (?, ?, '王值班', '值班员', ?, ?, ?, '', '', '值班')""",
        (incident, at, move, before, after),
    )


if __name__ == "__main__":
    main()
