"""The only place that reads across tables: sets of tickets, counted, timed and listed. Reads, never writes.

Every number and every list goes through the same `where`: a number cannot differ from the list behind it.
"""

from collections.abc import Collection
from typing import Any

from gateway.sqlite import Row
from server.dashboards.chosen import EARLIEST, LATEST, Chosen
from server.incidents import OPEN
from server.kit.store import Work

_STEP = "exists (select 1 from incident_steps s where s.incident = i.id and s.move in ({moves}))"
_RECEIVED = "i.received >= :start and i.received < :end"
_OPEN = ", ".join(f"'{state}'" for state in OPEN)
_FILED = _STEP.format(moves="'file', 'dispatch'")
_REWORKED = _STEP.format(moves="'return', 'reopen'")
_COUNTED = f"{_RECEIVED} and i.state <> 'merged'"
_CLOSED = "i.id in (select incident from incident_steps where move = 'close' and at >= :start and at < :end)"
# A ticket's own clock says when it is due; one that was reopened had its first chance.
_DUE = """i.state not in ('rejected', 'merged') and i.id in (
            select r.incident from clock_runs r
            where r.stage = 'overall' and r.due >= :start and r.due < min(:end, :now)
              and (r.paused is null or r.ended is not null)
              and not exists (select 1 from clock_runs o
                              where o.incident = r.incident and o.stage = 'overall' and o.id < r.id){more})"""
_IN_TIME = """
              and exists (select 1 from incident_steps s
                          where s.incident = r.incident and s.move = 'close' and s.at <= r.due)"""

_LATE = """i.id in (select incident from clock_runs
                     where stage = 'overall' and ended is null and paused is null and due < :now)"""

_SETS = {
    "received": _RECEIVED,
    "acknowledged": f"{_RECEIVED} and {_FILED}",
    "counted": _COUNTED,
    "filed": f"{_COUNTED} and {_FILED}",
    "filed_closed": f"{_COUNTED} and {_FILED} and i.state = 'closed'",
    "closed": _CLOSED,
    "reworked": f"{_CLOSED} and {_REWORKED}",
    "due": _DUE.format(more=""),
    "on_time": _DUE.format(more=_IN_TIME),
    "reopened": "i.id in (select incident from incident_steps where move = 'reopen' and at >= :start and at < :end)",
    "rated": """i.id in (select incident from ratings
                         where at >= :start and at < :end and (:face = '' or face = :face))""",
    "overdue": f"i.state in ({_OPEN}) and {_LATE}",
    "topic": """i.id in (select p.incident from topics t join topic_places p
                           on p.community = t.community and p.category = t.category and p.place = t.place
                         where t.id = :topic and p.counted = 1 and p.at >= :start and p.at < :end)""",
}
_NARROWED = {
    "station": "i.station = :station",
    "group": "substr(i.category, 1, length(:group) + 1) = :group || '.'",
    "category": "i.category = :category",
    "desk": "i.desk = :desk",
    "level": "i.level = :level",
    "state": "i.state = :state",
}

# The last overall clock: a reopened ticket has a new one.
_LAST_DUE = "(select max(r.due) from clock_runs r where r.incident = i.id and r.stage = 'overall')"
_COLUMNS = ", ".join(
    (
        "i.id, i.number, i.community, i.station, i.category, i.level, i.desk, i.state, i.place, i.received",
        f"{_LAST_DUE} as due",
        "(select max(s.at) from incident_steps s where s.incident = i.id and s.move = 'close') as closed",
    )
)


def count(work: Work, communities: Collection[str], chosen: Chosen) -> int:
    """How many tickets."""
    rows = _ask(work, communities, chosen, "count(*) as n", "")
    return int(rows[0]["n"]) if rows else 0


def counts(work: Work, communities: Collection[str], chosen: Chosen, column: str) -> dict[str, int]:
    """How many by `category`, `desk` or `state`."""
    rows = _ask(work, communities, chosen, f"i.{column} as name, count(*) as n", f"group by i.{column}")
    return {row["name"]: row["n"] for row in rows}


def overdue_since(work: Work, communities: Collection[str], chosen: Chosen) -> dict[str, int]:
    """Desk → when its oldest ticket of the set was due."""
    rows = _ask(work, communities, chosen, f"i.desk as name, min({_LAST_DUE}) as at", "group by i.desk")
    return {row["name"]: row["at"] for row in rows}


def acknowledged_after(work: Work, communities: Collection[str], chosen: Chosen) -> list[int]:
    """Milliseconds from receipt to the first 立案 or 派遣, of each ticket of the set."""
    took = """(select min(s.at) from incident_steps s
               where s.incident = i.id and s.move in ('file', 'dispatch')) - i.received as ms"""
    return [max(0, row["ms"]) for row in _ask(work, communities, chosen, took, "") if row["ms"] is not None]


def closed_after(work: Work, communities: Collection[str], chosen: Chosen) -> list[int]:
    """Milliseconds from receipt to the last close within the span, of each ticket of the set."""
    took = """(select max(s.at) from incident_steps s
               where s.incident = i.id and s.move = 'close' and s.at >= :start and s.at < :end) - i.received as ms"""
    return [max(0, row["ms"]) for row in _ask(work, communities, chosen, took, "") if row["ms"] is not None]


def tickets(work: Work, communities: Collection[str], chosen: Chosen, before: int | None, limit: int) -> list[Row]:
    """The tickets themselves, newest first, behind the id `before`; no words, no receipts, no photos."""
    return _ask(work, communities, chosen, _COLUMNS, "order by i.id desc limit :limit", before=before, limit=limit)


def _ask(work: Work, communities: Collection[str], chosen: Chosen, columns: str, tail: str, **more: Any) -> list[Row]:
    codes = sorted({chosen.community} & set(communities) if chosen.community else communities)
    if not codes:
        return []
    values: dict[str, Any] = {
        "start": chosen.span.start if chosen.span else EARLIEST, "end": chosen.span.end if chosen.span else LATEST,
        "now": work.now, "face": chosen.face, "topic": chosen.topic, **more,
    }  # fmt: skip
    where = [_SETS[chosen.what]]
    for name, condition in _NARROWED.items():
        if getattr(chosen, name):
            where.append(condition)
            values[name] = getattr(chosen, name)
    if more.get("before") is not None:
        where.append("i.id < :before")
    values |= {f"c{place}": code for place, code in enumerate(codes)}
    marks = ", ".join(f":c{place}" for place in range(len(codes)))
    return work.rows(
        f"select {columns} from incidents i where i.community in ({marks}) and {' and '.join(where)} {tail}",
        values,
    )
