"""Tables of questions to reporters, of outside bodies' links, and of what was done through these."""

import json
from collections.abc import Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.questions.links import Link, Use
from server.questions.rules import Question

migrations = Migrations("questions")


@migrations(name="0001_questions")
def _tables(database: Database) -> None:
    for statement in (
        """create table questions (
            id integer primary key, incident integer not null references incidents (id),
            text text not null, choices text not null, at integer not null,
            by_id integer, by_name text not null, role text not null, until integer not null,
            state text not null, settled integer,
            choice text not null, words text not null, photos integer not null, late integer not null)""",
        "create index questions_of on questions (incident, id)",
        "create unique index questions_open on questions (incident) where state = 'open'",
        "create index questions_due on questions (until) where state = 'open'",
        """create table outside_links (
            id integer primary key, incident integer not null references incidents (id),
            body text not null, asks text not null, photos text not null, at integer not null,
            by_id integer not null, by_name text not null, until integer not null,
            state text not null, settled integer)""",
        "create index outside_links_of on outside_links (incident, id)",
        "create unique index outside_links_open on outside_links (incident) where state = 'open'",
        "create index outside_links_due on outside_links (until) where state = 'open'",
        """create table outside_uses (
            id integer primary key, link integer not null references outside_links (id),
            at integer not null, what text not null, words text not null, photo integer)""",
        "create index outside_uses_of on outside_uses (link, id)",
    ):
        database.execute(statement)


def add(work: Work, incident: int, text: str, by: tuple[int | None, str, str], until: int) -> int:
    """A new open question. `by`: the asker's account, name and role in words."""
    return work.insert(
        "questions",
        {
            "incident": incident, "text": text, "choices": "[]", "at": work.now,
            "by_id": by[0], "by_name": by[1], "role": by[2], "until": until, "state": "open", "settled": None,
            "choice": "", "words": "", "photos": 0, "late": 0,
        },
    )  # fmt: skip


def set_choices(work: Work, question: int, choices: Sequence[str]) -> None:
    """The chips under a question that was just asked."""
    work.run("update questions set choices = ? where id = ?", (json.dumps(choices, ensure_ascii=False), question))


def get(work: Work, question: int) -> Question | None:
    """By number."""
    row = work.row("select * from questions where id = ?", (question,))
    return None if row is None else _question(row)


def of(work: Work, incident: int) -> list[Question]:
    """Every question on a ticket, oldest first."""
    return [_question(row) for row in work.rows("select * from questions where incident = ? order by id", (incident,))]


def open_question(work: Work, incident: int) -> Question | None:
    """The one that somebody waits for."""
    row = work.row("select * from questions where incident = ? and state = 'open'", (incident,))
    return None if row is None else _question(row)


def questions_due(work: Work, limit: int) -> list[Question]:
    """Open ones whose deadline is over."""
    rows = work.rows(
        "select * from questions where state = 'open' and until < ? order by until limit ?", (work.now, limit)
    )
    return [_question(row) for row in rows]


def settle(work: Work, question: int, state: str) -> None:
    """Nobody waits for an open question any more."""
    work.run("update questions set state = ?, settled = ? where id = ? and state = 'open'", (state, work.now, question))


def answer(work: Work, question: int, choice: str, words: str, photos: int, late: bool) -> None:
    """Keep the answer; there is one to a question."""
    work.run(
        """update questions set state = 'answered', settled = ?, choice = ?, words = ?, photos = ?, late = ?
           where id = ? and state <> 'answered'""",
        (work.now, choice, words, photos, int(late), question),
    )


def add_link(
    work: Work, incident: int, body: str, asks: str, photos: Sequence[int], by: tuple[int, str], until: int
) -> int:
    """A new open link. `by`: the maker's account and name."""
    return work.insert(
        "outside_links",
        {
            "incident": incident, "body": body, "asks": asks, "photos": json.dumps(list(photos)), "at": work.now,
            "by_id": by[0], "by_name": by[1], "until": until, "state": "open", "settled": None,
        },
    )  # fmt: skip


def link(work: Work, link_id: int) -> Link | None:
    """By number."""
    row = work.row("select * from outside_links where id = ?", (link_id,))
    return None if row is None else _link(row)


def links_of(work: Work, incident: int) -> list[Link]:
    """Every link of a ticket, oldest first."""
    rows = work.rows("select * from outside_links where incident = ? order by id", (incident,))
    return [_link(row) for row in rows]


def open_link(work: Work, incident: int) -> Link | None:
    """The one that somebody may still answer through."""
    row = work.row("select * from outside_links where incident = ? and state = 'open'", (incident,))
    return None if row is None else _link(row)


def links_due(work: Work, limit: int) -> list[Link]:
    """Open ones whose time is over."""
    rows = work.rows(
        "select * from outside_links where state = 'open' and until < ? order by until limit ?", (work.now, limit)
    )
    return [_link(row) for row in rows]


def settle_link(work: Work, link_id: int, state: str) -> None:
    """Nobody answers through this link any more."""
    work.run(
        "update outside_links set state = ?, settled = ? where id = ? and state = 'open'", (state, work.now, link_id)
    )


def note_use(work: Work, link_id: int, what: str, words: str = "", photo: int | None = None) -> None:
    """One more line of what was done through a link."""
    work.insert("outside_uses", {"link": link_id, "at": work.now, "what": what, "words": words, "photo": photo})


def uses(work: Work, link_id: int) -> list[Use]:
    """What was done through a link, oldest first."""
    rows = work.rows("select at, what, words, photo from outside_uses where link = ? order by id", (link_id,))
    return [Use(**row) for row in rows]


def last_use(work: Work, link_id: int, what: str) -> Use | None:
    """The last line of one kind."""
    row = work.row(
        "select at, what, words, photo from outside_uses where link = ? and what = ? order by id desc limit 1",
        (link_id, what),
    )
    return None if row is None else Use(**row)


def words_said(work: Work, link_id: int) -> int:
    """How many words of progress came through a link."""
    return int(work.value("select count(*) from outside_uses where link = ? and what = 'word'", (link_id,)))


def _question(row: Row) -> Question:
    return Question(**{**row, "choices": tuple(json.loads(row["choices"])), "late": bool(row["late"])})


def _link(row: Row) -> Link:
    return Link(**{**row, "photos": tuple(json.loads(row["photos"]))})
