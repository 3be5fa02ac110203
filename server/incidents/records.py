"""Tables of tickets, their history and their photos."""

import json
from collections.abc import Collection, Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.categories import Category, Desk, Level
from gateway.contract.presence import Presence
from gateway.sqlite import Row
from server.categories import of_version
from server.incidents.rules import Incident, Request, Step
from server.kit.clock import beijing
from server.kit.store import Work

migrations = Migrations("incidents")


@migrations(name="0001_incidents")
def _tables(database: Database) -> None:
    for statement in (
        """create table incidents (
            id integer primary key,
            number text not null unique, receipt text not null unique, client_id text not null unique,
            station text not null, community text not null,
            category text not null, level text not null, desk text not null, state text not null,
            place text not null, words text not null, channel text not null, presence text not null,
            at integer not null, estimated integer not null, received integer not null, updated integer not null,
            version integer not null, handler integer, merged_into integer references incidents (id),
            reply text not null)""",
        "create index incidents_list on incidents (community, state, id)",
        "create index incidents_desk on incidents (community, desk, state, id)",
        "create index incidents_station on incidents (station, id)",
        "create index incidents_merged on incidents (merged_into) where merged_into is not null",
        """create table incident_steps (
            id integer primary key, incident integer not null references incidents (id),
            at integer not null, by_id integer, by_name text not null, role text not null, move text not null,
            from_state text not null, to_state text not null, note text not null, reply text not null,
            desk text not null)""",
        "create index incident_steps_of on incident_steps (incident, id)",
        """create table incident_photos (
            incident integer not null references incidents (id), photo integer not null,
            primary key (incident, photo))""",
        "create index incident_photos_photo on incident_photos (photo)",
        "create table incident_serials (day text primary key, last integer not null)",
    ):
        database.execute(statement)


@migrations(name="0002_barred")
def _barred(database: Database) -> None:
    database.execute("alter table incidents add column barred integer")


@migrations(name="0003_category_version")
def _category_version(database: Database) -> None:
    database.execute("alter table incidents add column category_version integer not null default 0")


@migrations(name="0004_full_loop")
def _full_loop(database: Database) -> None:
    for statement in (
        "alter table incidents add column assignee integer",
        "alter table incidents add column waiting text not null default ''",
        "alter table incidents add column review_at integer",
        "alter table incidents add column look_at integer",
        "alter table incidents add column look_told integer not null default 0",
        "alter table incidents add column supervised integer",
        "alter table incidents add column body text not null default ''",
        "alter table incidents add column split_from integer references incidents (id)",
        "create index incidents_review on incidents (review_at) where review_at is not null",
        "create index incidents_look on incidents (look_at) where look_at is not null",
        "create index incidents_split on incidents (split_from) where split_from is not null",
        "alter table incident_steps add column changes text not null default ''",
        """create table incident_requests (
            id integer primary key, incident integer not null references incidents (id), move text not null,
            by_id integer not null, by_name text not null, by_role text not null, at integer not null,
            note text not null, reply text not null, until integer,
            state text not null, answered integer, answered_by integer, answered_name text not null,
            answer text not null)""",
        "create index incident_requests_of on incident_requests (incident, id)",
        "create index incident_requests_open on incident_requests (id) where state = 'asked'",
        # The history is evidence: it is added to, and nothing else.
        """create trigger incident_steps_stay before update on incident_steps
           begin select raise(abort, 'the history is append-only'); end""",
        """create trigger incident_steps_remain before delete on incident_steps
           begin select raise(abort, 'the history is append-only'); end""",
    ):
        database.execute(statement)


def next_number(work: Work, at: int) -> str:
    """`CXZ-261122-0007`: the day in Beijing and a serial; gapless within the transaction that uses it."""
    day = beijing(at).strftime("%y%m%d")
    work.run(
        "insert into incident_serials (day, last) values (?, 1) on conflict (day) do update set last = last + 1",
        (day,),
    )
    return f"CXZ-{day}-{work.value('select last from incident_serials where day = ?', (day,)):04d}"


def add(work: Work, values: Row) -> int:
    """Insert a ticket."""
    return work.insert("incidents", values)


def get(work: Work, incident_id: int) -> Incident | None:
    """By its internal id."""
    return _one(work, work.row("select * from incidents where id = ?", (incident_id,)))


def after(work: Work, incident_id: int, limit: int) -> list[Incident]:
    """The tickets with higher numbers than this, in order, of every community: for chores."""
    rows = work.rows("select * from incidents where id > ? order by id limit ?", (incident_id, limit))
    return incidents_of(work, rows)


def by_client_id(work: Work, client_id: str) -> Incident | None:
    """The ticket that a client id has become."""
    return _one(work, work.row("select * from incidents where client_id = ?", (client_id,)))


def by_receipt(work: Work, receipt: str) -> Incident | None:
    """By the stored form of a receipt."""
    return _one(work, work.row("select * from incidents where receipt = ?", (receipt,)))


def by_number(work: Work, number: str) -> Incident | None:
    """By the staff's number."""
    return _one(work, work.row("select * from incidents where number = ?", (number,)))


def save(work: Work, incident: Incident) -> None:
    """Store what a move may change, and count the version up."""
    work.run(
        """update incidents set state = ?, level = ?, desk = ?, handler = ?, merged_into = ?, reply = ?, barred = ?,
             category = ?, category_version = ?, place = ?, assignee = ?, waiting = ?, review_at = ?, look_at = ?,
             look_told = look_told and look_at is ?, supervised = ?, body = ?,
             updated = ?, version = version + 1
           where id = ?""",
        (
            incident.state, str(incident.level), str(incident.desk), incident.handler, incident.merged_into,
            incident.reply, incident.barred, incident.category, incident.category_version, incident.place,
            incident.assignee, incident.waiting, incident.review_at, incident.look_at, incident.look_at,
            incident.supervised, incident.body, work.now, incident.id,
        ),
    )  # fmt: skip


def add_step(work: Work, incident_id: int, by_id: int | None, step: Step) -> None:
    """Append to the history."""
    work.insert(
        "incident_steps",
        {
            "incident": incident_id, "at": step.at, "by_id": by_id, "by_name": step.by, "role": step.role,
            "move": step.move, "from_state": step.from_state, "to_state": step.to_state, "note": step.note,
            "reply": step.reply, "desk": step.desk,
            "changes": json.dumps(step.changes, ensure_ascii=False) if step.changes else "",
        },
    )  # fmt: skip


def history(work: Work, incident_id: int) -> list[Step]:
    """Oldest first."""
    rows = work.rows("select * from incident_steps where incident = ? order by id", (incident_id,))
    return [
        Step(
            row["at"], row["by_name"], row["role"], row["move"], row["from_state"], row["to_state"], row["note"],
            row["reply"], row["desk"],
            tuple((field, old, new) for field, old, new in json.loads(row["changes"] or "[]")),
        )
        for row in rows
    ]  # fmt: skip


def last_worker(work: Work, incident_id: int) -> int | None:
    """Who last said that the work was done; None when nobody with an account did."""
    found = work.value(
        "select by_id from incident_steps where incident = ? and move = 'done' order by id desc limit 1", (incident_id,)
    )
    return None if found is None else int(found)


def state_before(work: Work, incident_id: int, move: str) -> str | None:
    """From which state the last move of this name was made; None when there was none."""
    found = work.value(
        "select from_state from incident_steps where incident = ? and move = ? order by id desc limit 1",
        (incident_id, move),
    )
    return None if found is None else str(found)


def add_photos(work: Work, incident_id: int, photos: Sequence[int]) -> None:
    """Tie photos to a ticket."""
    for photo in photos:
        work.run("insert into incident_photos (incident, photo) values (?, ?)", (incident_id, photo))


def move_photos(work: Work, incident_id: int, photos: Collection[int], to: int) -> None:
    """These photos of a ticket belong to another one from now on."""
    for photo in photos:
        work.run("update incident_photos set incident = ? where incident = ? and photo = ?", (to, incident_id, photo))


def photos(work: Work, incident_id: int) -> list[int]:
    """Photo numbers, in the order they came; those of merged tickets stay with their own."""
    rows = work.rows("select photo from incident_photos where incident = ? order by photo", (incident_id,))
    return [row["photo"] for row in rows]


def photo_counts(work: Work, incident_ids: Collection[int]) -> dict[int, int]:
    """How many photos each of these tickets has; tickets without any are missing."""
    if not incident_ids:
        return {}
    marks = ", ".join("?" for _ in incident_ids)
    rows = work.rows(
        f"select incident, count(*) as n from incident_photos where incident in ({marks}) group by incident",
        list(incident_ids),
    )
    return {row["incident"]: row["n"] for row in rows}


def tied(work: Work, photo_ids: Collection[int]) -> set[int]:
    """Those of these photos that are on a ticket."""
    if not photo_ids:
        return set()
    marks = ", ".join("?" for _ in photo_ids)
    rows = work.rows(f"select photo from incident_photos where photo in ({marks})", list(photo_ids))
    return {row["photo"] for row in rows}


def of_photo(work: Work, photo: int) -> Incident | None:
    """The ticket a photo belongs to."""
    return _one(
        work,
        work.row(
            """select incidents.* from incidents
               join incident_photos on incident_photos.incident = incidents.id where photo = ?""",
            (photo,),
        ),
    )


def merged_here(work: Work, incident_id: int) -> list[Incident]:
    """The tickets that were merged into this one."""
    return incidents_of(work, work.rows("select * from incidents where merged_into = ?", (incident_id,)))


def split_here(work: Work, incident_id: int) -> list[Incident]:
    """The tickets that were split off this one."""
    return incidents_of(work, work.rows("select * from incidents where split_from = ? order by id", (incident_id,)))


def reviews_due(work: Work, limit: int) -> list[Incident]:
    """Shelved and transferred tickets whose date has come, the oldest date first."""
    rows = work.rows(
        "select * from incidents where review_at is not null and review_at <= ? order by review_at limit ?",
        (work.now, limit),
    )
    return incidents_of(work, rows)


def looks_due(work: Work, limit: int) -> list[Incident]:
    """Closed tickets that somebody should look at again, and nobody was told yet."""
    rows = work.rows(
        """select * from incidents where look_at is not null and look_at <= ? and not look_told
           order by look_at limit ?""",
        (work.now, limit),
    )
    return incidents_of(work, rows)


def look_told(work: Work, incident_id: int) -> None:
    """Remember that the second look was announced."""
    work.run("update incidents set look_told = 1 where id = ?", (incident_id,))


def add_request(
    work: Work, incident: int, move: str, by: tuple[int, str, str], note: str, reply: str, until: int | None
) -> Request:
    """Ask. `by`: the asker's account, name and role in words."""
    row = {
        "incident": incident, "move": move, "by_id": by[0], "by_name": by[1], "by_role": by[2], "at": work.now,
        "note": note, "reply": reply, "until": until, "state": "asked", "answered": None, "answered_by": None,
        "answered_name": "", "answer": "",
    }  # fmt: skip
    return Request(id=work.insert("incident_requests", row), **row)  # type: ignore[arg-type]


def request(work: Work, request_id: int) -> Request | None:
    """One request."""
    row = work.row("select * from incident_requests where id = ?", (request_id,))
    return None if row is None else _request(row)


def requests_of(work: Work, incident: int) -> list[Request]:
    """Every request about a ticket, oldest first."""
    rows = work.rows("select * from incident_requests where incident = ? order by id", (incident,))
    return [_request(row) for row in rows]


def settle_request(work: Work, request_id: int, state: str, by: tuple[int | None, str], words: str) -> bool:
    """Settle a request; False when it is settled already."""
    changed = work.run(
        """update incident_requests set state = ?, answered = ?, answered_by = ?, answered_name = ?, answer = ?
           where id = ? and state = 'asked'""",
        (state, work.now, by[0], by[1], words, request_id),
    )
    return changed > 0


def _request(row: Row) -> Request:
    return Request(**row)


def _one(work: Work, row: Row | None) -> Incident | None:
    return None if row is None else incidents_of(work, [row])[0]


def incidents_of(work: Work, rows: Sequence[Row]) -> list[Incident]:
    """Rows of the table as tickets, each with its category as it was."""
    kinds = of_version(work, {(row["category"], row["category_version"]) for row in rows})
    return [_incident(row, kinds.get((row["category"], row["category_version"]))) for row in rows]


def _incident(row: Row, known: Category | None) -> Incident:
    values = {name: value for name, value in row.items() if name != "look_told"} | {"known": known}
    values |= {
        "level": Level(row["level"]),
        "desk": Desk(row["desk"]),
        "presence": Presence(row["presence"]),
        "estimated": bool(row["estimated"]),
    }
    return Incident(**values)
