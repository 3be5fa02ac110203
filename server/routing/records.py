"""Tables: the communities' own rules in versions, where each ticket was sent and why, and rules found broken."""

import json
from dataclasses import dataclass
from functools import lru_cache

import structlog
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.categories import Desk, Level
from gateway.sqlite import Row
from server.kit.store import Work
from server.routing.decide import Routed
from server.routing.rulebook import shipped
from server.routing.rules import RuleSet, body_of, read

log = structlog.get_logger()

migrations = Migrations("routing")


@migrations(name="0001_routing")
def _tables(database: Database) -> None:
    for statement in (
        """create table routing_rules (
            community text not null references communities (code), version integer not null, body text not null,
            note text not null, author text not null, at integer not null, primary key (community, version))""",
        """create table routing_drafts (
            community text primary key references communities (code), base integer not null, body text not null,
            author text not null, at integer not null)""",
        """create table incident_routes (
            incident integer primary key, level text not null, desk text not null, target text not null,
            also text not null, calls text not null, why text not null, answers text not null,
            rules integer not null, category_version integer not null, at integer not null)""",
        """create table routing_faults (
            community text not null, rule text not null, target text not null, first integer not null,
            last integer not null, times integer not null, primary key (community, rule, target))""",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Route:
    """What the rules said when a ticket was opened. It stays as it was, whatever becomes of the ticket or the rules."""

    incident: int
    level: Level
    desk: Desk
    target: str
    also: tuple[str, ...]
    calls: tuple[str, ...]
    why: tuple[str, ...]
    answers: dict[str, str]
    rules: int
    """The version of the community's rules; 0: as shipped."""
    category_version: int
    at: int


@dataclass(frozen=True, slots=True)
class Version:
    """One published set of rules."""

    version: int
    note: str
    author: str
    at: int


@dataclass(frozen=True, slots=True)
class Pending:
    """Rules being edited. `base`: the version they came from."""

    rules: RuleSet
    base: int
    author: str
    at: int


def active(work: Work, community: str) -> RuleSet:
    """The rules in force; as shipped when the community has published none."""
    row = work.row("select * from routing_rules where community = ? order by version desc limit 1", (community,))
    if row is None:
        return shipped()
    try:
        return _parsed(row["body"], row["version"], row["author"], row["at"])
    except ValueError:
        # Written by another version of the program: no report may wait for somebody to look into it.
        log.exception("stored rules cannot be read; the shipped ones serve", community=community)
        return shipped()


def publish(work: Work, community: str, rules: RuleSet, note: str, author: str) -> int:
    """Store the next version and drop the draft; returns its number."""
    last = work.value("select max(version) from routing_rules where community = ?", (community,)) or 0
    row = {
        "community": community, "version": last + 1, "body": _text(rules), "note": note, "author": author,
        "at": work.now,
    }  # fmt: skip
    work.insert("routing_rules", row)
    drop_draft(work, community)
    return int(last) + 1


def published(work: Work, community: str) -> list[Version]:
    """Every version, the newest first."""
    rows = work.rows(
        "select version, note, author, at from routing_rules where community = ? order by version desc", (community,)
    )
    return [Version(row["version"], row["note"], row["author"], row["at"]) for row in rows]


def draft(work: Work, community: str) -> Pending | None:
    """What is being edited; None when nothing is."""
    row = work.row("select * from routing_drafts where community = ?", (community,))
    if row is None:
        return None
    try:
        return Pending(_parsed(row["body"]), row["base"], row["author"], row["at"])
    except ValueError:
        log.exception("a stored draft cannot be read; it is as if there were none", community=community)
        return None


def save_draft(work: Work, community: str, rules: RuleSet, base: int, author: str) -> None:
    """Keep what is being edited."""
    work.run(
        """insert into routing_drafts (community, base, body, author, at) values (?, ?, ?, ?, ?)
           on conflict (community) do update set base = excluded.base, body = excluded.body,
             author = excluded.author, at = excluded.at""",
        (community, base, _text(rules), author, work.now),
    )


def drop_draft(work: Work, community: str) -> None:
    """Forget what is being edited."""
    work.run("delete from routing_drafts where community = ?", (community,))


def add_route(
    work: Work, incident: int, routed: Routed, answers: dict[str, str], rules: int, category_version: int
) -> None:
    """Write down where a ticket was sent."""
    row = {
        "incident": incident, "level": str(routed.level), "desk": str(routed.desk), "target": routed.target,
        "also": json.dumps(routed.also), "calls": json.dumps(routed.calls), "why": json.dumps(routed.why),
        "answers": json.dumps(answers, ensure_ascii=False), "rules": rules, "category_version": category_version,
        "at": work.now,
    }  # fmt: skip
    work.insert("incident_routes", row)


def route_of(work: Work, incident: int) -> Route | None:
    """Where a ticket was sent; None for those older than routing."""
    row = work.row("select * from incident_routes where incident = ?", (incident,))
    return None if row is None else _route(row)


def note_fault(work: Work, community: str, rule: str, target: str) -> bool:
    """Count a rule whose target is gone; True the first time in a day."""
    known = work.row(
        "select last from routing_faults where community = ? and rule = ? and target = ?", (community, rule, target)
    )
    work.run(
        """insert into routing_faults (community, rule, target, first, last, times) values (?, ?, ?, ?, ?, 1)
           on conflict (community, rule, target) do update set last = excluded.last, times = times + 1""",
        (community, rule, target, work.now, work.now),
    )
    return known is None or work.now - known["last"] > 24 * 3_600_000


def faults(work: Work, community: str) -> list[Row]:
    """Rules found broken, the latest first: rule, target, first, last, times."""
    return work.rows("select * from routing_faults where community = ? order by last desc", (community,))


def forget_faults(work: Work, community: str) -> None:
    """A new set of rules begins with a clean sheet."""
    work.run("delete from routing_faults where community = ?", (community,))


def _text(rules: RuleSet) -> str:
    return json.dumps(body_of(rules), ensure_ascii=False)


@lru_cache(maxsize=64)
def _parsed(text: str, version: int = 0, author: str = "", at: int = 0) -> RuleSet:
    return read(json.loads(text), version, author, at)


def _route(row: Row) -> Route:
    lists = {name: tuple(json.loads(row[name])) for name in ("also", "calls", "why")}
    values = {**row, **lists, "answers": json.loads(row["answers"])}
    return Route(**{**values, "level": Level(row["level"]), "desk": Desk(row["desk"])})
