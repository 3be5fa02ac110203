"""Tables of holds, of what was purged, of copies and deletions, and of consents. None of them holds content."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.clock import beijing
from server.kit.store import Work
from server.privacy.rules import Hold

migrations = Migrations("privacy")

AUTOMATIC = "系统"


@migrations(name="0001_privacy")
def _tables(database: Database) -> None:
    for statement in (
        """create table privacy_holds (
            id integer primary key, incident integer not null references incidents (id), why text not null,
            by_id integer not null, by_name text not null, at integer not null, until integer not null,
            lifted integer, lifted_by text not null default '')""",
        "create index privacy_holds_of on privacy_holds (incident) where lifted is null",
        """create table privacy_purges (
            day text not null, kind text not null, community text not null, number integer not null,
            last integer not null, primary key (day, kind, community))""",
        """create table privacy_deeds (
            id integer primary key, at integer not null, by_id integer, by_name text not null, deed text not null,
            communities text not null, tickets text not null, phone text not null, counts text not null)""",
        """create table privacy_consents (
            id integer primary key, subject text not null, purpose text not null, version integer not null,
            at integer not null, withdrawn integer)""",
        "create index privacy_consents_of on privacy_consents (subject, purpose)",
        "create table privacy_progress (name text primary key, photo integer not null, at integer not null)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Deed:
    """A copy given or a deletion done: which tickets and how much, never what was in them. `phone` is masked."""

    at: int
    by_name: str
    deed: str
    communities: tuple[str, ...]
    tickets: tuple[str, ...]
    phone: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to a purpose, having been shown this version of the notice."""

    subject: str
    purpose: str
    version: int
    at: int


def add_hold(work: Work, incident: int, why: str, by_id: int, by_name: str, until: int) -> int:
    """A new hold."""
    row = {"incident": incident, "why": why, "by_id": by_id, "by_name": by_name, "at": work.now, "until": until}
    return work.insert("privacy_holds", row)


def held(work: Work, incidents: Collection[int]) -> Hold | None:
    """The hold in force that lasts longest over one of these tickets."""
    marks = ", ".join("?" for _ in incidents)
    row = work.row(
        f"""select * from privacy_holds where incident in ({marks}) and lifted is null and until > ?
            order by until desc limit 1""",
        [*incidents, work.now],
    )
    return None if row is None else Hold(**row)


def hold(work: Work, hold_id: int) -> Hold | None:
    """By number."""
    row = work.row("select * from privacy_holds where id = ?", (hold_id,))
    return None if row is None else Hold(**row)


def lift(work: Work, hold_id: int, by_name: str) -> bool:
    """Take a hold away; False when it was taken away already."""
    changed = work.run(
        "update privacy_holds set lifted = ?, lifted_by = ? where id = ? and lifted is null",
        (work.now, by_name, hold_id),
    )
    return changed > 0


def holds(work: Work, limit: int = 100) -> list[Hold]:
    """Holds in force and those of before, the newest first."""
    return [Hold(**row) for row in work.rows("select * from privacy_holds order by id desc limit ?", (limit,))]


def note_purge(work: Work, kind: str, community: str, number: int) -> None:
    """Count what was purged, by day and kind."""
    if number:
        work.run(
            """insert into privacy_purges (day, kind, community, number, last) values (?, ?, ?, ?, ?)
               on conflict (day, kind, community)
               do update set number = number + excluded.number, last = excluded.last""",
            (beijing(work.now).date().isoformat(), kind, community, number, work.now),
        )


def purges(work: Work, communities: Collection[str], limit: int = 200) -> list[Row]:
    """day, kind, community, number, last: newest first. What no community had is everybody's."""
    seen = ["", *sorted(communities)]
    marks = ", ".join("?" for _ in seen)
    return work.rows(
        f"""select * from privacy_purges where community in ({marks})
            order by day desc, community, kind limit ?""",
        [*seen, limit],
    )


def add_deed(
    work: Work,
    by: tuple[int | None, str],
    deed: str,
    communities: Collection[str],
    tickets: Collection[str],
    phone: str,
    counts: Mapping[str, int],
) -> None:
    """Write down what was done; `phone` masked."""
    work.insert(
        "privacy_deeds",
        {
            "at": work.now, "by_id": by[0], "by_name": by[1], "deed": deed,
            "communities": json.dumps(sorted(communities)), "tickets": json.dumps(sorted(tickets)), "phone": phone,
            "counts": json.dumps(counts, ensure_ascii=False),
        },
    )  # fmt: skip


def deeds(work: Work, communities: Collection[str], limit: int = 100) -> list[Deed]:
    """What was done about people of these communities, newest first; what touched no ticket is everybody's."""
    found = []
    for row in work.rows("select * from privacy_deeds order by id desc limit ?", (5 * limit,)):
        values: dict[str, Any] = {name: json.loads(row[name]) for name in ("communities", "tickets", "counts")}
        if not values["communities"] or set(values["communities"]) & set(communities):
            found.append(
                Deed(
                    row["at"], row["by_name"], row["deed"], tuple(values["communities"]), tuple(values["tickets"]),
                    row["phone"], values["counts"],
                )
            )  # fmt: skip
    return found[:limit]


def add_consent(work: Work, subject: str, purpose: str, version: int) -> None:
    """One more word of consent."""
    row = {"subject": subject, "purpose": purpose, "version": version, "at": work.now}
    work.insert("privacy_consents", row)


def consents(work: Work, subject: str) -> list[Consent]:
    """What somebody agrees to now, each purpose once."""
    rows = work.rows(
        """select subject, purpose, version, at from privacy_consents
           where subject = ? and withdrawn is null order by id""",
        (subject,),
    )
    return list({row["purpose"]: Consent(**row) for row in rows}.values())


def withdraw_consent(work: Work, subject: str, purpose: str) -> bool:
    """False when there was none in force."""
    changed = work.run(
        "update privacy_consents set withdrawn = ? where subject = ? and purpose = ? and withdrawn is null",
        (work.now, subject, purpose),
    )
    return changed > 0


def forget_consents(work: Work, subject: str) -> int:
    """Somebody's data is deleted, and with it whom the consents were from; how many there were."""
    return work.run("delete from privacy_consents where subject = ?", (subject,))


def place(work: Work) -> int:
    """The photo up to which the rounds have looked."""
    return int(work.value("select photo from privacy_progress where name = 'photos'") or 0)


def rounded(work: Work) -> int | None:
    """When the rounds last came to the end of all photos; None before the first time."""
    found = work.value("select at from privacy_progress where name = 'round'")
    return None if found is None else int(found)


def move_place(work: Work, photo: int) -> None:
    """So far the rounds have come; 0: to the end, and they begin again."""
    for name, value in [("photos", photo), *([("round", 0)] if photo == 0 else [])]:
        work.run(
            """insert into privacy_progress (name, photo, at) values (?, ?, ?)
               on conflict (name) do update set photo = excluded.photo, at = excluded.at""",
            (name, value, work.now),
        )
