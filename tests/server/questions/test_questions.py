"""A question to whoever reported: on the receipt and by a link, answered once, in time or late, or not at all."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import clocks, incidents, questions, thresholds
from server.incidents import Incident
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.questions import Question, asking, rules

from .conftest import Town, jpeg, post

ASKED = "车还在门口吗？"


@pytest.fixture
def ask(site: Site, duty: Any) -> Any:
    """`ask(incident)`, `ask(incident, "…", choices=("还在", "不在了"))`: by the duty officer."""

    def make(incident: Incident, text: str = ASKED, choices: tuple[str, ...] = ()) -> Question:
        with site.store.work() as work:
            return questions.ask(work, incident.id, duty, text, choices)

    return make


def paused(site: Site, incident: Incident) -> bool:
    with site.store.look() as look:
        return clocks.standings(look, [incident])[incident.id].paused


def test_one_tap_answers_and_the_clocks_go_on(
    client: TestClient, site: Site, town: Town, at_work: Incident, ask: Any
) -> None:
    question = ask(at_work, choices=("还在", "不在了"))
    waited = (town.ticket(at_work).waiting, paused(site, at_work))
    page = client.get(town.path("q", question.id)).text

    answer = post(client, town.path("q", question.id), choice="不在了")

    assert waited == ("reporter", True)
    assert re.findall(r'name="choice" value="([^"]+)"', page) == ["还在", "不在了"]
    assert answer.status_code == 303
    assert (town.ticket(at_work).waiting, paused(site, at_work)) == ("", False)
    assert (town.steps(at_work)[-1].by, town.steps(at_work)[-1].note) == ("骑手", "不在了")
    assert "收到了，谢谢你" in client.get(answer.headers["location"]).text


def test_an_emergency_is_asked_about_without_its_clocks_stopping(
    site: Site, report: Any, walk: Any, duty: Any, ask: Any
) -> None:
    fire = walk(report("fire.open_flame"), duty, "file", "dispatch")

    ask(fire)

    assert not paused(site, fire)


def test_a_question_asked_on_any_page_gets_its_place_and_its_deadline(
    client: TestClient, site: Site, town: Town, at_work: Incident, duty: Any
) -> None:
    with site.store.work() as work:
        incidents.move(work, at_work.id, "ask", duty, reply=ASKED)
        (question,) = questions.of(work, at_work.id)

    assert (question.text, question.by_name, question.state) == (ASKED, "王值班", "open")
    assert question.until - question.at == 24 * HOUR_MS
    assert ASKED in client.get(f"/r/{at_work.receipt}").text


def test_how_long_somebody_waits_is_a_setting(site: Site, at_work: Incident, ask: Any, staff: Any) -> None:
    director = staff("director")
    with site.store.work() as work:
        thresholds.set_value(work, director, questions.HOURS, "sn10", "2")

    question = ask(at_work)

    assert question.until - question.at == 2 * HOUR_MS


def test_the_link_shows_the_question_and_nothing_else_of_the_ticket(
    client: TestClient, town: Town, report: Any, walk: Any, duty: Any, ask: Any
) -> None:
    incident = walk(report(words="我的电话 13812348000", place="3号楼"), duty, "file")
    question = ask(incident)

    answer = client.get(town.path("q", question.id))

    assert ASKED in answer.text
    assert "消防通道" in answer.text
    assert "北门站" in answer.text
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    for secret in ("13812348000", "3号楼", "王值班", incident.number, incident.receipt, "<img"):
        assert secret not in answer.text


def test_an_answer_on_the_receipt_stands_there_afterwards(
    client: TestClient, town: Town, at_work: Incident, ask: Any
) -> None:
    question = ask(at_work)

    answer = post(client, f"/r/{at_work.receipt}/answer", question=str(question.id), words="  刚走  ")
    page = client.get(f"/r/{at_work.receipt}").text

    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{at_work.receipt}#said")
    assert ASKED in page
    assert "刚走" in page
    assert 'id="question"' not in page
    assert town.ticket(at_work).waiting == ""


def test_the_same_answer_twice_is_one_and_another_is_refused_with_what_was_typed(
    client: TestClient, town: Town, at_work: Incident, ask: Any
) -> None:
    question = ask(at_work)
    link, receipt = town.path("q", question.id), f"/r/{at_work.receipt}/answer"

    first = post(client, receipt, question=str(question.id), words="还在")
    again = post(client, link, words="还在")
    other = post(client, link, words="<b>又不在了")
    in_the_other_tab = post(client, receipt, question=str(question.id), words="第二个标签页")

    assert [one.status_code for one in (first, again, other, in_the_other_tab)] == [303, 303, 409, 409]
    assert "已经回答过了" in other.text
    assert "&lt;b&gt;又不在了" in other.text
    assert "第二个标签页" in in_the_other_tab.text
    assert [step.move for step in town.steps(at_work)].count("answer") == 1


def test_without_an_answer_the_ticket_goes_on_and_a_late_one_is_still_heard(
    client: TestClient, site: Site, town: Town, at_work: Incident, ask: Any, clock: Any
) -> None:
    question = ask(at_work)
    clock.forward(24 * HOUR_MS + 1000)
    asking.tell_lapsed(site)
    lapsed, going = town.steps(at_work)[-1], not paused(site, at_work)

    page = client.get(town.path("q", question.id)).text
    answer = post(client, town.path("q", question.id), words="我才看到，早开走了")

    assert (lapsed.by, lapsed.move, town.ticket(at_work).waiting, going) == ("系统", "lapse", "", True)
    assert "过了我们说的时间" in page
    assert answer.status_code == 303
    assert town.steps(at_work)[-1].note == "晚到的回答：我才看到，早开走了"
    assert "回答晚了一步" in client.get(town.path("q", question.id)).text


def test_an_answer_in_the_second_after_the_deadline_is_late_before_the_chore_has_run(
    client: TestClient, town: Town, at_work: Incident, ask: Any, clock: Any
) -> None:
    question = ask(at_work)
    clock.forward(24 * HOUR_MS + 1000)

    post(client, town.path("q", question.id), words="在")

    assert town.steps(at_work)[-1].note.startswith("晚到的回答")
    assert town.ticket(at_work).waiting == ""


def test_after_a_month_nobody_asks_any_more(
    client: TestClient, site: Site, town: Town, at_work: Incident, ask: Any, clock: Any
) -> None:
    question = ask(at_work)
    clock.forward(24 * HOUR_MS + rules.LATE_MS + 1000)
    asking.tell_lapsed(site)

    answer = post(client, town.path("q", question.id), words="在")

    assert answer.status_code == 409
    assert "过去太久了" in answer.text


def test_a_question_taken_back_is_answered_no_more_and_the_ticket_goes_on(
    client: TestClient, site: Site, town: Town, at_work: Incident, ask: Any, duty: Any
) -> None:
    question = ask(at_work)

    with site.store.work() as work:
        questions.withdraw(work, question.id, duty)
    answer = post(client, town.path("q", question.id), words="还在")

    assert town.ticket(at_work).waiting == ""
    assert (town.steps(at_work)[-1].by, town.steps(at_work)[-1].note) == ("王值班", f"撤回了问题：{ASKED}")
    assert answer.status_code == 409
    assert "已经撤回" in answer.text
    with pytest.raises(Refused), site.store.work() as work:
        questions.withdraw(work, question.id, duty)


def test_whoever_moves_the_ticket_on_waits_no_more_but_still_hears(
    client: TestClient, town: Town, at_work: Incident, ask: Any, duty: Any, walk: Any
) -> None:
    question = ask(at_work)

    walk(at_work, duty, "dispatch", desk="grid")
    answer = post(client, town.path("q", question.id), words="还在")

    assert answer.status_code == 303
    assert town.steps(at_work)[-1].note == "晚到的回答：还在"
    assert town.ticket(at_work).state == "dispatched"


def test_a_ticket_closed_meanwhile_needs_no_answer(
    client: TestClient, town: Town, at_work: Incident, ask: Any, duty: Any, guard: Any, walk: Any
) -> None:
    question = ask(at_work)
    walk(at_work, guard, "done")
    walk(at_work, duty, "verify", "close")

    answer = post(client, town.path("q", question.id), words="还在吗")

    assert answer.status_code == 409
    assert "已经有结果了" in answer.text
    assert "还在吗" in answer.text
    assert "还没有回答" not in client.get(f"/r/{at_work.receipt}").text


def test_only_the_newest_question_is_answered(
    client: TestClient, site: Site, town: Town, at_work: Incident, ask: Any, clock: Any
) -> None:
    old = ask(at_work)
    clock.forward(25 * HOUR_MS)
    asking.tell_lapsed(site)
    new = ask(at_work, "车是什么颜色？")

    answer = post(client, town.path("q", old.id), words="在")

    assert "后来又问了你一个新问题" in answer.text
    assert town.ticket(at_work).waiting == "reporter"
    assert post(client, town.path("q", new.id), words="白色").status_code == 303


def test_a_merged_reporter_answers_on_the_own_receipt(
    client: TestClient, town: Town, at_work: Incident, report: Any, ask: Any, duty: Any, walk: Any
) -> None:
    own = report()
    question = ask(own)
    walk(own, duty, "merge", into=at_work.number, note="同一件")

    answer = post(client, town.path("q", question.id), words="还在")

    assert answer.status_code == 303
    assert town.steps(own)[-1].move == "answer"
    assert town.ticket(own).state == "merged"


def test_a_question_of_another_ticket_is_not_answered_through_this_receipt(
    client: TestClient, town: Town, at_work: Incident, report: Any, ask: Any
) -> None:
    question = ask(at_work)

    for number in (str(question.id), "999", "-1", "x", "9" * 400):
        post(client, f"/r/{report().receipt}/answer", question=number, words="猜的")

    assert town.ticket(at_work).waiting == "reporter"
    assert "answer" not in [step.move for step in town.steps(at_work)]


def test_an_invented_link_is_not_found_and_guessing_is_slowed_down(
    client: TestClient, town: Town, at_work: Incident, ask: Any
) -> None:
    real = town.path("q", ask(at_work).id)

    codes = [client.get(f"/q/{token}").status_code for token in ("1", "%00", real[3:] + "x", real[4:], "长" * 500)]
    as_another_door = client.get(real.replace("/q/", "/o/"))
    more = [client.get("/q/nonsense").status_code for _ in range(questions.MISSES.amount)]

    assert set(codes) == {404}
    assert as_another_door.status_code == 404
    assert more[-1] == 429
    assert client.get(real).status_code == 200


def test_photos_come_along_and_a_broken_one_loses_nothing(
    client: TestClient, town: Town, at_work: Incident, ask: Any
) -> None:
    link = town.path("q", ask(at_work, choices=("还在",)).id)

    broken = post(client, link, b"only text", words="看照片", choice="还在")
    too_many = post(client, link, *[jpeg()] * 4, words="看照片")
    again = post(client, link, jpeg(), jpeg("teal"), words="看照片", chosen="还在")

    assert (broken.status_code, too_many.status_code, again.status_code) == (422, 422, 303)
    assert "看照片" in broken.text
    assert 'name="without"' in broken.text
    assert 'name="chosen" value="还在"' in broken.text
    assert "最多带 3 张" in too_many.text
    assert town.photos(at_work) == 2
    assert town.steps(at_work)[-1].note == "还在：看照片（照片 2 张）"


def test_a_photo_that_does_not_go_can_stay_behind(client: TestClient, town: Town, at_work: Incident, ask: Any) -> None:
    link = town.path("q", ask(at_work).id)

    answer = post(client, link, b"only text", words="没照片了", without="1")

    assert answer.status_code == 303
    assert town.photos(at_work) == 0


def test_no_photo_is_asked_for_where_none_is_kept(client: TestClient, town: Town, report: Any, ask: Any) -> None:
    child = report("person.lost_child")
    link = town.path("q", ask(child).id)

    page = client.get(link).text
    post(client, link, jpeg(), words="穿红衣服")

    assert 'type="file"' not in page
    assert town.photos(child) == 0


def test_an_empty_answer_is_asked_for_again(client: TestClient, town: Town, at_work: Incident, ask: Any) -> None:
    question = ask(at_work, choices=("还在",))

    answers = [post(client, town.path("q", question.id), **fields) for fields in ({}, {"choice": "编的"})]

    assert [one.status_code for one in answers] == [422, 422]
    assert "请点一个选项，或者写一句" in answers[0].text
    assert town.ticket(at_work).waiting == "reporter"


def test_hostile_words_are_cut_cleaned_and_never_run(
    client: TestClient, town: Town, at_work: Incident, ask: Any
) -> None:
    question = ask(at_work, "<script>alert(1)</script>@all", choices=("=1+1", "<b>"))

    post(client, town.path("q", question.id), words="<i>\x00\u202e" + "长" * 900)
    page = client.get(f"/r/{at_work.receipt}").text

    assert "<script>alert" not in page
    assert "<i>" not in page
    assert len(town.steps(at_work)[-1].note) == rules.MAX_WORDS


def test_a_question_that_does_not_fit_is_refused_and_nobody_waits(town: Town, at_work: Incident, ask: Any) -> None:
    for text, choices in (
        ("", ()),
        (" \n", ()),
        ("长" * 201, ()),
        ("好？", ("一", "二", "三", "四", "五")),
        ("好？", ("长" * 21,)),
    ):
        with pytest.raises(Invalid):
            ask(at_work, text, choices)

    assert town.ticket(at_work).waiting == ""


def test_who_does_not_triage_neither_asks_nor_takes_back(
    site: Site, at_work: Incident, guard: Any, staff: Any, ask: Any
) -> None:
    stranger = staff("duty", scopes=("community:yh1",))
    with pytest.raises(Forbidden), site.store.work() as work:
        questions.ask(work, at_work.id, guard, ASKED)
    question = ask(at_work)

    for person, fault in ((guard, Forbidden), (stranger, Missing)):
        with pytest.raises(fault), site.store.work() as work:
            questions.withdraw(work, question.id, person)
    with pytest.raises(Refused, match="已经问过了"):
        ask(at_work)


def test_the_receipt_is_shown_anew_when_it_asks_and_when_nobody_waits_any_more(
    client: TestClient, site: Site, at_work: Incident, ask: Any, clock: Any
) -> None:
    def tag() -> str:
        return str(client.get(f"/r/{at_work.receipt}").headers["etag"])

    before = tag()
    ask(at_work)
    asked = tag()
    clock.forward(DAY_MS + HOUR_MS)
    asking.tell_lapsed(site)

    assert len({before, asked, tag()}) == 3
    assert tag() == tag()
