"""The link in an alert, and what desks and reporters learn of it."""

import re
import threading
import time
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server import alerts, incidents
from server.alerts import Ringer, actions, queries, records
from server.incidents import Incident, IncidentMoved
from server.kit.live import Change
from server.kit.site import Site
from server.staff import Person
from tests.server.alerts.conftest import RingerFactory, StillClock, accepted, again, log
from tests.server.alerts.robots import Elsewhere, WeComRobot
from tests.server.conftest import EnterFactory, ReportFactory, WalkFactory

Crew = dict[str, Person]
Links = dict[str, str]


@pytest.fixture
def fire(report: ReportFactory, crew: Crew) -> Incident:
    return report("fire.open_flame", words="南门着火了", place="12号楼401")


@pytest.fixture
def links(fire: Incident, ringer: RingerFactory, wecom: WeComRobot) -> Links:
    """name → the path of that person's link, out of the message in the group."""
    bell = ringer(wecom.entry("wecom"))
    bell.climb()
    bell.send()
    return dict(re.findall(r"^(\S+) 接单：http://testserver(\S+)$", wecom.texts[0], re.MULTILINE))


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    """A phone that is logged in nowhere; the site's threads do not run."""
    return TestClient(app)


def test_looking_at_a_link_accepts_nothing(visitor: TestClient, links: Links, fire: Incident, site: Site) -> None:
    for _ in range(3):
        page = visitor.get(links["王值班"])

    assert page.status_code == 200
    assert "我接单" in page.text and "南门着火了" in page.text and "401" not in page.text
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["cache-control"] == "no-store"
    assert accepted(site, fire) is None


def test_one_tap_accepts_and_stops_the_ringing(
    visitor: TestClient, links: Links, fire: Incident, site: Site, wecom: WeComRobot,
    pass_time: Callable[[Ringer, int], None],
) -> None:  # fmt: skip
    page = visitor.post(links["王值班"])
    pass_time(site.parts["alerts"], 300)

    assert "王值班 14:00 已接单" in page.text
    assert "你是第一个接的" in page.text
    assert len(wecom.texts) == 1
    ack = accepted(site, fire)
    assert ack is not None
    assert (ack.role, ack.at) == ("值班员", site.store.clock() - 300_000)
    assert again(site, fire).state == "reported"


def test_the_second_person_sees_who_was_first(
    visitor: TestClient, links: Links, fire: Incident, site: Site, clock: StillClock
) -> None:
    visitor.post(links["王值班"])
    clock.forward(60_000)

    before = visitor.get(links["李后备"])
    after = visitor.post(links["李后备"])
    first = visitor.get(links["王值班"])

    assert "王值班 14:00 已接单" in before.text and "我也去" in before.text
    assert "王值班 14:00 已接单" in after.text and "你也接了" in after.text
    assert "李后备也点了接单" in first.text
    assert [line.words for line in log(site, fire) if line.good and not line.channel] == [
        "点了接单链接，接单",
        "点了接单链接，已有人先接",
    ]


def test_a_second_tap_of_the_same_person_changes_nothing(
    visitor: TestClient, links: Links, fire: Incident, site: Site, clock: StillClock
) -> None:
    visitor.post(links["王值班"])
    ack = accepted(site, fire)
    clock.forward(60_000)

    visitor.post(links["王值班"])

    assert accepted(site, fire) == ack


def test_the_link_ends_with_the_ticket(
    visitor: TestClient, links: Links, fire: Incident, crew: Crew, walk: WalkFactory, site: Site
) -> None:
    walk(fire, crew["director"], "reject")

    page = visitor.get(links["王值班"])
    tapped = visitor.post(links["王值班"])

    assert "已经办完了" in page.text and "我接单" not in page.text
    assert "张主任 14:00 已接单" in tapped.text
    assert [line.names for line in log(site, fire) if line.good and not line.channel] == ["张主任"]


@pytest.mark.parametrize(
    "token", ["1", "1.", "1.aaaaaaaaaaaaaaaaaaaaaa", "01.x", "x.y", "-1.a", "1.é", "f" * 200, "%00"]
)
def test_a_link_that_was_not_made_here_opens_nothing(visitor: TestClient, links: Links, token: str) -> None:
    assert visitor.get(f"/a/{token}").status_code == 404
    assert visitor.post(f"/a/{token}").status_code == 404


def test_the_link_of_one_person_does_not_open_anothers(visitor: TestClient, links: Links) -> None:
    number, _, signature = links["王值班"].rpartition("/")[2].partition(".")

    assert visitor.get(f"/a/{int(number, 16) + 1:x}.{signature}").status_code == 404
    assert visitor.get(f"/a/0{number}.{signature}").status_code == 404


def test_a_ticket_that_waits_for_somebody_again_rings_anew(
    fire: Incident, links: Links, site: Site, crew: Crew, walk: WalkFactory
) -> None:
    filed = walk(fire, crew["duty"], "file")

    with site.store.work() as work:
        actions.follow(work, IncidentMoved(fire, "withdraw", filed))

    assert accepted(site, fire) is None
    with site.store.look() as look:
        assert [entry.incident for entry in records.due_entries(look, True, 10)] == [fire.id]


def test_a_dissatisfied_reporter_wakes_nobody_and_accepts_nothing(
    fire: Incident, links: Links, site: Site, crew: Crew, walk: WalkFactory, visitor: TestClient,
    pass_time: Callable[[Ringer, int], None], wecom: WeComRobot, clock: StillClock,
) -> None:  # fmt: skip
    closed = walk(fire, crew["duty"], "file", "dispatch", "done")
    closed = walk(closed, crew["director"], "verify", "close")
    clock.night()

    with site.store.work() as work:
        incidents.reopen(work, closed.id, "还是没好")
    pass_time(site.parts["alerts"], 120)

    assert [line.names for line in log(site, fire) if line.good and not line.channel] == ["王值班"]
    assert len(wecom.texts) == 1
    assert "王值班 14:00 已接单" in visitor.get(links["李后备"]).text


def test_an_open_desk_confirms_only_by_answering(
    fire: Incident, crew: Crew, ringer: RingerFactory, site: Site, enter: EnterFactory,
    monkeypatch: pytest.MonkeyPatch, clock: StillClock,
) -> None:  # fmt: skip
    rang: list[Change] = []
    monkeypatch.setattr(type(site.live), "listening", 1)
    monkeypatch.setattr(site.live, "publish", rang.append)
    bell = ringer()
    bell.climb()
    bell.send()
    mine = next(change.data for change in rang if change.data["to"] == str(crew["duty"].id))
    theirs = next(change.data for change in rang if change.data["to"] == str(crew["director"].id))
    desk = enter(crew["duty"])

    answers = [desk.post("/desk/alerts/heard", data={"alert": one["alert"]}) for one in (mine, theirs, mine)]
    clock.forward(10_000)
    bell.climb()

    assert [answer.status_code for answer in answers] == [204, 204, 204]
    lines = [(line.names, line.good, line.words) for line in log(site, fire) if line.channel == "live"]
    assert lines.count(("王值班", True, "工作台响了")) == 1
    assert ("", False, "没有打开的工作台回应") in lines
    assert mine["sound"] == 1 and mine["level"] == "P0" and mine["incident"] == fire.id


def test_the_desk_shows_the_channels_and_the_truth_of_a_test(
    ringer: RingerFactory, wecom: WeComRobot, crew: Crew, enter: EnterFactory, site: Site
) -> None:
    desk = enter(crew["director"])
    ringer(wecom.entry("group"))

    before = desk.get("/desk/alerts").text
    good = desk.post("/desk/alerts/test", data={"channel": "group"}).text
    wecom.mood = "garbage"
    bad = desk.post("/desk/alerts/test", data={"channel": "group"}).text
    unknown = desk.post("/desk/alerts/test", data={"channel": "nothing"}).text

    assert "还没用过" in before and "能用的渠道不到两个" in before
    assert "确认收到" in good and wecom.texts[0].startswith("【测试】")
    assert "没有确认" in bad and "对方的回答看不懂" in bad and "发不出去" in bad
    assert "没有这个渠道" in unknown


def test_only_a_director_changes_the_ladder_and_never_to_silence(crew: Crew, enter: EnterFactory, site: Site) -> None:
    form = {"level": "P1", "after_s": [0, 120, 600], "repeat_s": [60, 60, 60], "channels": [2, 2, 2]}

    refused = enter(crew["duty"]).post("/desk/alerts/ladder", data=form)
    desk = enter(crew["director"])
    silent = desk.post("/desk/alerts/ladder", data={**form, "repeat_s": [0, 0, 0]})
    stale = desk.post("/desk/alerts/ladder", data={**form, "after_s": [0]})
    changed = desk.post("/desk/alerts/ladder", data=form)

    assert (refused.status_code, silent.status_code, stale.status_code) == (403, 422, 422)
    assert changed.status_code == 200
    with site.store.look() as look:
        backup = next(rung for rung in alerts.ladder(look) if rung.level == "P1" and rung.role == "backup")
        kept = look.value("select count(*) from alert_ladder where level = 'P1' and ended is not null")
    assert (backup.after_s, backup.author) == (120, "张主任")
    assert kept == 3


def test_somebody_without_the_right_sees_no_switchboard(crew: Crew, enter: EnterFactory) -> None:
    guard = enter(crew["guard"])

    assert guard.get("/desk/alerts").status_code == 403
    assert guard.post("/desk/alerts/test", data={"channel": "live"}).status_code == 403


def test_old_deliveries_and_attempts_are_forgotten(links: Links, site: Site, clock: StillClock, fire: Incident) -> None:
    with site.store.work() as work:
        gone_too_soon = queries.tidy(work, work.now - 1000, work.now - 1000, 100)
    clock.forward(60_000)

    with site.store.work() as work:
        gone = queries.tidy(work, work.now, work.now, 100)

    assert gone_too_soon == 0
    assert gone > 0
    assert log(site, fire) == []


def test_where_a_message_went_is_forgotten_once_it_is_there(
    crew: Crew, report: ReportFactory, links: Links, site: Site
) -> None:
    with site.store.look() as look:
        rows = look.rows("select address, state from alert_deliveries where finished is not null")

    assert rows
    assert all(row["address"] == "" for row in rows)


def test_with_its_threads_a_site_tells_two_channels_by_itself(
    app: FastAPI, site: Site, crew: Crew, report: ReportFactory
) -> None:
    first, second = WeComRobot(), Elsewhere()
    path = site.data / alerts.FILE
    path.write_text(
        f'allow_private = true\n{first.entry("group")}[[channel]]\nname = "out"\nkind = "webhook"\n'
        f'url = "{second.url}"\nsecret = "0123456789abcdef"\n',
        "utf-8",
    )
    path.chmod(0o600)

    with TestClient(app):
        report("fire.open_flame")
        until = time.monotonic() + 30
        while not (first.texts and second.texts) and time.monotonic() < until:
            time.sleep(0.02)
        first.mood = "hang"  # a channel that hangs must not keep the program from ending
        report("fire.open_flame")
        while len(second.texts) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        first.let_go.set()

    assert first.texts and len(second.texts) == 2
    assert not [one.name for one in threading.enumerate() if one.name == "alerts"]
    first.shut()
    second.shut()


def test_a_changed_file_takes_force_without_a_restart(
    app: FastAPI, site: Site, crew: Crew, report: ReportFactory
) -> None:
    robot = WeComRobot()

    with TestClient(app):
        report("fire.open_flame")
        path = site.data / alerts.FILE
        path.write_text(f"allow_private = true\n{robot.entry('group')}", "utf-8")
        path.chmod(0o600)
        until = time.monotonic() + 30
        while not site.parts["alerts"].lines and time.monotonic() < until:
            time.sleep(0.02)
        report("gas.smell")
        while not robot.texts and time.monotonic() < until:
            time.sleep(0.02)

    assert "闻到燃气味" in robot.texts[0]
    robot.shut()


def test_in_the_demo_without_channels_alerts_are_printed(
    site: Site, crew: Crew, report: ReportFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    site.demo = True
    demo = Ringer(site)
    report("fire.open_flame")
    demo.climb()
    demo.send()
    site.demo = False

    assert [line.channel.name for line in demo.lines] == ["log"]
    assert "着火了" in capsys.readouterr().out
    assert Ringer(site).lines == ()
