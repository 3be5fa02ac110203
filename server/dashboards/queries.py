"""The only place that reads across tables: sets of tickets, counted, timed and listed. Reads, never writes.

Every number and every list goes through the same `where`: a number cannot differ from the list behind it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.sqlite import Row
from server.dashboards.chosen import EARLIEST, LATEST, Chosen
from server.incidents import OPEN
from server.kit.store import Work

_STEP = "exists (select 1 from incident_steps s where s.incident = i.id and s.move in ({moves}){more})"
_RECEIVED = "i.received >= :start and i.received < :end"
_FILED = _STEP.format(moves="'file', 'dispatch'", more="")
_COUNTED = f"{_RECEIVED} and i.state <> 'merged'"
_CLOSED = "i.id in (select incident from incident_steps where move = 'close' and at >= :start and at < :end)"
# The first half only keeps the scan to the weeks in question.
_DUE = """i.received >= :start - :longest and i.received < :end and i.state not in ('rejected', 'merged')
          and i.received + l.ms >= :start and i.received + l.ms < min(:end, :now)"""

_SETS = {
    "received": _RECEIVED,
    "acknowledged": f"{_RECEIVED} and {_FILED}",
    "counted": _COUNTED,
    "filed": f"{_COUNTED} and {_FILED}",
    "filed_closed": f"{_COUNTED} and {_FILED} and i.state = 'closed'",
    "closed": _CLOSED,
    "reworked": f"{_CLOSED} and {_STEP.format(moves="'return', 'reopen'", more='')}",
    "due": _DUE,
    "on_time": f"{_DUE} and {_STEP.format(moves="'close'", more=' and s.at <= i.received + l.ms')}",
    "reopened": "i.id in (select incident from incident_steps where move = 'reopen' and at >= :start and at < :end)",
    "rated": """i.id in (select incident from ratings
                         where at >= :start and at < :end and (:face = '' or face = :face))""",
    "overdue": f"i.state in ({', '.join(repr(state) for state in OPEN)}) and i.received + l.ms < :now",
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


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose tickets: the communities, and for each the milliseconds by level in which a ticket is to be closed."""

    limits: Mapping[tuple[str, str], int]

    @property
    def communities(self) -> Collection[str]:
        """The communities in sight."""
        return {community for community, _ in self.limits}


def count(work: Work, scope: Scope, chosen: Chosen) -> int:
    """How many tickets."""
    rows = _ask(work, scope, chosen, "count(*) as n", "")
    return int(rows[0]["n"]) if rows else 0


def counts(work: Work, scope: Scope, chosen: Chosen, column: str) -> dict[str, int]:
    """How many by `category`, `desk` or `state`."""
    rows = _ask(work, scope, chosen, f"i.{column} as name, count(*) as n", f"group by i.{column}")
    return {row["name"]: row["n"] for row in rows}


def overdue_since(work: Work, scope: Scope, chosen: Chosen) -> dict[str, int]:
    """Desk → when its oldest ticket of the set was due."""
    rows = _ask(work, scope, chosen, "i.desk as name, min(i.received + l.ms) as at", "group by i.desk")
    return {row["name"]: row["at"] for row in rows}


def acknowledged_after(work: Work, scope: Scope, chosen: Chosen) -> list[int]:
    """Milliseconds from receipt to the first 立案 or 派遣, of each ticket of the set."""
    took = """(select min(s.at) from incident_steps s
               where s.incident = i.id and s.move in ('file', 'dispatch')) - i.received as ms"""
    return [max(0, row["ms"]) for row in _ask(work, scope, chosen, took, "") if row["ms"] is not None]


def closed_after(work: Work, scope: Scope, chosen: Chosen) -> list[int]:
    """Milliseconds from receipt to the last close within the span, of each ticket of the set."""
    took = """(select max(s.at) from incident_steps s
               where s.incident = i.id and s.move = 'close' and s.at >= :start and s.at < :end) - i.received as ms"""
    return [max(0, row["ms"]) for row in _ask(work, scope, chosen, took, "") if row["ms"] is not None]


def tickets(work: Work, scope: Scope, chosen: Chosen, before: int | None, limit: int) -> list[Row]:
    """The tickets themselves, newest first, behind the id `before`; no words, no receipts, no photos."""
    columns = """i.id, i.number, i.community, i.station, i.category, i.level, i.desk, i.state, i.place, i.received,
                 i.received + l.ms as due,
                 (select max(s.at) from incident_steps s where s.incident = i.id and s.move = 'close') as closed"""
    return _ask(work, scope, chosen, columns, "order by i.id desc limit :limit", before=before, limit=limit)


def _ask(work: Work, scope: Scope, chosen: Chosen, columns: str, tail: str, **more: Any) -> list[Row]:
    limits = {
        key: ms for key, ms in sorted(scope.limits.items()) if not chosen.community or key[0] == chosen.community
    }
    if not limits:
        return []
    values: dict[str, Any] = {
        "start": chosen.span.start if chosen.span else EARLIEST, "end": chosen.span.end if chosen.span else LATEST,
        "now": work.now, "longest": max(limits.values()), "face": chosen.face, "topic": chosen.topic, **more,
    }  # fmt: skip
    where = [_SETS[chosen.what]]
    for name, condition in _NARROWED.items():
        if getattr(chosen, name):
            where.append(condition)
            values[name] = getattr(chosen, name)
    if more.get("before") is not None:
        where.append("i.id < :before")
    communities = sorted({community for community, _ in limits})
    values |= {f"c{place}": community for place, community in enumerate(communities)}
    rows = []
    for place, ((community, level), ms) in enumerate(limits.items()):
        rows.append(f"(:c{communities.index(community)}, :v{place}, :m{place})")
        values |= {f"v{place}": level, f"m{place}": ms}
    marks = ", ".join(f":c{place}" for place in range(len(communities)))
    return work.rows(
        f"""with l (community, level, ms) as (values {', '.join(rows)})
            select {columns} from incidents i join l on l.community = i.community and l.level = i.level
            where i.community in ({marks}) and {' and '.join(where)} {tail}""",  # noqa: S608 - our own words only
        values,
    )
