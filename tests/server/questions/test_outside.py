"""A ticket in the hands of an outside body: what it sees by its link, what it can say, and when that ends."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import photos, questions
from server.incidents import Incident
from server.kit.clock import DAY_MS, MINUTE_MS
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.site import Site
from server.questions import engaging, links
from server.questions.links import Link

from .conftest import Town, jpeg, post

LAMP = "facility.light"


@pytest.fixture
def lamp(report: Any, walk: Any, duty: Any) -> Incident:
    """A dark lamp that the guards have."""
    return walk(
        report(LAMP, words="打我电话 138 1234 8000，沪A12345 的车旁边", place="3号楼北"), duty, "file", "dispatch"
    )


@pytest.fixture
def send_out(site: Site, duty: Any) -> Any:
    """`send_out(incident)`, `send_out(incident, photos=True)`: to the power company, for a week."""

    def make(incident: Incident, **more: Any) -> Link:
        given = {"body": "供电公司", "asks": "换一盏路灯", "days": 7, **more}
        with site.store.work() as work:
            return questions.engage(work, incident.id, duty, **given)

    return make


def test_the_page_shows_what_is_needed_to_act_and_nothing_of_any_person(
    client: TestClient, town: Town, lamp: Incident, send_out: Any
) -> None:
    link = send_out(lamp)

    answer = client.get(town.path("o", link.id))

    assert town.ticket(lamp).waiting == "outside"
    assert town.steps(lamp)[-1].note == "供电公司：换一盏路灯"
    for needed in ("供电公司", "换一盏路灯", "路灯", "北门站", "3号楼北", lamp.level, lamp.number, "的车旁边"):
        assert str(needed) in answer.text
    for secret in ("1234 8000", "A12345", "王值班", lamp.receipt, "<img"):
        assert secret not in answer.text
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


def test_what_a_person_in_need_said_stays_here(
    client: TestClient, town: Town, report: Any, walk: Any, duty: Any, send_out: Any
) -> None:
    elder = walk(report("person.lost_elder", words="穿红衣服，说不出名字"), duty, "file", "dispatch")

    page = client.get(town.path("o", send_out(elder).id)).text

    assert "说不出名字" not in page
    assert "换一盏路灯" in page


def test_received_and_progress_are_seen_on_the_ticket_and_leave_it_where_it_is(
    client: TestClient, site: Site, town: Town, lamp: Incident, send_out: Any, duty: Any
) -> None:
    link = send_out(lamp)
    path = town.path("o", link.id)

    for fields in ({"what": "received"}, {"what": "received"}, {"what": "word", "words": "配件在路上"}) * 2:
        assert post(client, path, **fields).status_code == 303
    now = town.ticket(lamp)
    with site.store.look() as look:
        (sent,) = questions.on_ticket(look, now, duty).sent

    assert [(verb, use.words) for verb, use in sent.uses] == [("收到了", ""), ("说了进展", "配件在路上")]
    assert (now.state, now.waiting) == ("dispatched", "outside")
    assert "配件在路上" in client.get(path).text
    assert "供电公司" in client.get(f"/r/{lamp.receipt}").text
    assert "配件在路上" not in client.get(f"/r/{lamp.receipt}").text


def test_done_outside_is_checked_by_somebody_here_and_the_link_ends(
    client: TestClient, town: Town, lamp: Incident, send_out: Any, duty: Any, walk: Any
) -> None:
    path = town.path("o", send_out(lamp).id)

    answers = [post(client, path, jpeg(), what="done", words="换好了") for _ in range(2)]
    late = post(client, path, what="word", words="还有一句")

    assert [one.status_code for one in answers] == [303, 303]
    done = town.ticket(lamp)
    assert (done.state, done.waiting, done.handler) == ("done", "", None)
    assert (town.steps(lamp)[-1].by, town.steps(lamp)[-1].role, town.steps(lamp)[-1].note) == (
        "供电公司", "外部单位", "换好了",
    )  # fmt: skip
    assert town.photos(lamp) == 1
    assert late.status_code == 409
    assert "还有一句" in late.text
    page = client.get(path).text
    assert "会有人来核查" in page
    assert "3号楼北" not in page
    assert walk(lamp, duty, "verify").state == "verified"


def test_not_theirs_goes_back_to_the_desk(client: TestClient, town: Town, lamp: Incident, send_out: Any) -> None:
    path = town.path("o", send_out(lamp).id)

    answers = [post(client, path, what="declined", words="归路政") for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303]
    assert town.ticket(lamp).state == "dispatched"
    assert town.ticket(lamp).waiting == ""
    assert (town.steps(lamp)[-1].by, town.steps(lamp)[-1].note) == ("供电公司", "不归我们管：归路政")
    assert "不归你们管" in client.get(path).text


def test_a_transferred_ticket_can_be_answered_too(
    client: TestClient, town: Town, report: Any, walk: Any, duty: Any, send_out: Any
) -> None:
    lamp = walk(walk(report(LAMP), duty, "file"), duty, "transfer", body="供电公司", note="归他们")

    post(client, town.path("o", send_out(lamp).id), what="done", words="换好了")

    assert town.ticket(lamp).state == "done"


def test_a_link_taken_back_opens_nothing(
    client: TestClient, site: Site, town: Town, lamp: Incident, send_out: Any, duty: Any, guard: Any
) -> None:
    link = send_out(lamp)

    with pytest.raises(Forbidden), site.store.work() as work:
        questions.revoke(work, link.id, guard)
    with site.store.work() as work:
        questions.revoke(work, link.id, duty)
    answer = post(client, town.path("o", link.id), what="done", words="办好了")

    assert town.ticket(lamp).waiting == ""
    assert town.steps(lamp)[-1].note == "收回了发给供电公司的链接"
    assert answer.status_code == 409
    assert "已经收回" in answer.text
    assert "换一盏路灯" not in answer.text
    with pytest.raises(Refused), site.store.work() as work:
        questions.revoke(work, link.id, duty)


def test_after_its_last_day_nobody_waits(
    client: TestClient, site: Site, town: Town, lamp: Incident, send_out: Any, clock: Any
) -> None:
    link = send_out(lamp, days=1)
    clock.forward(DAY_MS + 1000)
    before_the_chore = client.get(town.path("o", link.id)).text

    engaging.tell_expired(site)

    assert "到期了" in before_the_chore
    assert "3号楼北" not in before_the_chore
    assert town.ticket(lamp).waiting == ""
    assert town.steps(lamp)[-1].by == "系统"
    assert post(client, town.path("o", link.id), what="received").status_code == 409


def test_a_ticket_that_moves_on_needs_no_word_from_outside(
    client: TestClient, town: Town, lamp: Incident, send_out: Any, duty: Any, guard: Any, walk: Any, report: Any
) -> None:
    redirected, finished = lamp, walk(report(LAMP), duty, "file", "dispatch")
    paths = [town.path("o", send_out(one).id) for one in (redirected, finished)]

    walk(redirected, duty, "dispatch", desk="grid")
    walk(finished, guard, "done")

    for path in paths:
        assert "已经另有安排" in client.get(path).text
        assert post(client, path, what="done", words="办好了").status_code == 409


def test_one_body_at_a_time(site: Site, town: Town, lamp: Incident, send_out: Any, duty: Any) -> None:
    first = send_out(lamp)

    with pytest.raises(Refused, match="已经发给供电公司"):
        send_out(lamp, body="路政")
    with site.store.work() as work:
        questions.revoke(work, first.id, duty)

    assert send_out(lamp, body="路政").state == "open"
    assert town.ticket(lamp).waiting == "outside"


def test_photos_are_shown_only_when_ticked_and_every_view_is_written_down(
    client: TestClient, site: Site, town: Town, report: Any, walk: Any, duty: Any, send_out: Any
) -> None:
    with site.store.work() as work:
        numbers = [_photo(work, site) for _ in range(2)]
    ticked = walk(report(LAMP, photos=(numbers[0],)), duty, "file", "dispatch")
    unticked = walk(report(LAMP, photos=(numbers[1],)), duty, "file", "dispatch")
    path, other = (town.path("o", send_out(one, photos=show).id) for one, show in ((ticked, True), (unticked, False)))

    views = [client.get(f"{path}/photos/{numbers[0]}.jpg") for _ in range(2)]
    refused = [
        client.get(f"{where}/photos/{number}.jpg") for where, number in ((other, numbers[1]), (path, numbers[1]))
    ]
    post(client, path, what="done", words="换好了")
    afterwards = client.get(f"{path}/photos/{numbers[0]}.jpg")

    assert [one.status_code for one in (*views, *refused, afterwards)] == [200, 200, 404, 404, 404]
    assert views[0].headers["content-type"] == "image/jpeg"
    assert views[0].headers["cache-control"] == "no-store"
    assert len(town.rows("select * from outside_uses where what = 'photo'")) == 2


def test_photos_of_a_person_go_to_nobody_outside(report: Any, walk: Any, duty: Any, send_out: Any) -> None:
    elder = walk(report("person.elder_needs_help"), duty, "file", "dispatch")

    with pytest.raises(Invalid, match="不给外面看"):
        send_out(elder, photos=True)


def test_visits_are_counted_with_their_time_and_no_address(
    client: TestClient, site: Site, town: Town, lamp: Incident, send_out: Any, clock: Any
) -> None:
    path = town.path("o", send_out(lamp).id)

    client.get(path)
    client.get(path)
    clock.forward(11 * MINUTE_MS)
    client.get(path)

    rows = town.rows("select * from outside_uses")
    assert len(rows) == 2
    assert rows[0].keys() == {"id", "link", "at", "what", "words", "photo"}


def test_a_link_that_does_not_fit_is_refused_and_nobody_waits(town: Town, lamp: Incident, send_out: Any) -> None:
    for given in ({"body": " "}, {"asks": ""}, {"asks": "长" * 301}, {"days": 0}, {"days": 31}, {"days": -1}):
        with pytest.raises(Invalid):
            send_out(lamp, **given)

    assert town.ticket(lamp).waiting == ""


def test_nothing_is_said_without_a_word(client: TestClient, town: Town, lamp: Incident, send_out: Any) -> None:
    path = town.path("o", send_out(lamp).id)

    codes = [post(client, path, what=what, words=" \x00 ").status_code for what in ("word", "done", "declined")]

    assert codes == [422, 422, 422]
    assert town.ticket(lamp).waiting == "outside"


def test_a_broken_photo_stops_nothing_that_was_typed(
    client: TestClient, town: Town, lamp: Incident, send_out: Any
) -> None:
    path = town.path("o", send_out(lamp).id)

    broken = post(client, path, b"only text", what="done", words="换好了")
    without = post(client, path, b"only text", what="done", words="换好了", without="1")

    assert (broken.status_code, without.status_code) == (422, 303)
    assert "换好了" in broken.text
    assert town.ticket(lamp).state == "done"


def test_who_never_stops_writing_is_asked_to_telephone(
    client: TestClient, town: Town, lamp: Incident, send_out: Any
) -> None:
    path = town.path("o", send_out(lamp).id)

    codes = [post(client, path, what="word", words=f"第{n}句").status_code for n in range(links.MOST_SAID + 1)]

    assert set(codes[:-1]) == {303}
    assert codes[-1] == 409


def test_hostile_words_never_run_and_an_unknown_button_does_nothing(
    client: TestClient, town: Town, lamp: Incident, send_out: Any
) -> None:
    path = town.path("o", send_out(lamp, body="<b>甲@all", asks="<script>alert(1)</script>").id)

    post(client, path, what="word", words="<i>\u202e=1+1")
    unknown = post(client, path, what="explode", words="")
    page = client.get(path).text

    assert unknown.status_code == 422
    for markup in ("<script>alert", "<b>甲", "<i>="):
        assert markup not in page


def test_an_outside_body_asked_while_the_reporter_is_asked_leaves_both_doors_open(
    client: TestClient, site: Site, town: Town, lamp: Incident, send_out: Any, duty: Any
) -> None:
    path = town.path("o", send_out(lamp).id)
    with site.store.work() as work:
        question = questions.ask(work, lamp.id, duty, "几点开始不亮的？")

    post(client, town.path("q", question.id), words="昨晚")
    done = post(client, path, what="done", words="换好了")

    assert done.status_code == 303
    assert [step.move for step in town.steps(lamp)][-2:] == ["answer", "done"]


def _photo(work: Any, site: Site) -> int:
    return photos.keep(work, photos.take(site, jpeg()))
