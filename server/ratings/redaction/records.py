"""The words of one ticket's rating, read and emptied."""

from gateway.sqlite import Row
from server.kit.personal import ERASED
from server.kit.store import Work


def rating(work: Work, ticket: int) -> list[Row]:
    """The rating of this ticket's reporter, if there is one."""
    rows = work.rows("select face, words from ratings where incident = ?", (ticket,))
    return [{"评价": row["face"], "说": row["words"]} for row in rows]


def erase(work: Work, ticket: int) -> bool:
    """Empty what was written; False when nothing was."""
    changed = work.run(
        "update ratings set words = ? where incident = ? and words not in ('', ?)", (ERASED, ticket, ERASED)
    )
    return changed > 0
