"""Tables of roll-outs, of where each station stands in one, and of the dials as they are meant to be."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.sqlite import Row
from server.kit.store import Work

migrations = Migrations("rollouts")


@migrations(name="0001_rollouts")
def _tables(database: Database) -> None:
    for statement in (
        """create table rollouts (
            id integer primary key, client_id text not null unique,
            changes text not null, note text not null, by_id integer not null, by_name text not null,
            at integer not null, state text not null, reason text not null, wave integer not null,
            wave_at integer not null, soak_ms integer not null, patience_ms integer not null,
            most_failures integer not null, ended integer)""",
        """create table rollout_stations (
            rollout integer not null references rollouts (id), station text not null, community text not null,
            wave integer not null, state text not null, reason text not null, before text not null,
            failing text not null, at integer,
            primary key (rollout, station))""",
        "create index rollout_stations_of on rollout_stations (station, rollout)",
        """create table dials (
            station text not null references stations (code), name text not null, value integer not null,
            rollout integer not null, primary key (station, name))""",
        """create table rollout_steps (
            id integer primary key, rollout integer not null references rollouts (id), what text not null,
            by_name text not null, at integer not null)""",
        "create index rollout_steps_of on rollout_steps (rollout, id)",
    ):
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One roll-out. `wave` counts from 1 and began at `wave_at`; times are UTC milliseconds, spans milliseconds."""

    id: int
    client_id: str
    changes: dict[str, int]
    note: str
    by_id: int
    by_name: str
    at: int
    state: str
    reason: str
    wave: int
    wave_at: int
    soak_ms: int
    patience_ms: int
    most_failures: int
    ended: int | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A station in a roll-out. `before`: its dials till then, None where none was set; `failing`: its troubles then."""

    rollout: int
    station: str
    community: str
    wave: int
    state: str
    reason: str
    before: dict[str, int | None]
    failing: frozenset[str]
    at: int | None


def add(work: Work, values: Mapping[str, str | int], changes: Mapping[str, int]) -> int:
    """A new one, running its first wave; returns its number."""
    return work.insert(
        "rollouts",
        {
            **values, "changes": json.dumps(changes, sort_keys=True), "at": work.now, "state": "running", "reason": "",
            "wave": 1, "wave_at": work.now,
        },
    )  # fmt: skip


def seat(work: Work, rollout: int, station: str, community: str, wave: int, before: Mapping[str, int | None]) -> None:
    """Plan a station."""
    work.insert(
        "rollout_stations",
        {
            "rollout": rollout, "station": station, "community": community, "wave": wave, "state": "planned",
            "reason": "", "before": json.dumps(before, sort_keys=True), "failing": "[]",
        },
    )  # fmt: skip


def get(work: Work, rollout: int) -> Rollout | None:
    """By its number."""
    row = work.row("select * from rollouts where id = ?", (rollout,))
    return None if row is None else _rollout(row)


def by_client_id(work: Work, client_id: str) -> Rollout | None:
    """The one that was begun with this form."""
    row = work.row("select * from rollouts where client_id = ?", (client_id,))
    return None if row is None else _rollout(row)


def running(work: Work) -> list[Rollout]:
    """Those that proceed."""
    return [_rollout(row) for row in work.rows("select * from rollouts where state = 'running' order by id")]


def latest(work: Work, communities: Collection[str], limit: int = 30) -> list[Rollout]:
    """The newest with a station in these communities."""
    marks = ", ".join("?" for _ in communities)
    rows = work.rows(
        f"""select * from rollouts where exists (
              select 1 from rollout_stations
              where rollout = rollouts.id and community in ({marks}))
            order by id desc limit ?""",
        (*communities, limit),
    )
    return [_rollout(row) for row in rows]


def busy(work: Work, stations: Collection[str], states: Collection[str], but: int = 0) -> set[str]:
    """Which of these stations stand in a roll-out of such a state, other than `but`."""
    rows = work.rows(
        f"""select distinct station from rollout_stations join rollouts on rollouts.id = rollout
            where rollouts.id <> ? and rollouts.state in ({", ".join("?" for _ in states)})""",
        (but, *states),
    )
    return {row["station"] for row in rows} & set(stations)


def seats(work: Work, rollout: int) -> list[Seat]:
    """Every station of a roll-out, by wave."""
    rows = work.rows("select * from rollout_stations where rollout = ? order by wave, station", (rollout,))
    return [
        Seat(**{**row, "before": json.loads(row["before"]), "failing": frozenset(json.loads(row["failing"]))})
        for row in rows
    ]


def place(work: Work, one: Seat, state: str, reason: str = "", failing: frozenset[str] | None = None) -> None:
    """Where a station stands now."""
    work.run(
        """update rollout_stations set state = ?, reason = ?, failing = ?, at = ? where rollout = ? and station = ?""",
        (state, reason, json.dumps(sorted(one.failing if failing is None else failing)), work.now, one.rollout,
         one.station),
    )  # fmt: skip


def proceed(work: Work, rollout: int, state: str, wave: int, reason: str, ended: int | None) -> None:
    """A new state or wave; the wave's clock begins anew."""
    work.run(
        "update rollouts set state = ?, wave = ?, wave_at = ?, reason = ?, ended = ? where id = ?",
        (state, wave, work.now, reason, ended, rollout),
    )


def step(work: Work, rollout: int, what: str, by: str) -> None:
    """One line of its history."""
    work.insert("rollout_steps", {"rollout": rollout, "what": what, "by_name": by, "at": work.now})


def steps(work: Work, rollout: int) -> list[Row]:
    """Its history: what, by_name, at, oldest first."""
    return work.rows("select what, by_name, at from rollout_steps where rollout = ? order by id", (rollout,))


def dials(work: Work, station: str) -> dict[str, int]:
    """The dials that were ever set for a station."""
    rows = work.rows("select name, value from dials where station = ? order by name", (station,))
    return {row["name"]: row["value"] for row in rows}


def turned_by(work: Work, station: str) -> dict[str, int]:
    """dial → the roll-out that set it last."""
    rows = work.rows("select name, rollout from dials where station = ?", (station,))
    return {row["name"]: row["rollout"] for row in rows}


def turn(work: Work, station: str, name: str, value: int | None, rollout: int) -> None:
    """Set a dial; None: as shipped."""
    if value is None:
        work.run("delete from dials where station = ? and name = ?", (station, name))
        return
    work.run(
        """insert into dials (station, name, value, rollout) values (?, ?, ?, ?)
           on conflict (station, name) do update set value = excluded.value, rollout = excluded.rollout""",
        (station, name, value, rollout),
    )


def _rollout(row: Row) -> Rollout:
    return Rollout(**{**row, "changes": json.loads(row["changes"])})
