"""Tables of profiles, the phones signed in, codes on their way, links to move with, and days on the card."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work
from server.profiles.rules import Phone, Rider

migrations = Migrations("profiles")


@migrations(name="0001_profiles")
def _tables(database: Database) -> None:
    for statement in (
        # autoincrement: the number of a profile that left is nobody else's.
        """create table profiles (
            id integer primary key autoincrement, nickname text not null, phone text not null unique,
            card integer not null default 0, created integer not null)""",
        """create table profile_sessions (
            id integer primary key autoincrement, profile integer not null references profiles (id),
            token text not null unique, device text not null, created integer not null, seen integer not null,
            expires integer not null)""",
        "create index profile_sessions_of on profile_sessions (profile)",
        """create table profile_codes (
            id integer primary key autoincrement, phone text not null, address text not null, print text not null,
            created integer not null, expires integer not null, tries integer not null default 0, spent integer)""",
        "create index profile_codes_phone on profile_codes (phone, created)",
        "create index profile_codes_address on profile_codes (address, created)",
        "create index profile_codes_created on profile_codes (created)",
        """create table profile_moves (
            token text primary key, profile integer not null references profiles (id), expires integer not null)""",
        """create table profile_visits (
            profile integer not null references profiles (id), day text not null, station text not null,
            primary key (profile, day, station)) without rowid""",
        # What was done, never about whom.
        "create table profile_deeds (id integer primary key, at integer not null, deed text not null)",
    ):
        database.execute(statement)


@migrations(name="0002_points")
def _points(database: Database) -> None:
    database.execute("alter table profiles add column points integer not null default 1")


def add(work: Work, nickname: str, phone: str) -> int:
    """A new profile; its number."""
    return work.insert("profiles", {"nickname": nickname, "phone": phone, "created": work.now})


def by_phone(work: Work, phone: str) -> Row | None:
    """id, nickname, phone, card, points, created."""
    return work.row("select * from profiles where phone = ?", (phone,))


def get(work: Work, profile: int) -> Row | None:
    """The same, by number."""
    return work.row("select * from profiles where id = ?", (profile,))


def rename(work: Work, profile: int, nickname: str) -> None:
    """Another nickname."""
    work.run("update profiles set nickname = ? where id = ?", (nickname, profile))


def set_card(work: Work, profile: int, on: bool) -> None:
    """Whether days go on the card from now on."""
    work.run("update profiles set card = ? where id = ?", (int(on), profile))


def set_points(work: Work, profile: int, on: bool) -> None:
    """Whether points are written down from now on."""
    work.run("update profiles set points = ? where id = ?", (int(on), profile))


def remove(work: Work, profile: int, phone: str) -> None:
    """The profile and all that hangs on it here."""
    forget_visits(work, profile)
    for table in ("profile_sessions", "profile_moves"):
        work.run(f"delete from {table} where profile = ?", (profile,))
    work.run("delete from profile_codes where phone = ?", (phone,))
    work.run("delete from profiles where id = ?", (profile,))


# --- phones signed in


def open_session(work: Work, profile: int, token: str, device: str, expires: int, most: int) -> None:
    """A phone more; of more than `most` the one not used for longest goes."""
    row = {
        "profile": profile, "token": token, "device": device, "created": work.now, "seen": work.now,
        "expires": expires,
    }  # fmt: skip
    work.insert("profile_sessions", row)
    work.run(
        """delete from profile_sessions where profile = ? and id not in (
             select id from profile_sessions where profile = ? order by seen desc, id desc limit ?)""",
        (profile, profile, most),
    )


def rider(work: Work, token: str) -> tuple[Rider, int] | None:
    """Who is behind a session, with the switches as they are set, and when it was last seen; None when it ended."""
    row = work.row(
        """select profiles.*, profile_sessions.id as session, seen from profile_sessions
           join profiles on profiles.id = profile_sessions.profile where token = ? and expires > ?""",
        (token, work.now),
    )
    if row is None:
        return None
    found = Rider(
        row["id"], row["nickname"], row["phone"], bool(row["card"]), row["created"], row["session"],
        bool(row["points"]),
    )  # fmt: skip
    return found, row["seen"]


def seen(work: Work, session: int) -> None:
    """Used just now."""
    work.run("update profile_sessions set seen = ? where id = ?", (work.now, session))


def phones(work: Work, profile: int) -> list[Phone]:
    """Those signed in, the last used first."""
    rows = work.rows(
        """select id, device, created, seen from profile_sessions where profile = ? and expires > ?
           order by seen desc, id desc""",
        (profile, work.now),
    )
    return [Phone(**row) for row in rows]


def close(work: Work, profile: int, session: int | None = None) -> int:
    """End one session of a profile, or (None) every one; how many."""
    return work.run(
        "delete from profile_sessions where profile = ? and (? is null or id = ?)", (profile, session, session)
    )


# --- codes


def codes_since(work: Work, since: int, *, phone: str | None = None, address: str | None = None) -> list[int]:
    """When codes were asked for, for a number, from an address, or at all."""
    rows = work.rows(
        """select created from profile_codes
           where created > ? and (? is null or phone = ?) and (? is null or address = ?)""",
        (since, phone, phone, address, address),
    )
    return [row["created"] for row in rows]


def add_code(work: Work, phone: str, address: str, print_of_it: str, expires: int) -> int:
    """A fresh code; those before it are worth nothing any more."""
    work.run("update profile_codes set spent = ? where phone = ? and spent is null", (work.now, phone))
    row = {"phone": phone, "address": address, "print": print_of_it, "created": work.now, "expires": expires}
    return work.insert("profile_codes", row)


def live_code(work: Work, phone: str, tries: int) -> Row | None:
    """id, print: the code that can still be typed."""
    return work.row(
        "select id, print from profile_codes where phone = ? and spent is null and expires > ? and tries < ?",
        (phone, work.now, tries),
    )


def tried(work: Work, code: int, *, right: bool) -> None:
    """One try more; the right one spends the code."""
    work.run(
        "update profile_codes set tries = tries + 1, spent = case when ? then ? else spent end where id = ?",
        (right, work.now, code),
    )


# --- moving to another phone


def add_move(work: Work, profile: int, token: str, expires: int) -> None:
    """A link, the only one of its profile."""
    work.run("delete from profile_moves where profile = ?", (profile,))
    work.insert("profile_moves", {"token": token, "profile": profile, "expires": expires})


def move(work: Work, token: str) -> int | None:
    """Whose link this is, while it is good."""
    found = work.value("select profile from profile_moves where token = ? and expires > ?", (token, work.now))
    return None if found is None else int(found)


def spend_move(work: Work, token: str) -> bool:
    """Once; False for a second time."""
    return work.run("delete from profile_moves where token = ?", (token,)) > 0


# --- the card


def visit(work: Work, profile: int, day: str, station: str) -> None:
    """The day and the station, no time of day; twice is once."""
    work.run("insert into profile_visits values (?, ?, ?) on conflict do nothing", (profile, day, station))


def visits(work: Work, profile: int, first: str, last: str) -> list[Row]:
    """day, station: between two days, both included."""
    return work.rows(
        "select day, station from profile_visits where profile = ? and day between ? and ? order by day, station",
        (profile, first, last),
    )


def forget_visits(work: Work, profile: int) -> int:
    """How many days there were."""
    return work.run("delete from profile_visits where profile = ?", (profile,))


def forget_visits_before(work: Work, day: str) -> int:
    """Of everybody."""
    return work.run("delete from profile_visits where day < ?", (day,))


# --- chores


def log(work: Work, deed: str) -> None:
    """That it was done."""
    work.insert("profile_deeds", {"at": work.now, "deed": deed})


def deeds(work: Work) -> list[Row]:
    """at, deed: newest first."""
    return work.rows("select at, deed from profile_deeds order by id desc limit 200")


def tidy(work: Work, codes_before: int) -> None:
    """What is over is nobody's business."""
    work.run("delete from profile_codes where created < ?", (codes_before,))
    for table in ("profile_sessions", "profile_moves"):
        work.run(f"delete from {table} where expires <= ?", (work.now,))
