"""Tallies of tickets, written by triggers, and the indexes that lists walk along.

A tally is kept for each community, station, desk, state and level, and beside it the sums over all stations, over all
desks and over both: there the name is empty. So no count ever reads a ticket.
"""

import json
from collections.abc import Collection, Sequence

from sqlite_utils import Database

from server.incidents.records import migrations
from server.kit.store import Work

_KEY = "community, station, desk, state, level"
_COUNT = f"""
    insert into incident_tallies ({_KEY}, n)
    values (new.community, new.station, new.desk, new.state, new.level, 1),
      (new.community, new.station, '', new.state, new.level, 1),
      (new.community, '', new.desk, new.state, new.level, 1),
      (new.community, '', '', new.state, new.level, 1)
    on conflict do update set n = n + 1;"""
_DISCOUNT = """
    update incident_tallies set n = n - 1
    where community = old.community and station in ('', old.station) and desk in ('', old.desk)
      and state = old.state and level = old.level;"""
_CHANGED = "(old.community, old.station, old.desk, old.state, old.level) " \
           "is not (new.community, new.station, new.desk, new.state, new.level)"  # fmt: skip


@migrations(name="0005_counters")
def _counters(database: Database) -> None:
    for statement in (
        f"""create table incident_tallies (
            community text not null, station text not null, desk text not null, state text not null,
            level text not null, n integer not null, primary key ({_KEY})) without rowid""",
        f"insert into incident_tallies select {_KEY}, count(*) from incidents group by {_KEY}",
        *(
            f"""insert into incident_tallies
                select community, {station}, {desk}, state, level, sum(n) from incident_tallies
                where station <> '' and desk <> '' group by 1, 2, 3, 4, 5"""
            for station, desk in (("station", "''"), ("''", "desk"), ("''", "''"))
        ),
        f"create trigger incident_tallies_new after insert on incidents begin {_COUNT} end",
        f"""create trigger incident_tallies_moved after update of {_KEY} on incidents
            when {_CHANGED} begin {_DISCOUNT} {_COUNT} end""",
        f"create trigger incident_tallies_gone after delete on incidents begin {_DISCOUNT} end",
        # Each begins with what one stream of tickets has in common, and ends with what else a list may ask of them.
        "create index incidents_by_state on incidents (community, state, level, id)",
        "create index incidents_by_desk on incidents (community, desk, state, level, id)",
        "create index incidents_by_station on incidents (community, station, desk, state, level, id)",
        "create index incidents_by_category on incidents (community, category, state, level, id, desk, station)",
        """create index incidents_assigned on incidents (assignee, state, level, id, community, desk, station)
           where assignee is not null""",
        """create index incidents_waiting on incidents (community, state, level, id, desk, station)
           where waiting <> ''""",
        """create index incidents_supervised on incidents (community, state, level, id, desk, station)
           where supervised is not null""",
        """create index incidents_to_look_at on incidents (community, state, level, id, look_at, desk, station)
           where look_at is not null""",
        "drop index incidents_list",  # the new ones answer what these did
        "drop index incidents_desk",
    ):
        database.execute(statement)


@migrations(name="0006_unassigned")
def _unassigned(database: Database) -> None:
    database.execute(
        """create index incidents_unassigned on incidents (community, state, level, id, category, desk, station)
           where assignee is null"""
    )


def by_state(work: Work, communities: Collection[str], desks: Sequence[str], station: str) -> dict[str, int]:
    """State → how many tickets; without desks or a station: of all."""
    rows = work.rows(
        """select state, sum(n) as n from incident_tallies
           where community in (select value from json_each(?)) and station = ?
             and desk in (select value from json_each(?)) and n > 0
           group by state""",
        (json.dumps(sorted(communities)), station, json.dumps(sorted(set(desks)) or [""])),
    )
    return {row["state"]: row["n"] for row in rows}
