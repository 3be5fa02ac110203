"""Tables of points: the ledger, whose report is whose, and the sums that stay of who left. The ledger only grows."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.clock import beijing
from server.kit.store import Work
from server.points.rules import Entry

migrations = Migrations("points")


@migrations(name="0001_points")
def _tables(database: Database) -> None:
    for statement in (
        # `round`: a report found unreal and then real again is paid once more; each time once.
        """create table points_ledger (
            id integer primary key autoincrement, rider integer not null, at integer not null,
            community text not null, points integer not null, kind text not null, reason text not null,
            incident integer, round integer not null default 0, voucher integer)""",
        "create index points_ledger_rider on points_ledger (rider, id)",
        """create unique index points_ledger_incident on points_ledger (incident, kind, round)
           where incident is not null""",
        "create unique index points_ledger_voucher on points_ledger (voucher, kind) where voucher is not null",
        "create index points_ledger_at on points_ledger (community, at)",
        # Whose report; the key keeps a receipt from being used again by whoever left and came back.
        """create table points_claims (
            incident integer primary key references incidents (id), rider integer, at integer not null,
            received integer not null)""",
        "create index points_claims_rider on points_claims (rider, received)",
        """create table points_prints (
            incident integer not null, likeness text not null, at integer not null,
            primary key (incident, likeness)) without rowid""",
        "create index points_prints_likeness on points_prints (likeness)",
        """create table points_sums (
            month text not null, community text not null, kind text not null,
            entries integer not null, points integer not null, primary key (month, community, kind))""",
        "create table points_leaving (rider integer primary key)",
        """create trigger points_ledger_stays before update on points_ledger
           begin select raise(abort, 'the ledger is append-only'); end""",
        # Rows go only while their rider leaves, in the transaction that adds them to the sums.
        """create trigger points_ledger_remains before delete on points_ledger
           when old.rider not in (select rider from points_leaving)
           begin select raise(abort, 'the ledger is append-only'); end""",
    ):
        database.execute(statement)


@migrations(name="0002_no_replacing")
def _no_replacing(database: Database) -> None:
    # `insert or replace` takes a line away without asking the trigger on deletes.
    database.execute(
        """create trigger points_ledger_keeps before insert on points_ledger
           when exists (select 1 from points_ledger where id = new.id)
             or exists (select 1 from points_ledger
                        where incident = new.incident and kind = new.kind and round = new.round)
             or exists (select 1 from points_ledger where voucher = new.voucher and kind = new.kind)
           begin select raise(ignore); end"""
    )


def add(
    work: Work,
    rider: int,
    community: str,
    points: int,
    kind: str,
    reason: str,
    *,
    incident: int | None = None,
    round_: int = 0,
    voucher: int | None = None,
) -> bool:
    """One more line; False when it stands there already."""
    added = work.run(
        """insert into points_ledger (rider, at, community, points, kind, reason, incident, round, voucher)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing""",
        (rider, work.now, community, points, kind, reason, incident, round_, voucher),
    )
    return added > 0


def balance(work: Work, rider: int) -> int:
    """The sum of a rider's lines."""
    return int(work.value("select coalesce(sum(points), 0) from points_ledger where rider = ?", (rider,)))


def entries(work: Work, rider: int, limit: int = 200) -> list[Entry]:
    """A rider's lines, newest first."""
    rows = work.rows(
        "select id, at, points, kind, reason from points_ledger where rider = ? order by id desc limit ?",
        (rider, limit),
    )
    return [Entry(**row) for row in rows]


def of_incident(work: Work, incident: int) -> list[Row]:
    """kind, round, points, reason: what stands about a report, oldest first."""
    return work.rows(
        "select kind, round, points, reason from points_ledger where incident = ? order by id", (incident,)
    )


def paid(work: Work, incident: int) -> int:
    """Points in force for a report."""
    return int(work.value("select coalesce(sum(points), 0) from points_ledger where incident = ?", (incident,)))


def claim(work: Work, incident: int, rider: int, received: int) -> bool:
    """This report is this rider's; False when it is somebody's already."""
    added = work.run(
        "insert into points_claims (incident, rider, at, received) values (?, ?, ?, ?) on conflict do nothing",
        (incident, rider, work.now, received),
    )
    return added > 0


def claimed(work: Work, incident: int) -> tuple[bool, int | None]:
    """Whether a report was put down, and for whom; None: for somebody who left."""
    row = work.row("select rider from points_claims where incident = ?", (incident,))
    return (False, None) if row is None else (True, row["rider"])


def claims(work: Work, rider: int, since: int = 0) -> list[int]:
    """A rider's reports received since then."""
    rows = work.rows(
        "select incident from points_claims where rider = ? and received >= ? order by incident", (rider, since)
    )
    return [row["incident"] for row in rows]


def unsettled(work: Work, since: int, limit: int = 500) -> list[int]:
    """Reports put down for somebody, received since then, about which nothing is decided."""
    rows = work.rows(
        """select incident from points_claims
           where rider is not null and received > ? and incident not in (
             select incident from points_ledger where incident is not null)
           order by received desc limit ?""",
        (since, limit),
    )
    return [row["incident"] for row in rows]


def undecided(work: Work, rider: int, since: int, limit: int) -> list[int]:
    """A rider's reports, received since then, that have no line yet; newest first."""
    rows = work.rows(
        """select incident from points_claims
           where rider = ? and received > ? and incident not in (
             select incident from points_ledger where rider = ? and incident is not null)
           order by received desc limit ?""",
        (rider, since, rider, limit),
    )
    return [row["incident"] for row in rows]


def claimed_since(work: Work, rider: int, since: int) -> int:
    """How many receipts a rider put down since then."""
    return int(work.value("select count(*) from points_claims where rider = ? and at > ?", (rider, since)))


def reports_by_day(work: Work, rider: int, start: int, end: int) -> dict[str, int]:
    """Beijing day → how many of a rider's reports, between two moments."""
    found: dict[str, int] = {}
    for row in work.rows(
        "select received from points_claims where rider = ? and received >= ? and received < ?", (rider, start, end)
    ):
        day = beijing(row["received"]).date().isoformat()
        found[day] = found.get(day, 0) + 1
    return found


def keep_print(work: Work, incident: int, likeness: str) -> None:
    """What a report's picture looks like."""
    work.run("insert into points_prints values (?, ?, ?) on conflict do nothing", (incident, likeness, work.now))


def seen_elsewhere(work: Work, incident: int, likeness: str) -> bool:
    """Whether another report had such a picture."""
    return (
        work.value("select 1 from points_prints where likeness = ? and incident <> ? limit 1", (likeness, incident))
        is not None
    )


def forget_prints(work: Work, before: int) -> int:
    """Old ones tell nothing any more."""
    return work.run("delete from points_prints where at < ?", (before,))


def fold(work: Work, rider: int) -> None:
    """Add a leaving rider's lines to the months' sums and take them and the name on the reports away.

    Lines of 0 points were never paid: they are nobody's entry.
    """
    paid = work.rows("select at, community, kind, points from points_ledger where rider = ? and points <> 0", (rider,))
    for row in paid:
        work.run(
            """insert into points_sums (month, community, kind, entries, points) values (?, ?, ?, 1, ?)
               on conflict (month, community, kind)
               do update set entries = entries + 1, points = points + excluded.points""",
            (f"{beijing(row['at']):%Y-%m}", row["community"], row["kind"], row["points"]),
        )
    work.insert("points_leaving", {"rider": rider})
    work.run("delete from points_ledger where rider = ?", (rider,))
    work.run("delete from points_leaving where rider = ?", (rider,))
    work.run("update points_claims set rider = null where rider = ?", (rider,))


def sums(work: Work, community: str, since: str) -> list[Row]:
    """month, kind, entries, points of a community, of those here and those who left; newest month first.

    `entries` counts what was paid or spent, not the lines of 0 points.
    """
    return work.rows(
        """select month, kind, sum(entries) as entries, sum(points) as points from (
             select month, kind, entries, points from points_sums where community = ?
             union all
             select strftime('%Y-%m', at / 1000 + 28800, 'unixepoch'), kind, 1, points
             from points_ledger where community = ? and points <> 0)
           where month >= ? group by month, kind order by month desc, kind""",
        (community, community, since),
    )


def riders(work: Work, community: str, since: int) -> int:
    """How many riders were paid, or spent, in a community since then."""
    return int(
        work.value(
            "select count(distinct rider) from points_ledger where community = ? and at >= ? and points <> 0",
            (community, since),
        )
    )
