"""Several tickets at once: each on its own, the answer says what became of each, and nothing typed is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from server import incidents
from server.desk import bulk
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person

Staff = Callable[..., Person]
Enter = Callable[[Person], TestClient]
Report = Callable[..., Incident]
Walk = Callable[..., Incident]


def picks(*some: Incident) -> str:
    return " ".join(f"{one.id}.{one.version}" for one in some)


def send(client: TestClient, move: str, *some: Incident, **typed: str) -> Response:
    return client.post(f"/desk/bulk/{move}?tab=new", data={"picks": picks(*some), **typed})


def state(site: Site, incident: Incident) -> str:
    with site.store.look() as look:
        found = incidents.get(look, incident.id)
    assert found is not None
    return found.state


def test_what_can_be_done_is_offered_with_how_many_it_fits(
    staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty = staff("duty")
    new, filed = report(), walk(report(), duty, "file")

    page = enter(duty).get(f"/desk/bulk?tab=all&tick={new.id}.1&tick={filed.id}.2").text

    assert "选了这 2 张" in page
    assert re.search(r"立案<small class=\"of\">能办 1 / 2 张", page)
    assert re.search(r"内部备注</b><small class=\"of\">2 张", page)
    assert "/desk/bulk/shelve" not in page


def test_some_are_moved_and_the_others_say_why_not(
    site: Site, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty, director = staff("duty"), staff("director", name="周主任")
    first, taken, done = report(), report(), walk(report(), duty, "file")
    walk(taken, director, "note", note="我先看看")

    answer = send(enter(duty), "file", first, taken, done)

    assert answer.status_code == 200
    assert "办了 1 张，2 张没办成" in answer.text
    assert "周主任" in answer.text
    assert "“已立案”的工单不能立案" in answer.text
    assert [state(site, one) for one in (first, taken, done)] == ["filed", "reported", "filed"]


def test_those_that_failed_stay_chosen_as_they_are_now_and_go_through_the_second_time(
    site: Site, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty = staff("duty")
    ticket = report()
    walk(ticket, staff("director"), "note", note="看过")
    desk = enter(duty)

    answer = send(desk, "reject", ticket, note="不归我们管", reply="请打 12345 & <谢谢>")
    again = re.search(r'name="picks" value="([^"]+)"', answer.text)

    assert answer.status_code == 409
    assert "不归我们管</textarea>" in answer.text
    assert "请打 12345 &amp; &lt;谢谢&gt;</textarea>" in answer.text
    assert again is not None
    typed = {"picks": again[1], "note": "不归我们管", "reply": "请打 12345"}
    assert desk.post("/desk/bulk/reject", data=typed).status_code == 200
    assert state(site, ticket) == "rejected"


def test_an_alarm_is_never_rejected_together_with_others(
    site: Site, staff: Staff, enter: Enter, report: Report
) -> None:
    fire, found, mild = report("fire.open_flame"), report("device.heat_alarm", channel="device"), report()
    desk = enter(staff("duty"))

    rejected = send(desk, "reject", fire, mild, note="演练", reply="谢谢")
    false = send(desk, "false_alarm", found, note="晒的")

    assert "P0、P1 不能成批不受理" in rejected.text
    assert "P0、P1 不能成批不受理" in false.text
    assert [state(site, one) for one in (fire, mild, found)] == ["reported", "rejected", "unconfirmed"]


def test_words_for_a_move_that_is_offered_no_more_are_still_there(staff: Staff, enter: Enter, report: Report) -> None:
    fire = report("fire.open_flame")

    page = send(enter(staff("duty")), "reject", fire, note="演练来着", reply="谢谢你").text

    assert "你刚才写的，没有丢" in page
    assert "演练来着</textarea>" in page


def test_several_are_dispatched_given_to_one_person_taken_and_noted(
    site: Site, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty, guard = staff("duty"), staff("prop_guard")
    some = [walk(report(), duty, "file") for _ in range(3)]
    desk = enter(duty)

    send(desk, "dispatch", *some, desk="prop_guard", note="一起看看")
    with site.store.look() as look:
        moved = incidents.find(look, duty.communities)
    given = send(desk, "assign", *moved, assignee=str(guard.id))

    assert given.status_code == 200
    with site.store.look() as look:
        found = incidents.find(look, duty.communities)
    assert {(one.state, str(one.desk), one.assignee) for one in found} == {("dispatched", "prop_guard", guard.id)}
    send(enter(guard), "done", *found, note="都清走了")
    assert {state(site, one) for one in some} == {"done"}


def test_several_become_one_and_the_one_itself_stays(site: Site, staff: Staff, enter: Enter, report: Report) -> None:
    one, two, three = report(), report(), report()
    desk = enter(staff("duty"))

    answer = send(desk, "merge", one, two, three, pick=two.number, note="同一件事")

    assert "办了 2 张，1 张没办成" in answer.text
    assert "别的并进了这一张" in answer.text
    assert [state(site, ticket) for ticket in (one, two, three)] == ["merged", "reported", "merged"]


def test_a_form_that_lacks_something_moves_nothing_and_says_it(
    site: Site, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, "file")

    answer = send(enter(duty), "dispatch", ticket, note="说明还在")

    assert answer.status_code == 409
    assert "请选派给谁" in answer.text
    assert "说明还在</textarea>" in answer.text
    assert state(site, ticket) == "filed"


@pytest.mark.parametrize(
    ("move", "why"), [("void", "不能成批办"), ("x' or 1=1", "不能成批办"), ("file", "请先勾选工单")]
)
def test_a_move_that_is_not_for_several_or_nothing_chosen_is_refused(
    staff: Staff, enter: Enter, move: str, why: str
) -> None:
    answer = enter(staff("duty")).post(f"/desk/bulk/{move}", data={"picks": "" if move == "file" else "1.1"})

    assert answer.status_code == 422
    assert why in answer.text


def test_too_many_are_refused_before_anything_is_moved(
    site: Site, staff: Staff, enter: Enter, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    some = [report() for _ in range(3)]
    desk = enter(staff("duty"))

    answer = send(desk, "file", *some)

    assert answer.status_code == 422
    assert "一次最多 2 张，你选了 3 张" in answer.text
    assert {state(site, one) for one in some} == {"reported"}
    ticks = "&".join(f"tick={one.id}.1" for one in some)
    assert "这里留下了前 2 张" in desk.get(f"/desk/bulk?{ticks}").text


def test_a_ticket_of_somebody_elses_is_neither_shown_nor_moved(
    site: Site, staff: Staff, enter: Enter, report: Report, walk: Walk
) -> None:
    duty = staff("duty")
    own = walk(report(), duty, "file", "dispatch")
    other = walk(report("facility.light", words="秘密"), duty, "file", "dispatch", desk="prop_eng")
    desk = enter(staff("prop_guard"))

    shown = desk.get(f"/desk/bulk?tick={own.id}.3&tick={other.id}.3").text
    answer = send(desk, "done", own, other, note="好了")

    assert "有 1 张已经不归你看了" in shown
    assert other.number not in shown + answer.text
    assert [state(site, one) for one in (own, other)] == ["done", "dispatched"]


@pytest.mark.parametrize("typed", ["", "x", "1", "1.x", "0.1", "-1.2", "1.99999999999999999999999", "٣.1", "<b>.1"])
def test_ticks_that_make_no_sense_lead_back_to_the_list(staff: Staff, enter: Enter, typed: str) -> None:
    answer = enter(staff("duty")).get("/desk/bulk", params={"tick": typed, "tab": "all"}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?tab=all")


def test_a_disk_that_fails_on_one_ticket_leaves_the_others_answered_for(
    site: Site, staff: Staff, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    first, second = report(), report()
    real = incidents.move

    def failing(work: Any, ticket: int, *rest: Any, **more: Any) -> Incident:
        if ticket == second.id:
            raise sqlite3.OperationalError("disk I/O error")
        return real(work, ticket, *rest, **more)

    monkeypatch.setattr(incidents, "move", failing)

    outcomes = bulk.move(site, staff("duty"), "file", bulk.read([picks(first, second)]), bulk.Given())

    assert [one.why for one in outcomes] == ["", "没有存下来，请过一会儿再试"]
    assert [state(site, one) for one in (first, second)] == ["filed", "reported"]
