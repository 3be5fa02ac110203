"""What only the desk's lists ask across tables: whose clock has turned, and what was reported done. Reads only."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from server.clocks import Light
from server.incidents import OPEN
from server.kit.clock import MINUTE_MS
from server.kit.store import Work

_TURNED = {
    Light.AMBER: "r.amber <= :now and r.due >= :now",
    Light.RED: "r.due < :now",
}


def turned(
    work: Work,
    communities: Collection[str],
    light: Light,
    *,
    desk: str = "",
    station: str = "",
    assignee: int | None = None,
    most: int,
) -> list[int]:
    """Tickets with a clock that is amber, or red, now, those due first; at most `most` clocks are looked at.

    A ticket that is red is not amber too.
    """
    red_already = "" if light is Light.RED else f"and not exists ({_RED_TOO})"
    rows = work.rows(
        f"""select r.incident as id from clock_runs r join incidents i on i.id = r.incident
            where r.ended is null and r.paused is null and {_TURNED[light]} {red_already}
              and r.community in (select value from json_each(:communities))
              and (:desk = '' or i.desk = :desk) and (:station = '' or i.station = :station)
              and (:assignee is null or i.assignee = :assignee)
            order by r.due limit :most""",
        {
            "now": work.now, "communities": json.dumps(sorted(communities)), "desk": desk, "station": station,
            "assignee": assignee, "most": most,
        },
    )  # fmt: skip
    return list(dict.fromkeys(row["id"] for row in rows))


_RED_TOO = """select 1 from clock_runs o
              where o.incident = r.incident and o.ended is null and o.paused is null and o.due < :now"""


@dataclass(frozen=True, slots=True)
class Done:
    """That a ticket was reported done. `by`: the account, None without one; `took`: milliseconds it was in work."""

    incident: int
    by: int | None
    desk: str
    """The label of the desk that had it then."""
    took: int


def done_since(work: Work, communities: Collection[str], since: int) -> list[Done]:
    """Each ticket that was reported done since a moment (UTC milliseconds), by whom it was last."""
    # The clock is read before the lock is taken: lines may stand a moment out of order.
    first = _first_step(work, since - MINUTE_MS)
    rows = work.rows(
        """select s.incident, s.by_id, s.desk, s.at - coalesce((
             select max(b.at) from incident_steps b
             where b.incident = s.incident and b.id < s.id and b.to_state in ('dispatched', 'transferred')
               and (b.from_state <> b.to_state or b.move = 'dispatch')), s.at) as took
           from incident_steps s join incidents i on i.id = s.incident
           where s.id in (select max(id) from incident_steps
                          where id >= :first and move = 'done' and at >= :since group by incident)
             and i.community in (select value from json_each(:communities))
           order by s.id""",
        {"first": first, "since": since, "communities": json.dumps(sorted(communities))},
    )
    return [Done(row["incident"], row["by_id"], row["desk"], row["took"]) for row in rows]


def _first_step(work: Work, at: int) -> int:
    """The first line of history no older than `at`; they lie in the order of their time, without an index on it."""
    low, high = 0, int(work.value("select max(id) from incident_steps") or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = work.value("select at from incident_steps where id >= ? order by id limit 1", (middle,))
        if found is not None and found < at:
            low = middle + 1
        else:
            high = middle
    return low


def oldest(
    work: Work, communities: Collection[str], *, desk: str = "", assignee: int | None = None
) -> tuple[int, int] | None:
    """(ticket, when it was seen) of the open ticket that is there for the longest; None without any."""
    whose = "i.assignee = :assignee" if assignee is not None else "i.desk = :desk"
    found = work.value(
        f"""select min(id) from (
              select (select min(i.id) from incidents i
                      where i.community = c.value and {whose} and i.state = s.value and i.level = l.value) as id
              from json_each(:communities) c, json_each(:states) s, json_each(:levels) l)""",
        {
            "communities": json.dumps(sorted(communities)), "states": json.dumps(OPEN), "levels": json.dumps(_LEVELS),
            "desk": desk, "assignee": assignee,
        },
    )  # fmt: skip
    if found is None:
        return None
    return int(found), int(work.value("select at from incidents where id = ?", (found,)))


_LEVELS = ("P0", "P1", "P2", "P3")
