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
_FILING = "'file', 'confirm', 'dispatch', 'refile', 'unmerge'"
_REOPENING = "'reopen', 'recur'"
_RECEIVED = "i.received >= :start and i.received < :end"
_OPEN = ", ".join(f"'{state}'" for state in OPEN)
_FILED = _STEP.format(moves=_FILING)
_REWORKED = _STEP.format(moves=f"'return', {_REOPENING}")
_FALSE_ALARM = "i.state = 'rejected' and " + _STEP.format(moves="'false_alarm'")
# What a device found and nobody has confirmed is no report yet; a false alarm never was one.
_COUNTED = f"{_RECEIVED} and i.state not in ('merged', 'void', 'withdrawn', 'unconfirmed') and not ({_FALSE_ALARM})"
_ACCEPTED = f"{_COUNTED} and i.state <> 'rejected' and {_FILED}"
_CLOSED = "i.id in (select incident from incident_steps where move = 'close' and at >= :start and at < :end)"
_REOPENED = f"""i.id in (select incident from incident_steps
                         where move in ({_REOPENING}) and at >= :start and at < :end)"""
# A ticket's own clock says when it is due; one that was reopened had its first chance.
_DUE = """i.state not in ('rejected', 'merged', 'void', 'withdrawn', 'unconfirmed') and i.id in (
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
    "filed": _ACCEPTED,
    "filed_closed": f"{_ACCEPTED} and i.state = 'closed'",
    "rejected": f"{_RECEIVED} and i.state = 'rejected' and not ({_FALSE_ALARM})",
    "false_alarm": f"{_RECEIVED} and {_FALSE_ALARM}",
    "merged": f"{_RECEIVED} and i.state = 'merged'",
    "void": f"{_RECEIVED} and i.state = 'void'",
    "withdrawn": f"{_RECEIVED} and i.state = 'withdrawn'",
    "closed": _CLOSED,
    "reworked": f"{_CLOSED} and {_REWORKED}",
    "due": _DUE.format(more=""),
    "on_time": _DUE.format(more=_IN_TIME),
    "reopened": _REOPENED,
    "rated": """i.id in (select incident from ratings
                         where at >= :start and at < :end and (:face = '' or face = :face))""",
    "now": "1 = 1",
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

# The last overall clock: a reopened ticket has a new one; one that stands still is due at no known time.
_LAST_DUE = """(select max(r.due) from clock_runs r
                where r.incident = i.id and r.stage = 'overall' and (r.paused is null or r.ended is not null))"""
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


def first_review(work: Work, communities: Collection[str], chosen: Chosen) -> int | None:
    """When the first ticket of the set is looked at again; None when none is, or the set is empty."""
    rows = _ask(work, communities, chosen, "min(i.review_at) as at", "")
    return rows[0]["at"] if rows else None


def longest_ago(work: Work, communities: Collection[str], chosen: Chosen) -> int | None:
    """When the oldest ticket of the set was received; None for an empty set."""
    rows = _ask(work, communities, chosen, "min(i.received) as at", "")
    return rows[0]["at"] if rows else None


def acknowledged_after(work: Work, communities: Collection[str], chosen: Chosen) -> list[int]:
    """Milliseconds from receipt to when it was first filed, confirmed or dispatched, of each ticket of the set."""
    took = f"""(select min(s.at) from incident_steps s
                where s.incident = i.id and s.move in ({_FILING})) - i.received as ms"""
    return [max(0, row["ms"]) for row in _ask(work, communities, chosen, took, "") if row["ms"] is not None]


def closed_after(work: Work, communities: Collection[str], chosen: Chosen) -> list[int]:
    """Milliseconds from receipt to the last close within the span, of each ticket of the set."""
    took = """(select max(s.at) from incident_steps s
               where s.incident = i.id and s.move = 'close' and s.at >= :start and s.at < :end) - i.received as ms"""
    return [max(0, row["ms"]) for row in _ask(work, communities, chosen, took, "") if row["ms"] is not None]


def tickets(work: Work, communities: Collection[str], chosen: Chosen, before: int | None, limit: int) -> list[Row]:
    """The tickets themselves, newest first, behind the id `before`; no words, no receipts, no photos."""
    where, values = _where(work, communities, chosen)
    behind = " and i.id < :before" if before is not None else ""
    # First which, then what is shown of these: the moments of each are looked up for one page only.
    return work.rows(
        f"""select {_COLUMNS} from incidents i
            where i.id in (select i.id from incidents i where {where}{behind} order by i.id desc limit :limit)
            order by i.id desc""",
        {**values, "before": before, "limit": limit},
    )


def _ask(work: Work, communities: Collection[str], chosen: Chosen, columns: str, tail: str) -> list[Row]:
    where, values = _where(work, communities, chosen)
    return work.rows(f"select {columns} from incidents i where {where} {tail}", values)


def _where(work: Work, communities: Collection[str], chosen: Chosen) -> tuple[str, dict[str, Any]]:
    codes = sorted({chosen.community} & set(communities) if chosen.community else communities)
    values: dict[str, Any] = {
        "start": chosen.span.start if chosen.span else EARLIEST, "end": chosen.span.end if chosen.span else LATEST,
        "now": work.now, "face": chosen.face, "topic": chosen.topic,
    }  # fmt: skip
    where = [_SETS[chosen.what]]
    for name, condition in _NARROWED.items():
        if getattr(chosen, name):
            where.append(condition)
            values[name] = getattr(chosen, name)
    values |= {f"c{place}": code for place, code in enumerate(codes)}
    marks = ", ".join(f":c{place}" for place in range(len(codes))) or "null"
    return f"i.community in ({marks}) and {' and '.join(where)}", values
