"""The words of one report's additions, read, emptied, and put right."""

from gateway.sqlite import Row
from server.kit.personal import ERASED
from server.kit.store import Work


def words(work: Work, ticket: int) -> list[Row]:
    """id, at, words and photos, oldest first."""
    return work.rows("select id, at, words, photos from additions where incident = ? order by id", (ticket,))


def erase(work: Work, ticket: int) -> int:
    """Empty what was written; how many there were."""
    return work.run(
        "update additions set words = ?, digest = '' where incident = ? and words not in ('', ?)",
        (ERASED, ticket, ERASED),
    )


def rewrite(work: Work, addition: int, old: str, new: str) -> bool:
    """Put other words in place; False when they are the same."""
    if new == old:
        return False
    return work.run("update additions set words = ?, digest = '' where id = ?", (new, addition)) > 0
