"""Lists of tickets: every way of narrowing them, page by page, against reading all of them."""

import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from gateway.sqlite import Row
from server import incidents
from server.incidents import ENDED, NEW, OPEN, STATES, migrations, queries
from server.kit.clock import DAY_MS
from server.kit.site import Site
from server.kit.store import Work

TICKETS = 400
COMMUNITIES = {"sn10": ("sn10-north", "sn10-east"), "sn11": ("sn11-gate",), "yh1": ("yh1-gate",)}
DESKS = ("duty", "prop_guard", "volunteer")
LEVELS = ("P0", "P1", "P2", "P3")
CATEGORIES = ("parking.fire_lane", "environment.garbage", "fire.open_flame")


def ticket(dice: random.Random, number: int, now: int) -> dict[str, Any]:
    community = dice.choice(list(COMMUNITIES))
    state = dice.choice(list(STATES))
    return {
        "id": number, "number": f"CXZ-{number}", "receipt": f"r{number}", "client_id": f"c{number}",
        "station": dice.choice(COMMUNITIES[community]), "community": community, "category": dice.choice(CATEGORIES),
        "level": dice.choice(LEVELS), "desk": dice.choice(DESKS), "state": state, "place": "", "words": "",
        "channel": "phone", "presence": "none", "at": now, "estimated": 0, "received": now, "updated": now,
        "version": 1, "reply": "", "assignee": dice.choice((None, None, 7, 8)),
        "waiting": dice.choice(("", "", "", "reporter")), "supervised": dice.choice((None, None, now)),
        "look_at": dice.choice((None, now - DAY_MS, now + DAY_MS)) if state == "closed" else None,
    }  # fmt: skip


@pytest.fixture
def town(site: Site) -> list[Row]:
    """Tickets of every kind, some of them changed since, some gone; as rows, the oldest first."""
    dice = random.Random(11)
    with site.store.work() as work:
        for number in range(1, TICKETS + 1):
            work.insert("incidents", ticket(dice, number, work.now))
        for number in dice.sample(range(1, TICKETS + 1), 120):
            other = ticket(dice, number, work.now)
            for column in dice.sample(["state", "level", "desk", "category", "assignee", "waiting"], 2):
                work.run(f"update incidents set {column} = ? where id = ?", (other[column], number))
        for number in dice.sample(range(1, TICKETS + 1), 20):
            work.run("delete from incidents where id = ?", (number,))
        return work.rows("select * from incidents order by id")


def wanted(row: Row, now: int, **asked: Any) -> bool:
    """What the words of `Narrowed` say."""
    urgent = row["level"] in {"P0", "P1"} and row["state"] in OPEN
    return (
        (not asked.get("states") or row["state"] in asked["states"])
        and (not asked.get("desk") or row["desk"] == asked["desk"])
        and (not asked.get("desks") or row["desk"] in asked["desks"])
        and (not asked.get("station") or row["station"] == asked["station"])
        and (not asked.get("category") or row["category"] == asked["category"])
        and (asked.get("urgent") is None or urgent == asked["urgent"])
        and (not asked.get("assignee") or row["assignee"] == asked["assignee"])
        and (not asked.get("waiting") or row["waiting"] != "")
        and (not asked.get("supervised") or row["supervised"] is not None)
        and (not asked.get("look_due") or (row["state"] == "closed" and (row["look_at"] or now + 1) <= now))
        and (asked.get("ids") is None or row["id"] in asked["ids"])
    )


WISHES: list[dict[str, Any]] = [
    {},
    {"states": NEW},
    {"states": OPEN},
    {"states": ENDED},
    {"states": ("shelved", "transferred")},
    {"desk": "duty"},
    {"desks": ("duty", "volunteer")},
    {"desk": "duty", "desks": ("duty", "volunteer")},
    {"desk": "duty", "desks": ("volunteer",)},
    {"station": "sn10-east"},
    {"station": "sn10-east", "desk": "volunteer"},
    {"station": "no-such"},
    {"category": "fire.open_flame"},
    {"category": "fire.open_flame", "station": "sn10-east", "states": OPEN},
    {"urgent": True},
    {"urgent": False},
    {"urgent": False, "states": ("dispatched", "closed"), "desk": "prop_guard"},
    {"assignee": 7},
    {"assignee": 7, "states": OPEN, "desk": "duty"},
    {"assignee": 9},
    {"waiting": True},
    {"waiting": True, "station": "sn10-north", "urgent": True},
    {"supervised": True},
    {"supervised": True, "waiting": True, "assignee": 8},
    {"look_due": True},
    {"look_due": True, "states": ("closed", "done")},
    {"look_due": True, "states": ("done",)},
    {"ids": list(range(1, TICKETS, 3))},
    {"ids": list(range(1, TICKETS, 3)), "states": OPEN, "desk": "duty"},
    {"ids": []},
]


@pytest.mark.parametrize("by_level", [False, True], ids=["newest", "by_level"])
def test_the_pages_of_a_list_hold_exactly_what_was_asked_for(site: Site, town: list[Row], by_level: bool) -> None:
    with site.store.look() as look:
        for communities, asked in product((["sn10"], ["sn10", "yh1"], list(COMMUNITIES)), WISHES):
            expected = [row for row in town if row["community"] in communities and wanted(row, look.now, **asked)]
            expected.sort(key=lambda row: (row["level"] if by_level else "", -row["id"]))

            found = list(pages(look, communities, by_level=by_level, **asked))

            assert found == [row["id"] for row in expected], asked
            assert queries.count(look, communities, most=1000, **asked) == len(expected), asked


def pages(look: Work, communities: list[str], **asked: Any) -> Iterator[int]:
    before = None
    while page := queries.find(look, communities, before=before, limit=7, **asked):
        yield from (one.id for one in page)
        before = page[-1].id


def test_the_counts_are_those_of_the_tickets_after_every_change(site: Site, town: list[Row]) -> None:
    wishes: list[dict[str, Any]] = [
        {}, {"desk": "duty"}, {"desks": DESKS[:2]}, {"station": "sn10-east"}, {"station": "sn10-east", "desk": "duty"},
    ]  # fmt: skip
    with site.store.look() as look:
        for communities, asked in product((["sn10"], list(COMMUNITIES), []), wishes):
            there = [row for row in town if row["community"] in communities and wanted(row, look.now, **asked)]

            found = incidents.counts(look, communities, **asked)

            expected = {state: sum(row["state"] == state for row in there) for state in STATES}
            assert found == {state: n for state, n in expected.items() if n}, asked


def test_who_waits_urgently_is_counted_by_desk(site: Site, town: list[Row]) -> None:
    new = [row for row in town if row["state"] in NEW and row["level"] in {"P0", "P1"}]

    with site.store.look() as look:
        assert incidents.urgent_waiting(look, list(COMMUNITIES)) == len(new)
        assert incidents.urgent_waiting(look, ["sn11"], "duty") == sum(
            row["community"] == "sn11" and row["desk"] == "duty" for row in new
        )


def test_a_count_of_tickets_one_by_one_ends_at_its_most(site: Site, town: list[Row]) -> None:
    with site.store.look() as look:
        assert queries.count(look, ["sn10"], most=3, assignee=7) == 3
        assert queries.count(look, ["sn10"], most=3) > 3


def test_a_list_behind_a_ticket_that_is_not_there_ends_or_goes_on_from_its_number(site: Site, town: list[Row]) -> None:
    with site.store.look() as look:
        assert queries.find(look, ["sn10"], before=10**9, by_level=True) == []
        assert queries.find(look, ["sn10"], before=10**9, limit=5) == queries.find(look, ["sn10"], limit=5)


def test_tickets_from_before_the_tallies_are_counted_too(tmp_path: Path) -> None:
    database = Database(tmp_path / "old.db")
    migrations.apply(database, stop_before="0005_counters")
    rows = [ticket(random.Random(number), number, 0) for number in range(1, 50)]
    database["incidents"].insert_all(rows)

    migrations.apply(database)

    (all_of_sn10,) = database.execute(
        "select sum(n) from incident_tallies where community = 'sn10' and station = '' and desk = ''"
    ).fetchone()
    assert all_of_sn10 == sum(row["community"] == "sn10" for row in rows)
    assert database.execute("select sum(n) from incident_tallies").fetchone() == (4 * len(rows),)


def test_no_list_and_no_count_reads_past_what_it_shows(site: Site, town: list[Row]) -> None:
    asked_of_sqlite: set[str] = set()
    with site.store.look() as look:
        connection = look._sqlite.connection
        connection.set_trace_callback(asked_of_sqlite.add)
        for communities in (["sn10"], list(COMMUNITIES)):
            for asked in WISHES:
                for by_level in (False, True):
                    queries.find(look, communities, by_level=by_level, before=200, limit=7, **asked)
                queries.count(look, communities, **asked)
            incidents.counts(look, communities)
            incidents.urgent_waiting(look, communities)
        connection.set_trace_callback(None)

        plans = {sql: look.rows(f"explain query plan {sql}") for sql in asked_of_sqlite}

    for sql, plan in plans.items():
        for line in plan:
            words = line["detail"].split()
            assert not (words[0] == "SCAN" and words[1] in {"i", "incidents", "incident_tallies"}), (line, sql)
            if words[:2] == ["SEARCH", "i"] and "order by i.id desc" in sql:
                assert "level=? AND id<?" in line["detail"], (line, sql)
    assert len(plans) > 50
