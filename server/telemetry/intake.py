"""Facts of devices, in the reader's transaction: readings are kept, who is there and what it measures is noted.

The reader takes each fact once; a reading that came all the same twice has its place taken already.
"""

import json

from gateway.mailbox import StoredFact
from server.incidents import moment_of
from server.kit.store import Work
from server.stations import station_of_fact
from server.telemetry import records, rules

MOST_ABOUT = 4_000


def from_telemetry(work: Work, fact: StoredFact) -> None:
    """One device's readings of one moment."""
    station = station_of_fact(work, fact).code
    readings = rules.sound(fact.body["readings"])
    device = records.device(work, station, fact.body["device"], rules.MOST_DEVICES)
    if device is None:
        return
    at, _ = moment_of(fact)
    series = records.series(work, device, readings, rules.MOST_SERIES)
    kept = {name: one for name, one in series.items() if name in readings}
    records.heard(work, device, at, dropped=len(fact.body["readings"]) - len(kept))
    fresh = [(one.id, at, readings[name]) for name, one in kept.items() if at >= one.raw_from]
    if fresh:
        records.keep(work, fresh)
        records.mark(work, device, rules.bucket(at, rules.FIVE_MS))
    # Older than what is kept raw: its bucket can no longer be counted anew, so it is added to the figures.
    for name, one in kept.items():
        if at < one.raw_from:
            records.fold(work, one.id, rules.bucket(at, rules.FIVE_MS), rules.hour(at), readings[name])


def from_device(work: Work, fact: StoredFact) -> None:
    """A device came, went, or described itself."""
    event, detail = fact.body["event"], fact.body.get("detail")
    if event not in {"hello", "lost"}:
        return
    station = station_of_fact(work, fact).code
    device = records.device(work, station, fact.body["device"], rules.MOST_DEVICES)
    if device is None:
        return
    at, _ = moment_of(fact)
    about = json.dumps(detail, ensure_ascii=False) if event == "hello" and isinstance(detail, dict) else ""
    records.presence(work, device, event == "hello", at, about if len(about) <= MOST_ABOUT else "")
