"""Table of a community's own reply templates: one row a version, never changed."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.replies.rules import Draft, Template

migrations = Migrations("replies")


@migrations(name="0001_replies")
def _tables(database: Database) -> None:
    database.execute(
        """create table replies (
            id integer primary key, community text not null references communities (code), origin text not null,
            version integer not null)"""
    )
    database.execute("create index replies_community on replies (community)")
    database.execute("create unique index replies_origin on replies (community, origin) where origin <> ''")
    database.execute(
        """create table reply_versions (
            reply integer not null references replies (id), version integer not null,
            move text not null, category text not null, letter integer not null, title text not null,
            text text not null, retired integer not null, by_id integer not null, author text not null,
            at integer not null, primary key (reply, version)) without rowid"""
    )


_SELECT = """select r.id, r.community, r.origin, v.version, v.move, v.category, v.letter, v.title, v.text, v.retired,
               v.author, v.at from replies r join reply_versions v on v.reply = r.id"""


def own(work: Work, community: str) -> list[Template]:
    """A community's own templates as they are now, retired ones too; the latest written first."""
    rows = work.rows(f"{_SELECT} and v.version = r.version where r.community = ? order by r.id desc", (community,))
    return [_template(row) for row in rows]


def get(work: Work, reply: int) -> Template | None:
    """One of a community's own, as it is now."""
    row = work.row(f"{_SELECT} and v.version = r.version where r.id = ?", (reply,))
    return None if row is None else _template(row)


def versions(work: Work, reply: int) -> list[Template]:
    """Every version, the newest first."""
    return [_template(row) for row in work.rows(f"{_SELECT} where r.id = ? order by v.version desc", (reply,))]


def add(work: Work, community: str, origin: str, draft: Draft, by_id: int, author: str) -> int:
    """A new template of a community, in its first version."""
    reply = work.insert("replies", {"community": community, "origin": origin, "version": 0})
    add_version(work, reply, draft, by_id, author)
    return reply


def add_version(work: Work, reply: int, draft: Draft, by_id: int, author: str) -> None:
    """What holds from now on."""
    work.run("update replies set version = version + 1 where id = ?", (reply,))
    work.insert(
        "reply_versions",
        {
            "reply": reply, "version": work.value("select version from replies where id = ?", (reply,)),
            "move": draft.move, "category": draft.category, "letter": int(draft.letter), "title": draft.title,
            "text": draft.text, "retired": int(draft.retired), "by_id": by_id, "author": author, "at": work.now,
        },
    )  # fmt: skip


def _template(row: Row) -> Template:
    return Template(
        key=f"o-{row['id']}",
        community=row["community"],
        move=row["move"],
        category=row["category"],
        letter=bool(row["letter"]),
        title=row["title"],
        text=row["text"],
        origin=row["origin"],
        retired=bool(row["retired"]),
        version=row["version"],
        author=row["author"],
        at=row["at"],
    )
