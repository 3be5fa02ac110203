"""Which tickets a list shows, as numbers; as quick among a million as among a thousand.

A stream is the tickets of one community (and station, desk, …), state and level: they lie side by side in an index, the
newest last. The tallies say which streams there are; each one's newest ticket is looked at, and only those that reach
into the page are followed. So no query passes over tickets that it does not show.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from server.incidents.lifecycle import OPEN
from server.kit.store import Work

_BEYOND = 2**62
"""Higher than every id."""


class Narrowed(TypedDict, total=False):
    """What a list may be narrowed to; what is missing, None, False or empty does not narrow (but see `ids`)."""

    states: Sequence[str]
    desk: str | None
    desks: Sequence[str]
    """The ticket's desk is one of these."""
    station: str | None
    category: str | None
    levels: Sequence[str]
    urgent: bool | None
    """True: only open P0 and P1; False: all but these."""
    assignee: int | None
    unassigned: bool
    waiting: bool
    """Somebody's answer is awaited."""
    supervised: bool
    look_due: bool
    """Closed, and the day of its second look has come."""
    ids: Sequence[int] | None
    """One of these, such as the overdue; of an empty list there is none."""


@dataclass(frozen=True, slots=True)
class _Way:
    """An index. `shared`: what the tickets of a stream have in common in front of state and level."""

    index: str
    shared: tuple[str, ...]


_WAYS = {
    "assignee": _Way("incidents_assigned", ("assignee",)),
    "waiting": _Way("incidents_waiting", ("community",)),
    "supervised": _Way("incidents_supervised", ("community",)),
    "look_due": _Way("incidents_to_look_at", ("community",)),
    "unassigned": _Way("incidents_unassigned", ("community",)),
    "category": _Way("incidents_by_category", ("community", "category")),
    "station": _Way("incidents_by_station", ("community", "station", "desk")),
    "desk": _Way("incidents_by_desk", ("community", "desk")),
    "community": _Way("incidents_by_state", ("community",)),
}
"""By what is asked for, the narrowest first."""

_CONDITIONS = {
    "assignee": "i.assignee = :assignee",
    "waiting": "i.waiting <> ''",
    "supervised": "i.supervised is not null",
    "look_due": "i.look_at is not null and i.look_at <= :now",
    "unassigned": "i.assignee is null",
    "category": "i.category = :category",
    "station": "i.station = :station",
    "desk": "i.desk in (select value from json_each(:desks))",
    "community": "i.community in (select value from json_each(:communities))",
}
_TALLIED = frozenset({"community", "station", "desk", "state", "level"})
_URGENT = "({0}.level in ('P0', 'P1') and {0}.state in (select value from json_each(:open)))"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list asks for. `conditions` on the tickets `i`, by name; `kinds`: on the state and level of `{0}`."""

    conditions: dict[str, str]
    kinds: str
    values: dict[str, Any]

    @property
    def way(self) -> _Way:
        """The index to walk along."""
        return next(way for name, way in _WAYS.items() if name in self.conditions)

    @property
    def tallied(self) -> bool:
        """Whether the tallies alone can count it."""
        return self.conditions.keys() <= _TALLIED


def read(work: Work, communities: Collection[str], narrowed: Narrowed) -> Asked | None:
    """What is asked for; None when that is nothing."""
    states, desks, ids = set(narrowed.get("states", ())), set(narrowed.get("desks", ())), narrowed.get("ids")
    levels = sorted(narrowed.get("levels", ()))
    desk, look_due = narrowed.get("desk"), narrowed.get("look_due")
    nothing = not communities or (ids is not None and not ids)
    if nothing or (desk and desks and desk not in desks) or (look_due and states and "closed" not in states):
        return None
    kinds = ["true"]
    if states or look_due:
        kinds.append("{0}.state in (select value from json_each(:states))")
    if levels:
        kinds.append("{0}.level in (select value from json_each(:levels))")
    if narrowed.get("urgent") is not None:
        kinds.append(_URGENT if narrowed["urgent"] else f"not {_URGENT}")
    asked = {name for name in _CONDITIONS if narrowed.get(name)} | {"community"} | ({"desk"} if desks else set())
    return Asked(
        conditions={name: words for name, words in _CONDITIONS.items() if name in asked},
        kinds=" and ".join(kinds),
        values={
            "communities": json.dumps(sorted(communities)),
            "desks": json.dumps([desk] if desk else sorted(desks)),
            "states": json.dumps(["closed"] if look_due else sorted(states)),
            "levels": json.dumps(levels),
            "open": json.dumps(OPEN),
            "ids": None if ids is None else json.dumps(list(ids)),
            "now": work.now,
            **{name: narrowed.get(name) for name in ("assignee", "category", "station")},
        },
    )


def page(work: Work, asked: Asked, by_level: bool, before: int | None, limit: int) -> list[int]:
    """The numbers of the tickets on one page, in its order, behind the ticket `before`."""
    level = ""
    if by_level and before is not None:
        level = work.value("select level from incidents where id = ?", (before,))
        if level is None:
            return []
    values = asked.values | {
        "before": _BEYOND if before is None else before,
        "level": level,
        "limit": limit,
        "by_level": by_level,
    }
    order = "level, id desc" if by_level else "id desc"
    if asked.values["ids"] is not None:
        behind = "(i.level, -i.id) > (:level, -:before)" if by_level else "i.id < :before"
        rows = work.rows(
            f"""select i.id from incidents i
                where i.id in (select value from json_each(:ids)) and {asked.kinds.format("i")}
                  and {" and ".join(asked.conditions.values())} and {behind}
                order by {order} limit :limit""",
            values,
        )
        return [row["id"] for row in rows]
    found: list[tuple[str, int]] = []
    for stream in work.rows(_newest_of_each(asked, by_level, order), values):
        place = stream["level"] if by_level else ""
        if len(found) == limit and (place, -stream["id"]) > found[-1]:
            break  # neither this stream nor those behind it reach into the page
        rows = work.rows(
            f"select i.id {_of_stream(asked, ':')} and i.id <= :id order by i.id desc limit :limit", values | stream
        )
        found = sorted([*found, *((place, -row["id"]) for row in rows)])[:limit]
    return [-number for _, number in found]


def count(work: Work, asked: Asked, most: int) -> int:
    """How many tickets; where they must be looked at one by one, no more than `most`."""
    if asked.tallied and asked.values["ids"] is None:
        streams = _streams(asked, "sum(t.n)")
        return int(work.value(streams, asked.values) or 0)
    conditions = " and ".join([asked.kinds.format("i"), *asked.conditions.values()])
    if asked.values["ids"] is not None:
        tickets = f"incidents i where i.id in (select value from json_each(:ids)) and {conditions}"
    else:
        tickets = f"incidents i indexed by {asked.way.index} where {conditions}"
    found = work.value(f"select count(*) from (select 1 from {tickets} limit :most)", asked.values | {"most": most})
    return int(found)


def _newest_of_each(asked: Asked, by_level: bool, order: str) -> str:
    """SQL: the streams that go on behind the place, each with its first ticket there, in the order of the list."""
    columns = ", ".join(f"t.{name}" for name in _names(asked) if name in _TALLIED)
    behind = f"i.id < case when t.level = :level then :before else {_BEYOND} end" if by_level else "i.id < :before"
    return f"""
        with heads as materialized (
          select t.*, (select i.id {_of_stream(asked, "t.")} and {behind} order by i.id desc limit 1) as id
          from ({_streams(asked, f"distinct {columns}")}) t where not :by_level or t.level >= :level)
        select * from heads where id is not null order by {order} limit :limit"""


def _streams(asked: Asked, columns: str) -> str:
    station = "t.station = :station" if "station" in asked.way.shared else "t.station = ''"
    desk = "t.desk = ''"
    if "desk" in asked.way.shared:
        desk = "t.desk in (select value from json_each(:desks))" if "desk" in asked.conditions else "t.desk <> ''"
    return f"""select {columns} from incident_tallies t
               where t.community in (select value from json_each(:communities)) and {station} and {desk}
                 and t.n > 0 and {asked.kinds.format("t")}"""


def _of_stream(asked: Asked, stream: str) -> str:
    """SQL: the tickets of a stream, whose names are found at `t.` or `:`."""
    names = _names(asked)
    same = [f"i.{name} = {stream if name in _TALLIED else ':'}{name}" for name in names]
    rest = [words for name, words in asked.conditions.items() if name not in names]
    return f"from incidents i indexed by {asked.way.index} where {' and '.join([*same, *rest])}"


def _names(asked: Asked) -> tuple[str, ...]:
    return (*asked.way.shared, "state", "level")
