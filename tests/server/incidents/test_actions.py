"""Tickets on a real store: reports, moves, merges, and what kiosks and devices send."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from gateway.contract.presence import Presence
from gateway.contract.topics import Lane
from gateway.mailbox import StoredFact
from server import incidents, letters
from server.incidents import Incident, Report, findings, records, reporting
from server.kit.errors import Invalid, Missing, Refused
from server.kit.live import Change
from server.kit.site import Site
from server.staff import Person

NOW = 1_795_359_600_000


def fact(kind: str, body: dict[str, Any], *, seq: int = 1, at: int | None = NOW, lane: Lane = Lane.EVENT) -> StoredFact:
    return StoredFact("kiosk-01", lane, "k7Q2mZx0aB", seq, kind, at, "ntp", "boot", 5, body, {}, "d", NOW)


def stored(site: Site, incident: Incident) -> Incident:
    with site.store.look() as look:
        found = records.get(look, incident.id)
    assert found is not None
    return found


def test_a_report_sent_twice_is_one_ticket(site: Site) -> None:
    new = Report("client-0001", "sn10-north", "parking.fire_lane", "phone", words="白车")

    with site.store.work() as work:
        first, second = incidents.report(work, new), incidents.report(work, replace(new, words="又发一次"))

    assert first == second
    assert first.words == "白车"


def test_numbers_count_up_within_a_beijing_day_without_gaps(site: Site, report: Any) -> None:
    first = report()
    with pytest.raises(RuntimeError), site.store.work() as work:
        incidents.report(work, Report(uuid.uuid4().hex, "sn10-north", "other.other", "phone"))
        raise RuntimeError

    second = report()

    assert first.number.startswith("CXZ-")
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1


@pytest.mark.parametrize(
    ("change", "error"),
    [({"client_id": "x"}, Invalid), ({"category": "no.such"}, Invalid), ({"station": "nowhere"}, Missing)],
)
def test_a_report_that_cannot_be_is_refused_by_name(site: Site, change: dict[str, str], error: type) -> None:
    with pytest.raises(error), site.store.work() as work:
        incidents.report(work, replace(Report("client-0001", "sn10-north", "other.other", "phone"), **change))


def test_a_receipt_made_at_the_kiosk_is_kept_unless_it_is_taken_or_none(site: Site, report: Any) -> None:
    kept = report(receipt="abcdefghjkmn")
    taken = report(receipt="abcdefghjkmn")
    broken = report(receipt="nope")

    assert kept.receipt == "abcdefghjkmn"
    assert taken.receipt != kept.receipt
    assert len(broken.receipt) == 12


def test_the_whole_way_is_on_the_history_and_ends_with_a_letter(site: Site, staff: Any, report: Any, walk: Any) -> None:
    duty, guard = staff("duty", name="王值班"), staff("prop_guard", name="李师傅")
    ticket = walk(report(), duty, "file", "dispatch")
    ticket = walk(ticket, guard, "done")
    ticket = walk(ticket, duty, "verify")

    closed = walk(ticket, duty, "close", letter="谢谢\x00你")

    with site.store.look() as look:
        steps = incidents.history(look, closed.id)
        letter = letters.of_incident(look, closed.id)
    assert [step.move for step in steps] == ["report", "file", "dispatch", "done", "verify", "close"]
    assert [step.by for step in steps] == ["骑手", "王值班", "王值班", "李师傅", "王值班", "王值班"]
    assert [step.to_state for step in steps[:-1]] == [step.from_state for step in steps[1:]]
    assert closed.version == ticket.version + 1
    assert closed.reply == "谢谢你"
    assert letter is not None
    assert letter["text"] == "谢谢你"
    assert letter["sender"] == "淞南十村居委会"


def test_closing_without_a_letter_puts_none_up(site: Site, staff: Any, report: Any, walk: Any) -> None:
    ticket = walk(report(), staff("duty"), "file", "dispatch", "done", "verify", "close")

    with site.store.look() as look:
        assert letters.of_incident(look, ticket.id) is None


def test_an_old_page_changes_nothing(site: Site, staff: Any, report: Any, walk: Any) -> None:
    duty, other = staff("duty", name="王值班"), staff("director", name="周主任")
    ticket = report()
    walk(ticket, other, "file")

    with pytest.raises(Refused, match=r"周主任 .* 立案了"), site.store.work() as work:
        incidents.move(work, ticket.id, "reject", duty, version=ticket.version, note="n", reply="r")

    assert stored(site, ticket).state == "filed"


def test_the_desk_that_reported_done_is_the_handler_but_the_office_writing_it_down_is_not(
    staff: Any, report: Any, walk: Any
) -> None:
    duty, guard = staff("duty"), staff("prop_guard")

    by_guard = walk(walk(report(), duty, "file", "dispatch"), guard, "done")
    by_office = walk(report(), duty, "file", "dispatch", "done")
    own = walk(walk(report(), duty, "file"), duty, "dispatch", "done", desk="duty")

    assert by_guard.handler == guard.id
    assert by_office.handler is None
    assert own.handler == duty.id


def test_sending_a_ticket_to_nobody_is_refused(staff: Any, report: Any, walk: Any) -> None:
    ticket = walk(report(), staff("duty"), "file")

    with pytest.raises(Invalid, match="选派"):
        walk(ticket, staff("duty"), "dispatch", desk="mayor")


def test_a_ticket_of_another_community_or_desk_does_not_exist(site: Site, staff: Any, report: Any) -> None:
    ticket = report()

    for person in (
        staff("duty", scopes=("community:sn11",)),
        staff("prop_eng"),
        staff("it"),
        staff("prop_guard", scopes=("community:sn11",)),
    ):
        with pytest.raises(Missing), site.store.look() as look:
            incidents.visible(look, ticket.id, person)
    for person in (
        staff("prop_guard"),
        staff("street", scopes=("street:songnan",)),
        staff("district", scopes=("district:baoshan",)),
    ):
        with site.store.look() as look:
            assert incidents.visible(look, ticket.id, person) == ticket


def merge(site: Site, one: Incident, into: str, person: Person) -> Incident:
    with site.store.work() as work:
        return incidents.move(work, one.id, "merge", person, into=into, note="同一件事")


def test_a_merged_ticket_follows_the_one_that_carries_on(site: Site, staff: Any, report: Any, walk: Any) -> None:
    duty = staff("duty")
    first, second, third = report(), report(), report()

    merge(site, first, f"  {second.number.lower()} ", duty)
    merge(site, second, third.number, duty)

    first = stored(site, first)
    with site.store.look() as look:
        assert incidents.leading(look, first).id == third.id
        assert [one.id for one in incidents.merged_here(look, second.id)] == [first.id]


def test_a_merge_into_a_merged_ticket_goes_to_its_leader_and_never_in_a_circle(
    site: Site, staff: Any, report: Any
) -> None:
    duty = staff("duty")
    first, second, third = report(), report(), report()
    merge(site, first, second.number, duty)

    merged = merge(site, third, first.number, duty)
    with pytest.raises(Refused, match="自己"):
        merge(site, stored(site, second), first.number, duty)

    assert merged.merged_into == second.id


def test_joining_raises_the_level_of_the_ticket_that_carries_on_and_says_so(
    site: Site, staff: Any, report: Any
) -> None:
    calm, urgent = report("parking.fire_lane"), report("fire.open_flame")

    merge(site, urgent, calm.number, staff("duty"))

    raised = stored(site, calm)
    with site.store.look() as look:
        last = incidents.history(look, calm.id)[-1]
    assert raised.level == "P0"
    assert raised.version == calm.version + 1
    assert last.move == "raise"
    assert urgent.number in last.note


@pytest.mark.parametrize("end", ["close", "reject"])
def test_nothing_is_merged_into_a_ticket_that_has_ended(
    site: Site, staff: Any, report: Any, walk: Any, end: str
) -> None:
    duty = staff("duty")
    way = ("reject",) if end == "reject" else ("file", "dispatch", "done", "verify", "close")
    ended, late = walk(report(), duty, *way), report()

    with pytest.raises(Refused, match="不能再并进去"):
        merge(site, late, ended.number, duty)

    assert stored(site, late).state == "reported"


def test_nothing_is_merged_across_communities_nor_into_what_one_cannot_see(site: Site, staff: Any, report: Any) -> None:
    here, there = report(), report(station="sn11-gate")

    with pytest.raises(Invalid, match="没有找到"):
        merge(site, here, there.number, staff("duty"))
    with pytest.raises(Refused, match="同一个居民区"):
        merge(site, here, there.number, staff("street", scopes=("street:songnan",)))
    with pytest.raises(Invalid, match="没有找到"):
        merge(site, here, "CXZ-000000-0000' or 1=1", staff("duty"))


def test_a_move_is_announced_with_the_desk_it_left_and_the_desk_it_went_to(
    site: Site, staff: Any, report: Any, walk: Any
) -> None:
    heard: list[Change] = []
    site.live.publish = heard.append  # type: ignore[method-assign]
    ticket = walk(report(), staff("duty"), "file")

    walk(ticket, staff("duty"), "dispatch", desk="prop_eng")

    assert heard[-1].topic == "incident"
    assert heard[-1].scope == "sn10"
    assert heard[-1].data["former_desk"] == "prop_guard"
    assert heard[-1].data["desk"] == "prop_eng"


def test_a_refused_move_announces_nothing(site: Site, staff: Any, report: Any) -> None:
    ticket, duty = report(), staff("duty")
    heard: list[Change] = []
    site.live.publish = heard.append  # type: ignore[method-assign]

    with pytest.raises(Invalid), site.store.work() as work:
        incidents.move(work, ticket.id, "reject", duty)

    assert heard == []


def test_a_kiosks_report_is_verified_and_keeps_its_own_time_and_receipt(site: Site) -> None:
    body = {"id": "kiosk-report-1", "station": "sn10-north", "category": "hazard.flood", "receipt": "abcdefghjkmn"}

    with site.store.work() as work:
        reporting.from_kiosk(work, fact("report", body, at=NOW - 60_000))
        reporting.from_kiosk(work, fact("report", body, at=NOW - 60_000))
        found = incidents.find(work, ["sn10"])

    assert len(found) == 1
    assert found[0].presence is Presence.VERIFIED
    assert found[0].receipt == "abcdefghjkmn"
    assert (found[0].at, found[0].estimated) == (NOW - 60_000, False)


def test_a_category_this_server_does_not_know_is_taken_as_other(site: Site) -> None:
    body = {"id": "kiosk-report-1", "station": "sn10-north", "category": "future.thing"}

    with site.store.work() as work:
        reporting.from_kiosk(work, fact("report", body))
        found = incidents.find(work, ["sn10"])

    assert found[0].category == "other.other"


def test_a_call_for_help_is_a_ticket_of_the_highest_level(site: Site) -> None:
    with site.store.work() as work:
        reporting.from_sos(work, fact("sos", {"id": "sos-0000001", "station": "sn10-east"}, at=None, lane=Lane.SOS))
        found = incidents.find(work, ["sn10"], urgent=True)

    assert [(one.category, one.level, one.estimated) for one in found] == [("person.sos", "P0", True)]


def test_a_device_that_repeats_itself_opens_one_ticket_until_that_ends(site: Site, staff: Any, walk: Any) -> None:
    body = {"device": "microwave-1", "event": "heat_alarm", "station": "sn10-north"}

    def alarm(seq: int) -> list[Incident]:
        with site.store.work() as work:
            findings.from_device(work, fact("device", body, seq=seq))
            return incidents.find(work, ["sn10"])

    assert len(alarm(1)) == 1
    assert len(alarm(2)) == 1
    walk(alarm(3)[0], staff("duty"), "reject")
    assert len(alarm(4)) == 2


def test_an_event_that_is_no_alarm_opens_nothing(site: Site) -> None:
    with site.store.work() as work:
        findings.from_device(work, fact("device", {"device": "m", "event": "door_open", "station": "sn10-north"}))

        assert incidents.find(work, ["sn10"]) == []


def test_pages_follow_each_other_without_holes_or_repeats(site: Site, report: Any) -> None:
    kinds = ["parking.fire_lane", "environment.garbage", "fire.open_flame", "hazard.manhole"]
    made = [report(kinds[number % 4]) for number in range(11)]

    def pages(**more: Any) -> list[Incident]:
        found: list[Incident] = []
        with site.store.look() as look:
            while page := incidents.find(look, ["sn10"], limit=3, before=found[-1].id if found else None, **more):
                found += page
        return found

    assert [one.id for one in pages()] == [one.id for one in reversed(made)]
    by_level = pages(by_level=True)
    assert [one.id for one in by_level] == [one.id for one in sorted(made, key=lambda one: (one.level, -one.id))]
    assert len(pages(urgent=True)) + len(pages(urgent=False)) == len(made)


def test_counts_and_the_urgent_that_wait_respect_community_desk_and_station(
    site: Site, staff: Any, report: Any, walk: Any
) -> None:
    report("fire.open_flame")
    report("fire.open_flame", station="sn11-gate")
    walk(report("fire.open_flame", station="sn10-east"), staff("duty"), "file")
    report()

    with site.store.look() as look:
        assert incidents.counts(look, ["sn10"]) == {"reported": 2, "filed": 1}
        assert incidents.counts(look, ["sn10"], "prop_guard") == {"reported": 1}
        assert incidents.counts(look, ["sn10"], None, "sn10-east") == {"filed": 1}
        assert incidents.counts(look, []) == {}
        assert incidents.urgent_waiting(look, ["sn10"]) == 1
        assert incidents.urgent_waiting(look, ["sn10", "sn11"]) == 2
        assert incidents.urgent_waiting(look, ["sn10"], "prop_guard") == 0
        assert incidents.urgent_waiting(look, []) == 0
