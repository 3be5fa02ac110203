"""Table of what devices found: for each ticket, which device said what, how often, and when last."""

from sqlite_utils import Database

from gateway.sqlite import Row
from server.incidents.records import migrations
from server.kit.store import Work


@migrations(name="findings_0001")
def _findings(database: Database) -> None:
    for statement in (
        """create table incident_findings (
            id integer primary key, station text not null, device text not null, event text not null,
            incident integer not null references incidents (id), times integer not null,
            first_at integer not null, last_at integer not null, last text not null)""",
        "create index incident_findings_newest on incident_findings (station, device, event, id)",
        "create index incident_findings_of on incident_findings (incident)",
    ):
        database.execute(statement)


def newest(work: Work, station: str, device: str, event: str) -> Row | None:
    """The last time this device said this: id, incident, times, last_at."""
    return work.row(
        """select * from incident_findings where station = ? and device = ? and event = ? order by id desc limit 1""",
        (station, device, event),
    )


def add(work: Work, station: str, device: str, event: str, incident: int, words: str) -> None:
    """Said for the first time on this ticket."""
    work.insert(
        "incident_findings",
        {
            "station": station, "device": device, "event": event, "incident": incident, "times": 1,
            "first_at": work.now, "last_at": work.now, "last": words,
        },
    )  # fmt: skip


def again(work: Work, finding: int, words: str) -> int:
    """Said once more; returns how often now."""
    work.run(
        "update incident_findings set times = times + 1, last_at = ?, last = ? where id = ?", (work.now, words, finding)
    )
    return int(work.value("select times from incident_findings where id = ?", (finding,)))


def of_incident(work: Work, incident: int) -> list[Row]:
    """The findings of a ticket and of those merged into it, the latest first."""
    return work.rows(
        """select * from incident_findings
           where incident in (select id from incidents where id = ? or merged_into = ?)
           order by last_at desc, id desc""",
        (incident, incident),
    )
