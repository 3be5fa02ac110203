"""Table of the signs by which open tickets are found again, and of how far older tickets are filled in."""

from collections.abc import Collection, Iterable

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.kit.store import Work

migrations = Migrations("duplicates")

Sign = tuple[str, str]
"""kind and value: plate, photo, place, spot, or kind (`station category`)."""


@migrations(name="0001_duplicates")
def _tables(database: Database) -> None:
    for statement in (
        """create table duplicate_signs (
            incident integer not null references incidents (id), kind text not null, value text not null,
            community text not null, primary key (incident, kind, value)) without rowid""",
        "create index duplicate_signs_of on duplicate_signs (community, kind, value, incident)",
        "create index duplicate_signs_newest on duplicate_signs (community, kind, incident, value)",
        "create table duplicate_progress (name text primary key, incident integer not null)",
    ):
        database.execute(statement)


def put(work: Work, incident: int, community: str, signs: Iterable[Sign]) -> None:
    """The signs of a ticket as they are now; none: it has ended, and nothing of it stays here."""
    wanted = set(signs)
    known = {
        (row["kind"], row["value"])
        for row in work.rows("select kind, value from duplicate_signs where incident = ?", (incident,))
    }
    for kind, value in known - wanted:
        work.run("delete from duplicate_signs where incident = ? and kind = ? and value = ?", (incident, kind, value))
    for kind, value in wanted - known:
        work.insert("duplicate_signs", {"incident": incident, "kind": kind, "value": value, "community": community})


def of(work: Work, incidents: Collection[int]) -> dict[int, set[Sign]]:
    """The signs of these tickets."""
    marks = ", ".join("?" for _ in incidents)
    found: dict[int, set[Sign]] = {incident: set() for incident in incidents}
    for row in work.rows(f"select * from duplicate_signs where incident in ({marks})", list(incidents)):
        found[row["incident"]].add((row["kind"], row["value"]))
    return found


def holders(work: Work, community: str, kind: str, values: Collection[str], limit: int) -> list[int]:
    """The newest open tickets of a community that bear one of these signs, each value up to `limit`."""
    found: list[int] = []
    for value in sorted(values):
        rows = work.rows(
            """select incident from duplicate_signs where community = ? and kind = ? and value = ?
               order by incident desc limit ?""",
            (community, kind, value, limit),
        )
        found += [row["incident"] for row in rows]
    return found


def newest(work: Work, community: str, kind: str, limit: int) -> list[tuple[int, str]]:
    """(ticket, value) of the newest signs of a kind."""
    rows = work.rows(
        """select incident, value from duplicate_signs where community = ? and kind = ?
           order by incident desc limit ?""",
        (community, kind, limit),
    )
    return [(row["incident"], row["value"]) for row in rows]


def filled_to(work: Work) -> int:
    """The last ticket that the chore has seen; 0 before the first."""
    return int(work.value("select incident from duplicate_progress where name = 'filled'") or 0)


def fill_to(work: Work, incident: int) -> None:
    """Everything up to this ticket has been seen."""
    work.run(
        """insert into duplicate_progress (name, incident) values ('filled', ?)
           on conflict (name) do update set incident = excluded.incident""",
        (incident,),
    )
