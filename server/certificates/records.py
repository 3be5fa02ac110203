"""Table of certificates: at most one of a ticket that is not revoked."""

from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.certificates.rules import Certificate
from server.kit.store import Work

migrations = Migrations("certificates")


@migrations(name="0001_certificates")
def _tables(database: Database) -> None:
    for statement in (
        """create table certificates (
            id integer primary key, incident integer not null references incidents (id), community text not null,
            state text not null, asked integer, answered integer, answered_by text not null, reason text not null,
            code text not null, sealed text not null, revoked integer, revoked_by text not null)""",
        "create unique index certificates_one on certificates (incident) where state <> 'revoked'",
        "create unique index certificates_code on certificates (code) where code <> ''",
        "create index certificates_of on certificates (incident, id)",
        "create index certificates_list on certificates (community, state, id)",
    ):
        database.execute(statement)


def add(work: Work, incident: int, community: str, asked: int | None) -> Certificate:
    """A request, or (`asked` None) a row to grant at once."""
    row = {
        "incident": incident, "state": "asked", "asked": asked, "answered": None, "answered_by": "", "reason": "",
        "code": "", "sealed": "", "revoked": None, "revoked_by": "",
    }  # fmt: skip
    number = work.insert("certificates", {**row, "community": community})
    return Certificate(id=number, **row)  # type: ignore[arg-type]


def latest(work: Work, incident: int) -> Certificate | None:
    """The last one of a ticket, whatever became of it."""
    return _one(work.row("select * from certificates where incident = ? order by id desc limit 1", (incident,)))


def by_code(work: Work, code: str) -> Certificate | None:
    """By the code it is checked by."""
    return _one(work.row("select * from certificates where code = ?", (code,)))


def grant(work: Work, certificate: int, by: str, code: str, sealed: str) -> None:
    """It is given."""
    work.run(
        """update certificates set state = 'granted', answered = ?, answered_by = ?, reason = '', code = ?, sealed = ?
           where id = ? and state in ('asked', 'refused')""",
        (work.now, by, code, sealed, certificate),
    )


def refuse(work: Work, certificate: int, by: str, reason: str) -> None:
    """It is not given."""
    work.run(
        """update certificates set state = 'refused', answered = ?, answered_by = ?, reason = ?
           where id = ? and state = 'asked'""",
        (work.now, by, reason, certificate),
    )


def revoke(work: Work, certificate: int, by: str, reason: str) -> None:
    """It no longer holds."""
    work.run(
        """update certificates set state = 'revoked', revoked = ?, revoked_by = ?, reason = ?
           where id = ? and state = 'granted'""",
        (work.now, by, reason, certificate),
    )


def listed(work: Work, communities: Collection[str], state: str, limit: int) -> list[Certificate]:
    """Those of these communities in one state; requests oldest first, else the newest first."""
    marks = ", ".join("?" for _ in communities)
    order = "id" if state == "asked" else "id desc"
    rows = work.rows(
        f"select * from certificates where community in ({marks}) and state = ? order by {order} limit ?",
        [*sorted(communities), state, limit],
    )
    return [_certificate(row) for row in rows]


def count(work: Work, communities: Collection[str], state: str) -> int:
    """How many."""
    marks = ", ".join("?" for _ in communities)
    return int(
        work.value(
            f"select count(*) from certificates where community in ({marks}) and state = ?",
            [*sorted(communities), state],
        )
    )


def _one(row: Row | None) -> Certificate | None:
    return None if row is None else _certificate(row)


def _certificate(row: Row) -> Certificate:
    return Certificate(**{name: value for name, value in row.items() if name != "community"})
