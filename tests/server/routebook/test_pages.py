"""Categories and rules on the desk: read by those who triage, changed by directors, tried before they count."""

import re
from typing import Any

from server import categories, incidents, people, routing
from server.kit.site import Site
from server.routing import RouteBroken

from ..conftest import EnterFactory, ReportFactory, StaffFactory


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


RULE: dict[str, Any] = {
    "community": "sn10",
    "name": "",
    "label": "夜里的垃圾给志愿者",
    "decides": "target",
    "to": "volunteer",
    "categories": "environment.*",
    "also": ["grid"],
}


def test_the_catalogue_and_every_category_can_be_read(staff: StaffFactory, enter: EnterFactory) -> None:
    officer = enter(staff("duty"))

    assert "老人走失" in officer.get("/desk/categories").text
    for code in (*categories.shipped(), "new"):
        assert officer.get(f"/desk/categories/{code}").status_code == 200
    assert officer.get("/desk/categories/no.such").status_code == 404
    assert "存成新的一版" not in officer.get("/desk/categories/other.other").text


def test_a_director_renames_a_category_and_the_riders_form_shows_it(staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))
    form = {
        "code": "environment.garbage", "label": "垃圾没人收", "icon": "trash", "level": "P3", "desk": "prop_guard",
        "retention": "standard", "visibility": "open", "phone": "1", "photo": "1",
        "q_name": ["smell", ""], "q_label": ["臭吗", ""], "q_kind": ["yes_no", "choice"],
        "q_choices": ["yes 臭\r\nno 不臭", ""],
    }  # fmt: skip

    saved = director.post("/desk/categories", data=form)
    page = director.get("/s/sn10-north/report").text

    assert "存下了" in saved.text
    assert "垃圾没人收" in page
    assert 'name="answer_smell"' in page
    sheet = re.search(r'href="(/tiles/[0-9a-f]+\.css)"', page)
    assert sheet is not None
    assert ".ask-c-environment-garbage" in director.get(sheet[1]).text


def test_a_refused_category_keeps_what_was_typed(staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))

    answer = director.post("/desk/categories", data={"code": "fire.open_flame", "label": "小火", "level": "P3"})

    assert answer.status_code == 422
    assert 'value="小火"' in answer.text
    assert director.post("/desk/categories", data={"label": "<script>"}).status_code == 422


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
    director.post("/desk/routing/publish", data={"community": "sn10", "base": "0", "note": "试一个月"})
    after = report("environment.garbage")
    elsewhere = report("environment.garbage", station="sn11-gate")

    assert [one.desk for one in (before, drafted, after, elsewhere)] == [
        "prop_guard", "prop_guard", "volunteer", "prop_guard",
    ]  # fmt: skip
    assert "试了 3 张，2 张会变" in dry
    with site.store.look() as work:
        assert [(one.version, one.note) for one in routing.published(work, "sn10")] == [(1, "试一个月")]


def test_who_publishes_over_a_newer_version_reads_it_first(staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director", name="陈主任"))
    for _ in range(2):
        director.post("/desk/routing/rules", data=RULE)
        answer = director.post("/desk/routing/publish", data={"community": "sn10", "base": "0"})

    assert answer.status_code == 409
    assert "陈主任" in answer.text


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
    director.post("/desk/routing/words", data={"community": "sn10", "name": "mine", "found": "臭\n很臭", "but": "不臭"})

    with site.store.look() as work:
        draft = routing.draft(work, "sn10")
    assert draft is not None
    assert [(one.label, one.hours) for one in draft.rules.rules[:1]] == [("改过的", (1320, 360))]
    assert draft.rules.words["mine"] == routing.Keywords(("臭", "很臭"), ("不臭",))
    assert director.get("/desk/routing?rule=rule-1&words=mine").status_code == 200
    director.post("/desk/routing/drop", data={"community": "sn10"})
    with site.store.look() as work:
        assert routing.draft(work, "sn10") is None


def test_a_rule_that_makes_no_sense_is_refused_and_changes_nothing(
    site: Site, staff: StaffFactory, enter: EnterFactory
) -> None:
    director = enter(staff("director"))

    for wrong in ({"to": "mars"}, {"words": "nothing"}, {"begins": "25:00"}, {"repeats": "-1"}, {"decides": "level"}):
        assert director.post("/desk/routing/rules", data={**RULE, **wrong}).status_code == 422

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
    director.post("/desk/routing/publish", data={"community": "sn10", "base": "0"})
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
