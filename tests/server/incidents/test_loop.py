"""The side ways of the loop: more time, shelving, voiding, other bodies, second looks, splitting, taking over."""

import sqlite3
from typing import Any

import pytest

from gateway.contract.categories import Desk, Level
from server import incidents
from server.clocks import runs_of
from server.clocks.rules import Stage
from server.incidents import Incident, records
from server.incidents.moves import tell_due
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.staff import Person


@pytest.fixture
def duty(staff: Any) -> Person:
    person: Person = staff("duty", name="王值班")
    return person


@pytest.fixture
def director(staff: Any) -> Person:
    person: Person = staff("director", name="赵主任")
    return person


@pytest.fixture
def guard(staff: Any) -> Person:
    person: Person = staff("prop_guard", name="李师傅")
    return person


def now(site: Site, incident: Incident) -> Incident:
    with site.store.look() as look:
        found = records.get(look, incident.id)
    assert found is not None
    return found


def did(site: Site, incident: Incident) -> list[str]:
    with site.store.look() as look:
        return [step.move for step in records.history(look, incident.id)]


def ask(site: Site, incident: Incident, name: str, person: Person, **given: Any) -> int:
    with site.store.work() as work:
        given = {"note": "缺配件", "reply": "", "until": work.now + 5 * DAY_MS, **given}
        incidents.move(work, incident.id, name, person, **given)
        return incidents.requests_of(work, incident.id)[-1].id


def test_shelving_waits_for_somebody_elses_word_and_then_stops_the_clocks(
    site: Site, duty: Person, director: Person, guard: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")

    request = ask(site, ticket, "shelve", guard)
    asked = now(site, ticket)
    with site.store.work() as work:
        incidents.approve(work, request, director)

    assert asked.state == "dispatched"
    assert now(site, ticket).state == "shelved"
    assert did(site, ticket)[-3:] == ["request:shelve", "approve:shelve", "shelve"]
    with site.store.look() as look:
        assert all(run.paused is not None for run in runs_of(look, ticket.id) if run.ended is None)


def test_a_shelved_ticket_comes_back_to_where_it_was_on_its_date(
    site: Site, clock: Any, duty: Person, director: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    request = ask(site, ticket, "shelve", duty)
    with site.store.work() as work:
        incidents.approve(work, request, director)

    tell_due(site)
    early = now(site, ticket).state
    clock.forward(6 * DAY_MS)
    tell_due(site)
    tell_due(site)

    assert early == "shelved"
    assert (now(site, ticket).state, now(site, ticket).review_at) == ("dispatched", None)
    assert did(site, ticket).count("resume") == 1
    with site.store.look() as look:
        assert all(run.paused is None for run in runs_of(look, ticket.id) if run.ended is None)


def test_nobody_approves_their_own_request_and_a_duty_officer_none(
    site: Site, duty: Person, director: Person, staff: Any, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    request = ask(site, ticket, "extend", director)

    with pytest.raises(Refused, match="另一个人"), site.store.work() as work:
        incidents.approve(work, request, director)
    with pytest.raises(Forbidden), site.store.work() as work:
        incidents.approve(work, request, duty)
    stranger = staff("director", scopes=("community:yh1",))
    with pytest.raises(Missing), site.store.work() as work:
        incidents.approve(work, request, stranger)
    street = staff("street", scopes=("street:songnan",))
    with site.store.work() as work:
        incidents.approve(work, request, street)

    assert "extend" in did(site, ticket)


def test_a_request_is_answered_once_declined_with_a_reason_or_withdrawn_by_its_asker(
    site: Site, duty: Person, director: Person, guard: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    first = ask(site, ticket, "extend", guard)

    with pytest.raises(Refused, match="已经有人申请"):
        ask(site, ticket, "extend", duty)
    with pytest.raises(Invalid), site.store.work() as work:
        incidents.decline(work, first, director, " ")
    with site.store.work() as work:
        incidents.decline(work, first, director, "今天就能修")
    with pytest.raises(Refused, match="没有批准"), site.store.work() as work:
        incidents.approve(work, first, director)
    second = ask(site, ticket, "extend", guard)
    with pytest.raises(Refused), site.store.work() as work:
        incidents.withdraw(work, second, duty)
    with site.store.work() as work:
        incidents.withdraw(work, second, guard)

    with site.store.look() as look:
        assert [one.state for one in incidents.requests_of(look, ticket.id)] == ["declined", "withdrawn"]


def test_a_request_lapses_when_the_ticket_has_gone_on(
    site: Site, duty: Person, director: Person, guard: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    request = ask(site, ticket, "extend", guard)

    walk(ticket, guard, "done")

    with site.store.look() as look:
        assert incidents.requests_of(look, ticket.id)[0].state == "lapsed"
    with pytest.raises(Refused), site.store.work() as work:
        incidents.approve(work, request, director)


def test_a_date_that_has_passed_while_waiting_is_not_approved(
    site: Site, clock: Any, duty: Person, director: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    request = ask(site, ticket, "extend", duty)
    clock.forward(6 * DAY_MS)

    with pytest.raises(Refused, match="已经过了"), site.store.work() as work:
        incidents.approve(work, request, director)


def test_an_extension_moves_the_handling_clock_and_the_overall_one_as_much(
    site: Site, duty: Person, director: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    with site.store.look() as look:
        before = {run.stage: run for run in runs_of(look, ticket.id) if run.ended is None}
        until = look.now + 20 * DAY_MS

    request = ask(site, ticket, "extend", duty, until=until)
    with site.store.work() as work:
        incidents.approve(work, request, director)

    with site.store.look() as look:
        after = {run.stage: run for run in runs_of(look, ticket.id) if run.ended is None}
    assert after[Stage.HANDLE].due == until
    assert after[Stage.OVERALL].due - before[Stage.OVERALL].due == until - before[Stage.HANDLE].due
    assert before[Stage.HANDLE].due < after[Stage.HANDLE].amber < until


def test_voiding_is_approved_tells_the_reporter_and_can_be_undone(
    site: Site, duty: Person, director: Person, report: Any, walk: Any
) -> None:
    ticket = report()
    request = ask(site, ticket, "void", duty, reply="这张是测试，谢谢你", until=None)
    with site.store.work() as work:
        incidents.approve(work, request, director)

    assert (now(site, ticket).state, now(site, ticket).reply) == ("void", "这张是测试，谢谢你")
    assert walk(ticket, duty, "refile", note="弄错了").state == "filed"


def test_what_is_with_another_body_stands_still_is_asked_after_and_comes_back_for_a_check(
    site: Site, clock: Any, duty: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file")

    away = walk(ticket, duty, "transfer", body="区绿化", note="行道树归区里")
    clock.forward(8 * DAY_MS)
    tell_due(site)
    tell_due(site)

    assert (away.state, away.body) == ("transferred", "区绿化")
    assert did(site, ticket).count("review_due") == 1
    with site.store.work() as work:
        back = incidents.done_outside(work, ticket.id, "区绿化\u202e", "剪掉了")
    assert (back.state, back.handler) == ("done", None)
    with site.store.look() as look:
        last = records.history(look, ticket.id)[-1]
        running = {run.stage for run in runs_of(look, ticket.id) if run.ended is None and run.paused is None}
    assert (last.by, last.role) == ("区绿化", "外部单位")
    assert running == {Stage.OVERALL, Stage.VERIFY}
    assert walk(walk(report(), duty, "file"), duty, "transfer", "recall", body="区", note="归我们").state == "filed"


def test_a_fire_lane_is_looked_at_again_after_three_days_and_reopens_when_it_is_back(
    site: Site, clock: Any, duty: Person, guard: Person, report: Any, walk: Any
) -> None:
    def closed() -> Incident:
        ticket = walk(report("parking.fire_lane"), duty, "file", "dispatch")
        done: Incident = walk(walk(ticket, guard, "done"), duty, "verify", "close")
        return done

    back, gone = closed(), closed()
    clock.forward(3 * DAY_MS + HOUR_MS)
    tell_due(site)
    tell_due(site)

    assert did(site, back).count("look_due") == 1
    assert walk(back, duty, "recur", note="又停了一辆").state == "dispatched"
    assert walk(gone, duty, "look_ok").look_at is None
    assert "look_ok" not in incidents.offered(now(site, gone), duty)


def test_a_ticket_split_in_two_shares_out_its_photos_and_is_split_once_a_page(
    site: Site, duty: Person, report: Any
) -> None:
    ticket = report(words="车堵了消防通道，路灯也坏了", photos=(11, 12))

    def split(**more: Any) -> Incident:
        with site.store.work() as work:
            values = {"category": "facility.light", "words": "路灯坏了", "photos": (12,), **more}
            return incidents.split(work, ticket.id, duty, version=ticket.version, **values)

    new = split()
    again = split()

    assert again == new
    assert (new.split_from, new.category, new.words) == (ticket.id, "facility.light", "路灯坏了")
    assert new.receipt != ticket.receipt
    with site.store.look() as look:
        assert (records.photos(look, ticket.id), records.photos(look, new.id)) == ([11], [12])
        assert [one.number for one in incidents.split_here(look, ticket.id)] == [new.number]
        assert records.history(look, new.id)[0].by == "王值班"
    version = now(site, ticket).version
    with pytest.raises(Invalid, match="照片"), site.store.work() as work:
        incidents.split(work, ticket.id, duty, version=version, category="facility.light", photos=(99,))


def test_a_merge_can_be_undone(site: Site, duty: Person, report: Any, walk: Any) -> None:
    one, other = report(), report()

    walk(one, duty, "merge", into=other.number, note="同一件事")
    apart = walk(one, duty, "unmerge", note="看错了")

    assert (apart.state, apart.merged_into) == ("filed", None)


def test_a_ticket_is_taken_given_and_kept_from_whoever_may_not_have_it(
    site: Site, duty: Person, guard: Person, staff: Any, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    other = staff("prop_guard", name="孙师傅")
    stranger = staff("prop_eng", name="张工")

    assert walk(ticket, guard, "claim").assignee == guard.id
    assert walk(ticket, guard, "assign", assignee=other.id).assignee == other.id
    for nobody in (stranger.id, 9999, None):
        with pytest.raises(Invalid):
            walk(ticket, duty, "assign", assignee=nobody)
    assert walk(ticket, duty, "dispatch", desk="prop_eng").assignee is None
    with site.store.look() as look:
        changes = records.history(look, ticket.id)[-1].changes
    assert ("经办人", "孙师傅", "无") in changes
    assert ("责任方", "物业秩序", "物业工程") in changes


def test_a_correction_is_written_down_with_before_and_after_and_raises_the_clocks(
    site: Site, duty: Person, report: Any, walk: Any
) -> None:
    ticket = report("other.other")

    fixed = walk(ticket, duty, "correct", category="charging.corridor", level="P1", place="3号楼\n二楼")

    assert (fixed.category, fixed.level, fixed.place) == ("charging.corridor", Level.P1, "3号楼 二楼")
    assert fixed.kind.label == "楼道停车充电"
    with site.store.look() as look:
        step = records.history(look, ticket.id)[-1]
    assert [label for label, _, _ in step.changes] == ["类别", "级别", "地点"]
    with pytest.raises(Invalid, match="降低"):
        walk(ticket, duty, "correct", level="P3")
    assert walk(ticket, duty, "correct", level="P3", note="看过了，没人").level == Level.P3
    for wrong in ({}, {"category": "no.such"}, {"level": "P9"}):
        with pytest.raises(Invalid):
            walk(ticket, duty, "correct", **wrong)


def test_waiting_for_the_reporter_stops_the_clocks_until_the_answer_but_never_of_an_alarm(
    site: Site, duty: Person, report: Any, walk: Any
) -> None:
    def paused(ticket: Incident) -> set[bool]:
        with site.store.look() as look:
            return {run.paused is not None for run in runs_of(look, ticket.id) if run.ended is None}

    slow, alarm = report("parking.spot_taken"), report("person.lost_elder")
    walk(slow, duty, "ask", reply="几号车位？")
    walk(alarm, duty, "ask", reply="穿什么？")

    assert now(site, slow).waiting == "reporter"
    assert now(site, slow).reply == ""
    assert paused(slow) == {True}
    assert paused(alarm) == {False}
    with pytest.raises(Refused, match="等回答"):
        walk(slow, duty, "ask", reply="还有呢？")
    with site.store.work() as work:
        incidents.hear(work, slow.id, "12 号\x00")
    assert now(site, slow).waiting == ""
    assert paused(slow) == {False}
    with site.store.look() as look:
        assert records.history(look, slow.id)[-1].note == "12 号"


def test_whoever_moves_a_ticket_on_waits_no_longer(site: Site, duty: Person, report: Any, walk: Any) -> None:
    ticket = walk(report("parking.spot_taken"), duty, "ask", reply="几号车位？")

    filed = walk(ticket, duty, "file")

    assert filed.waiting == ""
    with site.store.look() as look:
        assert all(run.paused is None for run in runs_of(look, ticket.id) if run.ended is None)


def test_notes_and_words_move_nothing_and_stay_apart(site: Site, duty: Person, report: Any, walk: Any) -> None:
    ticket = report()

    walk(ticket, duty, "note", note="车主认识")
    told = walk(ticket, duty, "word", reply="我们已经打电话了")

    assert (told.state, told.reply) == ("reported", "我们已经打电话了")
    with site.store.look() as look:
        last = records.history(look, ticket.id)[-2:]
    assert [(step.note, step.reply) for step in last] == [("车主认识", ""), ("", "我们已经打电话了")]


def test_the_history_cannot_be_rewritten(site: Site, report: Any) -> None:
    report()

    for statement in ("update incident_steps set note = 'x'", "delete from incident_steps"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), site.store.work() as work:
            work.run(statement)


def test_supervising_marks_the_ticket_and_is_for_those_who_oversee(
    site: Site, duty: Person, director: Person, report: Any, walk: Any
) -> None:
    ticket = report()

    with pytest.raises(Forbidden):
        walk(ticket, duty, "supervise", note="快点")

    assert walk(ticket, director, "supervise", note="第三次了").supervised is not None


def test_a_desk_sees_nothing_of_what_was_handed_to_another(
    site: Site, duty: Person, guard: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch")
    moved = walk(ticket, duty, "dispatch", desk="prop_eng")

    assert moved.desk is Desk.PROP_ENG
    with pytest.raises(Missing):
        walk(ticket, guard, "claim")


def test_an_alarm_never_waits_behind_what_has_been_put_off(
    site: Site, duty: Person, director: Person, report: Any, walk: Any
) -> None:
    def shelved() -> Incident:
        ticket = walk(report(), duty, "file", "dispatch")
        request = ask(site, ticket, "shelve", duty)
        with site.store.work() as work:
            return incidents.approve(work, request, director)

    put_off, corrected, alarm = shelved(), shelved(), report("charging.corridor")

    with pytest.raises(Refused, match="急事不能并进去"):
        walk(alarm, duty, "merge", into=put_off.number, note="同一件事")
    raised = walk(corrected, duty, "correct", level="P1")

    assert now(site, alarm).state == "reported"
    assert (raised.state, raised.review_at) == ("dispatched", None)
    with site.store.look() as look:
        assert all(run.paused is None for run in runs_of(look, raised.id) if run.ended is None)
