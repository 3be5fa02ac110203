"""Clocks as tickets move."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server import clocks, incidents, stations
from server.app import make_site
from server.clocks import Light, Stage
from server.clocks.actions import ClockTurned, tell_turned
from server.features import FEATURES
from server.incidents import Incident
from server.kit.clock import HOUR_MS, MINUTE_MS
from server.kit.errors import Forbidden, Invalid
from server.kit.feature import Feature
from server.kit.site import Site
from server.settings import Settings
from server.staff import Person

Report = Callable[..., Incident]
Walk = Callable[..., Incident]


def running(site: Site, incident: Incident) -> set[Stage]:
    with site.store.look() as look:
        return {run.stage for run in clocks.runs_of(look, incident.id) if run.ended is None}


def test_each_move_starts_and_ends_the_clocks_of_its_stage(
    site: Site, report: Report, walk: Walk, staff: Callable[..., Person]
) -> None:
    duty, guard = staff("duty"), staff("prop_guard")
    ticket = report()
    seen = [running(site, ticket)]

    for name, person in (("file", duty), ("dispatch", duty), ("done", guard), ("verify", duty), ("close", duty)):
        ticket = walk(ticket, person, name)
        seen.append(running(site, ticket))

    assert seen == [
        {Stage.ACKNOWLEDGE, Stage.OVERALL},
        {Stage.OVERALL},
        {Stage.HANDLE, Stage.OVERALL},
        {Stage.VERIFY, Stage.OVERALL},
        {Stage.OVERALL},
        set(),
    ]


def test_work_sent_back_gets_a_fresh_handling_clock(
    site: Site, report: Report, walk: Walk, staff: Callable[..., Person]
) -> None:
    duty, guard = staff("duty"), staff("prop_guard")
    ticket = walk(walk(report(), duty, "file", "dispatch"), guard, "done")

    ticket = walk(ticket, duty, "return")

    with site.store.look() as look:
        handling = [run for run in clocks.runs_of(look, ticket.id) if run.stage is Stage.HANDLE]
    assert [run.ended is None for run in handling] == [False, True]


def test_a_ticket_handed_back_stops_the_handling_clock_and_waits_for_a_new_desk(
    site: Site, report: Report, walk: Walk, staff: Callable[..., Person]
) -> None:
    ticket = walk(report(), staff("duty"), "file", "dispatch")

    ticket = walk(ticket, staff("prop_guard"), "handback", note="这是街道的路")

    assert ticket.state == "filed"
    assert running(site, ticket) == {Stage.OVERALL}


def test_a_rejected_ticket_has_no_clock_left(
    site: Site, report: Report, walk: Walk, staff: Callable[..., Person]
) -> None:
    ticket = walk(report(), staff("duty"), "reject")

    assert running(site, ticket) == set()


def test_the_list_shows_the_reddest_clock(site: Site, report: Report, clock: Any) -> None:
    ticket = report("person.lost_elder")
    with site.store.look() as look:
        green = clocks.standings(look, [ticket])[ticket.id]
    clock.forward(6 * MINUTE_MS)

    with site.store.look() as look:
        red = clocks.standings(look, [ticket])[ticket.id]

    assert (green.stage, green.light) == (Stage.ACKNOWLEDGE, Light.GREEN)
    assert (red.light, red.left) == (Light.RED, 0)
    assert red.over >= MINUTE_MS


def test_a_paused_ticket_does_not_turn_red(site: Site, report: Report, clock: Any) -> None:
    ticket = report("person.lost_elder")
    with site.store.work() as work:
        clocks.pause(work, ticket)
    clock.forward(HOUR_MS)
    tell_turned(site)
    with site.store.look() as look:
        paused = clocks.standings(look, [ticket])[ticket.id]

    with site.store.work() as work:
        clocks.resume(work, ticket)
        resumed = clocks.standings(work, [ticket])[ticket.id]

    assert paused.paused
    assert (paused.light, resumed.light) == (Light.GREEN, Light.GREEN)
    assert 0 < resumed.left <= 5 * MINUTE_MS


def test_a_clock_that_turns_is_told_once_amber_and_once_red(tmp_path: Any, clock: Any) -> None:
    told: list[ClockTurned] = []
    listener = Feature("listener", hears={ClockTurned: lambda _, event: told.append(event)})
    site = make_site(Settings(data=tmp_path), (*FEATURES, listener), clock)
    with site.store.work() as work:
        stations.load(work, Path(stations.__file__).parent / "sn10.toml")
        incidents.report(work, incidents.Report("a-client-id-1", "sn10-north", "person.lost_elder", "phone"))

    for _ in range(3):
        tell_turned(site)
    clock.forward(4 * MINUTE_MS + 1)
    for _ in range(3):
        tell_turned(site)
    clock.forward(2 * MINUTE_MS)
    for _ in range(3):
        tell_turned(site)

    assert [(event.stage, event.light) for event in told] == [
        (Stage.ACKNOWLEDGE, Light.AMBER),
        (Stage.ACKNOWLEDGE, Light.RED),
    ]


def test_an_edited_limit_holds_from_the_next_ticket_on(
    site: Site, report: Report, staff: Callable[..., Person]
) -> None:
    before = report("parking.fire_lane")
    director = staff("director", name="陈主任")

    with site.store.work() as work:
        clocks.set_limit(work, director, "sn10", "acknowledge", "P2", "parking.fire_lane", 10, False)
    after, other = report("parking.fire_lane"), report("facility.light")

    with site.store.look() as look:
        limits = [clocks.runs_of(look, one.id)[0].limit.ms for one in (before, after, other)]
        (row,) = clocks.limit_history(look, "sn10")
    assert limits == [30 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS]
    assert row["by_name"] == "陈主任"


@pytest.mark.parametrize(
    ("stage", "level", "category", "minutes"),
    [
        ("sleep", "P2", "", 10),
        ("handle", "P9", "", 10),
        ("handle", "P2", "'; drop table", 10),
        ("handle", "P2", "", 0),
        ("handle", "P2", "", 10**9),
    ],
)
def test_a_senseless_limit_is_refused(
    site: Site, staff: Callable[..., Person], stage: str, level: str, category: str, minutes: int
) -> None:
    director = staff("director")

    with pytest.raises(Invalid), site.store.work() as work:
        clocks.set_limit(work, director, "sn10", stage, level, category, minutes, False)


def test_only_the_director_of_the_community_sets_limits(site: Site, staff: Callable[..., Person]) -> None:
    for person in (staff("duty"), staff("director", scopes=("community:yh1",))):
        with pytest.raises(Forbidden), site.store.work() as work:
            clocks.set_limit(work, person, "sn10", "handle", "P2", "", 10, False)


def test_overdue_tickets_are_listed_the_longest_first(site: Site, report: Report, clock: Any) -> None:
    late, later = report("fire.open_flame"), report("person.lost_elder")
    clock.forward(6 * MINUTE_MS)

    with site.store.look() as look:
        found = [run.incident for run in clocks.overdue(look, ["sn10"])]

    assert found == [late.id, later.id]


def test_a_ticket_raised_by_joining_gets_the_shorter_limits_from_its_own_beginning(
    site: Site, report: Report, walk: Walk, staff: Callable[..., Person]
) -> None:
    mild, urgent = report("parking.ebike_pile"), report("fire.open_flame")

    walk(urgent, staff("duty"), "merge", into=mild.number, note="同一件事")

    with site.store.look() as look:
        level = incidents.by_number(look, mild.number)
        acknowledge, *_ = clocks.runs_of(look, mild.id)
    assert level is not None
    assert level.level == "P0"
    assert acknowledge.due == acknowledge.started + MINUTE_MS
