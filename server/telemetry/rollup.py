"""Chores: raw readings become 5-minute and hourly figures, and what is old enough goes."""

from server import thresholds
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.site import Site
from server.stations import all_stations, communities
from server.telemetry import limits, records
from server.telemetry.rules import FIVE_MS, bucket

MOST_BUCKETS = 250
"""In one transaction: others want to write too."""
MOST_SERIES = 100


def roll_up(site: Site) -> None:
    """Everything that is due; a bucket is due again when a late reading falls into it."""
    while True:
        with site.store.work() as work:
            done = records.roll_up(work, bucket(work.now, FIVE_MS) - FIVE_MS, MOST_BUCKETS)
        if done < MOST_BUCKETS:
            return


def tidy(site: Site) -> None:
    """Drop what is older than its community keeps it; a piece at a time, the rest in the next round."""
    with site.store.look() as look:
        stations = all_stations(look)
        kept = {
            row["code"]: {
                "telemetry_raw": thresholds.value(look, limits.RAW_DAYS, row["code"]),
                "telemetry_5min": thresholds.value(look, limits.FIVE_DAYS, row["code"]),
                "telemetry_hour": thresholds.value(look, limits.HOUR_DAYS, row["code"]),
            }
            for row in communities(look)
        }
    for community, days in kept.items():
        codes = [one.code for one in stations if one.community == community]
        for table, most in days.items() if codes else ():
            _tidy(site, table, codes, most)


def _tidy(site: Site, table: str, codes: list[str], days: int) -> None:
    with site.store.work() as work:
        # Raw rows go hour by hour, figures day by day; never rows whose figures are still to be made.
        horizon = bucket(work.now - days * DAY_MS, HOUR_MS if table == "telemetry_raw" else DAY_MS)
        due = records.first_due(work)
        if due is not None and due < horizon:
            return
        for series in records.expired(work, table, codes, horizon, MOST_SERIES):
            records.expire(work, table, series, horizon)
