"""The Monday page, its PDF and its lists over 100,000 tickets: `python -m benchmarks.monday [tickets]`.

The floors beside them, in the same run: reading every ticket, step and clock once; and typesetting one word.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gateway.contract.categories import CATEGORIES
from server import stations, topics
from server.app import make_site
from server.dashboards import paper, queries
from server.dashboards.chosen import Chosen
from server.dashboards.monday import monday
from server.dashboards.place import Place
from server.dashboards.rules import week
from server.kit import press
from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS
from server.kit.site import Site
from server.kit.store import Work
from server.settings import Settings

TICKETS = 100_000
LIMIT_S = 5
SHEETS = 5
ONE_WORD = '#import "@local/look:1.0.0": *\n#show: sheet\n周报'
FROM_WORK = {"shelved": "shelve", "transferred": "transfer", "void": "void"}
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
FLOOR = (
    "sum(received) + sum(length(state)) from incidents",
    "sum(at) + sum(length(move)) from incident_steps",
    "sum(due) from clock_runs",
)
Made = TypeVar("Made")


def main() -> None:
    """Print how long each takes, and what memory; ends with an error when page and PDF together take too long."""
    tickets = int(sys.argv[1]) if len(sys.argv) > 1 else TICKETS
    for days, words in ((364, "a year"), (14, "two weeks")):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{tickets:,} tickets of {words}")
            _run(_site(Path(folder)), tickets, days)


def _run(site: Site, tickets: int, days: int) -> None:
    _fill(site, tickets, days)
    every = Chosen()
    with site.store.look() as look:
        page, took = _timed("the Monday page", lambda: monday(site, look, ["sn10"], "", week(look.now)))
        _timed("  floor: all read once", lambda: [look.value(f"select {sum_of}") for sum_of in FLOOR])
        _timed("the list of all, first page", lambda: queries.tickets(look, ["sn10"], every, None, 201))
        _timed("  and its count", lambda: queries.count(look, ["sn10"], every))
    with site.store.work() as work:
        _timed("proposing topics", lambda: topics.propose_in(work, "sn10"))
    data = paper.sheet(page, Place("", "淞南十村", ()), site.public_url)
    _, typeset = _timed("the page as PDF", lambda: press.pdf(paper.TEMPLATE, data))
    word = site.data / "word.typ"
    word.write_text(ONE_WORD, "utf-8")
    _timed("  floor: one word as PDF", lambda: press.pdf(word, {}))
    before = _resident()
    for _ in range(SHEETS):
        press.pdf(paper.TEMPLATE, data)
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"  memory: {before} MB here, {_resident()} MB after {SHEETS} PDFs; at most {child} MB in a child")
    site.store.close()
    site.mailbox.close()
    if took + typeset > LIMIT_S:
        sys.exit(f"page and PDF took {took + typeset:.1f} s, more than {LIMIT_S} s")


def _resident() -> int:
    """Megabytes of this process in memory."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


def _site(folder: Path) -> Site:
    site = make_site(Settings(data=folder / "data"))
    plan = folder / "stations.toml"
    plan.write_text(PLAN, "utf-8")
    with site.store.work() as work:
        stations.load(work, plan)
    return site


def _timed(what: str, deed: Callable[[], Made]) -> tuple[Made, float]:
    start = time.perf_counter()
    made = deed()
    seconds = time.perf_counter() - start
    print(f"  {what:<28} {seconds * 1000:7.0f} ms")
    return made, seconds


def _fill(site: Site, tickets: int, days: int) -> None:
    """Straight into the tables: five of six tickets closed, some late, some returned, a third of them rated.

    Of those at work, some stand still or were void.
    """
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
            state = dice.choice((*FROM_WORK, "filed")) if last == 1 else WAY[last][2]
            work.insert(
                "incidents",
                {
                    "number": f"CXZ-{number}", "receipt": f"r{number}", "client_id": f"c{number}",
                    "station": "sn10-north", "community": "sn10", "category": kind.code, "level": str(kind.level),
                    "desk": str(kind.desk), "state": state, "place": "", "words": "", "channel": "phone",
                    "presence": "none", "at": at, "estimated": 0, "received": at, "updated": at, "version": 1,
                    "reply": "",
                },
            )  # fmt: skip
            for (move, before, after), moment in zip(WAY[: last + 1], moments, strict=False):
                _step(work, number, moment, move, before, after)
            if state in FROM_WORK:
                _step(work, number, moments[1], FROM_WORK[state], "filed", state)
            if dice.random() < 0.05 and last == 5:
                _step(work, number, moments[4], "return", "done", "dispatched")
            work.run(
                """insert into clock_runs (incident, community, stage, level, category, ms, working, started, amber,
                     due, ended, paused, told) values (?, 'sn10', 'overall', ?, '*', ?, 0, ?, ?, ?, ?, ?, 'green')""",
                (
                    number,
                    str(kind.level),
                    DAY_MS,
                    at,
                    at,
                    at + DAY_MS,
                    moments[5] if last == 5 else moments[1] if state == "void" else None,
                    moments[1] if state in {"shelved", "transferred"} else None,
                ),
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
