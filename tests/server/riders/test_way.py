"""Every state a report can be in, read as a parcel's way: true in each, and nobody's name."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents, questions, ratings
from server.incidents import Incident
from server.kit.clock import DAY_MS, day
from server.kit.site import Site
from server.riders import standing, way
from server.riders.way import Around, Stop

from ..conftest import Clock
from .conftest import text_of

NAMES = {"duty": "王值班", "prop_guard": "李师傅", "director": "赵主任"}


class Town:
    """One ticket's story, told step by step by people whose names must stay here."""

    def __init__(self, site: Site, staff: Any, client: TestClient) -> None:
        self.site, self.client = site, client
        self.people = {role: staff(role, name=name) for role, name in NAMES.items()}

    def do(self, incident: Incident, name: str, role: str = "duty", **given: Any) -> Incident:
        """One move; one that needs the director's word gets it."""
        with self.site.store.work() as work:
            incidents.move(work, incident.id, name, self.people[role], **given)
            for request in incidents.requests_of(work, incident.id):
                if request.state == "asked":
                    incidents.approve(work, request.id, self.people["director"])
            found = incidents.get(work, incident.id)
        assert found is not None
        return found

    def close(self, incident: Incident) -> Incident:
        """From 待受理 to 已结案."""
        self.do(incident, "file")
        self.do(incident, "dispatch", desk="prop_guard")
        self.do(incident, "done", "prop_guard", note="李师傅挪的")
        self.do(incident, "verify")
        return self.do(incident, "close", reply="车挪走了，谢谢你")

    def read(self, incident: Incident) -> str:
        """What the reporter reads."""
        return text_of(self.client.get(f"/r/{incident.receipt}"))

    def state(self, incident: Incident) -> str:
        """Where it stands on the desk."""
        with self.site.store.look() as look:
            found = incidents.get(look, incident.id)
        assert found is not None
        return found.state

    def stops(self, incident: Incident) -> list[tuple[str, str]]:
        """Title and state of each stop."""
        with self.site.store.look() as look:
            own = incidents.get(look, incident.id)
            assert own is not None
            leading = incidents.leading(look, own)
            found = way.way(own, incidents.history(look, own.id), leading, incidents.history(look, leading.id))
        return [(stop.title, stop.state) for stop in found]


@pytest.fixture
def town(site: Site, staff: Any, client: TestClient) -> Town:
    return Town(site, staff, client)


def _nothing(town: Town, one: Incident) -> None:
    pass


def _file(town: Town, one: Incident) -> None:
    town.do(one, "file")


def _dispatch(town: Town, one: Incident) -> None:
    _file(town, one)
    town.do(one, "dispatch", desk="prop_guard")


def _handback(town: Town, one: Incident) -> None:
    _dispatch(town, one)
    town.do(one, "handback", "prop_guard", note="归保洁")


def _extend(town: Town, one: Incident) -> None:
    _dispatch(town, one)
    town.do(one, "extend", "prop_guard", note="等配件", until=town.site.store.clock() + 3 * DAY_MS)


def _done(town: Town, one: Incident) -> None:
    _dispatch(town, one)
    town.do(one, "done", "prop_guard", note="挪了")


def _verify(town: Town, one: Incident) -> None:
    _done(town, one)
    town.do(one, "verify")


def _return(town: Town, one: Incident) -> None:
    _done(town, one)
    town.do(one, "return", note="还在")


def _close(town: Town, one: Incident) -> None:
    town.close(one)


def _look_ok(town: Town, one: Incident) -> None:
    _close(town, one)
    town.do(one, "look_ok")


def _recur(town: Town, one: Incident) -> None:
    _close(town, one)
    town.do(one, "recur", note="又停了")


def _shelve(town: Town, one: Incident) -> None:
    _dispatch(town, one)
    later = town.site.store.clock() + 5 * DAY_MS
    town.do(one, "shelve", "prop_guard", note="没钱", reply="要等下个月的经费", until=later)


def _resume(town: Town, one: Incident) -> None:
    _shelve(town, one)
    town.do(one, "resume")


def _transfer(town: Town, one: Incident) -> None:
    _file(town, one)
    town.do(one, "transfer", body="市政养护", note="归他们")


def _recall(town: Town, one: Incident) -> None:
    _transfer(town, one)
    town.do(one, "recall", note="他们不办")


def _reject(town: Town, one: Incident) -> None:
    town.do(one, "reject", note="不在辖区", reply="请打 12345")


def _refile(town: Town, one: Incident) -> None:
    _reject(town, one)
    town.do(one, "refile", note="看错了")


def _void(town: Town, one: Incident) -> None:
    town.do(one, "void", note="测试单", reply="这是演练")


def _take_back(town: Town, one: Incident) -> None:
    with town.site.store.work() as work:
        incidents.take_back(work, one.id, "车开走了")


def _reopen(town: Town, one: Incident) -> None:
    _close(town, one)
    town.do(one, "reopen", note="电话里说没好")


ON = ["已收到", "已立案", "处理中", "已处理", "已办结"]
STORIES: list[tuple[Callable[[Town, Incident], None], list[str], list[str], str]] = [
    # What happens; the stops so far; those to come; what the reporter reads.
    (_nothing, ["已收到"], ON[1:], "已送到居委工作台"),
    (_file, ON[:2], ON[2:], "值班员"),
    (_dispatch, ON[:3], ON[3:], "已交给物业秩序，正在处理"),
    (_handback, [*ON[:3], "已立案"], ON[2:], "不归原来那边管，正在重新安排人"),
    (_extend, ON[:3], ON[3:], "要多花些时间，已经延时"),
    (_done, ON[:4], ON[4:], "物业秩序"),
    (_verify, ON[:4], ON[4:], "核查也通过了，就等结案"),
    (_return, [*ON[:4], "处理中"], ON[3:], "核查没通过，物业秩序正在重做"),
    (_close, ON, [], "车挪走了，谢谢你"),
    (_look_ok, ON, [], "没有再出现"),
    (_recur, [*ON, "处理中"], ON[3:], "复查时又出现了，由物业秩序重新处理"),
    (_shelve, [*ON[:3], "先挂着"], ON[3:], "还没有解决，先挂着"),
    (_resume, [*ON[:3], "先挂着", "处理中"], ON[3:], "又开始办了，由物业秩序处理"),
    (_transfer, [*ON[:2], "已转办"], ON[3:], "还没有解决，我们会盯着"),
    (_recall, [*ON[:2], "已转办", "已立案"], ON[2:], "从外面收回来了"),
    (_reject, ["已收到", "不予受理"], [], "请打 12345"),
    (_refile, ["已收到", "不予受理", "已立案"], ON[2:], "重新立案了"),
    (_void, ["已收到", "已作废"], [], "这是演练"),
    (_take_back, ["已收到", "已撤回"], [], "没有人会再跑一趟"),
    (_reopen, [*ON, "处理中"], ON[3:], "重新打开了，由物业秩序处理"),
]


def test_a_report_says_truly_where_it_stands_in_every_state(town: Town, report: Any) -> None:
    seen = set()
    for story, passed, ahead, read in STORIES:
        incident, name = report(), story.__name__

        story(town, incident)
        stops, page = town.stops(incident), town.read(incident)
        seen.add(town.state(incident))

        assert [title for title, state in stops if state] == passed, name
        assert [title for title, state in stops if not state] == ahead, name
        assert read in page, name
        for secret in (*NAMES.values(), "归保洁", "等配件", "没钱", "他们不办", "不在辖区", "测试单", "电话里说"):
            assert secret not in page, name
        if passed[-1] not in {"已办结", "已撤回"}:
            assert stops[len(passed) - 1][1] in {"now", "held", "bad"}, name
    assert seen == set(incidents.STATES) - {"unconfirmed", "merged"}


def test_what_is_shelved_or_transferred_is_never_called_solved(town: Town, site: Site, report: Any) -> None:
    shelved, transferred = report(), report()
    _shelve(town, shelved)
    _transfer(town, transferred)
    with site.store.look() as look:
        (until,) = [day(one.review_at or 0) for one in [incidents.get(look, shelved.id)] if one]

    pages = [town.read(shelved), town.read(transferred)]

    assert "现在办不了" in pages[0]
    assert f"{until}再看" in pages[0]
    assert "要等下个月的经费" in pages[0]
    assert "已转给市政养护" in pages[1]
    for page in pages:
        assert "没有解决" in page
        assert "办好了" not in page


def test_a_finding_waits_for_somebody_to_look_and_may_be_wrong(town: Town, site: Site) -> None:
    with site.store.work() as work:
        found = incidents.report(
            work, incidents.Report("d" * 16, "sn10-north", "device.heat_alarm", "device", words="设备报警")
        )
    before = town.read(found)
    town.do(found, "false_alarm", note="在晒被子")

    assert "正等人到现场看一眼" in before
    assert "没有发现问题" in town.read(found)


def test_a_merged_report_shows_its_own_beginning_and_the_leading_tickets_stage(
    town: Town, report: Any, clock: Clock
) -> None:
    leading, joined = report(), report(words="我也看到了")
    _dispatch(town, leading)
    town.do(leading, "word", reply="第一个人问的事")
    clock.forward(1)
    town.do(joined, "merge", into=leading.number, note="同一辆车")

    merged = town.stops(joined)
    town.do(leading, "done", "prop_guard", note="挪了")
    town.do(leading, "word", reply="都挪走了")
    page = town.read(joined)

    assert merged == [("已收到", "done"), ("已合并", "done"), ("处理中", "now"), ("已处理", ""), ("已办结", "")]
    assert town.stops(joined)[2:] == [("已处理", "now"), ("已办结", "")]
    assert "已并入同一件事，一起办" in page
    assert "都挪走了" in page
    assert "第一个人问的事" not in page
    assert leading.receipt not in page


def test_only_who_was_not_satisfied_reads_that_they_said_so(town: Town, site: Site, report: Any) -> None:
    leading, joined = report(), report(words="我也看到了")
    town.do(joined, "merge", into=leading.number, note="同一辆车")
    town.close(leading)
    with site.store.work() as work:
        ratings.rate(work, leading.receipt, "bad", "又停上了")
        now = {one.id: incidents.get(work, one.id) for one in (leading, joined)}

    lines, details = {}, {}
    with site.store.look() as look:
        history = incidents.history(look, leading.id)
        for name, own in (("rated", now[leading.id]), ("other", now[joined.id])):
            assert own is not None
            first = incidents.leading(look, own)
            when = standing.complained(look, own, first)
            lines[name] = standing.headline_of(look, own, first)[0].lines[0]
            details[name] = way.way(own, incidents.history(look, own.id), first, history, when)[-3].detail

    assert "你说不满意" in lines["rated"]
    assert details["rated"] == "你不满意，换一个人处理"
    assert "有人说不满意" in lines["other"]
    assert details["other"] == "有人不满意，换一个人处理"
    assert "你说不满意" in town.read(leading)
    assert "你不满意，换一个人处理" in town.read(leading)
    assert "你说不满意" not in town.read(joined)
    assert "你不满意" not in town.read(joined)


def test_a_report_taken_back_says_so_on_its_own_page_and_takes_nothing_back_twice(
    town: Town, client: TestClient, report: Any
) -> None:
    incident = report("environment.garbage")
    before = text_of(client.get(f"/r/{incident.receipt}/retract"))

    _take_back(town, incident)
    after = text_of(client.get(f"/r/{incident.receipt}/retract"))

    assert "撤回马上生效" in before
    assert "已经撤回了" in after
    assert "确定撤回" not in after
    assert "你自己撤回的" in town.read(incident)


def test_a_split_report_leads_to_its_second_matter_and_back(
    town: Town, site: Site, client: TestClient, report: Any
) -> None:
    own = report(words="车挡路，灯也坏了")
    with site.store.work() as work:
        part = incidents.split(work, own.id, town.people["duty"], version=own.version, category="facility.light")

    first, second = (client.get(f"/r/{one.receipt}").text for one in (own, part))

    assert f'href="/r/{part.receipt}"' in first
    assert "另外拆出一件" in first
    assert f'href="/r/{own.receipt}"' in second


def test_words_to_the_reporter_stand_as_a_conversation(town: Town, site: Site, client: TestClient, report: Any) -> None:
    incident = report()
    town.do(incident, "word", reply="保安五分钟到")
    town.do(incident, "ask", reply="车牌看得清吗？")
    with site.store.look() as look:
        (question,) = questions.of(look, incident.id)
    client.post(f"/r/{incident.receipt}/answer", data={"question": str(question.id), "words": "<i>看不清</i>"})
    town.do(incident, "note", note="内部的话")

    page = client.get(f"/r/{incident.receipt}").text

    assert page.index("保安五分钟到") < page.index("车牌看得清吗？") < page.index("&lt;i&gt;看不清")
    assert '<li class="is-mine">' in page
    assert "内部的话" not in page


def test_an_outside_body_is_named_and_heard_of_only_once_it_said_so(town: Town, site: Site, report: Any) -> None:
    incident = report()
    _dispatch(town, incident)
    with site.store.work() as work:
        link = questions.engage(work, incident.id, town.people["duty"], body="拖车公司", asks="拖走", days=2)
    before = town.read(incident)
    from server.questions import engaging

    with site.store.work() as work:
        engaging.received(work, link.id)

    assert "已发给拖车公司，等他们回话" in before
    assert "拖车公司" in town.read(incident)
    assert "已收到。" in town.read(incident)


def test_a_receipt_outlives_its_station(town: Town, site: Site, report: Any) -> None:
    incident = report()
    with site.store.work() as work:
        work.run("update stations set retired = 1 where code = ?", (incident.station,))

    assert "已收到" in town.read(incident)


def test_a_long_story_is_folded_and_its_end_stays_in_sight() -> None:
    stops = [Stop(f"第{n}步", "done", n) for n in range(12)] + [Stop("已办结", "")]

    first, hidden, rest = way.folded(stops)

    assert (len(first), len(hidden), len(rest)) == (1, 6, 6)
    assert [*first, *hidden, *rest] == stops
    assert way.folded(stops[:7]) == (stops[:7], [], [])


def test_every_move_that_changes_the_state_has_a_stop() -> None:
    for name, move in incidents.MOVES.items():
        assert not move.to or name in way._STOPS


def test_whoever_took_an_alarm_is_named_by_role_and_time(report: Any, site: Site) -> None:
    fire = report("fire.open_flame")
    with site.store.look() as look:
        history = incidents.history(look, fire.id)

    taken = way.headline(fire, history, Around(accepted=("值班员", fire.received)), fire.received)

    assert "值班员" in taken.lines[0]
    assert "已接单" in taken.lines[0]
