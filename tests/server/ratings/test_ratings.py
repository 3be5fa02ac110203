"""Three faces on a closed ticket's receipt: once, within the days set, by whoever holds the receipt."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents, letters, ratings, thresholds
from server.incidents import Incident
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.site import Site

CLOSING = ("file", "dispatch", "done", "verify")


@pytest.fixture
def duty(staff: Any) -> Any:
    return staff("duty")


@pytest.fixture
def guard(staff: Any) -> Any:
    return staff("prop_guard")


@pytest.fixture
def closed(duty: Any, guard: Any, report: Any, walk: Any) -> Incident:
    """Closed by the duty officer, after the guard did the work; with a letter on the screen."""
    incident = walk(report(), duty, "file", "dispatch")
    walk(incident, guard, "done")
    return walk(walk(incident, duty, "verify"), duty, "close", letter="谢谢你")


def send(client: TestClient, incident: Incident, face: str, words: str = "") -> Any:
    return client.post(f"/r/{incident.receipt}/rating", data={"face": face, "words": words}, follow_redirects=False)


def state(site: Site, incident: Incident) -> Incident:
    with site.store.look() as look:
        return incidents.by_receipt(look, incident.receipt)


def given(site: Site, incident: Incident) -> list[ratings.Rating]:
    with site.store.look() as look:
        return ratings.by_ticket(look, incident.id)


def test_an_open_ticket_shows_no_faces_and_a_closed_one_three_with_words(
    client: TestClient, report: Any, closed: Incident
) -> None:
    before, after = (client.get(f"/r/{one.receipt}").text for one in (report(), closed))

    assert 'name="face"' not in before
    assert re.findall(r'name="face"[^>]*value="(\w+)"', after) == ["good", "fair", "bad"]
    for word in ("满意", "一般", "不满意"):
        assert f"</svg>{word}</label>" in after


@pytest.mark.parametrize("face", ["good", "fair"])
def test_a_content_reporter_leaves_the_ticket_closed_and_reads_what_was_said(
    client: TestClient, site: Site, closed: Incident, face: str
) -> None:
    answer = send(client, closed, face, "师傅来得很快")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{closed.receipt}#rating")
    page = client.get(f"/r/{closed.receipt}").text
    assert f"你评了“{ratings.FACES[face].label}”" in page
    assert "师傅来得很快" in page
    assert 'name="face"' not in page
    assert state(site, closed).state == "closed"
    assert [(one.face, one.words) for one in given(site, closed)] == [(face, "师傅来得很快")]


def test_a_dissatisfied_reporter_reopens_to_another_person(
    client: TestClient, site: Site, closed: Incident, guard: Any, staff: Any, walk: Any
) -> None:
    send(client, closed, "bad", "车又停回来了")

    reopened = state(site, closed)
    assert reopened.state == "dispatched"
    with site.store.look() as look:
        last = incidents.history(look, closed.id)[-1]
    assert (last.by, last.move, last.note) == ("骑手", "reopen", "骑手不满意：车又停回来了")
    assert "done" not in incidents.offered(reopened, guard)
    with pytest.raises(Refused, match="换一个人处理"):
        walk(reopened, guard, "done")
    assert walk(reopened, staff("prop_guard"), "done").state == "done"


def test_who_wrote_the_work_down_for_the_desk_does_not_do_so_again(
    client: TestClient, site: Site, duty: Any, staff: Any, report: Any, walk: Any
) -> None:
    incident = walk(report(), duty, *CLOSING, "close")

    send(client, incident, "bad")

    assert "done" not in incidents.offered(state(site, incident), duty)
    assert "done" in incidents.offered(state(site, incident), staff("duty"))


def test_the_bar_holds_when_the_ticket_is_sent_elsewhere_and_back(
    client: TestClient, site: Site, closed: Incident, guard: Any, duty: Any, walk: Any
) -> None:
    send(client, closed, "bad")

    walk(closed, duty, "dispatch", desk="grid")
    walk(closed, duty, "dispatch", desk="prop_guard")

    assert "done" not in incidents.offered(state(site, closed), guard)


def test_a_letter_that_says_all_is_well_comes_off_the_screen(client: TestClient, site: Site, closed: Incident) -> None:
    send(client, closed, "bad")

    with site.store.look() as look:
        letter = letters.of_incident(look, closed.id)
    assert letter is not None
    assert letter["withdrawn"] is not None


def test_who_triages_reopens_with_a_reason_and_bars_nobody(closed: Incident, duty: Any, guard: Any, walk: Any) -> None:
    with pytest.raises(Invalid):
        walk(closed, duty, "reopen")
    with pytest.raises(Forbidden):
        walk(closed, guard, "reopen", note="还没好")

    reopened = walk(closed, duty, "reopen", note="还没好")

    assert "done" in incidents.offered(reopened, guard)


def test_whose_work_was_not_good_enough_neither_takes_it_nor_is_given_it(
    client: TestClient, site: Site, closed: Incident, guard: Any, duty: Any, staff: Any, walk: Any
) -> None:
    send(client, closed, "bad")
    reopened, other = state(site, closed), staff("prop_guard")

    assert "claim" not in incidents.offered(reopened, guard)
    with pytest.raises(Refused, match="换一个人处理"):
        walk(reopened, guard, "claim")
    with pytest.raises(Refused, match="换一个人"), site.store.work() as work:
        incidents.move(work, reopened.id, "assign", duty, assignee=guard.id)

    assert walk(reopened, other, "claim").assignee == other.id


def test_the_same_face_sent_twice_counts_once(client: TestClient, site: Site, closed: Incident) -> None:
    answers = [send(client, closed, "bad", "还没好").status_code for _ in range(3)]

    assert answers == [303, 303, 303]
    assert len(given(site, closed)) == 1
    with site.store.look() as look:
        assert [step.move for step in incidents.history(look, closed.id)].count("reopen") == 1


def test_another_face_afterwards_is_refused_and_nothing_typed_is_lost(
    client: TestClient, site: Site, closed: Incident
) -> None:
    send(client, closed, "good")

    answer = send(client, closed, "bad", "想了想还是不行")

    assert answer.status_code == 409
    assert "你已经评过“满意”了" in answer.text
    assert "想了想还是不行" in answer.text
    assert state(site, closed).state == "closed"


def test_after_a_second_close_the_first_rating_stands(
    client: TestClient, site: Site, closed: Incident, duty: Any, staff: Any, walk: Any
) -> None:
    send(client, closed, "bad")
    walk(closed, staff("prop_guard"), "done")
    walk(closed, duty, "verify", "close")

    answer = send(client, closed, "good")

    assert answer.status_code == 409
    assert [one.face for one in given(site, closed)] == ["bad"]


def test_a_rating_before_the_close_is_refused_in_words(client: TestClient, report: Any, duty: Any, walk: Any) -> None:
    new, rejected = report(), walk(report(), duty, "reject")

    assert "办结以后再请你评价" in send(client, new, "good").text
    assert "没有受理，不用评价" in send(client, rejected, "good").text


def test_the_seventh_day_is_in_time_and_a_moment_later_is_not(
    client: TestClient, site: Site, closed: Incident, clock: Any
) -> None:
    clock.forward(7 * DAY_MS - HOUR_MS)
    assert 'name="face"' in client.get(f"/r/{closed.receipt}").text
    clock.forward(HOUR_MS + 1000)

    page, answer = client.get(f"/r/{closed.receipt}").text, send(client, closed, "good", "迟到的话")

    assert 'name="face"' not in page
    assert answer.status_code == 409
    assert "已经过了" in answer.text
    assert "迟到的话" in answer.text
    assert given(site, closed) == []


def test_how_many_days_is_a_setting(client: TestClient, site: Site, closed: Incident, clock: Any, staff: Any) -> None:
    director = staff("director")
    with site.store.work() as work:
        thresholds.set_value(work, director, ratings.DAYS, "sn10", "10")
    clock.forward(9 * DAY_MS)

    assert send(client, closed, "good").status_code == 303


def test_a_merged_reporter_rates_the_own_receipt_on_how_the_leading_ticket_ended(
    client: TestClient, site: Site, duty: Any, report: Any, walk: Any
) -> None:
    leading, joined = report(), report()
    walk(joined, duty, "merge", into=leading.number, note="同一件")
    assert "办结以后" in send(client, joined, "good").text
    walk(leading, duty, *CLOSING, "close")

    send(client, joined, "bad", "没有好")
    late = send(client, leading, "good")

    assert [(one.incident, one.face) for one in given(site, leading)] == [(joined.id, "bad")]
    assert state(site, leading).state == "dispatched"
    assert state(site, joined).state == "merged"
    assert late.status_code == 409
    assert "正在重新处理" in late.text


@pytest.mark.parametrize("face", ["", "great", "good'; drop table ratings; --", "好" * 500])
def test_a_forged_face_is_refused_and_changes_nothing(
    client: TestClient, site: Site, closed: Incident, face: str
) -> None:
    answer = send(client, closed, face, "<script>alert(1)</script>")

    assert answer.status_code == 422
    assert "请点一个表情" in answer.text
    assert "<script>alert" not in answer.text
    assert given(site, closed) == []


def test_a_forged_receipt_is_not_found_and_guessing_is_slowed_down(client: TestClient) -> None:
    codes = [client.post("/r/abcdefghjkmn/rating", data={"face": "good"}).status_code for _ in range(61)]

    assert codes[0] == 404
    assert codes[-1] == 429


def test_words_are_cut_cleaned_and_never_run(client: TestClient, site: Site, closed: Incident) -> None:
    send(client, closed, "fair", "<b>\x00\u202e" + "长" * 500)

    (rating,) = given(site, closed)
    assert len(rating.words) == ratings.MAX_WORDS
    assert rating.words.startswith("<b>长")
    assert "<b>长" not in client.get(f"/r/{closed.receipt}").text


def test_the_receipt_is_shown_anew_once_it_was_rated(client: TestClient, closed: Incident) -> None:
    tag = client.get(f"/r/{closed.receipt}").headers["etag"]

    send(client, closed, "good")

    assert client.get(f"/r/{closed.receipt}", headers={"if-none-match": tag}).status_code == 200


def test_reloading_a_refusal_leads_back_to_the_receipt(client: TestClient, closed: Incident) -> None:
    answer = client.get(f"/r/{closed.receipt}/rating", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{closed.receipt}")


def test_what_nobody_with_an_account_had_done_reopens_to_anybody(
    client: TestClient, site: Site, report: Any, walk: Any, duty: Any, guard: Any
) -> None:
    incident = walk(report(), duty, "file", "dispatch")
    with site.store.work() as work:
        incidents.done_outside(work, incident.id, "供电公司", "修好了")
    walk(incident, duty, "verify", "close")

    send(client, incident, "bad")

    assert state(site, incident).barred is None
    assert "done" in incidents.offered(state(site, incident), guard)


def test_what_was_done_again_is_said_and_not_rated_twice(
    client: TestClient, site: Site, closed: Incident, duty: Any, staff: Any, walk: Any
) -> None:
    send(client, closed, "bad")
    again = client.get(f"/r/{closed.receipt}").text
    walk(closed, staff("prop_guard"), "done")
    walk(closed, duty, "verify", "close")

    page = client.get(f"/r/{closed.receipt}").text

    assert "我们换一个人重新处理" in again
    assert "后来换了一个人，重新办好了" in page
    assert 'name="face"' not in page


def test_a_void_report_is_not_rated(client: TestClient, site: Site, report: Any, duty: Any, staff: Any) -> None:
    incident, director = report(), staff("director")
    with site.store.work() as work:
        incidents.move(work, incident.id, "void", duty, note="测试", reply="这是一次演练，谢谢你")
        (request,) = incidents.requests_of(work, incident.id)
        incidents.approve(work, request.id, director)

    assert "作废了，不用评价" in send(client, incident, "good").text
