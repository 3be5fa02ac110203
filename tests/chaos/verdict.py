"""The count afterwards, read from the databases: what was thanked for, what is stored, what had its effect."""

import contextlib
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.chaos.town import STATIONS, Town

PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: `found` must equal `wanted`."""

    what: str
    found: int
    wanted: int

    @property
    def good(self) -> bool:
        return self.found == self.wanted


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Look into a database from outside."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(sql).fetchall()


def waiting(town: Town) -> int:
    """Facts in all outboxes."""
    return sum(rows(town.data / kiosk / "outbox.db", "select count(*) from facts")[0][0] for kiosk, _ in STATIONS)


def unread(town: Town) -> int:
    """Facts that the server has not taken."""
    last = rows(town.data / "mailbox.db", "select coalesce(max(id), 0) from facts")[0][0]
    place = rows(town.data / "changxiaozhan.db", "select coalesce(max(position), 0) from intake_place")[0][0]
    return int(last - place)


def settle(town: Town) -> float:
    """Wait until nothing is on its way any more, or patience ends; seconds."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        with contextlib.suppress(sqlite3.OperationalError):
            if waiting(town) == 0 and unread(town) == 0:
                break
        time.sleep(0.2)
    return time.monotonic() - began


def judge(town: Town, thanked: Counter[str], given_up: int) -> list[Line]:
    """The lines of the verdict."""
    mailbox, server = town.data / "mailbox.db", town.data / "changxiaozhan.db"
    stored = Counter(dict(rows(mailbox, "select kind, count(*) from facts where state = 'ok' group by kind")))
    deeds = dict(
        rows(
            mailbox,
            """select kind, count(distinct json_extract(body, '$.id')) from facts
               where kind in ('checkin', 'report') group by kind""",
        )
    )
    streams = rows(
        mailbox,
        """select s.upto, s.ahead, count(f.id), max(f.seq) from streams s
           join facts f on f.kiosk = s.kiosk and f.stream = s.stream group by s.kiosk, s.stream""",
    )
    counted = rows(server, "select count(*), count(distinct client_id) from checkins")[0]
    hours = rows(server, "select coalesce(sum(count), 0) from checkin_hours")[0][0]
    tickets = rows(server, "select count(*), count(distinct client_id) from incidents where channel = 'kiosk'")[0]
    alarms = rows(mailbox, "select count(*) from troubles where kind <> 'flapping'")[0][0]
    checkins, reports = thanked["checkin"], thanked["report"]
    return [
        Line("taps that were never thanked for", given_up, 0),
        Line("check-ins stored", stored["checkin"], checkins),
        Line("check-ins stored, each id once", deeds.get("checkin", 0), checkins),
        Line("reports stored", stored["report"], reports),
        Line("reports stored, each id once", deeds.get("report", 0), reports),
        Line("check-ins counted by the server", counted[0], checkins),
        Line("… each once", counted[1], checkins),
        Line("… in the figures by the hour", hours, checkins),
        Line("tickets from the kiosks' reports", tickets[0], reports),
        Line("… each once", tickets[1], reports),
        Line("streams with a hole", sum(ahead != "[]" or upto != count or upto != top
                                        for upto, ahead, count, top in streams), 0),
        Line("facts still in an outbox", waiting(town), 0),
        Line("facts the server has not read", unread(town), 0),
        Line("gaps, clones, parked or refused", alarms, 0),
    ]  # fmt: skip


def table(title: str, lines: list[Line]) -> Table:
    """For a person."""
    shown = Table("what", "found", "wanted", "", title=title)
    for line in lines:
        shown.add_row(line.what, f"{line.found:,}", f"{line.wanted:,}", "ok" if line.good else "WRONG")
    return shown
