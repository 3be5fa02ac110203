"""Readings of fifty stations with ten devices each, every ten seconds: `python -m benchmarks.telemetry [hours]`.

First the reader's own road: facts of devices, taken as intake does, 200 in a transaction. The floor beside it: the same
rows by a bare `executemany` into the same table with the same durability. Then the figures of a whole day: rolled up
bucket by bucket as the rounds do it, beside one bare `group by` over the same rows.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.contract.topics import Lane
from gateway.mailbox import StoredFact
from server.app import make_site
from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.settings import Settings
from server.stations import load, pair
from server.telemetry import intake, records, rollup
from server.telemetry.rules import FIVE_MS, bucket

STATIONS, DEVICES, EVERY_S, HOURS = 50, 10, 10, 24
READINGS = {"temp_c": 24.5, "port1_a": 1.5, "port2_a": 0.0, "free": 3}
FACTS = 10_000
BATCH = 200
NEEDED = STATIONS * DEVICES / EVERY_S
"""Facts a second that such a town sends."""


def main() -> None:
    """Print both rates beside their floors; ends with an error when the town would outrun the reader."""
    hours = int(sys.argv[1]) if len(sys.argv) > 1 else HOURS
    with tempfile.TemporaryDirectory() as folder:
        site = _town(Path(folder))
        rate = _take(site)
        floor = _floor(site, Path(folder) / "floor.db")
        print(f"readings kept    {rate * len(READINGS):9.0f}/s   in {rate:7.0f} facts/s (the town sends {NEEDED:.0f})")
        print(f"bare executemany {floor:9.0f}/s   so {rate * len(READINGS) / floor:.2f} of the floor")
        rows = _day(site, hours)
        took, longest, buckets = _roll_up(site)
        bare = _group(site)
        print(f"{hours} h of the town: {rows} readings, {buckets} buckets of a device")
        print(f"rolled up in     {took:9.1f} s   the longest transaction {longest * 1000:.0f} ms")
        print(f"bare group by    {bare:9.1f} s   so {bare / took:.2f} of the floor")
        size = sum(path.stat().st_size for path in Path(folder).glob("data/changxiaozhan.db*")) / 2**20
        print(f"the database holds {size:.0f} MB")
        site.store.close()
        site.mailbox.close()
    if rate < NEEDED or took > hours * 3600 / 20:
        sys.exit("too slow for one machine")


def _town(folder: Path) -> Site:
    site = make_site(Settings(data=folder / "data"))
    plan = folder / "stations.toml"
    stations = "".join(
        f'[[station]]\ncode = "s-{number}"\nname = "{number}号站"\ncommunity = "c"\nlat = 31.35\nlon = 121.48\n'
        'datum = "wgs84"\nduty_phone = "021-5555-0110"\nspots = []\n'
        for number in range(STATIONS)
    )
    head = '[[community]]\ncode = "c"\nname = "一村"\nstreet = "s"\ndistrict = "d"\n'
    plan.write_text(head + stations, "utf-8")
    with site.store.work() as work:
        load(work, plan)
    for number in range(STATIONS):
        pair(site, f"kiosk-{number}", f"s-{number}", "")
    return site


def _facts(now: int) -> Iterator[StoredFact]:
    for seq in range(FACTS):
        station, device = seq % STATIONS, seq // STATIONS % DEVICES
        at = now - 2 * HOUR_MS + seq // (STATIONS * DEVICES) * EVERY_S * 1000
        body = {"device": f"d-{device}", "readings": READINGS, "station": f"s-{station}"}
        yield StoredFact(
            f"kiosk-{station}",
            Lane.TELEMETRY,
            "k7Q2mZx0aB",
            seq + 1,
            "telemetry",
            at,
            "ntp",
            "b",
            5,
            body,
            {},
            "d",
            now,
        )


def _take(site: Site) -> float:
    facts = list(_facts(site.store.clock()))
    begun = time.perf_counter()
    for start in range(0, len(facts), BATCH):
        with site.store.work() as work:
            for fact in facts[start : start + BATCH]:
                intake.from_telemetry(work, fact)
    return FACTS / (time.perf_counter() - begun)


def _floor(site: Site, path: Path) -> float:
    with site.store.look() as look:
        rows = [tuple(row.values()) for row in look.rows("select series, at, value from telemetry_raw order by at")]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute(
        "create table raw (series integer, at integer, value real, primary key (series, at)) without rowid"
    )
    size = BATCH * len(READINGS)
    begun = time.perf_counter()
    for start in range(0, len(rows), size):
        connection.execute("begin immediate")
        connection.executemany("insert into raw values (?, ?, ?) on conflict do nothing", rows[start : start + size])
        connection.execute("commit")
    took = time.perf_counter() - begun
    connection.close()
    return len(rows) / took


def _day(site: Site, hours: int) -> int:
    """A whole day of one reading a device, put straight into the table; its buckets are due."""
    end = bucket(site.store.clock(), HOUR_MS) - 3 * HOUR_MS
    first = end - hours * HOUR_MS
    with site.store.work() as work:
        work.run("delete from telemetry_raw")
        work.run("delete from telemetry_due")
        devices = work.rows(
            """select device, min(id) as series from telemetry_series group by device order by device"""
        )
    rows = 0
    for device in devices:
        with site.store.work() as work:
            work.run(
                """with recursive moments (at) as (
                     select ? union all select at + ? from moments where at + ? < ?)
                   insert into telemetry_raw (series, at, value) select ?, at, (at / 1000) % 37 from moments""",
                (first, EVERY_S * 1000, EVERY_S * 1000, end, device["series"]),
            )
            for at in range(first, end, FIVE_MS):
                records.mark(work, device["device"], at)
        rows += hours * 3600 // EVERY_S
    return rows


def _roll_up(site: Site) -> tuple[float, float, int]:
    upto, buckets, longest = site.store.clock(), 0, 0.0
    begun = time.perf_counter()
    done = rollup.MOST_BUCKETS
    while done == rollup.MOST_BUCKETS:
        started = time.perf_counter()
        with site.store.work() as work:
            done = records.roll_up(work, upto, rollup.MOST_BUCKETS)
        longest = max(longest, time.perf_counter() - started)
        buckets += done
    return time.perf_counter() - begun, longest, buckets


def _group(site: Site) -> float:
    begun = time.perf_counter()
    with site.store.look() as look:
        look.rows(
            """select count(*) from (select series, at - at % ? as five, count(*), sum(value), min(value),
                 max(value) from telemetry_raw group by series, five)""",
            (FIVE_MS,),
        )
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
