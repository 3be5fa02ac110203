"""A P0 report until two group robots hold it, while 5,000 P3 wait in the same outbox, and while they turn red.

`python -m benchmarks.alerts`. The floor beside it: one bare commit and one bare POST to each robot, in the same run.
"""

import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx2

from server import clocks, escalation, incidents, stations
from server.alerts import FILE, Ringer, records
from server.alerts.standins import DingTalkRobot, Robot, WeComRobot
from server.app import make_site
from server.incidents import Report
from server.kit.clock import DAY_MS, MINUTE_MS, now_ms
from server.kit.site import Site
from server.settings import Settings

WAITING = 5_000
ROUNDS = 8
"""Each takes one of the twenty messages a robot allows a minute; the digests take up to ten."""
LIMIT_S = 2.0

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
lat = 31.35
lon = 121.48
datum = "wgs84"
duty_phone = "021-5555-0110"
spots = []
"""


def main() -> None:
    """Print the medians, the worst and the floor; ends with an error when a round takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        robots = [WeComRobot(), DingTalkRobot()]
        ahead = [0]
        site = make_site(Settings(data=Path(folder)), clock=lambda: now_ms() + ahead[0])
        for robot in robots:
            robot.clock = site.store.clock
        _prepare(site, Path(folder), robots)
        floor = [_floor(Path(folder), robot_urls=[robot.url for robot in robots]) for _ in range(ROUNDS)]
        start = time.perf_counter()
        _report_many(site)
        reported = time.perf_counter() - start
        ringer = Ringer(site)
        start = time.perf_counter()
        ringer.climb()
        climbed = time.perf_counter() - start
        ahead[0] = 4 * DAY_MS  # past the next working morning: all of them may go now
        ringer.start()
        taken = [_one(site, robots, number) for number in range(ROUNDS)]
        ahead[0] += MINUTE_MS  # the robots' minute is over
        night, turned, told = _night(site, robots, ahead)
        with site.store.look() as look:
            left = look.value("select count(*) from alert_deliveries where state = 'waiting'")
        ringer.stop()
        print(f"{WAITING} P3 reported in {reported:.1f} s, made into deliveries in {climbed:.1f} s; {left} are left")
        print("P0 reported → held by two robots")
        print(f"  floor: a commit and two POSTs  {statistics.median(floor) * 1000:6.0f} ms")
        print(f"  median of {ROUNDS}                    {statistics.median(taken) * 1000:6.0f} ms")
        print(f"  worst                          {max(taken) * 1000:6.0f} ms   (limit {LIMIT_S * 1000:.0f} ms)")
        print(f"{told} clocks turn and their steps fire in {turned:.1f} s; P0 reported then, and at digest time")
        print(f"  median of {len(night)}                    {statistics.median(night) * 1000:6.0f} ms")
        print(f"  worst                          {max(night) * 1000:6.0f} ms   (limit {LIMIT_S * 1000:.0f} ms)")
        for robot in robots:
            robot.shut()
        site.store.close()
        site.mailbox.close()
    assert max(taken + night) < LIMIT_S


def _prepare(site: Site, folder: Path, robots: list[Robot]) -> None:
    plan = folder / "plan.toml"
    plan.write_text(PLAN, "utf-8")
    with site.store.work() as work:
        stations.load(work, plan)
    channels = folder / FILE
    entries = [robot.entry(f"robot-{place}") for place, robot in enumerate(robots)]
    channels.write_text("allow_private = true\n" + "".join(entries), "utf-8")
    channels.chmod(0o600)


def _report_many(site: Site) -> None:
    for first in range(0, WAITING, 100):
        with site.store.work() as work:
            for number in range(first, first + 100):
                incidents.report(work, Report(f"waiting-{number:06d}", "sn10-north", "environment.garbage", "phone"))


def _one(site: Site, robots: list[Robot], number: int) -> float:
    """Seconds until both robots hold this very ticket."""
    start = time.perf_counter()
    with site.store.work() as work:
        ticket = incidents.report(work, Report(f"urgent-{number:06d}", "sn10-north", "fire.open_flame", "phone"))
    while not all(any(ticket.number in text for text in robot.texts) for robot in robots):
        assert time.perf_counter() - start < 30, "it never arrived"
        time.sleep(0.002)
    taken = time.perf_counter() - start
    with site.store.work() as work:
        # Somebody takes it over: else its repeats would fill the robots' minutes.
        records.end(work, ticket.id, finished=False)
        records.drop_repeats(work, ticket.id, first_too=True)
    return taken


def _night(site: Site, robots: list[Robot], ahead: list[int]) -> tuple[list[float], float, int]:
    """Every waiting ticket is overdue: seconds of the P0s reported meanwhile, of the turning, and how many turned."""
    chores = [chore for feature in (clocks.feature, escalation.feature) for _, chore in feature.rounds.values()]
    seconds = [0.0]

    def turn() -> None:
        start = time.perf_counter()
        waiting = True
        while waiting:
            for chore in chores:
                chore(site)
            with site.store.look() as look:
                waiting = bool(look.value("select count(*) from escalation_watched where next <= ?", (look.now,)))
        seconds[0] = time.perf_counter() - start

    turning = threading.Thread(target=turn)
    turning.start()
    taken = []
    for number in range(ROUNDS):
        taken.append(_one(site, robots, ROUNDS + number))
        time.sleep(0.5)
    turning.join()
    # The next morning: everything that was kept for the digest is due at once.
    with site.store.look() as look:
        morning = look.value("select max(next) from alert_memos") or look.now
    ahead[0] += max(0, morning - site.store.clock()) + MINUTE_MS
    taken += [_one(site, robots, 2 * ROUNDS + number) for number in range(ROUNDS // 2)]
    with site.store.look() as look:
        told = look.value("select count(distinct run) from escalation_fired")
    return taken, seconds[0], int(told)


def _floor(folder: Path, robot_urls: list[str]) -> float:
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table if not exists floor (id integer primary key, text)")
    with httpx2.Client() as client:
        start = time.perf_counter()
        connection.execute("insert into floor (text) values ('着火了')")
        for url in robot_urls:
            client.post(url.partition("?")[0] + "-nobody", content=b"{}")
        seconds = time.perf_counter() - start
    connection.close()
    return seconds


if __name__ == "__main__":
    main()
