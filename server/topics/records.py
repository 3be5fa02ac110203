"""Tables of topics, their history and needs, and of which ticket lies at which place."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.categories import category
from gateway.sqlite import Row
from server import categories
from server.incidents import Incident
from server.kit.store import Work
from server.topics import rules
from server.topics.rules import Need, Step, Topic

migrations = Migrations("topics")


@migrations(name="0001_topics")
def _tables(database: Database) -> None:
    for statement in (
        """create table topic_places (
            incident integer primary key references incidents (id), community text not null, category text not null,
            place text not null, at integer not null, counted integer not null)""",
        "create index topic_places_of on topic_places (community, category, place, incident)",
        "create index topic_places_lately on topic_places (community, at)",
        """create table topics (
            id integer primary key, community text not null references communities (code), category text not null,
            place text not null, label text not null, status text not null, stage text not null, owner text not null,
            since integer not null, updated integer not null, version integer not null, mark integer not null,
            unique (community, category, place))""",
        "create index topics_status on topics (community, status)",
        """create table topic_steps (
            id integer primary key, topic integer not null references topics (id), at integer not null,
            by_id integer, by_name text not null, did text not null, stage text not null, day text not null,
            owner text not null, note text not null)""",
        "create index topic_steps_of on topic_steps (topic, id)",
        """create table topic_needs (
            id integer primary key, topic integer not null references topics (id), need text not null,
            offer text not null, unit text not null, status text not null, by_name text not null,
            at integer not null)""",
        "create index topic_needs_of on topic_needs (topic, id)",
    ):
        database.execute(statement)


@migrations(name="0002_seen")
def _seen(database: Database) -> None:
    database.execute("alter table topic_places add column seen integer not null default 0")
    database.execute("update topic_places set seen = (select at from incidents where incidents.id = incident)")


def put(work: Work, incident: Incident) -> None:
    """Note where a ticket lies, or that it counts (no more)."""
    work.run(
        """insert into topic_places (incident, community, category, place, at, seen, counted)
           values (?, ?, ?, ?, ?, ?, ?)
           on conflict (incident) do update set category = excluded.category, place = excluded.place,
             counted = excluded.counted""",
        (
            incident.id, incident.community, incident.category, rules.whereabouts(incident),
            incident.received, incident.at, int(rules.counts(incident)),
        ),
    )  # fmt: skip


def first_noted(work: Work) -> int | None:
    """The earliest ticket that is noted."""
    found = work.value("select min(incident) from topic_places")
    return None if found is None else int(found)


def heaps(work: Work, community: str, since: int, enough: int) -> list[Row]:
    """category and place of each heap of enough tickets since a moment that no live topic holds.

    After a topic was dismissed or finished, only what was seen since then counts: a report that arrives late, from a
    station that was cut off, says nothing about what was done meanwhile.
    """
    return work.rows(
        """select p.category, p.place
           from topic_places p
           left join topics t on t.community = p.community and t.category = p.category and t.place = p.place
           where p.community = ? and p.at >= ? and p.counted = 1
             and (t.id is null
                  or (t.status in ('dismissed', 'finished') and p.incident > t.mark and p.seen >= t.updated))
           group by p.category, p.place having count(*) >= ? order by count(*) desc, p.category, p.place""",
        (community, since, enough),
    )


def propose(work: Work, community: str, category: str, place: str, label: str) -> None:
    """A new topic, or one that was dismissed or finished, proposed anew; its history goes on."""
    work.run(
        """insert into topics (community, category, place, label, status, stage, owner, since, updated, version, mark)
           values (?, ?, ?, ?, 'proposed', '', '', ?, ?, 1, 0)
           on conflict (community, category, place) do update set status = 'proposed', stage = '', owner = '',
             since = excluded.since, updated = excluded.updated, version = version + 1
           where topics.status in ('dismissed', 'finished')""",
        (community, category, place, label, work.now, work.now),
    )
    topic = work.value(
        "select id from topics where community = ? and category = ? and place = ?", (community, category, place)
    )
    add_step(work, topic, None, Step(work.now, "系统", "propose", "", "", "", ""))


def get(work: Work, topic_id: int) -> Topic | None:
    """By number."""
    row = work.row("select * from topics where id = ?", (topic_id,))
    return None if row is None else _topic(work, row)


def find(work: Work, communities: list[str], status: str) -> list[Topic]:
    """Topics in a status: those proposed the newest first, the others as they last moved."""
    if not communities:
        return []
    marks = ", ".join("?" for _ in communities)
    rows = work.rows(
        f"select * from topics where community in ({marks}) and status = ? order by updated desc, id desc limit 200",
        [*communities, status],
    )
    return [_topic(work, row) for row in rows]


def status_counts(work: Work, communities: list[str]) -> dict[str, int]:
    """Status → how many topics."""
    if not communities:
        return {}
    marks = ", ".join("?" for _ in communities)
    rows = work.rows(
        f"select status, count(*) as n from topics where community in ({marks}) group by status", communities
    )
    return {row["status"]: row["n"] for row in rows}


def save(work: Work, topic: Topic) -> None:
    """Store what a move may change, and count the version up."""
    work.run(
        """update topics set status = ?, stage = ?, owner = ?, mark = ?, updated = ?, version = version + 1
           where id = ?""",
        (topic.status, topic.stage, topic.owner, topic.mark, work.now, topic.id),
    )


def add_step(work: Work, topic_id: int, by_id: int | None, step: Step) -> None:
    """Append to the history."""
    work.insert(
        "topic_steps",
        {
            "topic": topic_id, "at": step.at, "by_id": by_id, "by_name": step.by, "did": step.did,
            "stage": step.stage, "day": step.day, "owner": step.owner, "note": step.note,
        },
    )  # fmt: skip


def history(work: Work, topic_id: int) -> list[Step]:
    """Oldest first."""
    rows = work.rows("select * from topic_steps where topic = ? order by id", (topic_id,))
    return [
        Step(row["at"], row["by_name"], row["did"], row["stage"], row["day"], row["owner"], row["note"]) for row in rows
    ]


def tickets(work: Work, topic: Topic, limit: int) -> list[int]:
    """The tickets that count towards it, newest first."""
    rows = work.rows(
        """select incident from topic_places where community = ? and category = ? and place = ? and counted = 1
           order by incident desc limit ?""",
        (topic.community, topic.category, topic.place, limit),
    )
    return [row["incident"] for row in rows]


def ticket_count(work: Work, topic: Topic, since: int = 0) -> int:
    """How many tickets count towards it (since a moment)."""
    return int(
        work.value(
            """select count(*) from topic_places where community = ? and category = ? and place = ? and counted = 1
                 and at >= ?""",
            (topic.community, topic.category, topic.place, since),
        )
    )


def last_ticket(work: Work, topic: Topic) -> int:
    """The newest ticket at the place, counted or not; 0 when there is none."""
    found = work.value(
        "select max(incident) from topic_places where community = ? and category = ? and place = ?",
        (topic.community, topic.category, topic.place),
    )
    return int(found or 0)


def needs(work: Work, topic_id: int) -> list[Need]:
    """In the order they were written down."""
    rows = work.rows("select * from topic_needs where topic = ? order by id", (topic_id,))
    return [
        Need(row["id"], row["need"], row["offer"], row["unit"], row["status"], row["by_name"], row["at"])
        for row in rows
    ]


def add_need(work: Work, topic_id: int, need: str, offer: str, unit: str, status: str, by: str) -> None:
    """Write a need down."""
    work.insert(
        "topic_needs",
        {
            "topic": topic_id, "need": need, "offer": offer, "unit": unit, "status": status, "by_name": by,
            "at": work.now,
        },
    )  # fmt: skip


def change_need(work: Work, topic_id: int, need: Need) -> int:
    """Rewrite a need of this topic; returns how many rows that were."""
    return work.run(
        "update topic_needs set offer = ?, unit = ?, status = ?, by_name = ?, at = ? where id = ? and topic = ?",
        (need.offer, need.unit, need.status, need.by, need.at, need.id, topic_id),
    )


def _topic(work: Work, row: Row) -> Topic:
    return Topic(**row, kind=categories.get(work, row["category"]) or category(row["category"]))
