"""Table of locks: which photos came from a ticket about a person, and which of them the director has released."""

from collections.abc import Collection

from server.kit.store import Work

TABLES = (
    "create table photo_locks (photo integer primary key references photos (id), at integer not null, lifted integer)",
)


def lock(work: Work, photos: Collection[int]) -> None:
    """From now on, also where it was released before."""
    for photo in photos:
        work.run(
            """insert into photo_locks (photo, at) values (?, ?)
               on conflict (photo) do update set at = excluded.at, lifted = null""",
            (photo, work.now),
        )


def lift(work: Work, photo: int) -> bool:
    """Released; False when it was not locked."""
    return work.run("update photo_locks set lifted = ? where photo = ? and lifted is null", (work.now, photo)) > 0


def holds(work: Work, photo: int) -> bool:
    """Whether the lock is in force."""
    return work.value("select 1 from photo_locks where photo = ? and lifted is null", (photo,)) is not None
