"""A community's rules: tried before they count, published as a whole, and falling through when a target is gone."""

from server import incidents, people, routing
from server.kit.site import Site
from server.routing import RouteBroken

from ..conftest import Clock, EnterFactory, ReportFactory, StaffFactory
from .book import RULE, field, publish, text


def test_only_directors_change_rules(staff: StaffFactory, enter: EnterFactory) -> None:
    assert enter(staff("duty")).post("/desk/routing/rules", data=RULE).status_code == 403
    assert enter(staff("volunteer")).get("/desk/routing").status_code == 403


def test_a_director_does_not_reach_into_another_community(staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))

    assert director.get("/desk/routing?community=yh1").status_code == 404
    assert director.post("/desk/routing/rules", data={**RULE, "community": "yh1"}).status_code == 404


def test_a_report_tried_out_is_answered_and_not_stored(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    form = {"community": "sn10", "category": "parking.fire_lane", "station": "sn10-north", "words": "救护车过不来"}

    answer = text(enter(staff("duty")).post("/desk/routing/try", data=form).text)

    assert "P1 → 物业秩序" in answer
    assert "还告诉 值班" in answer
    assert "按规则：救护车、消防车被挡 + 消防通道" in answer
    with site.store.look() as work:
        assert incidents.counts(work, ["sn10"]) == {}


def test_a_draft_is_tried_on_real_tickets_before_it_counts(
    site: Site, staff: StaffFactory, enter: EnterFactory, report: ReportFactory
) -> None:
    director = enter(staff("director"))
    before = report("environment.garbage")
    report("parking.fire_lane")
    director.post("/desk/routing/rules", data=RULE)

    drafted = report("environment.garbage")
    dry = text(director.get("/desk/routing?community=sn10&dry=1").text)
    publish(site, director, note="试一个月")
    after = report("environment.garbage")
    elsewhere = report("environment.garbage", station="sn11-gate")

    assert [one.desk for one in (before, drafted, after, elsewhere)] == [
        "prop_guard", "prop_guard", "volunteer", "prop_guard",
    ]  # fmt: skip
    assert "试了 3 张，2 张会变" in dry
    with site.store.look() as work:
        assert [(one.version, one.note) for one in routing.published(work, "sn10")] == [(1, "试一个月")]


def test_who_publishes_over_a_newer_version_reads_it_first(
    site: Site, staff: StaffFactory, enter: EnterFactory
) -> None:
    director = enter(staff("director", name="陈主任"))
    for _ in range(2):
        director.post("/desk/routing/rules", data=RULE)
        answer = publish(site, director, base=0, note="写了半天的理由")

    assert answer.status_code == 409
    assert "陈主任 已经发布了第 1 版" in answer.text
    assert "写了半天的理由" in answer.text


def test_who_publishes_a_draft_that_another_has_changed_meanwhile_looks_at_it_first(
    site: Site, clock: Clock, staff: StaffFactory, enter: EnterFactory
) -> None:
    one, other = enter(staff("director")), enter(staff("director", name="林主任"))
    one.post("/desk/routing/rules", data=RULE)
    drafted = field(one.get("/desk/routing").text, "drafted")
    clock.forward(1000)
    other.post("/desk/routing/rules", data={**RULE, "label": "别人的规则"})

    early = one.post("/desk/routing/publish", data={"community": "sn10", "base": "0", "drafted": drafted})
    later = publish(site, one)

    assert (early.status_code, "林主任 刚改过草稿" in early.text) == (409, True)
    assert later.status_code == 200


def test_a_changed_rule_that_decides_nothing_is_named_in_the_dry_run(
    site: Site, staff: StaffFactory, enter: EnterFactory, report: ReportFactory
) -> None:
    director = enter(staff("director"))
    report("environment.garbage")
    never = {**RULE, "label": "永远对不上", "but_categories": ["environment.*"]}
    for rule in (RULE, never):
        director.post("/desk/routing/rules", data=rule)

    dry = text(director.get("/desk/routing?dry=1").text)

    assert "这些一张也没对上：永远对不上。" in dry
    assert "对上 1 张" in dry


def test_rules_move_change_and_go(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))
    for data in (
        RULE,
        {**RULE, "label": "第二条"},
        {**RULE, "name": "rule-1", "label": "改过的", "begins": "22:00", "ends": "6:00"},
    ):
        director.post("/desk/routing/rules", data=data)
    director.post("/desk/routing/move", data={"community": "sn10", "name": "rule-1", "to": "up"})
    director.post("/desk/routing/move", data={"community": "sn10", "name": "rule-2", "to": "out"})
    director.post("/desk/routing/words", data={"community": "sn10", "label": "臭", "found": "臭\n很臭", "but": "不臭"})

    with site.store.look() as work:
        draft = routing.draft(work, "sn10")
    assert draft is not None
    assert [(one.label, one.hours) for one in draft.rules.target_rules[:1]] == [("改过的", (1320, 360))]
    assert draft.rules.words["words_1"] == routing.Keywords(("臭", "很臭"), ("不臭",), "臭")
    assert director.get("/desk/routing/rule?name=rule-1").status_code == 200
    director.post("/desk/routing/drop", data={"community": "sn10"})
    with site.store.look() as work:
        assert routing.draft(work, "sn10") is None


def test_a_rule_whose_unit_was_removed_raises_an_alarm_once_a_day_and_lets_the_report_through(
    site: Site, staff: StaffFactory, enter: EnterFactory, report: ReportFactory
) -> None:
    chief = staff("director")
    director = enter(chief)
    with site.store.work() as work:
        unit = people.add_unit(work, chief, "sn10", "volunteer", "周末队")
        contact = people.save_contact(work, chief, "sn10", people.ContactDraft(name="小王", phone="13800138000"))
        people.add_member(work, chief, "sn10", unit, f"contact:{contact}")
    director.post("/desk/routing/rules", data={**RULE, "to": f"unit:{unit}"})
    publish(site, director)
    told: list[RouteBroken] = []
    site.store._hears = {**site.store._hears, RouteBroken: [lambda work, event: told.append(event)]}

    there = report("environment.garbage", place="一号门")
    with site.store.work() as work:
        people.remove_unit(work, chief, "sn10", unit)
    gone = report("environment.garbage", place="二号门")
    report("environment.garbage", place="三号门")

    assert (there.desk, gone.desk) == ("volunteer", "prop_guard")
    assert [(one.community, one.rule, one.target) for one in told] == [("sn10", "rule-1", f"unit:{unit}")]
    assert "已经不在" in text(director.get("/desk/routing").text)


def test_a_ticket_keeps_what_the_rules_said(site: Site, report: ReportFactory) -> None:
    ticket = report("person.lost_elder", words="3号楼下 阿婆", answers={"wear": "thin", "shoe": "42"})

    with site.store.look() as work:
        route = routing.route_of(work, ticket.id)
    assert route is not None
    assert (ticket.level, route.also, route.answers) == ("P0", ("backup", "director"), {"wear": "thin"})
    assert route.why == ("level-thin-answer", "lost-elder-p0")


def test_stored_rules_that_cannot_be_read_hold_no_report_up(site: Site, report: ReportFactory) -> None:
    with site.store.work() as work:
        work.run("insert into routing_rules values ('sn10', 1, '{\"words\": 1}', '', '谁', 0)")

    assert report("fire.open_flame").level == "P0"
