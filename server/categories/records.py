"""Table of the catalogue's versions. A row is never changed: an edit is a new one, and tickets name theirs."""

from collections.abc import Iterable

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.categories.catalogue import AUTHOR, shipped
from server.categories.rules import Kind, from_text, to_text
from server.kit.store import Work

migrations = Migrations("categories")


@migrations(name="0001_categories")
def _tables(database: Database) -> None:
    database.execute(
        """create table category_versions (
            code text not null, version integer not null, body text not null, author text not null,
            at integer not null, primary key (code, version))"""
    )


_NEWEST = """select code, version, body, author, at from category_versions as one
             where version = (select max(version) from category_versions where code = one.code)"""


def current(work: Work) -> dict[str, Kind]:
    """code → category as it is now, retired ones too, in the order of the tiles."""
    edited = {row["code"]: row for row in work.rows(_NEWEST)}
    base = shipped()
    return {code: _now(edited.get(code), base.get(code)) for code in [*base, *sorted(edited.keys() - base.keys())]}


def get(work: Work, code: str) -> Kind | None:
    """One category as it is now; None for a code nobody has made."""
    row = work.row(f"{_NEWEST} and code = ?", (code,))
    base = shipped().get(code)
    return None if row is None and base is None else _now(row, base)


def _now(row: Row | None, base: Kind | None) -> Kind:
    # What nobody has edited follows the program; what somebody has edited stays theirs.
    if row is not None and (base is None or row["author"] != AUTHOR or row["body"] == to_text(base)):
        return _kind(row)
    if base is None:
        raise LookupError("neither stored nor shipped")
    return base


def pin(work: Work, kind: Kind) -> Kind:
    """The category with a version that is kept for good, for a ticket to name."""
    if kind.version:
        return kind
    return save(work, kind, AUTHOR)


def save(work: Work, kind: Kind, author: str) -> Kind:
    """Store a new version."""
    last = work.value("select max(version) from category_versions where code = ?", (kind.code,)) or 0
    row = {"code": kind.code, "version": last + 1, "body": to_text(kind), "author": author, "at": work.now}
    work.insert("category_versions", row)
    return _kind(row)


def of_version(work: Work, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Kind]:
    """(code, version) → the category as it was then; a version that was never stored is missing."""
    found = {}
    for code, version in sorted({pair for pair in wanted if pair[1]}):
        row = work.row("select * from category_versions where code = ? and version = ?", (code, version))
        if row is not None:
            found[code, version] = _kind(row)
    return found


def versions(work: Work, code: str) -> list[Kind]:
    """Every version of a category, the newest first."""
    return [
        _kind(row) for row in work.rows("select * from category_versions where code = ? order by version desc", (code,))
    ]


def _kind(row: Row) -> Kind:
    return from_text(row["body"], row["version"], row["author"], row["at"])
