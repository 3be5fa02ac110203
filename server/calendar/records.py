"""Tables of the days and years that somebody entered, and of each community's working hours."""

from datetime import date

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.calendar.rules import Day, DayKind, Hours
from server.kit.store import Work

migrations = Migrations("calendar")


@migrations(name="0001_calendar")
def _tables(database: Database) -> None:
    for statement in (
        """create table calendar_days (
            date text primary key, kind text not null, name text not null,
            by_name text not null, at integer not null)""",
        "create table calendar_years (year integer primary key, by_name text not null, at integer not null)",
        """create table working_hours (
            community text primary key references communities (code), opens integer not null, closes integer not null,
            by_name text not null, at integer not null)""",
    ):
        database.execute(statement)


def days(work: Work) -> dict[date, Day]:
    """What was entered by hand, by date."""
    return {
        date.fromisoformat(row["date"]): Day(DayKind(row["kind"]), row["name"], row["by_name"], row["at"])
        for row in work.rows("select * from calendar_days order by date")
    }


def set_day(work: Work, day: date, kind: DayKind, name: str, by: str) -> None:
    """Enter a date, or enter it anew."""
    work.run(
        """insert into calendar_days (date, kind, name, by_name, at) values (?, ?, ?, ?, ?)
           on conflict (date) do update set kind = excluded.kind, name = excluded.name,
             by_name = excluded.by_name, at = excluded.at""",
        (day.isoformat(), str(kind), name, by, work.now),
    )


def years(work: Work) -> frozenset[int]:
    """Years that somebody declared complete."""
    return frozenset(row["year"] for row in work.rows("select year from calendar_years"))


def confirm_year(work: Work, year: int, by: str) -> None:
    """Declare a year complete; the first word stays."""
    work.run(
        "insert into calendar_years (year, by_name, at) values (?, ?, ?) on conflict do nothing", (year, by, work.now)
    )


def hours(work: Work, community: str) -> Hours:
    """The working hours of a community; the usual ones when nobody set any."""
    row = work.row("select * from working_hours where community = ?", (community,))
    return Hours() if row is None else Hours(row["opens"], row["closes"], row["by_name"], row["at"])


def set_hours(work: Work, community: str, opens: int, closes: int, by: str) -> None:
    """Set them; the community must be known."""
    work.run(
        """insert into working_hours (community, opens, closes, by_name, at) values (?, ?, ?, ?, ?)
           on conflict (community) do update set opens = excluded.opens, closes = excluded.closes,
             by_name = excluded.by_name, at = excluded.at""",
        (community, opens, closes, by, work.now),
    )
