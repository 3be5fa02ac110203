"""The whole way from a report to the group: who is called when, over which channels, until somebody accepts."""

import re
from collections.abc import Callable

import pytest

from server import alerts, incidents, people
from server.alerts import Ringer, compose, records
from server.incidents import Report
from server.kit.site import Site
from server.staff import Person
from tests.server.alerts.conftest import RingerFactory, StillClock, accepted, log
from tests.server.alerts.robots import DingTalkRobot, Elsewhere, FeishuRobot, WeComRobot
from tests.server.conftest import Clock, ReportFactory, StaffFactory, WalkFactory

PassTime = Callable[[Ringer, int], None]
Crew = dict[str, Person]
NIGHT = "北门里面有个大爷转了半天了 住12号楼401 穿蓝棉袄 我先陪着 @all 13800138000"


def called(text: str) -> list[str]:
    """The names with a link in a message."""
    return re.findall(r"^(\S+) 接单：", text, re.MULTILINE)


def numbers(robot: WeComRobot) -> list[str]:
    return [re.findall(r"消息 (M\d+)", text)[0] for text in robot.texts]


def test_a_lost_elder_at_night_reaches_the_duty_officer_on_two_channels_at_once(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, feishu: FeishuRobot, clock: StillClock,
    report: ReportFactory, crew: Crew, site: Site,
) -> None:  # fmt: skip
    clock.night()
    bell = ringer(wecom.entry("wecom"), dingtalk.entry("dingtalk"), feishu.entry("feishu"))

    incident = report("person.lost_elder", words=NIGHT, place="北门里面")
    bell.climb()
    bell.send()

    (text,) = wecom.texts
    assert dingtalk.texts and not feishu.texts
    assert called(text) == ["王值班"]
    assert "穿蓝棉袄" in text and "骑手说有人在旁边" in text and incident.number in text
    assert not any(secret in text for secret in ("401", "1380", "@all"))
    assert [(line.channel, line.good, line.names) for line in log(site, incident) if line.channel != "live"] == [
        ("wecom", True, "王值班"),
        ("dingtalk", True, "王值班"),
    ]


def test_fire_calls_everybody_together_in_one_message_to_the_group(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew
) -> None:
    bell = ringer(wecom.entry("wecom"))

    report("fire.open_flame")
    bell.climb()
    bell.send()

    (text,) = wecom.texts
    assert called(text) == ["王值班", "李后备", "张主任", "赵保安"]
    assert len(set(re.findall(r"/a/\S+", text))) == 4


def test_the_ladder_climbs_until_somebody_accepts(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, site: Site, pass_time: PassTime
) -> None:
    bell = ringer(wecom.entry("wecom"))
    report("person.lost_elder")
    bell.climb()
    bell.send()

    pass_time(bell, 175)
    before = [called(text) for text in wecom.texts]
    pass_time(bell, 10)
    at_three = called(wecom.texts[-1])
    pass_time(bell, 420)
    at_ten = called(wecom.texts[-1])

    assert before == [["王值班"]] * 3
    assert at_three == ["王值班", "李后备"]
    assert at_ten == ["王值班", "李后备", "张主任"]
    assert len(wecom.texts) == 11


def test_filing_on_the_desk_accepts_and_ends_the_ringing(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, site: Site,
    pass_time: PassTime,
) -> None:  # fmt: skip
    bell = ringer(wecom.entry("wecom"))
    incident = report("person.lost_elder")
    pass_time(bell, 5)

    walk(incident, crew["duty"], "file")
    pass_time(bell, 300)

    ack = accepted(site, incident)
    assert ack is not None and ack.role == "值班员"
    assert len(wecom.texts) == 1
    assert log(site, incident)[-1].words == "在工作台上处理了，接单"


def test_p2_waits_for_the_morning_and_p3_only_comes_in_the_digest(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, clock: StillClock, pass_time: PassTime
) -> None:
    bell = ringer(wecom.entry("wecom"))
    report("parking.spot_taken")
    report("environment.garbage")
    pass_time(bell, 5)
    by_day = list(wecom.texts)
    clock.night()

    report("facility.light", words="11号楼楼道灯全黑")
    pass_time(bell, 60)
    by_night = wecom.texts[1:]
    clock.forward(7 * 3_600_000)
    pass_time(bell, 5)

    assert len(by_day) == 1 and "车位被占" in by_day[0] and called(by_day[0]) == ["赵保安"]
    assert by_night == []
    assert wecom.texts[-1].startswith("【汇总】一般 1 件、普通 1 件")


def test_a_devices_alarm_is_told_at_once_even_at_night(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, clock: StillClock, pass_time: PassTime
) -> None:
    clock.night()
    bell = ringer(wecom.entry("wecom"))

    report("station.supply_empty", channel="device")
    pass_time(bell, 300)

    assert [called(text) for text in wecom.texts] == [["王值班"]]


def test_a_failing_channel_hands_over_to_the_next_at_once(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, feishu: FeishuRobot, report: ReportFactory,
    crew: Crew, site: Site,
) -> None:  # fmt: skip
    bell = ringer(wecom.entry("wecom"), dingtalk.entry("dingtalk"), feishu.entry("feishu"))
    wecom.mood = "error500"

    incident = report("person.lost_elder")
    bell.climb()
    bell.send()
    bell.send()

    assert len(dingtalk.texts) == len(feishu.texts) == 1
    assert ("wecom", False, "HTTP 500") in [(line.channel, line.good, line.words) for line in log(site, incident)]


def test_a_robot_down_for_an_hour_is_gone_around_and_recovers(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, report: ReportFactory, crew: Crew, site: Site,
    pass_time: PassTime,
) -> None:  # fmt: skip
    bell = ringer(wecom.entry("wecom"), dingtalk.entry("dingtalk"))
    wecom.mood = "garbage"
    incident = report("person.lost_elder")

    pass_time(bell, 3600)
    others = len(dingtalk.texts)
    wecom.mood = ""
    pass_time(bell, 65)

    assert others >= 60
    assert len(wecom.texts) in {1, 2, 3}
    with site.store.look() as look:
        assert alerts.health(look)["wecom"]["failures"] == 0
    tries = [line for line in log(site, incident) if line.channel == "wecom" and line.good is False]
    assert 60 <= len(tries) <= 200


def test_very_many_that_may_wait_do_not_hold_up_an_emergency(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, crew: Crew, site: Site, clock: StillClock,
    report: ReportFactory,
) -> None:  # fmt: skip
    bell = ringer(wecom.entry("wecom"), dingtalk.entry("dingtalk"))
    with site.store.work() as work:
        for place in range(800):
            incidents.report(work, Report(f"client-{place:06d}", "sn10-north", "environment.garbage", "phone"))
    bell.climb()
    clock.forward(24 * 3_600_000)

    report("fire.open_flame")
    bell.climb()
    bell.send()

    assert wecom.texts[0].startswith("【P0 特急】") and dingtalk.texts[0].startswith("【P0 特急】")
    assert all(text.startswith("【汇总】") for text in wecom.texts[1:])
    assert len(wecom.texts) <= 11


def test_more_emergencies_than_messages_share_them_and_none_is_left_out(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, pass_time: PassTime
) -> None:
    bell = ringer(wecom.entry("wecom"))

    tickets = [report("person.lost_elder").number for _ in range(60)]
    bell.climb()
    bell.send()

    told = "\n".join(wecom.texts)
    assert all(number in told for number in tickets)
    assert len(wecom.texts) <= 20


def test_a_channel_shut_out_for_ten_minutes_is_left_alone_and_the_others_go_on(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, report: ReportFactory, crew: Crew, site: Site,
    clock: Clock, pass_time: PassTime,
) -> None:  # fmt: skip
    bell = ringer(dingtalk.entry("dingtalk"), wecom.entry("wecom"))
    dingtalk.shut_until = clock() + 10 * 60_000

    report("person.lost_elder")
    pass_time(bell, 300)
    with site.store.look() as look:
        health = alerts.health(look)["dingtalk"]
    pass_time(bell, 295)
    asked = len(dingtalk.requests)
    pass_time(bell, 90)

    assert asked == 1
    assert "130101" in health["answer"] and health["blocked"] > clock() - 90_000
    assert len(wecom.texts) >= 10
    assert len(dingtalk.texts) == 2


def test_joining_a_more_urgent_report_raises_and_calls_whoever_that_needs(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory, pass_time: PassTime
) -> None:
    bell = ringer(wecom.entry("wecom"))
    target = report("person.lost_elder")
    pass_time(bell, 5)
    worse = report("person.lost_child")

    walk(worse, crew["duty"], "merge", into=target.number, note="同一件事")
    pass_time(bell, 5)

    assert called(wecom.texts[-1]) == ["王值班", "李后备", "张主任", "赵保安"]
    assert target.number in wecom.texts[-1] and "【P0 特急】" in wecom.texts[-1]


def test_when_nobody_is_on_duty_the_groups_are_called_all_the_same(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory
) -> None:
    bell = ringer(wecom.entry("wecom"))

    report("fire.open_flame")
    bell.climb()
    bell.send()

    assert called(wecom.texts[0]) == ["值班室"]


def test_a_rota_that_cannot_be_read_silences_nothing(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the rota is torn")

    monkeypatch.setattr(people, "holders", broken)
    bell = ringer(wecom.entry("wecom"))

    report("fire.open_flame")
    bell.climb()
    bell.send()

    assert called(wecom.texts[0]) == ["值班室"]


def test_somebody_disabled_while_on_duty_is_not_called_and_another_is(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, site: Site, staff: StaffFactory,
    pass_time: PassTime,
) -> None:  # fmt: skip
    bell = ringer(wecom.entry("wecom"))
    report("person.lost_elder")
    pass_time(bell, 5)

    with site.store.work() as work:
        work.run("update staff set disabled = ? where id = ?", (work.now, crew["duty"].id))
    pass_time(bell, 60)

    assert called(wecom.texts[0]) == ["王值班"]
    assert called(wecom.texts[-1]) == ["李后备"]


def test_a_robot_for_one_community_or_role_hears_only_its_own(
    ringer: RingerFactory, wecom: WeComRobot, dingtalk: DingTalkRobot, report: ReportFactory, crew: Crew
) -> None:
    bell = ringer(wecom.entry("wecom", 'communities = ["sn11"]'), dingtalk.entry("guards", 'roles = ["guard"]'))

    report("fire.open_flame")
    bell.climb()
    bell.send()

    assert wecom.texts == []
    assert [called(text) for text in dingtalk.texts] == [["赵保安"]]


def test_a_contacts_phone_gets_its_own_message_with_its_own_link(
    ringer: RingerFactory, crew: Crew, report: ReportFactory, site: Site
) -> None:
    provider = Elsewhere()
    with site.store.work() as work:
        draft = people.ContactDraft("王值班", "13800138000", True, staff=str(crew["duty"].id))
        people.save_contact(work, crew["director"], "sn10", draft)
    form = '{to = "{phone}", text = "{text}"}'
    bell = ringer(f'[[channel]]\nname = "sms"\nkind = "sms"\nurl = "{provider.url}"\nform = {form}')

    report("person.lost_elder")
    bell.climb()
    bell.send()

    assert len(provider.texts) == 1
    assert provider.texts[0].startswith("to=13800138000&")
    provider.shut()


def test_a_message_cut_off_by_a_dying_program_is_sent_again_under_its_own_number(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    class Killed(BaseException):
        """As SIGKILL: nothing after it runs."""

    bell = ringer(wecom.entry("wecom"))
    incident = report("person.lost_elder")
    bell.climb()
    lane = next(one for one in bell._lanes if one._channel.name == "wecom" and one._urgent)
    monkeypatch.setattr(lane, "_note", lambda *_: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        lane.once()

    after = Ringer(site)
    after.recover()
    after.send()

    assert len(wecom.texts) == 2
    assert len(set(numbers(wecom))) == 1
    assert any("再发一次" in line.words for line in log(site, incident))
    for channel in after.channels:
        channel.close()


def test_a_report_and_its_place_in_the_outbox_come_and_go_together(site: Site, crew: Crew) -> None:
    with pytest.raises(RuntimeError), site.store.work() as work:
        incident = incidents.report(work, Report("client-000001", "sn10-north", "fire.open_flame", "phone"))
        assert records.entry(work, incident.id) is not None
        raise RuntimeError("the power fails before the commit")

    with site.store.look() as look:
        assert records.due_entries(look, True, 10) == []


def test_a_report_sent_twice_rings_once(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew
) -> None:
    bell = ringer(wecom.entry("wecom"))

    for _ in range(2):
        report("person.lost_elder", client_id="the-same-client-id")
    bell.climb()
    bell.send()

    assert len(wecom.texts) == 1


def test_a_ticket_that_ends_before_it_is_told_is_not_told(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, walk: WalkFactory
) -> None:
    bell = ringer(wecom.entry("wecom"))
    incident = report("person.lost_elder")
    bell.climb()

    walk(incident, crew["duty"], "reject")
    bell.send()

    assert wecom.texts == []


def test_a_ticket_that_cannot_be_put_into_words_is_an_alarm_all_the_same(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a desk nobody knows")

    bell = ringer(wecom.entry("wecom"))
    incident = report("fire.open_flame")
    bell.climb()
    monkeypatch.setattr(compose, "_alarm", broken)

    bell.send()

    assert incident.number in wecom.texts[0] and "请看工作台" in wecom.texts[0]
    assert called(wecom.texts[0])[0] == "王值班"


def test_whom_the_routing_names_besides_is_told_once_and_at_once(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, staff: StaffFactory,
    pass_time: PassTime,
) -> None:  # fmt: skip
    staff("grid", name="钱网格")
    bell = ringer(wecom.entry("wecom"))

    report("charging.corridor", words="7号楼楼道里停了三辆电动车 有一辆在充电")
    pass_time(bell, 65)

    assert called(wecom.texts[0]) == ["王值班", "赵保安", "钱网格"]
    assert called(wecom.texts[1]) == ["王值班"]


def test_an_advertisement_in_the_queue_is_told_to_nobody(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew, clock: StillClock, pass_time: PassTime
) -> None:
    bell = ringer(wecom.entry("wecom"))

    report("other.other", words="贷款秒批 加v 138-0013-8000 www.xx.top")
    pass_time(bell, 5)
    clock.forward(24 * 3_600_000)
    pass_time(bell, 5)

    assert wecom.texts == []


def test_the_answers_of_the_rider_stand_in_the_message(
    ringer: RingerFactory, wecom: WeComRobot, report: ReportFactory, crew: Crew
) -> None:
    bell = ringer(wecom.entry("wecom"))

    report("person.lost_elder", words="", answers={"wear": "thin", "can_say_name": "no", "still_beside": "no"})
    bell.climb()
    bell.send()

    assert "穿得少" in wecom.texts[0] and "说不清" in wecom.texts[0]
    assert "现场：骑手说要走了，现场可能没人" in wecom.texts[0]
