"""Chores: raw readings become 5-minute and hourly figures, and what is old enough goes."""

from server import thresholds
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.site import Site
from server.stations import all_stations
from server.telemetry import limits, records
from server.telemetry.rules import FIVE_MS, bucket

MOST_BUCKETS = 250
"""In one transaction: others want to write too."""
MOST_SERIES = 100
KEPT = {
    "telemetry_raw": limits.RAW_DAYS,
    "telemetry_5min": limits.FIVE_DAYS,
    "telemetry_hour": limits.HOUR_DAYS,
}
"""table → how long its rows are kept."""


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
        communities = {one.code: one.community for one in all_stations(look)}
        homes: dict[str, list[str]] = {}
        for code in records.stations(look):
            # A station that is no more has no community to ask: what is shipped holds.
            homes.setdefault(communities.get(code, ""), []).append(code)
        days = {
            community: {table: thresholds.value(look, kept, community) for table, kept in KEPT.items()}
            for community in homes
        }
    for community, codes in homes.items():
        for table, most in days[community].items():
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
