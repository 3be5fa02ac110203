"""Tables of photos: what is shown, who looked, what is sealed, and which files have to go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.geo import Datum, Point
from gateway.sqlite import Row
from server.kit.store import Work
from server.photos.added import records as added
from server.photos.locks import records as locks

migrations = Migrations("photos")

LARGEST = 2**63
"""Numbers in addresses may be larger than any the database can ask for."""


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


@migrations(name="0002_safety")
def _safety(database: Database) -> None:
    for statement in (
        "alter table photos add column rounds integer not null default 0",
        "alter table photos add column hidden integer",
        "alter table photos add column hidden_by text not null default ''",
        "alter table photos add column gone integer",
        "alter table photos add column why text not null default ''",
        "alter table photo_views add column reason text not null default ''",
        "create index photos_large on photos (large) where large <> ''",
        "create index photos_small on photos (small) where small <> ''",
        """create table photo_rounds (
            id integer primary key, photo integer not null references photos (id), at integer not null,
            by_id integer not null, by_name text not null, boxes integer not null)""",
        "create index photo_rounds_photo on photo_rounds (photo, id)",
        """create table photo_seals (
            photo integer primary key references photos (id), large text not null, small text not null,
            at integer not null)""",
        "create index photo_seals_large on photo_seals (large)",
        "create index photo_seals_small on photo_seals (small)",
        # Files that nothing stands for any more: written with the change, deleted after its commit.
        "create table photo_scrap (key text primary key, at integer not null)",
        "create table photo_readings (photo integer primary key references photos (id), at integer not null)",
        """create table photo_marks (
            photo integer not null references photos (id), x integer not null, y integer not null,
            w integer not null, h integer not null)""",
        "create index photo_marks_photo on photo_marks (photo)",
    ):
        database.execute(statement)


@migrations(name="0003_deeds")
def _deeds(database: Database) -> None:
    for statement in (
        "alter table photo_rounds add column did text not null default 'cover'",
        "alter table photo_rounds add column note text not null default ''",
        "alter table photo_views drop column reason",
    ):
        database.execute(statement)


@migrations(name="0004_locks_and_added")
def _locks_and_added(database: Database) -> None:
    for statement in (*locks.TABLES, *added.TABLES):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Photo:
    """A stored photo. `taken` (the camera's own clock, perhaps without a zone) and `point` are hints for staff.

    `large` and `small` are what others see: after covering, the covered picture. Times are UTC milliseconds.
    """

    id: int
    large: str
    small: str
    width: int
    height: int
    taken: str | None
    point: Point | None
    likeness: str
    received: int
    rounds: int = 0
    """How often something in it was covered."""
    hidden: int | None = None
    """Since when nobody sees it because it was sent by mistake."""
    hidden_by: str = ""
    gone: int | None = None
    """When its pictures were deleted, and `why`."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seal:
    """The picture as it came, locked away since `at`."""

    photo: int
    large: str
    small: str
    at: int


def add(work: Work, values: Row) -> int:
    """Insert a photo."""
    return work.insert("photos", {**values, "received": work.now})


def get(work: Work, photo_id: int) -> Photo | None:
    """By number, when everybody of its ticket may be shown it: neither hidden nor gone nor locked for good."""
    photo = known(work, photo_id)
    if photo is None or photo.hidden is not None or photo.gone is not None or locks.holds(work, photo_id):
        return None
    return photo


def known(work: Work, photo_id: int) -> Photo | None:
    """By number, whatever has become of it."""
    if not 0 < photo_id < LARGEST:
        return None
    row = work.row("select * from photos where id = ?", (photo_id,))
    return None if row is None else _photo(row)


def there(work: Work, numbers: Collection[int]) -> int:
    """How many of these photos are still kept."""
    return sum(1 for one in numbers if (photo := known(work, one)) is not None and photo.gone is None)


def after(work: Work, photo_id: int, limit: int) -> list[Photo]:
    """Photos that still have pictures, with higher numbers than this, in order."""
    rows = work.rows("select * from photos where id > ? and gone is null order by id limit ?", (photo_id, limit))
    return [_photo(row) for row in rows]


def note_view(work: Work, photo_id: int, staff_id: int, size: str) -> None:
    """Somebody looked: every view is on record."""
    work.insert("photo_views", {"photo": photo_id, "staff": staff_id, "size": size, "at": work.now})


def views(work: Work, photo_id: int) -> list[Row]:
    """staff, size, at: newest first."""
    return work.rows("select staff, size, at from photo_views where photo = ? order by id desc", (photo_id,))


def cover(work: Work, photo: Photo, large: str, small: str) -> None:
    """From now on others see this; what was there before is sealed the first time, and thrown away later on."""
    sealed = work.run(
        "insert into photo_seals (photo, large, small, at) values (?, ?, ?, ?) on conflict do nothing",
        (photo.id, photo.large, photo.small, work.now),
    )
    work.run("update photos set large = ?, small = ?, rounds = rounds + 1 where id = ?", (large, small, photo.id))
    # What the round before showed is of no use to anybody; the original waits behind its seal.
    scrap(work, () if sealed else {photo.large, photo.small} - {large, small})
    work.run("delete from photo_marks where photo = ?", (photo.id,))


def note_deed(work: Work, photo_id: int, by: tuple[int, str], did: str, *, boxes: int = 0, note: str = "") -> None:
    """Who did what to a photo: `cover` (so many `boxes`), `unseal` and `unlock` (`note`: why), `hide`, `back`."""
    row = {"photo": photo_id, "at": work.now, "by_id": by[0], "by_name": by[1], "boxes": boxes, "did": did}
    work.insert("photo_rounds", {**row, "note": note})


def deeds(work: Work, photo_id: int) -> list[Row]:
    """at, by_id, by_name, did, boxes, note: oldest first."""
    return work.rows(
        "select at, by_id, by_name, did, boxes, note from photo_rounds where photo = ? order by id", (photo_id,)
    )


def seal(work: Work, photo_id: int) -> Seal | None:
    """The original of a covered photo, while it is kept."""
    row = work.row("select * from photo_seals where photo = ?", (photo_id,))
    return None if row is None else Seal(**row)


def break_seal(work: Work, photo_id: int) -> bool:
    """The sealed original goes for good; False when there is none."""
    found = seal(work, photo_id)
    if found is None:
        return False
    work.run("delete from photo_seals where photo = ?", (photo_id,))
    scrap(work, (found.large, found.small))
    return True


def set_hidden(work: Work, photo_id: int, at: int | None, by: str) -> None:
    """Out of everybody's sight, or (None) back into it."""
    work.run("update photos set hidden = ?, hidden_by = ? where id = ?", (at, by, photo_id))


def hidden(work: Work, limit: int) -> list[Photo]:
    """Photos sent by mistake that can still be put back, the one that goes first in front."""
    rows = work.rows(
        "select * from photos where hidden is not null and gone is null order by hidden, id limit ?", (limit,)
    )
    return [_photo(row) for row in rows]


def empty(work: Work, photo: Photo, why: str) -> None:
    """Nothing of the pictures stays: neither files nor seal nor hints; the row says when and why."""
    break_seal(work, photo.id)
    work.run(
        """update photos set large = '', small = '', taken = null, lat = null, lon = null, likeness = '',
             gone = ?, why = ? where id = ?""",
        (work.now, why, photo.id),
    )
    work.run("delete from photo_marks where photo = ?", (photo.id,))
    scrap(work, (photo.large, photo.small))


def remove(work: Work, photo: Photo) -> None:
    """Forget a photo that no ticket knows, with everything about it."""
    for table in ("photo_views", "photo_rounds", "photo_seals", "photo_marks", "photo_readings"):
        work.run(f"delete from {table} where photo = ?", (photo.id,))
    work.run("delete from photos where id = ?", (photo.id,))
    scrap(work, (photo.large, photo.small))


def scrap(work: Work, keys: Collection[str]) -> None:
    """Have these files deleted once this transaction holds."""
    for key in keys:
        work.run("insert into photo_scrap (key, at) values (?, ?) on conflict do nothing", (key, work.now))


def scrapped(work: Work, limit: int) -> list[str]:
    """Files that wait to be deleted."""
    return [row["key"] for row in work.rows("select key from photo_scrap order by at, key limit ?", (limit,))]


def unscrap(work: Work, keys: Sequence[str]) -> None:
    """These are deleted, or wanted again."""
    for key in keys:
        work.run("delete from photo_scrap where key = ?", (key,))


def in_use(work: Work, key: str) -> bool:
    """Whether a file in the vault still belongs to some photo or seal: equal pictures share one file."""
    found = work.value(
        """select 1 where exists (select 1 from photos where large = :key)
             or exists (select 1 from photos where small = :key)
             or exists (select 1 from photo_seals where large = :key)
             or exists (select 1 from photo_seals where small = :key)""",
        {"key": key},
    )
    return found is not None


def unread(work: Work, limit: int) -> list[Photo]:
    """The newest photos in which nobody has looked for text yet."""
    rows = work.rows(
        """select photos.* from photos left join photo_readings on photo_readings.photo = photos.id
           where photo_readings.photo is null and gone is null and hidden is null order by photos.id desc limit ?""",
        (limit,),
    )
    return [_photo(row) for row in rows]


def note_reading(work: Work, photo_id: int, boxes: Sequence[tuple[int, int, int, int]]) -> None:
    """Where text was found, in thousandths of the picture; what it says is kept nowhere."""
    work.run("insert into photo_readings (photo, at) values (?, ?) on conflict do nothing", (photo_id, work.now))
    for x, y, w, h in boxes:
        work.insert("photo_marks", {"photo": photo_id, "x": x, "y": y, "w": w, "h": h})


def marks(work: Work, photo_id: int) -> list[tuple[int, int, int, int]]:
    """Where text was found and nobody has covered anything since."""
    rows = work.rows("select x, y, w, h from photo_marks where photo = ? order by rowid", (photo_id,))
    return [(row["x"], row["y"], row["w"], row["h"]) for row in rows]


def _photo(row: Row) -> Photo:
    point = None if row["lat"] is None else Point(row["lat"], row["lon"], Datum.WGS84)
    return Photo(
        row["id"], row["large"], row["small"], row["width"], row["height"], row["taken"], point, row["likeness"],
        row["received"], row["rounds"], row["hidden"], row["hidden_by"], row["gone"], row["why"],
    )  # fmt: skip
