"""The page of one ticket: every move through its form, refusals that keep what was typed, and whose eyes it is for."""

import re
from typing import Any

import pytest

from gateway.contract.categories import BY_CODE
from server import incidents, letters
from server.incidents import MOVES, Incident
from server.incidents import records as incident_records
from server.kit.site import Site
from server.photos import records as photo_records


def version(page: str) -> int:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return int(found[1])


def forms(page: str) -> set[str]:
    return set(re.findall(r'action="/desk/incidents/\d+/(\w+)\?', page))


def stored(site: Site, incident: Incident) -> Incident:
    with site.store.look() as look:
        return incidents.by_number(look, incident.number)  # type: ignore[return-value]


def photo_on(site: Site, incident: Incident, **values: Any) -> int:
    with site.store.work() as work:
        number = photo_records.add(
            work,
            {
                "large": "aa", "small": "bb", "width": 8, "height": 6, "taken": None, "lat": None, "lon": None,
                "likeness": "0" * 16, "format": "jpeg", **values,
            },
        )  # fmt: skip
        incident_records.add_photos(work, incident.id, [number])
    return number


def test_a_ticket_goes_its_whole_way_through_its_forms(site: Site, enter: Any, staff: Any, report: Any) -> None:
    duty, guard = enter(staff("duty", name="王值班")), enter(staff("prop_guard", name="李师傅"))
    ticket = report(words="白车")
    here = f"/desk/incidents/{ticket.id}"

    def step(browser: Any, move: str, **typed: str) -> str:
        page = browser.get(here).text
        assert move in forms(page)
        answer = browser.post(
            f"{here}/{move}?tab=all", data={"version": version(page), **typed}, follow_redirects=False
        )
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == f"{here}?said={move}&tab=all"
        return str(browser.get(answer.headers["location"]).text)

    assert "你立案了" in step(duty, "file")
    assert "给 <b>物业秩序</b>" in step(duty, "dispatch", desk="prop_guard", note="北门，快一点")
    assert "挪走了" in step(guard, "done", note="挪走了")
    step(duty, "return", note="又停回来了")
    step(guard, "done", note="这次真走了")
    step(duty, "verify")
    page = step(duty, "close", reply="车挪走了，谢谢", letter="谢谢你\n路上慢点", on_screen="true")

    assert stored(site, ticket).state == "closed"
    assert "车挪走了，谢谢" in page
    assert "在小站屏幕上" in page
    assert forms(page).isdisjoint({"done", "verify", "close"})
    with site.store.look() as look:
        assert [row["text"] for row in letters.showing(look, "sn10-north", 5)] == ["谢谢你\n路上慢点"]


def test_a_letter_that_was_switched_off_stays_off_the_screen(
    site: Site, enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, "file", "dispatch", "done", "verify")

    enter(duty).post(
        f"/desk/incidents/{ticket.id}/close", data={"version": ticket.version, "reply": "好了", "letter": "谢谢"}
    )

    with site.store.look() as look:
        assert letters.of_incident(look, ticket.id) is None


ELSEWHERE = {"ask": "questions", "engage": "links"}
"""Moves whose form another feature brings, under its own address."""


@pytest.mark.parametrize("state", ["reported", "filed", "dispatched", "done", "verified", "closed", "rejected"])
@pytest.mark.parametrize("role", ["duty", "prop_guard"])
def test_exactly_the_moves_that_are_offered_stand_as_forms(
    site: Site, enter: Any, staff: Any, report: Any, walk: Any, state: str, role: str
) -> None:
    way = {
        "reported": (), "filed": ("file",), "dispatched": ("file", "dispatch"), "done": ("file", "dispatch", "done"),
        "verified": ("file", "dispatch", "done", "verify"), "rejected": ("reject",),
        "closed": ("file", "dispatch", "done", "verify", "close"),
    }  # fmt: skip
    ticket = walk(report(), staff("duty"), *way[state])
    person = staff(role)

    page = enter(person).get(f"/desk/incidents/{ticket.id}").text

    assert ticket.state == state
    offered = {ELSEWHERE.get(name, name) for name in incidents.offered(ticket, person)}
    splitting = {"split"} if person.triages and state in incidents.OPEN else set()
    assert forms(page) == offered | splitting


def test_an_overtaken_form_says_who_was_first_and_keeps_what_was_typed(
    site: Site, enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    ticket = report()
    walk(ticket, staff("director", name="周主任"), "file")

    answer = enter(duty).post(
        f"/desk/incidents/{ticket.id}/reject",
        data={"version": ticket.version, "note": "不是<我们>的\n第二行", "reply": "请打 12345"},
    )

    assert answer.status_code == 409
    assert "周主任" in answer.text
    assert "立案了，这张工单现在是“已立案”" in answer.text
    assert "不是&lt;我们&gt;的\n第二行</textarea>" in answer.text
    assert "请打 12345</textarea>" in answer.text
    assert version(answer.text) == ticket.version + 1
    assert stored(site, ticket).state == "filed"


def test_what_was_typed_is_shown_even_when_its_form_is_offered_no_more(
    enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, "file", "dispatch")
    walk(ticket, duty, "done")

    answer = enter(duty).post(
        f"/desk/incidents/{ticket.id}/done", data={"version": ticket.version, "note": "我写了很久的字"}
    )

    assert answer.status_code == 409
    assert "你刚才写的，没有丢" in answer.text
    assert "我写了很久的字</textarea>" in answer.text


@pytest.mark.parametrize(
    ("way", "move", "typed", "kept"),
    [
        ((), "reject", {"note": "只写了说明"}, "只写了说明"),
        ((), "merge", {"into": "CXZ-000000-9999", "note": "像是同一件"}, "CXZ-000000-9999"),
        (("file",), "dispatch", {"desk": "", "note": "快去"}, "快去"),
        (("file", "dispatch", "done", "verify"), "close", {"letter": "写好的信", "on_screen": "true"}, "写好的信"),
    ],
)
def test_an_incomplete_form_comes_back_with_everything_in_it(
    site: Site, enter: Any, staff: Any, report: Any, walk: Any, way: tuple[str, ...], move: str, typed: Any, kept: str
) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, *way)

    answer = enter(duty).post(f"/desk/incidents/{ticket.id}/{move}", data={"version": ticket.version, **typed})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert kept in answer.text
    assert stored(site, ticket) == ticket


def test_a_move_that_is_not_this_persons_is_refused(site: Site, enter: Any, staff: Any, report: Any, walk: Any) -> None:
    duty = staff("duty")
    ticket = walk(walk(report(), duty, "file"), duty, "dispatch", "done", desk="duty")

    own = enter(duty).post(f"/desk/incidents/{ticket.id}/verify", data={"version": ticket.version})
    unknown = enter(duty).post(f"/desk/incidents/{ticket.id}/explode", data={"version": ticket.version})
    guards = walk(report(), duty, "file")
    forbidden = enter(staff("prop_guard")).post(
        f"/desk/incidents/{guards.id}/dispatch", data={"version": 2, "desk": "duty"}
    )

    assert (own.status_code, unknown.status_code, forbidden.status_code) == (409, 422, 403)
    assert "请换一个人核查" in own.text
    assert stored(site, ticket).state == "done"


def test_a_ticket_of_others_is_not_found_by_any_door(enter: Any, staff: Any, report: Any) -> None:
    ticket = report()

    for person in (staff("duty", scopes=("community:sn11",)), staff("prop_eng"), staff("it")):
        browser = enter(person)
        assert browser.get(f"/desk/incidents/{ticket.id}").status_code == 404
        for move in MOVES:
            assert browser.post(f"/desk/incidents/{ticket.id}/{move}", data={"version": 1}).status_code == 404
    assert enter(staff("duty")).get("/desk/incidents/999999").status_code == 404


def test_after_a_move_the_list_beside_it_is_the_one_that_was_open(
    enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, "file")
    browser = enter(duty)

    answer = browser.post(
        f"/desk/incidents/{ticket.id}/dispatch?tab=working&station=sn10-north",
        data={"version": ticket.version, "desk": "grid"},
        follow_redirects=False,
    )

    assert answer.headers["location"] == f"/desk/incidents/{ticket.id}?said=dispatch&tab=working&station=sn10-north"


def test_similar_open_tickets_are_offered_for_merging_with_reasons_and_one_choice_is_enough(
    site: Site, enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    first, other_kind = report(place="3号楼"), report("facility.light", place="3号楼")
    elsewhere = report(place="3号楼", station="sn10-east", words="沪A12345")
    ended = walk(report(place="3号楼"), duty, "reject")
    ticket = report(place="3号楼", words="沪B99999")
    browser = enter(duty)

    page = browser.get(f"/desk/incidents/{ticket.id}").text
    picks = re.findall(r'name="pick"[^>]*value="([^"]+)"', page)
    browser.post(
        f"/desk/incidents/{ticket.id}/merge",
        data={"version": ticket.version, "pick": first.number, "into": "", "note": "同一件事"},
    )
    merged = browser.get(f"/desk/incidents/{ticket.id}").text
    leading = browser.get(f"/desk/incidents/{first.id}").text

    assert picks == [first.number]
    assert "<i>同一地点</i>" in page
    assert {other_kind.number, elsewhere.number, ended.number}.isdisjoint(picks)
    assert stored(site, ticket).merged_into == first.id
    assert first.number in merged
    assert ticket.number in leading
    assert "回执上是“已收到”" in leading
    assert ticket.receipt not in leading


def test_a_private_ticket_suggests_a_letter_that_names_nobody_and_warns(
    enter: Any, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    ticket = report("person.lost_elder", words="王阿婆，红外套")
    ticket = walk(walk(ticket, staff("director"), "file", "dispatch", "done", desk="duty"), duty, "verify")

    page = enter(duty).get(f"/desk/incidents/{ticket.id}").text
    letter = re.search(r'name="letter"[^>]*>([^<]*)</textarea>', page)

    assert letter is not None
    assert "有人需要帮助" in letter[1]
    assert "王阿婆" not in letter[1]
    assert BY_CODE["person.lost_elder"].label not in letter[1]
    assert "不要写名字" in page


def test_a_letter_with_a_plate_is_hinted_at_but_never_blocked(enter: Any, staff: Any, report: Any, walk: Any) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, "file", "dispatch", "done", "verify")

    page = (
        enter(duty)
        .post(
            f"/desk/incidents/{ticket.id}/close",
            data={
                "version": ticket.version,
                "reply": "好了",
                "letter": "谢谢沪A12345的师傅 138 1234 5678",
                "on_screen": "true",
            },
        )
        .text
    )

    assert "信里好像有车牌号" in page
    assert "信里好像有电话号码" in page


def test_photos_from_far_away_or_long_ago_are_shown_with_a_hint(
    site: Site, enter: Any, staff: Any, report: Any
) -> None:
    ticket = report()
    number = photo_on(site, ticket, taken="2008-10-22T16:28:39", lat=31.0, lon=121.0)

    page = enter(staff("duty")).get(f"/desk/incidents/{ticket.id}").text

    assert f"/desk/photos/{number}/small.jpg" in page
    assert "公里" in page
    assert "拍的" in page


def test_a_photo_of_anothers_ticket_is_not_found_and_no_view_is_noted(
    site: Site, enter: Any, staff: Any, report: Any
) -> None:
    number = photo_on(site, report())

    for person in (staff("duty", scopes=("community:sn11",)), staff("prop_eng"), staff("it")):
        assert enter(person).get(f"/desk/photos/{number}/large.jpg").status_code == 404
    with site.store.look() as look:
        assert photo_records.views(look, number) == []


def test_a_post_from_another_site_moves_nothing(site: Site, enter: Any, staff: Any, report: Any) -> None:
    ticket = report()

    answer = enter(staff("duty")).post(
        f"/desk/incidents/{ticket.id}/file", data={"version": 1}, headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 403
    assert stored(site, ticket).state == "reported"


def test_the_receipt_is_shown_but_never_linked(enter: Any, staff: Any, report: Any) -> None:
    ticket = report(receipt="abcdefghjkmn")

    page = enter(staff("duty")).get(f"/desk/incidents/{ticket.id}").text

    assert "abcd-efgh-jkmn" in page
    assert "/r/" not in page


def test_a_time_that_is_only_estimated_says_so(enter: Any, staff: Any, report: Any) -> None:
    page = enter(staff("duty")).get(f"/desk/incidents/{report(estimated=True).id}").text

    assert "按到达时间推算" in page
