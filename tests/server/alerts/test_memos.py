"""What staff hear about a ticket besides that it is there: it is theirs now, it is supervised, say yes or no."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.contract.categories import DESK_LABELS
from server import alerts, incidents, people
from server.alerts import DIGEST, ONCE, RING, Memo, Ringer
from server.alerts.memos import records as memos
from server.incidents import Incident
from server.kit.site import Site
from server.routing import RouteBroken
from server.staff import Person
from tests.server.alerts.conftest import RingerFactory, StillClock, log
from tests.server.alerts.robots import DingTalkRobot, Elsewhere, WeComRobot
from tests.server.conftest import EnterFactory, ReportFactory, StaffFactory, WalkFactory

PassTime = Callable[[Ringer, int], None]
Crew = dict[str, Person]
DAY_S = 24 * 3600


def said(robot: WeComRobot, head: str) -> list[str]:
    """The first lines of the messages that begin so."""
    return [text.partition("\n")[0] for text in robot.texts if text.startswith(head)]


def tell(site: Site, incident: Incident, whom: str, manner: str = ONCE, words: str = "", **more: object) -> int:
    with site.store.work() as work:
        memo = Memo(incident.community, (whom,), manner, "督办", words, incident=incident.id, **more)  # type: ignore[arg-type]
        return alerts.tell(work, memo)


@pytest.fixture
def quiet(report: ReportFactory) -> Incident:
    """A P3 that nobody is called for."""
    return report("environment.garbage")


@pytest.fixture
def bell(ringer: RingerFactory, wecom: WeComRobot, crew: Crew) -> Ringer:
    return ringer(wecom.entry("wecom"))


def test_a_word_says_what_it_is_of_which_ticket_and_never_what_the_rider_typed(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, site: Site, pass_time: PassTime
) -> None:
    ticket = report("environment.garbage", words="<b>@all</b> 来看看", place="12号楼401")

    tell(site, ticket, "director", words="今天 @all 办完，电话 13800138000")
    pass_time(bell, 30)

    (line,) = said(wecom, "督办：")
    assert line == (
        f"督办：{ticket.kind.label} · 淞南十村 · 北门站 · 今天 ＠all 办完，电话 *** · "
        f"责任方 {DESK_LABELS[ticket.desk]} · 工单 {ticket.number}"
    )
    assert "来看看" not in wecom.texts[-1] and "401" not in wecom.texts[-1]
    assert f"http://testserver/desk/incidents/{ticket.id}" in wecom.texts[-1]
    assert any(found.words == "督办：ok" and found.names == "张主任" for found in log(site, ticket))


def test_once_waits_for_working_hours_and_a_digest_for_the_morning(
    bell: Ringer, wecom: WeComRobot, quiet: Incident, site: Site, clock: StillClock, pass_time: PassTime
) -> None:
    clock.night()
    tell(site, quiet, "director")
    pass_time(bell, 600)
    by_night = list(wecom.texts)
    clock.forward(7 * 3_600_000)
    pass_time(bell, 30)

    tell(site, quiet, "director", DIGEST)
    pass_time(bell, 600)
    same_day = len(said(wecom, "督办："))

    assert by_night == []
    assert same_day == 1


def test_fifty_words_at_once_are_one_message(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, site: Site, pass_time: PassTime
) -> None:
    tickets = [report("environment.garbage") for _ in range(50)]
    for ticket in tickets:
        tell(site, ticket, "director")

    pass_time(bell, 120)

    assert len(wecom.texts) == 1
    assert wecom.texts[0].startswith("【汇总】督办 50 件")
    assert len(wecom.texts[0].encode()) <= 2048


def test_a_ring_goes_on_until_somebody_it_called_has_heard(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, app: FastAPI, site: Site,
    pass_time: PassTime,
) -> None:  # fmt: skip
    ticket = report("person.lost_elder")
    walk(ticket, crew["duty"], "file")
    tell(site, ticket, "duty", RING, "快去")
    pass_time(bell, 130)
    rung = len(said(wecom, "督办："))
    path = re.findall(r"^王值班 接单：http://testserver(\S+)$", wecom.texts[-1], re.MULTILINE)[0]
    visitor = TestClient(app)

    before = visitor.get(path).text
    after = visitor.post(path).text
    pass_time(bell, 300)

    assert rung == 3
    assert "知道了，我来办" in before and "督办：" in before
    assert "知道了，我来办" not in after
    assert len(said(wecom, "督办：")) == 3


def test_a_ring_that_nobody_hears_stops_after_ten(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, site: Site,
    pass_time: PassTime,
) -> None:  # fmt: skip
    ticket = report("person.lost_elder")
    walk(ticket, crew["duty"], "file")

    tell(site, ticket, "guard", RING)
    pass_time(bell, 1200)

    assert len(said(wecom, "督办：")) == 10


def test_a_ring_over_a_dead_channel_takes_the_next_one_at_once(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, report: ReportFactory, crew: Crew,
    walk: WalkFactory, site: Site,
) -> None:  # fmt: skip
    provider = Elsewhere()
    form = '{to = "{phone}", text = "{text}"}'
    sms = f'[[channel]]\nname = "sms"\nkind = "sms"\nurl = "{provider.url}"\nform = {form}\n'
    with site.store.work() as work:
        draft = people.ContactDraft("王值班", "13800138000", True, staff=str(crew["duty"].id))
        people.save_contact(work, crew["director"], "sn10", draft)
    bell = ringer(wecom.entry("wecom"), dingtalk.entry("dingtalk"), sms)
    ticket = report("person.lost_elder")
    walk(ticket, crew["duty"], "file")
    wecom.mood = dingtalk.mood = "error500"

    tell(site, ticket, "duty", RING)
    bell.climb()
    bell.send()
    bell.send()

    assert len(provider.texts) == 1
    provider.shut()


def test_a_quiet_word_goes_another_way_when_its_channel_is_given_up(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, quiet: Incident, crew: Crew, site: Site,
    pass_time: PassTime,
) -> None:  # fmt: skip
    bell = ringer(wecom.entry("wecom"), dingtalk.entry("dingtalk"))
    wecom.mood = "error500"

    tell(site, quiet, "director")
    pass_time(bell, 300)

    assert len(said(dingtalk, "督办：")) == 1  # type: ignore[arg-type]
    assert len(wecom.requests) == 3


def test_a_word_for_somebody_who_left_meanwhile_reaches_who_is_there_now(
    ringer: RingerFactory, quiet: Incident, crew: Crew, site: Site, clock: StillClock, pass_time: PassTime,
    staff: StaffFactory,
) -> None:  # fmt: skip
    provider = Elsewhere()
    form = '{to = "{phone}", text = "{text}"}'
    other = staff("director", name="周主任")
    with site.store.work() as work:
        for account, phone in ((crew["director"], "13800138000"), (other, "13900139000")):
            draft = people.ContactDraft(account.name, phone, True, staff=str(account.id))
            people.save_contact(work, crew["director"], "sn10", draft)
    bell = ringer(f'[[channel]]\nname = "sms"\nkind = "sms"\nurl = "{provider.url}"\nform = {form}')
    provider.mood = "error500"
    tell(site, quiet, "director")
    pass_time(bell, 25)

    with site.store.work() as work:
        work.run("update staff set disabled = ? where id = ?", (work.now, crew["director"].id))
    provider.mood = ""
    pass_time(bell, 120)

    assert [text.partition("&")[0] for text in provider.texts] == ["to=13900139000"]
    assert any("已经不在名册里" in line.words for line in log(site, quiet))
    provider.shut()


def test_nobody_behind_a_name_is_said_and_somebody_else_is_told(
    bell: Ringer, wecom: WeComRobot, quiet: Incident, site: Site, pass_time: PassTime
) -> None:
    tell(site, quiet, "street")
    pass_time(bell, 30)

    assert len(said(wecom, "督办：")) == 1
    assert [line.names for line in log(site, quiet) if line.channel == "wecom"] == ["王值班"]
    assert any("现在没有街道城运" in line.words for line in log(site, quiet))


def test_a_word_and_what_it_tells_come_and_go_together(site: Site, quiet: Incident) -> None:
    with pytest.raises(RuntimeError), site.store.work() as work:
        alerts.tell(work, Memo("sn10", ("director",), RING, "督办", incident=quiet.id))
        raise RuntimeError("the power fails before the commit")

    with site.store.look() as look:
        assert memos.due(look, True, 10) == []


def test_a_word_about_a_ticket_that_has_ended_is_not_said(
    bell: Ringer, wecom: WeComRobot, quiet: Incident, crew: Crew, walk: WalkFactory, site: Site, pass_time: PassTime
) -> None:
    tell(site, quiet, "director")
    walk(quiet, crew["duty"], "reject")

    pass_time(bell, 60)

    assert wecom.texts == []


# --- whose turn it is


def test_a_dispatch_tells_the_desk_and_a_second_one_only_the_new_desk(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, staff: StaffFactory,
    clock: StillClock, pass_time: PassTime,
) -> None:  # fmt: skip
    staff("prop_eng", name="吴工程")
    ticket = report("facility.light")
    walk(ticket, crew["duty"], "file")
    pass_time(bell, 5)
    wecom.texts.clear()

    walk(ticket, crew["duty"], "dispatch", desk="prop_guard")
    walk(ticket, crew["duty"], "dispatch", desk="prop_eng")
    pass_time(bell, 60)

    assert len(wecom.texts) == 1
    assert said(wecom, "派给你们了：")[0].endswith(f"责任方 物业工程 · 工单 {ticket.number}")


def test_an_urgent_dispatch_rings_at_night_until_the_desk_moves_it(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, clock: StillClock,
    pass_time: PassTime,
) -> None:  # fmt: skip
    clock.night()
    ticket = report("person.lost_elder")
    walk(ticket, crew["duty"], "file", "dispatch")

    pass_time(bell, 65)
    rung = len(said(wecom, "派给你们了："))
    walk(ticket, crew["guard"], "claim")
    pass_time(bell, 300)

    assert rung == 2
    assert len(said(wecom, "派给你们了：")) == 2


def test_whoever_takes_a_ticket_themselves_is_not_told_and_somebody_it_is_given_to_is(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, site: Site,
    pass_time: PassTime,
) -> None:  # fmt: skip
    ticket = report("facility.light")
    walk(ticket, crew["duty"], "file")
    pass_time(bell, 5)
    wecom.texts.clear()

    walk(ticket, crew["duty"], "assign", assignee=crew["duty"].id)
    pass_time(bell, 60)
    alone = list(wecom.texts)
    walk(ticket, crew["duty"], "assign", assignee=crew["director"].id)
    pass_time(bell, 60)

    assert alone == []
    assert len(said(wecom, "指给你了：")) == 1
    assert [line.names for line in log(site, ticket) if line.words == "指给你了：ok"] == ["张主任"]


def test_a_ticket_handed_back_sent_back_or_supervised_tells_whose_it_is(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, pass_time: PassTime
) -> None:
    ticket = report("parking.spot_taken")
    walk(ticket, crew["director"], "file", "dispatch")

    walk(ticket, crew["guard"], "handback", note="不归我们管")
    pass_time(bell, 60)
    walk(ticket, crew["director"], "dispatch")
    walk(ticket, crew["guard"], "done")
    walk(ticket, crew["duty"], "return", note="车还在")
    walk(ticket, crew["director"], "supervise", note="今天办完")
    pass_time(bell, 60)

    assert any("不归我们管" in line for line in said(wecom, "退回来了"))
    assert wecom.texts[-1].startswith(("【汇总】", "督办：", "核查没有通过"))
    told = "\n".join(wecom.texts)
    assert "今天办完" in told


def test_a_director_is_asked_and_the_street_when_the_director_asks(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, staff: StaffFactory,
    site: Site, pass_time: PassTime, clock: StillClock,
) -> None:  # fmt: skip
    staff("street", name="孙街道", scopes=("street:songnan",))
    tickets = [report("facility.light") for _ in range(2)]
    for ticket, asker in zip(tickets, ("duty", "director"), strict=True):
        walk(ticket, crew["duty"], "file")
        walk(ticket, crew[asker], "shelve", note="等配件", until=clock() + 20 * DAY_S * 1000)

    pass_time(bell, 60)
    names = [
        [line.names for line in log(site, ticket) if line.words == "请批准：ok"] for ticket in tickets
    ]  # fmt: skip
    wecom.texts.clear()
    with site.store.work() as work:
        (request,) = incidents.requests_of(work, tickets[0].id)
        incidents.decline(work, request.id, crew["director"], "配件明天到")
    pass_time(bell, 60)

    assert names == [["张主任、孙街道"]] * 2 or names == [["张主任"], ["孙街道"]]
    assert "配件明天到" in said(wecom, "没有批准：")[0]


def test_a_rule_that_points_nowhere_reaches_the_director(
    bell: Ringer, wecom: WeComRobot, site: Site, pass_time: PassTime
) -> None:
    with site.store.work() as work:
        work.tell(RouteBroken("sn10", "sn10-north", "夜里的灯", "unit:3"))

    pass_time(bell, 60)

    (line,) = said(wecom, "派单规则失效：")
    assert "夜里的灯" in line and "淞南十村" in line


def test_somebody_who_has_left_can_neither_read_nor_take_a_ticket_by_an_old_link(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, site: Site, app: FastAPI
) -> None:
    ticket = report("person.lost_elder", words="穿蓝棉袄")
    bell.climb()
    bell.send()
    path = re.findall(r"接单：http://testserver(\S+)$", wecom.texts[0], re.MULTILINE)[0]
    with site.store.work() as work:
        work.run("update staff set disabled = ? where id = ?", (work.now, crew["duty"].id))
    visitor = TestClient(app)

    seen, tapped = visitor.get(path), visitor.post(path)

    assert seen.status_code == tapped.status_code == 403
    assert "穿蓝棉袄" not in seen.text
    with site.store.look() as look:
        assert alerts.acknowledged(look, ticket.id) is None


def test_a_note_on_a_ticket_takes_nobody_off_the_alarm(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, site: Site,
    pass_time: PassTime, enter: EnterFactory,
) -> None:  # fmt: skip
    ticket = report("person.lost_elder")
    pass_time(bell, 5)

    walk(ticket, crew["director"], "note", note="记一下")
    pass_time(bell, 60)

    assert len(wecom.texts) == 2
    with site.store.look() as look:
        assert alerts.acknowledged(look, ticket.id) is None


def test_a_note_on_an_accepted_ticket_does_not_ring_it_anew(
    bell: Ringer, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, app: FastAPI,
    pass_time: PassTime,
) -> None:  # fmt: skip
    ticket = report("person.lost_elder")
    pass_time(bell, 5)
    TestClient(app).post(re.findall(r"接单：http://testserver(\S+)$", wecom.texts[0], re.MULTILINE)[0])

    walk(ticket, crew["duty"], "note", note="已经出发")
    pass_time(bell, 300)

    assert len(wecom.texts) == 1
