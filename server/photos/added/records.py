"""Table of the photos that staff added: which ticket, by whom, when."""

from dataclasses import dataclass

from server.kit.store import Work

TABLES = (
    """create table photo_added (
        photo integer primary key references photos (id), incident integer not null references incidents (id),
        by_id integer not null, by_name text not null, role text not null, at integer not null,
        origin text not null)""",
    "create index photo_added_of on photo_added (incident, photo)",
)


@dataclass(frozen=True, slots=True)
class Added:
    """A photo of staff's on a ticket. `role` in words; `origin`: the file as it came in, before any covering."""

    photo: int
    incident: int
    by_id: int
    by_name: str
    role: str
    at: int
    origin: str


def tie(work: Work, one: Added) -> None:
    """Put it on its ticket."""
    work.insert(
        "photo_added",
        {
            "photo": one.photo, "incident": one.incident, "by_id": one.by_id, "by_name": one.by_name,
            "role": one.role, "at": one.at, "origin": one.origin,
        },
    )  # fmt: skip


def of_ticket(work: Work, incident: int) -> list[Added]:
    """In the order they came."""
    return [
        Added(**row) for row in work.rows("select * from photo_added where incident = ? order by photo", (incident,))
    ]


def of_photo(work: Work, photo: int) -> Added | None:
    """None for a reporter's."""
    row = work.row("select * from photo_added where photo = ?", (photo,))
    return None if row is None else Added(**row)
