"""The texts of a ticket that may hold a person's words, and the only way to change a history."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from server.incidents.records import migrations
from server.kit.store import Work

REPORTERS = ("骑手", "骑手（站内屏幕）", "接口")
"""How a ticket's own reporter is named in its history."""


@migrations(name="0007_rewordings")
def _rewordings(database: Database) -> None:
    database.execute("create table incident_rewordings (incident integer primary key references incidents (id))")


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one line of history, or of one request (without `changes`)."""

    id: int
    note: str
    reply: str
    changes: str = ""
    by_reporter: bool = False


def steps(work: Work, incident: int) -> list[Texts]:
    """The history's words, oldest first."""
    rows = work.rows(
        "select id, by_id, by_name, note, reply, changes from incident_steps where incident = ? order by id",
        (incident,),
    )
    return [
        Texts(
            row["id"], row["note"], row["reply"], row["changes"],
            row["by_id"] is None and row["by_name"] in REPORTERS,
        )
        for row in rows
    ]  # fmt: skip


def requests(work: Work, incident: int) -> list[Texts]:
    """What was asked for and why."""
    rows = work.rows("select id, note, reply from incident_requests where incident = ? order by id", (incident,))
    return [Texts(row["id"], row["note"], row["reply"]) for row in rows]


def rewrite(work: Work, incident: int, words: str, place: str, reply: str) -> None:
    """Put other words in place of a ticket's own."""
    work.run(
        "update incidents set words = ?, place = ?, reply = ?, updated = ?, version = version + 1 where id = ?",
        (words, place, reply, work.now, incident),
    )


def rewrite_steps(work: Work, changed: Sequence[Texts]) -> None:
    """Change lines of the history: the trigger that forbids it is away for these statements of this transaction."""
    if not changed:
        return
    trigger = work.value("select sql from sqlite_master where type = 'trigger' and name = 'incident_steps_stay'")
    work.run("drop trigger incident_steps_stay")
    try:
        for one in changed:
            work.run(
                "update incident_steps set note = ?, reply = ?, changes = ? where id = ?",
                (one.note, one.reply, one.changes, one.id),
            )
    finally:
        work.run(trigger)


def rewrite_requests(work: Work, changed: Sequence[Texts]) -> None:
    """Put other words in place of a request's."""
    for one in changed:
        work.run("update incident_requests set note = ?, reply = ? where id = ?", (one.note, one.reply, one.id))


def to_reword(work: Work, incident: int) -> None:
    """The fact that this ticket came from holds the old words still."""
    work.run("insert into incident_rewordings values (?) on conflict do nothing", (incident,))


def rewordings(work: Work) -> list[int]:
    """Tickets whose facts hold old words still."""
    return [row["incident"] for row in work.rows("select incident from incident_rewordings order by incident")]


def reworded(work: Work, incident: int) -> None:
    """Done."""
    work.run("delete from incident_rewordings where incident = ?", (incident,))
