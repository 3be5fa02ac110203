"""Tables of staff, their sessions, and API tokens."""

import json

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.staff.rules import Person

migrations = Migrations("staff")


@migrations(name="0001_staff")
def _tables(database: Database) -> None:
    for statement in (
        """create table staff (
            id integer primary key, login text not null unique, name text not null, role text not null,
            scopes text not null, password text not null, demo integer not null,
            created integer not null, disabled integer)""",
        """create table sessions (
            token text primary key, staff integer not null references staff (id),
            created integer not null, expires integer not null)""",
        "create index sessions_staff on sessions (staff)",
        """create table api_tokens (
            id integer primary key, token text not null unique, name text not null, scopes text not null,
            created integer not null, revoked integer)""",
    ):
        database.execute(statement)


def add(work: Work, login: str, name: str, role: str, scopes: tuple[str, ...], password: str, demo: bool) -> int:
    """Insert a person; the login must be free."""
    return work.insert(
        "staff",
        {
            "login": login, "name": name, "role": role, "scopes": json.dumps(scopes),
            "password": password, "demo": int(demo), "created": work.now,
        },
    )  # fmt: skip


def by_login(work: Work, login: str) -> Row | None:
    """The row, disabled people too."""
    return work.row("select * from staff where login = ?", (login,))


def person(work: Work, staff_id: int) -> Person | None:
    """Somebody who may work now; None when unknown or disabled."""
    row = work.row("select * from staff where id = ? and disabled is null", (staff_id,))
    return None if row is None else _person(work, row)


def name_of(work: Work, staff_id: int | None) -> str:
    """The name of an account, also of one that is disabled; empty for None and for nobody's."""
    return "" if staff_id is None else str(work.value("select name from staff where id = ?", (staff_id,)) or "")


def everybody(work: Work) -> list[tuple[Person, bool, bool]]:
    """(person, disabled, demo) of all, by login."""
    rows = work.rows("select * from staff order by login")
    return [(_person(work, row), row["disabled"] is not None, bool(row["demo"])) for row in rows]


def set_password(work: Work, staff_id: int, password: str) -> None:
    """Store a new hash and end every session."""
    work.run("update staff set password = ? where id = ?", (password, staff_id))
    work.run("delete from sessions where staff = ?", (staff_id,))


def disable(work: Work, staff_id: int) -> None:
    """Nobody logs in with this account any more; what it did stays on record."""
    work.run("update staff set disabled = ? where id = ?", (work.now, staff_id))
    work.run("delete from sessions where staff = ?", (staff_id,))


def open_session(work: Work, token: str, staff_id: int, expires: int) -> None:
    """Keep the hash of a session's token."""
    work.run("delete from sessions where expires <= ?", (work.now,))
    work.insert("sessions", {"token": token, "staff": staff_id, "created": work.now, "expires": expires})


def session(work: Work, token: str) -> Row | None:
    """The session with this hash that has not ended, with `demo` of its owner."""
    return work.row(
        """select sessions.*, staff.demo from sessions join staff on staff.id = sessions.staff
           where token = ? and expires > ? and staff.disabled is null""",
        (token, work.now),
    )


def close_session(work: Work, token: str) -> None:
    """Log out."""
    work.run("delete from sessions where token = ?", (token,))


def add_token(work: Work, token: str, name: str, scopes: tuple[str, ...]) -> int:
    """Keep the hash of an API token."""
    return work.insert("api_tokens", {"token": token, "name": name, "scopes": json.dumps(scopes), "created": work.now})


def token_scopes(work: Work, token: str) -> tuple[str, tuple[str, ...]] | None:
    """(name, scopes) of a token's hash that was not revoked."""
    row = work.row("select * from api_tokens where token = ? and revoked is null", (token,))
    return None if row is None else (row["name"], tuple(json.loads(row["scopes"])))


def tokens(work: Work) -> list[Row]:
    """Every token, without its secret."""
    return work.rows("select id, name, scopes, created, revoked from api_tokens order by id")


def revoke_token(work: Work, token_id: int) -> bool:
    """False when there is no such token in force."""
    return work.run("update api_tokens set revoked = ? where id = ? and revoked is null", (work.now, token_id)) > 0


def covered(work: Work, scopes: tuple[str, ...]) -> frozenset[str]:
    """The communities that scopes stand for."""
    found: set[str] = set()
    for scope in scopes:
        kind, _, code = scope.partition(":")
        column = {"community": "code", "street": "street", "district": "district"}[kind]
        found |= {row["code"] for row in work.rows(f"select code from communities where {column} = ?", (code,))}
    return frozenset(found)


def _person(work: Work, row: Row) -> Person:
    scopes = tuple(json.loads(row["scopes"]))
    return Person(row["id"], row["login"], row["name"], row["role"], scopes, covered(work, scopes))
