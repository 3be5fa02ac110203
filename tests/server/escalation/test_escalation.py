"""From a clock that turns to the people who hear of it, once for each step, whatever happens in between."""

import pytest

from gateway.contract.categories import Level
from server import clocks, escalation, incidents
from server.alerts import ONCE, Ringer
from server.clocks import Stage
from server.escalation import Step, records
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person
from tests.server.alerts.conftest import RingerFactory, StillClock, again, log
from tests.server.alerts.robots import WeComRobot
from tests.server.conftest import ReportFactory, StaffFactory, WalkFactory
from tests.server.escalation.conftest import PassHours, chores

Crew = dict[str, Person]
HOUR_MS = 3_600_000


@pytest.fixture
def bell(ringer: RingerFactory, wecom: WeComRobot, crew: Crew, staff: StaffFactory) -> Ringer:
    staff("prop_eng", name="吴工程")
    staff("street", name="孙街道", scopes=("street:songnan",))
    return ringer(wecom.entry("wecom"))


@pytest.fixture
def light(report: ReportFactory, crew: Crew, walk: WalkFactory) -> Incident:
    """A P2 dispatched at 14:00 on a Wednesday: red a working day later, Thursday at 14:00."""
    ticket = report("parking.spot_taken", words="@all 快来")
    return walk(ticket, crew["duty"], "file", "dispatch", desk="prop_eng")


def late(robot: WeComRobot) -> list[str]:
    """The lines about clocks, one for each time somebody was told."""
    lines = [line.partition(". ")[2] or line for text in robot.texts for line in text.split("\n")]
    return [line for line in lines if line.startswith(("超时提醒：", "快到时限："))]


def fired(site: Site, incident: Incident) -> list[str]:
    with site.store.look() as look:
        return [
            mark for run in clocks.runs_of(look, incident.id) for mark in sorted(records.has_fired(look, run.id))
        ]  # fmt: skip


def test_amber_red_and_a_working_day_after_tell_more_and_more_people(
    bell: Ringer, wecom: WeComRobot, light: Incident, site: Site, pass_hours: PassHours
) -> None:
    pass_hours(bell, 23)
    amber = late(wecom)
    pass_hours(bell, 4)
    red = late(wecom)[len(amber) :]
    pass_hours(bell, 20)
    names = [line.names for line in log(site, light) if line.words.startswith(("超时提醒", "快到时限"))]

    assert len(amber) == 1
    assert amber[0].startswith("快到时限：") and "处理要在 14:00 前做完 · 责任方 物业工程" in amber[0]
    assert len(red) == 1
    assert "· 处理刚刚超时" in red[0] or "· 处理超时" in red[0]
    assert red[0].endswith(f"责任方 物业工程 · 工单 {light.number}")
    assert "快来" not in red[0]
    assert names[:2] == ["吴工程", "吴工程、张主任"]
    assert fired(site, light).count("handle:red:0c:desk") == 1


def test_a_day_after_red_the_street_hears_and_the_ticket_is_supervised(
    bell: Ringer, wecom: WeComRobot, light: Incident, site: Site, pass_hours: PassHours
) -> None:
    pass_hours(bell, 50)

    names = "、".join(line.names for line in log(site, light))
    assert "孙街道" in names
    assert again(site, light).supervised is not None
    with site.store.look() as look:
        steps = [step for step in incidents.history(look, light.id) if step.move == "supervise"]
    assert [step.by for step in steps] == ["系统"]
    assert "按升级规则督办" in steps[0].note


def test_a_step_fires_once_however_often_the_chores_run_and_the_program_starts(
    bell: Ringer, wecom: WeComRobot, light: Incident, site: Site, clock: StillClock, pass_hours: PassHours
) -> None:
    clock.forward(24 * HOUR_MS + 60_000)
    for _ in range(5):
        chores(site)
    after = Ringer(site)
    after.recover()
    for _ in range(5):
        chores(site)
        clock.forward(30_000)
        after.climb()
        after.send()

    assert len(late(wecom)) == 1
    for channel in after.channels:
        channel.close()


def test_a_death_between_the_step_and_the_commit_fires_it_again_and_tells_once(
    bell: Ringer, wecom: WeComRobot, light: Incident, site: Site, clock: StillClock, monkeypatch: pytest.MonkeyPatch,
    pass_hours: PassHours,
) -> None:  # fmt: skip
    class Killed(BaseException):
        """As SIGKILL: nothing after it runs."""

    def dies(*_: object) -> None:
        raise Killed

    clock.forward(24 * HOUR_MS + 60_000)
    with monkeypatch.context() as dying:
        dying.setattr(records, "fire", dies)
        with pytest.raises(Killed):
            chores(site)
    assert fired(site, light) == []

    pass_hours(bell, 1)

    assert len(late(wecom)) == 1


def test_clocks_that_stand_still_call_nobody_and_what_was_not_heard_yet_is_said_when_they_go_on(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, site: Site,
    clock: StillClock, pass_hours: PassHours,
) -> None:  # fmt: skip
    ticket = report("environment.garbage")
    ticket = walk(ticket, crew["duty"], "file", "dispatch", desk="prop_guard")
    clock.forward(26 * HOUR_MS)  # its four working hours are over: a digest waits for the morning
    chores(site)
    before = fired(site, ticket)

    walk(ticket, crew["duty"], "ask", reply="在几号楼？")
    pass_hours(bell, 44)
    quiet = late(wecom)
    while_still = fired(site, ticket)
    with site.store.work() as work:
        incidents.hear(work, ticket.id, "3号楼")
    pass_hours(bell, 72)  # over the weekend, to the second morning after

    assert any(mark.startswith("handle:red") for mark in before)
    assert quiet == []
    assert not any(mark.startswith("handle:red") for mark in while_still)
    assert len(late(wecom)) >= 1


def test_more_time_arms_the_steps_again(
    bell: Ringer, wecom: WeComRobot, light: Incident, crew: Crew, walk: WalkFactory, site: Site, clock: StillClock,
    pass_hours: PassHours,
) -> None:  # fmt: skip
    pass_hours(bell, 25)
    first = len([line for line in late(wecom) if line.startswith("超时")])
    walk(light, crew["duty"], "extend", note="等配件", until=clock() + 24 * HOUR_MS)
    with site.store.work() as work:
        (request,) = incidents.requests_of(work, light.id)
        incidents.approve(work, request.id, crew["director"])
    armed = fired(site, light)

    pass_hours(bell, 25)

    assert first == 1
    assert not any(mark.startswith("handle:") for mark in armed)
    assert len([line for line in late(wecom) if line.startswith("超时")]) >= 2


def test_work_that_is_done_is_not_called_late_any_more(
    bell: Ringer, wecom: WeComRobot, light: Incident, crew: Crew, walk: WalkFactory, site: Site, clock: StillClock,
    pass_hours: PassHours,
) -> None:  # fmt: skip
    clock.forward(24 * HOUR_MS + 1000)
    chores(site)

    walk(light, crew["duty"], "done")
    pass_hours(bell, 2)

    assert late(wecom) == []


def test_many_that_turn_together_are_one_message(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, site: Site,
    clock: StillClock, pass_hours: PassHours,
) -> None:  # fmt: skip
    for _ in range(30):
        walk(report("parking.spot_taken"), crew["duty"], "file", "dispatch", desk="prop_eng")
    pass_hours(bell, 1)
    wecom.texts.clear()

    pass_hours(bell, 24)
    texts = [text for text in wecom.texts if "超时提醒" in text]

    assert len(texts) == 1
    assert "超时提醒 30 件" in texts[0]


def test_a_fire_that_nobody_works_on_rings_and_its_acknowledgement_is_left_to_the_ladder(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, site: Site,
    clock: StillClock, pass_hours: PassHours,
) -> None:  # fmt: skip
    clock.night()
    ticket = report("fire.open_flame")
    clock.forward(120_000)
    chores(site)
    waiting = fired(site, ticket)
    walk(ticket, crew["duty"], "file", "dispatch")
    clock.forward(31 * 60_000)
    chores(site)
    bell.climb()
    bell.send()

    assert waiting == []
    (line,) = late(wecom)
    assert line.startswith("超时提醒：") and "处理超时 1 分钟" in line
    assert "张主任 接单：" in wecom.texts[-1] and "赵保安 接单：" in wecom.texts[-1]


def test_steps_of_today_say_nothing_of_clocks_that_turned_before(
    bell: Ringer, wecom: WeComRobot, light: Incident, crew: Crew, site: Site, pass_hours: PassHours
) -> None:
    pass_hours(bell, 26)
    before = len(late(wecom))
    with site.store.work() as work:
        for whom, when, minutes in (("volunteer", "red", 0), ("grid", "after", 30)):
            plan = escalation.plan(work, "sn10", Level.P2)
            step = Step(Level.P2, Stage.HANDLE, when, whom, ONCE, minutes)
            escalation.put_step(work, crew["director"], "sn10", step, seen=plan.id)

    pass_hours(bell, 3)

    assert len(late(wecom)) == before
    assert not any("volunteer" in mark or "grid" in mark for mark in fired(site, light))


def test_thousands_of_late_tickets_do_not_hold_up_an_emergency(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, site: Site, clock: StillClock
) -> None:
    with site.store.work() as work:
        for place in range(600):
            new = incidents.Report(f"client-{place:06d}", "sn10-north", "environment.garbage", "phone")
            incidents.report(work, new)
    bell.climb()
    clock.forward(48 * HOUR_MS)
    chores(site)
    chores(site)

    fire = report("fire.open_flame")
    bell.climb()
    bell.send()

    assert wecom.texts[0].startswith("【P0 特急】") and fire.number in wecom.texts[0]
    assert len(wecom.texts) <= 11
