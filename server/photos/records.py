"""Tables of photos and of who looked at them."""

from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.geo import Datum, Point
from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("photos")


@migrations(name="0001_photos")
def _tables(database: Database) -> None:
    for statement in (
        """create table photos (
            id integer primary key, large text not null, small text not null,
            width integer not null, height integer not null,
            taken text, lat real, lon real, likeness text not null, format text not null, received integer not null)""",
        """create table photo_views (
            id integer primary key, photo integer not null references photos (id),
            staff integer not null, size text not null, at integer not null)""",
        "create index photo_views_photo on photo_views (photo, id)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Photo:
    """A stored photo. `taken` (the camera's own clock, perhaps without a zone) and `point` are hints for staff."""

    id: int
    large: str
    small: str
    width: int
    height: int
    taken: str | None
    point: Point | None
    likeness: str
    received: int


def add(work: Work, values: Row) -> int:
    """Insert a photo."""
    return work.insert("photos", {**values, "received": work.now})


def get(work: Work, photo_id: int) -> Photo | None:
    """By number."""
    row = work.row("select * from photos where id = ?", (photo_id,))
    if row is None:
        return None
    point = None if row["lat"] is None else Point(row["lat"], row["lon"], Datum.WGS84)
    return Photo(
        row["id"], row["large"], row["small"], row["width"], row["height"], row["taken"], point, row["likeness"],
        row["received"],
    )  # fmt: skip


def note_view(work: Work, photo_id: int, staff_id: int, size: str) -> None:
    """Somebody looked: every view is on record."""
    work.insert("photo_views", {"photo": photo_id, "staff": staff_id, "size": size, "at": work.now})


def views(work: Work, photo_id: int) -> list[Row]:
    """staff, size, at: newest first."""
    return work.rows("select staff, size, at from photo_views where photo = ? order by id desc", (photo_id,))


def received_between(work: Work, after: int, before: int, limit: int) -> list[Photo]:
    """Photos with a number above `after` that came before this moment, oldest first."""
    rows = work.rows("select id from photos where id > ? and received < ? order by id limit ?", (after, before, limit))
    found = (get(work, row["id"]) for row in rows)
    return [photo for photo in found if photo is not None]


def remove(work: Work, photo_id: int) -> None:
    """Forget a photo and its views."""
    work.run("delete from photo_views where photo = ?", (photo_id,))
    work.run("delete from photos where id = ?", (photo_id,))


def in_use(work: Work, key: str) -> bool:
    """Whether a picture in the vault still belongs to some photo: equal pictures share one file."""
    return work.value("select 1 from photos where large = ? or small = ? limit 1", (key, key)) is not None
