"""The answers of one ticket's reporter, read and emptied; and the texts in which a number may stand."""

from dataclasses import dataclass

from gateway.sqlite import Row
from server.kit.personal import ERASED
from server.kit.store import Work


def answers(work: Work, ticket: int) -> list[Row]:
    """Question and answer, oldest first."""
    rows = work.rows("select text, choice, words from questions where incident = ? order by id", (ticket,))
    return [{"问": row["text"], "选": row["choice"], "答": row["words"]} for row in rows]


def erase(work: Work, ticket: int) -> int:
    """Empty the answers; how many there were."""
    return work.run(
        """update questions set choice = '', words = ?
           where incident = ? and (choice <> '' or words not in ('', ?))""",
        (ERASED, ticket, ERASED),
    )


@dataclass(frozen=True, slots=True)
class Text:
    """One column of one row; table and column are literals of this file."""

    table: str
    column: str
    id: int
    text: str


def texts(work: Work, ticket: int) -> list[Text]:
    """What was asked of the reporter and of bodies outside, and what these said."""
    found = []
    for table, column, of in (
        ("questions", "text", "incident = ?"),
        ("questions", "words", "incident = ?"),
        ("outside_links", "asks", "incident = ?"),
        ("outside_uses", "words", "link in (select id from outside_links where incident = ?)"),
    ):
        rows = work.rows(f"select id, {column} as text from {table} where {of}", (ticket,))
        found += [Text(table, column, row["id"], row["text"]) for row in rows]
    return found


def rewrite(work: Work, old: Text, new: str) -> bool:
    """Put other words in its place; False when they are the same."""
    if new == old.text:
        return False
    return work.run(f"update {old.table} set {old.column} = ? where id = ?", (new, old.id)) > 0
