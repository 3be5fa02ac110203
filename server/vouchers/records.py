"""Table of vouchers: one row from the moment the points are set aside."""

from collections.abc import Collection

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.contract.vouchers import Voucher
from gateway.sqlite import Row
from server.kit.store import Work
from server.vouchers.rules import ACCEPTED, RESERVED, USED, WAITING, Given

migrations = Migrations("vouchers")


@migrations(name="0001_vouchers")
def _tables(database: Database) -> None:
    for statement in (
        """create table vouchers (
            id integer primary key autoincrement, rider integer, station text not null, community text not null,
            item text not null, step integer not null, number integer not null, price integer not null,
            state text not null, made integer not null, used integer, outcome text not null default '',
            fact text not null default '', again integer not null default 0,
            settled integer, settled_by text not null default '', unique (station, item, step, number))""",
        "create index vouchers_rider on vouchers (rider, id)",
        "create index vouchers_waiting on vouchers (state, made)",
        "create unique index vouchers_one_a_rider on vouchers (rider) where state = 'reserved'",
    ):
        database.execute(statement)


def add(work: Work, rider: int, station: str, community: str, voucher: Voucher, price: int) -> int:
    """A reserved one; its number."""
    return work.insert(
        "vouchers",
        {
            "rider": rider, "station": station, "community": community, "item": voucher.item, "step": voucher.step,
            "number": voucher.number, "price": price, "state": RESERVED, "made": work.now,
        },
    )  # fmt: skip


def get(work: Work, voucher: int) -> Given | None:
    """By its own number."""
    return _one(work.row("select * from vouchers where id = ?", (voucher,)))


def of(work: Work, station: str, voucher: Voucher) -> Given | None:
    """As a kiosk names it."""
    return _one(
        work.row(
            "select * from vouchers where station = ? and item = ? and step = ? and number = ?",
            (station, voucher.item, voucher.step, voucher.number),
        )
    )


def numbers(work: Work, station: str, item: str, step: int) -> set[int]:
    """Which numbers of a minute are given out."""
    rows = work.rows(
        "select number from vouchers where station = ? and item = ? and step = ?", (station, item, step)
    )  # fmt: skip
    return {row["number"] for row in rows}


def reserved(work: Work, rider: int) -> Given | None:
    """The one that waits for this rider."""
    return _one(work.row("select * from vouchers where rider = ? and state = ?", (rider, RESERVED)))


def of_rider(work: Work, rider: int, limit: int = 30) -> list[Given]:
    """A rider's, newest first."""
    return [
        Given(**row)
        for row in work.rows("select * from vouchers where rider = ? order by id desc limit ?", (rider, limit))
    ]


def overdue(work: Work, made_before: int, limit: int = 200) -> list[Given]:
    """Reserved ones whose time is over, oldest first."""
    rows = work.rows(
        "select * from vouchers where state = ? and made < ? order by made limit ?", (RESERVED, made_before, limit)
    )
    return [Given(**row) for row in rows]


def use(work: Work, voucher: int, fact: str, at: int) -> None:
    """A kiosk took it."""
    work.run(
        "update vouchers set state = ?, used = ?, fact = ?, outcome = ? where id = ?",
        (USED, at, fact, ACCEPTED, voucher),
    )


def note_outcome(work: Work, voucher: int, outcome: str) -> None:
    """How it ended."""
    work.run("update vouchers set outcome = ? where id = ?", (outcome, voucher))


def note_again(work: Work, voucher: int) -> None:
    """Another kiosk took it too."""
    work.run("update vouchers set again = again + 1 where id = ?", (voucher,))


def end(work: Work, voucher: int, state: str) -> bool:
    """Nobody used it; False when it is not reserved any more."""
    return work.run("update vouchers set state = ? where id = ? and state = ?", (state, voucher, RESERVED)) > 0


def settle(work: Work, voucher: int, state: str, outcome: str, by: str) -> bool:
    """Somebody of the staff says how it ended; False when somebody has said so already."""
    marks = ", ".join("?" for _ in WAITING)
    changed = work.run(
        f"""update vouchers set state = ?, outcome = ?, settled = ?, settled_by = ?
            where id = ? and state = ? and outcome in ({marks})""",
        (state, outcome, work.now, by, voucher, USED, *WAITING),
    )
    return changed > 0


def waiting(work: Work, communities: Collection[str], limit: int = 100) -> list[Given]:
    """Those that somebody has to hand over, oldest first."""
    marks = ", ".join("?" for _ in WAITING)
    places = ", ".join("?" for _ in communities)
    rows = work.rows(
        f"""select * from vouchers where state = ? and outcome in ({marks}) and community in ({places})
            order by used limit ?""",
        (USED, *WAITING, *communities, limit),
    )
    return [Given(**row) for row in rows]


def doubled(work: Work, communities: Collection[str], since: int) -> list[Given]:
    """Codes that two kiosks took."""
    places = ", ".join("?" for _ in communities)
    rows = work.rows(
        f"select * from vouchers where again > 0 and made > ? and community in ({places}) order by id desc limit 50",
        (since, *communities),
    )
    return [Given(**row) for row in rows]


def forget_rider(work: Work, rider: int) -> None:
    """Whose they were is nobody's business any more."""
    work.run("update vouchers set rider = null where rider = ?", (rider,))


def delete(work: Work, before: int) -> int:
    """Delete those made before a moment (UTC milliseconds) that wait for nobody; how many went."""
    return work.run("delete from vouchers where made < ? and state <> ?", (before, RESERVED))


def _one(row: Row | None) -> Given | None:
    return None if row is None else Given(**row)
