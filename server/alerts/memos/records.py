"""Table of memos: what has to be said, to whom, and when next. They become deliveries like the alarms do."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from gateway.sqlite import Row
from server.kit.store import Work

TABLES = (
    """create table alert_memos (
        id integer primary key, incident integer, community text not null, urgent integer not null,
        manner text not null, head text not null, said text not null, due integer,
        whom text not null, instead text not null, but integer, key text not null, while_open integer not null,
        people text not null, at integer not null, times integer not null, next integer, ended integer)""",
    "create index alert_memos_next on alert_memos (urgent, next) where next is not null",
    "create index alert_memos_of on alert_memos (incident, key)",
    "create index alert_memos_old on alert_memos (at)",
    "alter table alert_deliveries add column memo integer",
    "create index alert_deliveries_memo on alert_deliveries (memo) where memo is not null",
)


@dataclass(frozen=True, slots=True)
class Memo:
    """A short word to staff about a ticket, or (`incident` None) about a community. Times are UTC milliseconds.

    `whom`: posts, desks, roles, units, `desk` (the responsible one), `assignee`, `staff:3`; all of them are told,
    but not the account `but`, who knows. When that leaves nobody, those of `instead`, in order.
    """

    community: str
    whom: tuple[str, ...]
    manner: str
    """One of `rules.MANNERS`: ring (at once, again every minute), once in working hours, or in the digest."""
    head: str
    """What kind of word it is, such as `督办`."""
    said: str = ""
    """The word itself; what people typed in it is made harmless when it is sent."""
    incident: int | None = None
    due: int | None = None
    """The end of the clock it is about: the message says how long is left, or how long it is over."""
    but: int | None = None
    instead: tuple[str, ...] = ()
    key: str = ""
    """By what it can be withdrawn, together with the ticket."""
    while_open: bool = True
    """Whether it is nothing to anybody once the ticket has ended."""
    id: int = 0
    at: int = 0
    times: int = 0
    """How often it was sent out so far."""
    ended: int | None = None
    people: tuple[int, ...] = ()
    """Numbers of `alert_people` whom it called."""


def add(work: Work, memo: Memo, urgent: bool, due: int) -> int:
    """Queue a memo for a moment, in the transaction of what it tells."""
    return work.insert(
        "alert_memos",
        {
            "incident": memo.incident, "community": memo.community, "urgent": int(urgent), "manner": memo.manner,
            "head": memo.head, "said": memo.said, "due": memo.due, "whom": json.dumps(memo.whom),
            "instead": json.dumps(memo.instead), "but": memo.but, "key": memo.key,
            "while_open": int(memo.while_open), "people": "[]", "at": work.now, "times": 0, "next": due,
        },
    )  # fmt: skip


def get(work: Work, memo_id: int) -> Memo | None:
    """By its number."""
    row = work.row("select * from alert_memos where id = ?", (memo_id,))
    return None if row is None else _memo(row)


def due(work: Work, urgent: bool, most: int) -> list[Memo]:
    """Memos whose moment has come, the longest waiting first."""
    rows = work.rows(
        "select * from alert_memos where urgent = ? and next is not null and next <= ? order by next, id limit ?",
        (int(urgent), work.now, most),
    )
    return [_memo(row) for row in rows]


def sent_out(work: Work, memo: Memo, people: Collection[int], following: int | None) -> None:
    """Remember whom it called once more, and when it goes out again."""
    work.run(
        "update alert_memos set times = times + 1, people = ?, next = ? where id = ?",
        (json.dumps(sorted({*memo.people, *people})), following, memo.id),
    )


def set_next(work: Work, memo_id: int, at: int) -> None:
    """It goes out (again) then."""
    work.run("update alert_memos set next = ? where id = ? and ended is null", (at, memo_id))


def end(work: Work, memo_ids: Collection[int]) -> None:
    """Nothing more is said, and what has not left the house stays there."""
    if not memo_ids:
        return
    marks = ", ".join("?" for _ in memo_ids)
    work.run(
        f"update alert_memos set next = null, ended = ? where id in ({marks}) and ended is null",
        (work.now, *memo_ids),
    )
    work.run(
        f"""update alert_deliveries set state = 'dropped', finished = ?, address = ''
            where state = 'waiting' and memo in ({marks})""",
        (work.now, *memo_ids),
    )


def open_of(work: Work, incident: int, keys: Collection[str] | None = None) -> list[Memo]:
    """The memos about a ticket that have not ended (with these keys)."""
    rows = work.rows("select * from alert_memos where incident = ? and ended is null order by id", (incident,))
    return [_memo(row) for row in rows if keys is None or row["key"] in keys]


def tidy(work: Work, before: int, most: int) -> int:
    """Delete what was said long ago; returns how many rows went."""
    return work.run(
        "delete from alert_memos where id in (select id from alert_memos where at < ? order by at limit ?)",
        (before, most),
    )


def _memo(row: Row) -> Memo:
    return Memo(
        community=row["community"],
        whom=tuple(json.loads(row["whom"])),
        manner=row["manner"],
        head=row["head"],
        said=row["said"],
        incident=row["incident"],
        due=row["due"],
        but=row["but"],
        instead=tuple(json.loads(row["instead"])),
        key=row["key"],
        while_open=bool(row["while_open"]),
        id=row["id"],
        at=row["at"],
        times=row["times"],
        ended=row["ended"],
        people=tuple(json.loads(row["people"])),
    )
