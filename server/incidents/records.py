"""Tables of tickets, their history and their photos."""

from collections.abc import Collection, Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.categories import Category, Desk, Level
from gateway.contract.presence import Presence
from gateway.sqlite import Row
from server.categories import of_version
from server.incidents.rules import Incident, Step
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
             updated = ?, version = version + 1
           where id = ?""",
        (
            incident.state, str(incident.level), str(incident.desk), incident.handler, incident.merged_into,
            incident.reply, incident.barred, work.now, incident.id,
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
        },
    )  # fmt: skip


def history(work: Work, incident_id: int) -> list[Step]:
    """Oldest first."""
    rows = work.rows("select * from incident_steps where incident = ? order by id", (incident_id,))
    return [
        Step(
            row["at"], row["by_name"], row["role"], row["move"], row["from_state"], row["to_state"], row["note"],
            row["reply"], row["desk"],
        )
        for row in rows
    ]  # fmt: skip


def last_worker(work: Work, incident_id: int) -> int | None:
    """Who last said that the work was done; None when nobody with an account did."""
    found = work.value(
        "select by_id from incident_steps where incident = ? and move = 'done' order by id desc limit 1", (incident_id,)
    )
    return None if found is None else int(found)


def add_photos(work: Work, incident_id: int, photos: Sequence[int]) -> None:
    """Tie photos to a ticket."""
    for photo in photos:
        work.run("insert into incident_photos (incident, photo) values (?, ?)", (incident_id, photo))


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


def _one(work: Work, row: Row | None) -> Incident | None:
    return None if row is None else incidents_of(work, [row])[0]


def incidents_of(work: Work, rows: Sequence[Row]) -> list[Incident]:
    """Rows of the table as tickets, each with its category as it was."""
    kinds = of_version(work, {(row["category"], row["category_version"]) for row in rows})
    return [_incident(row, kinds.get((row["category"], row["category_version"]))) for row in rows]


def _incident(row: Row, known: Category | None) -> Incident:
    values = {**row, "known": known}
    values |= {
        "level": Level(row["level"]),
        "desk": Desk(row["desk"]),
        "presence": Presence(row["presence"]),
        "estimated": bool(row["estimated"]),
    }
    return Incident(**values)
