"""Three of a kind at one place propose a topic; people decide; it walks five stages, and its history only grows."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents, thresholds, topics
from server.incidents import Incident, IncidentMoved
from server.kit.clock import DAY_MS
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import Site
from server.topics import Topic, actions, records

PILE = "parking.ebike_pile"


def proposed(site: Site, status: str = "proposed") -> list[Topic]:
    topics.propose(site)
    with site.store.look() as look:
        return topics.find(look, ["sn10", "sn11", "yh1"], status)


def move(site: Site, person: Any, topic: Topic, name: str, **given: str) -> Topic:
    values = {"day": "2026-11-22", "owner": "王主任", "note": "说明", **given}
    with site.store.work() as work:
        return actions.move(work, person, topic.id, name, version=topic.version, **values)


@pytest.fixture
def three(report: Any) -> list[Incident]:
    return [report(PILE, place=place) for place in ("3号楼 沪A12345", "三栋楼下", "３号楼门口")]


def test_two_are_chance_and_three_at_one_place_propose_a_topic(site: Site, report: Any) -> None:
    for place in ("3号楼", "三栋"):
        report(PILE, place=place)
    assert proposed(site) == []

    report(PILE, place="3#", station="sn10-east")

    (topic,) = proposed(site)
    assert (topic.community, topic.category, topic.place, topic.status) == ("sn10", PILE, "3号楼", "proposed")


def test_proposing_again_proposes_nothing_twice(site: Site, three: Any) -> None:
    first = proposed(site)

    second = proposed(site)

    assert len(first) == 1
    assert second == first


def test_other_plates_at_one_place_are_other_tickets_and_one_topic(site: Site, report: Any) -> None:
    made = [report("parking.fire_lane", place=f"北门 沪A{plate}") for plate in (10001, 20002, 30003)]

    (topic,) = proposed(site)

    assert len({incident.id for incident in made}) == 3
    assert topic.label == "北门"


def test_another_place_category_or_community_is_another_heap(site: Site, report: Any) -> None:
    report(PILE, place="3号楼")
    report(PILE, place="4号楼")
    report("environment.garbage", place="3号楼")
    report(PILE, place="3号楼", station="sn11-gate")

    assert proposed(site) == []


def test_without_a_place_the_station_is_the_place(site: Site, report: Any) -> None:
    for _ in range(3):
        report(PILE)
    report(PILE, station="sn10-east")

    (topic,) = proposed(site)

    assert topic.title == "电动车堆放 · 北门站"


def test_where_a_person_was_in_need_is_kept_to_the_station(site: Site, report: Any) -> None:
    for _ in range(3):
        report("person.elder_needs_help", place="7号楼301王阿婆家")

    (topic,) = proposed(site)

    assert "王阿婆" not in topic.label + topic.place


def test_what_was_rejected_or_merged_does_not_count(site: Site, three: list[Incident], staff: Any, walk: Any) -> None:
    walk(three[0], staff("duty"), "reject")
    assert proposed(site) == []


def settle(site: Site, incident: Incident, state: str) -> None:
    """Bring a ticket into a state that a heap may or may not count."""
    with site.store.work() as work:
        work.run("update incidents set state = ? where id = ?", (state, incident.id))
        found = incidents.get(work, incident.id)
        assert found is not None
        work.tell(IncidentMoved(found, "note", found))


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        ("unconfirmed", False), ("rejected", False), ("merged", False), ("void", False),
        ("reported", True), ("filed", True), ("dispatched", True), ("done", True), ("verified", True),
        ("shelved", True), ("transferred", True), ("closed", True),
    ],
)  # fmt: skip
def test_only_what_somebody_confirmed_and_nobody_voided_counts(
    site: Site, three: list[Incident], state: str, counted: bool
) -> None:
    settle(site, three[0], state)

    assert bool(proposed(site)) is counted


def test_a_devices_finding_counts_once_a_person_confirmed_it(site: Site, report: Any, staff: Any) -> None:
    found = [report("device.heat_alarm", channel="device") for _ in range(3)]
    assert {one.state for one in found} == {"unconfirmed"}
    assert proposed(site) == []

    duty = staff("duty")
    for one in found:
        with site.store.work() as work:
            incidents.move(work, one.id, "confirm", duty)

    (topic,) = proposed(site)
    assert topic.category == "device.heat_alarm"


def test_joined_tickets_count_once_and_separated_ones_again(site: Site, three: list[Incident], staff: Any) -> None:
    duty = staff("duty")
    for one in three[1:]:
        with site.store.work() as work:
            incidents.move(work, one.id, "merge", duty, into=three[0].number, note="同一件事")
    assert proposed(site) == []

    for one in three[1:]:
        with site.store.work() as work:
            incidents.move(work, one.id, "unmerge", duty, note="不是一回事")

    (topic,) = proposed(site)
    with site.store.look() as look:
        assert topics.ticket_count(look, topic) == 3


def test_what_arrives_late_counts_when_it_comes_but_reopens_nothing_that_was_settled_since(
    site: Site, three: list[Incident], staff: Any, report: Any, clock: Any
) -> None:
    seen = three[0].at
    (topic,) = proposed(site)
    clock.forward(DAY_MS)
    move(site, staff("duty"), topic, "dismiss", note="刚清过一次")
    clock.forward(DAY_MS)
    for _ in range(3):
        report(PILE, place="3号楼", at=seen)  # a station was cut off for two days
        report(PILE, place="9号楼", at=seen)

    assert [again.place for again in proposed(site)] == ["9号楼"]


def test_a_corrected_ticket_moves_to_the_heap_where_it_belongs(site: Site, report: Any, staff: Any) -> None:
    duty = staff("duty")
    wrong, *_ = [report(PILE, place=place) for place in ("南门", "北门", "北门口")]
    assert proposed(site) == []

    with site.store.work() as work:
        incidents.move(work, wrong.id, "correct", duty, place="北大门")

    (topic,) = proposed(site)
    assert topic.place == "北门"


def test_tickets_older_than_the_days_set_count_no_more(site: Site, report: Any, clock: Any) -> None:
    report(PILE, place="3号楼")
    clock.forward(31 * DAY_MS)
    for _ in range(2):
        report(PILE, place="3号楼")

    assert proposed(site) == []


def test_how_many_and_how_long_are_settings_of_a_community(site: Site, report: Any, staff: Any) -> None:
    director = staff("director")
    with site.store.work() as work:
        thresholds.set_value(work, director, topics.ENOUGH, "sn10", "2")
    for station in ("sn10-north", "sn10-north", "sn11-gate", "sn11-gate"):
        report(PILE, place="3号楼", station=station)

    assert [topic.community for topic in proposed(site)] == ["sn10"]


def test_a_dismissed_topic_stays_dismissed_until_three_more(site: Site, three: Any, staff: Any, report: Any) -> None:
    (topic,) = proposed(site)
    move(site, staff("duty"), topic, "dismiss", note="刚清过一次")
    for _ in range(2):
        report(PILE, place="3号楼")
    assert proposed(site) == []

    report(PILE, place="3号楼")

    (again,) = proposed(site)
    assert again.id == topic.id
    with site.store.look() as look:
        assert [step.did for step in records.history(look, topic.id)] == ["propose", "dismiss", "propose"]


def test_an_adopted_topic_walks_five_stages_with_date_owner_and_note(site: Site, three: Any, staff: Any) -> None:
    duty = staff("duty", name="王值班")
    (topic,) = proposed(site)

    topic = move(site, duty, topic, "adopt", owner="李主任", note="先问居民")
    for stage in ("link", "set_up", "run", "evaluate"):
        topic = move(site, duty, topic, "step", stage=stage, day="2026-12-01", owner="物业张工", note=f"到{stage}")
    topic = move(site, duty, topic, "finish", note="堆放没有了")

    assert (topic.status, topic.stage, topic.owner) == ("finished", "evaluate", "物业张工")
    with site.store.look() as look:
        steps = records.history(look, topic.id)
    assert [(step.did, step.stage) for step in steps[1:]] == [
        ("adopt", "ask"), ("step", "link"), ("step", "set_up"), ("step", "run"), ("step", "evaluate"),
        ("finish", "evaluate"),
    ]  # fmt: skip
    assert (steps[1].by, steps[1].day, steps[1].owner, steps[1].note) == ("王值班", "2026-11-22", "李主任", "先问居民")


def test_a_finished_topic_comes_back_when_it_happens_three_times_more(
    site: Site, three: Any, staff: Any, report: Any
) -> None:
    duty = staff("duty")
    (topic,) = proposed(site)
    topic = move(site, duty, topic, "adopt")
    for stage in ("link", "set_up", "run", "evaluate"):
        topic = move(site, duty, topic, "step", stage=stage)
    move(site, duty, topic, "finish")

    for _ in range(3):
        report(PILE, place="3号楼")

    assert [again.id for again in proposed(site)] == [topic.id]


def test_while_a_topic_is_under_way_more_tickets_join_it(site: Site, three: Any, staff: Any, report: Any) -> None:
    (topic,) = proposed(site)
    move(site, staff("duty"), topic, "adopt")
    more = report(PILE, place="三号楼")

    assert proposed(site) == []
    with site.store.look() as look:
        assert records.tickets(look, topic, 10) == [more.id, *sorted((one.id for one in three), reverse=True)]


def test_who_comes_second_reads_who_was_first(site: Site, three: Any, staff: Any) -> None:
    (topic,) = proposed(site)
    move(site, staff("duty", name="王值班"), topic, "adopt")

    with pytest.raises(Refused, match=r"王值班 .*立为议题"):
        move(site, staff("committee"), topic, "dismiss")


def test_a_need_is_linked_to_what_a_unit_offers(site: Site, three: Any, staff: Any) -> None:
    duty = staff("duty")
    (topic,) = proposed(site)
    move(site, duty, topic, "adopt")

    with site.store.work() as work:
        actions.add_need(work, duty, topic.id, "要一个车棚", "", "")
        (need,) = records.needs(work, topic.id)
        with pytest.raises(Invalid, match="哪个单位"):
            actions.change_need(work, duty, topic.id, need.id, "", "", "linked")
        actions.change_need(work, duty, topic.id, need.id, "出 20 平米地", "物业", "linked")

    with site.store.look() as look:
        (linked,) = records.needs(look, topic.id)
    assert (need.status, linked.status, linked.need, linked.offer, linked.unit) == (
        "open", "linked", "要一个车棚", "出 20 平米地", "物业"
    )  # fmt: skip


def test_a_need_of_another_topic_cannot_be_rewritten(site: Site, three: Any, staff: Any, report: Any) -> None:
    duty = staff("duty")
    for _ in range(3):
        report(PILE, place="9号楼")
    one, other = proposed(site)
    move(site, duty, one, "adopt")
    move(site, duty, other, "adopt")
    with site.store.work() as work:
        actions.add_need(work, duty, one.id, "车棚", "", "")
        (need,) = records.needs(work, one.id)

        with pytest.raises(Missing):
            actions.change_need(work, duty, other.id, need.id, "x", "y", "met")


def test_tickets_from_before_this_feature_are_noted_at_start(site: Site, three: Any) -> None:
    with site.store.work() as work:
        work.run("delete from topic_places")

    actions.catch_up(site)
    actions.catch_up(site)

    assert len(proposed(site)) == 1


def test_the_pages_walk_a_topic_from_proposal_to_a_step_without_scripts(
    site: Site, enter: Any, staff: Any, three: Any
) -> None:
    (topic,) = proposed(site)
    desk: TestClient = enter(staff("duty"))
    assert topic.title in desk.get("/desk/topics").text

    adopted = desk.post(
        f"/desk/topics/{topic.id}/adopt",
        data={"version": str(topic.version), "day": "2026-11-23", "owner": "李主任", "note": "先问居民"},
        follow_redirects=False,
    )
    desk.post(f"/desk/topics/{topic.id}/needs", data={"need": "要车棚"})
    page = desk.get(f"/desk/topics/{topic.id}").text

    assert adopted.status_code == 303
    assert "李主任" in page
    assert "要车棚" in page
    assert re.findall(r'href="/desk/incidents/(\d+)"', page) == [str(one.id) for one in reversed(three)]


def test_a_refused_form_keeps_what_was_typed(site: Site, enter: Any, staff: Any, three: Any) -> None:
    (topic,) = proposed(site)

    answer = enter(staff("duty")).post(
        f"/desk/topics/{topic.id}/adopt",
        data={"version": str(topic.version), "day": "", "owner": "李主任", "note": "写了很久"},
    )

    assert answer.status_code == 422
    assert "请选日期" in answer.text
    assert "写了很久" in answer.text
    assert 'value="李主任"' in answer.text


@pytest.mark.parametrize("path", ["", "/1", "/agenda", "/agenda.md", "/agenda.csv"])
@pytest.mark.parametrize("role", ["prop_guard", "volunteer", "it"])
def test_handlers_have_no_business_here(site: Site, enter: Any, staff: Any, three: Any, path: str, role: str) -> None:
    proposed(site)

    assert enter(staff(role)).get(f"/desk/topics{path}").status_code == 403


def test_a_topic_of_another_community_does_not_exist(site: Site, enter: Any, staff: Any, three: Any) -> None:
    (topic,) = proposed(site)
    desk = enter(staff("duty", scopes=("community:yh1",)))

    assert topic.title not in desk.get("/desk/topics").text
    assert desk.get(f"/desk/topics/{topic.id}").status_code == 404
    assert desk.post(f"/desk/topics/{topic.id}/dismiss", data={"version": "1", "note": "x"}).status_code == 404
    assert topic.title not in desk.get("/desk/topics/agenda.md").text


def test_the_agenda_says_the_same_on_paper_in_markdown_and_in_a_sheet(
    site: Site, enter: Any, staff: Any, three: Any, report: Any
) -> None:
    duty = staff("duty")
    (topic,) = proposed(site)
    move(site, duty, topic, "adopt", owner="李主任", note="先问居民")
    with site.store.work() as work:
        actions.add_need(work, duty, topic.id, "要车棚", "出地", "物业")
    for _ in range(3):
        report(PILE, place="9号楼")
    proposed(site)
    desk = enter(duty)

    for path in ("/desk/topics/agenda", "/desk/topics/agenda.md", "/desk/topics/agenda.csv"):
        text = desk.get(path).text
        for words in ("电动车堆放 · 3号楼", "电动车堆放 · 9号楼", "李主任", "先问居民", "要车棚", "问需"):
            assert words in text, (path, words)
    assert desk.get("/desk/topics/agenda.csv").content.startswith(b"\xef\xbb\xbf")


def test_hostile_places_and_notes_stay_text_everywhere(site: Site, enter: Any, staff: Any, report: Any) -> None:
    duty = staff("duty")
    for _ in range(3):
        report(PILE, place="<img src=x onerror=alert(1)>")
    (topic,) = proposed(site)
    move(site, duty, topic, "adopt", owner="=cmd()", note="=HYPERLINK(1) <img src=x> [点我](http://e.vil)")
    desk = enter(duty)

    assert "<img" not in desk.get("/desk/topics?status=adopted").text
    assert "<img" not in desk.get(f"/desk/topics/{topic.id}").text
    markdown, sheet = (desk.get(f"/desk/topics/agenda.{kind}").text for kind in ("md", "csv"))
    assert "](" not in markdown
    assert "<img" not in markdown
    assert ",'=cmd()" in sheet
    assert ",'=HYPERLINK(1) <img" in sheet
