"""A report that joins an open ticket in the same breath: one receipt more, never a level less."""

from typing import Any

import pytest

from server import duplicates, incidents
from server.alerts import records as alert_records
from server.incidents import Incident, Joins, Report
from server.kit.site import Site

from ..conftest import ReportFactory, StaffFactory, WalkFactory


def join(site: Site, target: Incident, category: str = "parking.fire_lane", **more: Any) -> Incident:
    values = {"client_id": "a-second-report", "channel": "phone", "station": "sn10-north", **more}
    with site.store.work() as work:
        return incidents.report(work, Report(category=category, **values), joins=Joins(target.id, "我也看到了"))


def test_a_joined_report_has_its_own_receipt_and_leads_to_the_ticket(site: Site, report: ReportFactory) -> None:
    first = report()

    second = join(site, first, words="白色")

    with site.store.look() as look:
        steps = [step.move for step in incidents.history(look, second.id)]
        assert incidents.leading(look, second).id == first.id
    assert (second.state, second.words, steps) == ("merged", "白色", ["report", "merge"])
    assert second.receipt != first.receipt
    assert join(site, first).id == second.id


def test_joining_makes_a_ticket_more_urgent_and_never_less(site: Site, report: ReportFactory) -> None:
    calm, urgent = report("environment.garbage"), report("fire.open_flame")

    join(site, calm, "fire.open_flame")
    join(site, urgent, "environment.garbage", client_id="a-third-report")

    with site.store.look() as look:
        levels = [one.level for one in (incidents.get(look, calm.id), incidents.get(look, urgent.id)) if one]
        assert levels == ["P0", "P0"]
        entry = alert_records.entry(look, calm.id)
        assert entry is not None
        assert entry.level == "P0"


@pytest.mark.parametrize("moves", [("file", "reject"), ("file", "dispatch", "done", "verify", "close")])
def test_what_has_ended_is_not_joined(
    site: Site, report: ReportFactory, staff: StaffFactory, walk: WalkFactory, moves: tuple[str, ...]
) -> None:
    first, guard = report(), staff("prop_guard")
    for move in moves:
        walk(first, guard if move == "done" else staff("duty"), move)

    second = join(site, first)

    assert (second.state, second.merged_into) == ("reported", None)


def test_what_was_reported_just_now_is_told_by_category_and_only_when_calm(site: Site, report: ReportFactory) -> None:
    for place in ("北门口", "北门", "3号楼"):
        report(place=place)
    report("facility.light", words="着火了")
    report("fire.open_flame")
    report("person.elder_needs_help")

    with site.store.look() as look:
        found = duplicates.now_at(look, "sn10-north")

    assert {code: [same.people for same in heaps] for code, heaps in found.items()} == {"parking.fire_lane": [2, 1]}


def test_a_plate_tells_two_cars_apart_also_among_joined_reports(site: Site, report: ReportFactory) -> None:
    first = report(words="白车")
    join(site, first, words="沪A12345")

    with site.store.look() as look:
        told = [
            duplicates.other_plate(look, first, words, plate)
            for words, plate in (("沪B54321", ""), ("", "沪B54321"), ("A12345", ""), ("没看清", ""))
        ]

    assert told == [True, True, False, False]
