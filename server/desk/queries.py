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
    each: int,
    enough: int,
) -> tuple[list[int], bool]:
    """Tickets with a clock that is amber, or red, now, and whether these are all of them.

    Of each community `each` clocks at the most, those due first; no more communities once there are `enough` tickets.
    A ticket that is red is not amber too.
    """
    red_already = "" if light is Light.RED else f"and not exists ({_RED_TOO})"
    found: dict[int, None] = {}
    whole = True
    for community in sorted(communities):
        # One community at a time: within it the index knows which is due first.
        rows = work.rows(
            f"""select r.incident as id from clock_runs r cross join incidents i
                where i.id = r.incident and r.ended is null and r.paused is null and r.community = :community
                  and {_TURNED[light]} {red_already}
                  and (:desk = '' or i.desk = :desk) and (:station = '' or i.station = :station)
                  and (:assignee is null or i.assignee = :assignee)
                order by r.due limit :each""",
            {
                "now": work.now, "community": community, "desk": desk, "station": station, "assignee": assignee,
                "each": each,
            },
        )  # fmt: skip
        found |= dict.fromkeys(row["id"] for row in rows)
        whole = whole and len(rows) < each
        if len(found) >= enough:
            return list(found), False
    return list(found), whole


_RED_TOO = """select 1 from clock_runs o
              where o.incident = r.incident and o.ended is null and o.paused is null and o.due < :now"""


def asked(work: Work, communities: Collection[str], most: int) -> list[tuple[int, int]]:
    """(ticket, account that asked) of the requests that nobody has answered, oldest first."""
    rows = work.rows(
        """select r.incident, r.by_id from incident_requests r cross join incidents i
           where i.id = r.incident and r.state = 'asked' and i.community in (select value from json_each(?))
           order by r.id limit ?""",
        (json.dumps(sorted(communities)), most),
    )
    return [(row["incident"], row["by_id"]) for row in rows]


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
