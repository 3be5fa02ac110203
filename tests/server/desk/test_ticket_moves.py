"""Every move beyond the plain way, through the forms a person sees: dates, approvals, handing on, splitting, words."""

import re
from html import unescape
from typing import Any

import pytest

from server import incidents
from server.desk.dates import end_of_day, typed_day
from server.incidents import Incident
from server.incidents.moves import tell_due
from server.kit.clock import DAY_MS
from server.kit.site import Site
from server.photos import records as photo_records
from server.staff import Person


def future(site: Site, days: int) -> str:
    return typed_day(site.store.clock(), days)


def test_shelving_is_asked_for_and_another_person_agrees_on_the_same_page(
    site: Site, at: Any, duty: Person, director: Person, filed: Incident
) -> None:
    asker, judge = at(duty, filed), at(director, filed)

    assert "由主任 周主任批准" in asker.page
    sent = asker.send("shelve", note="等零件", until=future(site, 20), reply="要等零件，{日期}再看。")
    waiting, seen = asker.page, judge.page

    assert sent.headers["location"].startswith(f"{asker.here}?said=shelve")
    assert "已申请挂账，等批准。" in unescape(asker.browser.get(sent.headers["location"]).text)
    assert "挂账等批准" in waiting
    assert "撤回申请" in waiting
    assert "/approve" not in waiting
    assert "王值班 申请挂账，到" in seen
    assert "等零件" in seen
    assert asker.now.state == "filed"

    assert judge.answer("approve").status_code == 303
    shelved = judge.now
    assert shelved.state == "shelved"
    assert shelved.review_at == end_of_day(future(site, 20), site.store.clock())
    assert re.fullmatch(r"要等零件，\d+月\d+日再看。", shelved.reply)
    assert "批准了挂账" in judge.page


def test_a_refusal_to_agree_needs_a_reason_and_keeps_what_was_written(
    site: Site, at: Any, duty: Person, director: Person, filed: Incident
) -> None:
    at(duty, filed).send("void", note="发错了", reply="这条发错了，不用管。")
    judge = at(director, filed)

    empty = judge.answer("decline", note="  ")
    long = judge.answer("decline", note="为" * 600)
    declined = judge.answer("decline", note="先去看一眼再说")

    assert empty.status_code == 422
    assert "为什么不批准" in empty.text
    assert long.status_code == 422
    assert "为" * 600 in long.text
    assert declined.status_code == 303
    assert "先去看一眼再说" in at(duty, filed).page
    assert judge.now.state == "filed"


def test_nobody_answers_their_own_request_and_the_asker_takes_it_back(
    at: Any, director: Person, staff: Any, filed: Incident
) -> None:
    desk = at(director, filed)
    desk.send("void", note="重复了", reply="重复了，谢谢。")

    own = desk.answer("approve")
    others = at(staff("duty"), filed).answer("withdraw")
    mine = desk.answer("withdraw")

    assert own.status_code == 409
    assert "另一个人" in own.text
    assert others.status_code == 409
    assert mine.status_code == 303
    assert "撤回了申请：作废" in desk.page


def test_a_request_is_answered_only_under_its_own_ticket(
    site: Site, at: Any, duty: Person, director: Person, report: Any, filed: Incident
) -> None:
    at(duty, filed).send("void", note="重复了", reply="重复了，谢谢。")
    with site.store.look() as look:
        asked = incidents.requests_of(look, filed.id)[0]
    browser = at(director, filed).browser

    for address in (f"{report().id}/requests/{asked.id}", f"{filed.id}/requests/999", f"{filed.id}/requests/x"):
        assert browser.post(f"/desk/incidents/{address}/approve").status_code == 404
    assert at(duty, filed).now.state == "filed"


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("", "请选一个日期"), ("明天", "看不懂这个日期"), ("2026-02-31", "看不懂这个日期"),
        ("2020-01-01", "日期要在今天以后"), ("9998-01-01", "最长"),
    ],
)  # fmt: skip
def test_a_date_that_cannot_be_is_said_and_nothing_typed_is_lost(
    at: Any, duty: Person, filed: Incident, until: str, sentence: str
) -> None:
    desk = at(duty, filed)

    answer = desk.send("shelve", note="等<零件>", until=until, reply="要等一等")

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "等&lt;零件&gt;</textarea>" in answer.text
    assert "要等一等</textarea>" in answer.text
    assert f'value="{until}"' in answer.text
    assert 'id="form-shelve" open' in answer.text
    assert desk.now == filed


def test_a_ticket_is_handed_over_with_a_date_and_taken_back(site: Site, at: Any, duty: Person, filed: Incident) -> None:
    desk = at(duty, filed)

    desk.send(
        "transfer", body="市政养护", note="电话说好了", until=future(site, 5), reply="转给{对方}了，{日期}问进展。"
    )
    page = desk.page

    assert (desk.now.state, desk.now.body) == ("transferred", "市政养护")
    assert desk.now.reply.startswith("转给市政养护了，")
    assert "市政养护" in page
    assert "问进展" in page
    desk.send("recall", note="还是我们来")
    assert desk.now.state == "filed"


def test_a_body_once_named_is_offered_first_the_next_time(
    at: Any, duty: Person, report: Any, walk: Any, filed: Incident
) -> None:
    at(duty, filed).send("transfer", body="铁塔公司", note="基站的事")

    page = at(duty, walk(report(), duty, "file")).page

    assert re.findall(r'<datalist id="bodies"><option value="([^"]+)"', page) == ["铁塔公司"]


def test_claiming_is_one_tap_and_assigning_offers_only_who_can_take_it(
    site: Site, at: Any, duty: Person, staff: Any, filed: Incident, walk: Any
) -> None:
    guard, other = staff("prop_guard", name="李师傅"), staff("prop_eng", name="赵工")
    staff("prop_guard", name="隔壁的", scopes=("community:sn11",))
    walk(filed, duty, "dispatch")
    desk = at(duty, filed)

    offered = re.findall(r'<option value="\d+">([^·<]+) ·', desk.page)
    refused = desk.send("assign", assignee=str(other.id), note="你去吧")
    garbage = desk.send("assign", assignee="x" * 99)
    taken = desk.send("assign", assignee=str(guard.id))

    assert offered[0] == "李师傅"
    assert "赵工" not in offered
    assert "隔壁的" not in offered
    assert refused.status_code == 422
    assert "你去吧</textarea>" in refused.text
    assert garbage.status_code == 422
    assert taken.status_code == 303
    assert "经办人 <b>李师傅</b>" in desk.page
    desk.send("claim")
    assert desk.now.assignee == duty.id


def test_a_mistake_is_corrected_and_the_history_shows_before_and_after(at: Any, duty: Person, filed: Incident) -> None:
    desk = at(duty, filed)

    nothing = desk.send("correct", category=filed.category, level=str(filed.level), place=filed.place)
    desk.send("correct", category="parking.ebike_pile", level="P3", place="北门口", note="看错了")

    assert nothing.status_code == 422
    assert "没有改动" in nothing.text
    assert (desk.now.category, str(desk.now.level), desk.now.place) == ("parking.ebike_pile", "P3", "北门口")
    for before, after in (("消防通道被占", "电动车堆放"), ("P2", "P3"), ("3号楼", "北门口")):
        assert re.search(rf"<del>{before}</del>.*?<ins>{after}</ins>", desk.page)


def test_one_report_of_two_things_is_split_and_both_know_of_each_other(
    site: Site, at: Any, duty: Person, filed: Incident
) -> None:
    with site.store.work() as work:
        kept, taken = (
            photo_records.add(
                work,
                {
                    "large": "aa", "small": "bb", "width": 8, "height": 6, "taken": None, "lat": None, "lon": None,
                    "likeness": "0" * 16, "format": "jpeg",
                },
            )
            for _ in range(2)
        )  # fmt: skip
        incidents.add_photos(work, filed.id, [kept, taken])
    desk = at(duty, filed)
    typed = {"category": "facility.light", "place": "北门口", "words": "旁边的灯也坏了", "photos": [str(taken)]}

    sent = desk.send("split", **typed)
    again = desk.send("split", version=filed.version, **typed)

    assert sent.headers["location"] == again.headers["location"]
    new = desk.browser.get(sent.headers["location"]).text
    assert f"/desk/photos/{taken}/small.jpg" in new
    assert "旁边的灯也坏了" in new
    assert f'拆分自</dt><dd><a href="{desk.here}' in new
    assert f"/desk/photos/{taken}/small.jpg" not in desk.page
    assert "拆出</dt>" in desk.page


def test_a_split_that_was_overtaken_keeps_category_place_words_and_photos(
    at: Any, duty: Person, director: Person, filed: Incident, walk: Any
) -> None:
    walk(filed, director, "note", note="我也在看")

    answer = at(duty, filed).send(
        "split", version=filed.version, category="facility.light", place="门口", words="灯坏了"
    )

    assert answer.status_code == 409
    assert "周主任" in answer.text
    assert 'value="facility.light" selected' in answer.text
    assert 'value="门口"' in answer.text
    assert "灯坏了</textarea>" in answer.text


def test_what_was_overtaken_is_sent_again_in_one_tap(
    site: Site, at: Any, duty: Person, director: Person, filed: Incident, walk: Any
) -> None:
    desk = at(duty, filed)
    walk(filed, director, "note", note="我也在看")
    typed = {"body": "交警", "note": "打过电话", "until": future(site, 9), "reply": "转给交警了。"}

    refused = desk.send("transfer", version=filed.version, **typed)
    form = refused.text[refused.text.index('id="form-transfer"') :]
    version = re.search(r'name="version" value="(\d+)"', form)

    assert refused.status_code == 409
    assert "周主任" in refused.text
    assert all(text in form for text in typed.values())
    assert version is not None
    assert desk.send("transfer", version=int(version[1]), **typed).status_code == 303
    assert desk.now.body == "交警"


def test_a_second_tap_is_no_second_move_and_no_quarrel_with_oneself(
    site: Site, at: Any, duty: Person, filed: Incident
) -> None:
    desk = at(duty, filed)
    typed = {"desk": "prop_guard", "note": "快去"}

    first, second = (desk.send("dispatch", version=filed.version, **typed) for _ in range(2))
    other = desk.send("dispatch", version=filed.version, desk="prop_eng", note="快去")

    assert (first.status_code, second.status_code, other.status_code) == (303, 303, 409)
    assert first.headers["location"] == second.headers["location"]
    with site.store.look() as look:
        assert [step.move for step in incidents.history(look, filed.id)].count("dispatch") == 1


def test_a_request_sent_twice_is_asked_for_once(site: Site, at: Any, duty: Person, filed: Incident) -> None:
    desk = at(duty, filed)
    typed = {"note": "等零件", "until": future(site, 20), "reply": "等一等。"}

    first, second = (desk.send("shelve", version=filed.version, **typed) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    with site.store.look() as look:
        assert len(incidents.requests_of(look, filed.id)) == 1


def test_questions_and_links_are_never_sent_past_their_own_forms(at: Any, duty: Person, filed: Incident) -> None:
    desk = at(duty, filed)

    for move in ("ask", "engage"):
        assert desk.send(move, reply="在吗", body="供电", note="来修").status_code == 422
    assert desk.now == filed


def test_a_second_look_that_is_due_stands_on_top_with_its_two_answers(
    site: Site, clock: Any, at: Any, duty: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(), duty, "file", "dispatch", "done", "verify", "close")
    desk = at(duty, ticket)

    early = desk.page
    clock.forward(4 * DAY_MS)
    tell_due(site)
    desk = at(duty, ticket)
    due = desk.page
    desk.send("recur", note="又停了一辆")

    assert "该复查了" not in early
    assert "该复查了" in due
    assert "复查没问题" in due
    assert due.index("复查没问题") < due.index('class="sheet"')
    assert desk.now.state == "dispatched"


def test_a_merge_is_undone_and_the_ticket_goes_on_by_itself(
    at: Any, duty: Person, report: Any, filed: Incident
) -> None:
    other = at(duty, report(place="3号楼"))
    other.send("merge", pick=filed.number, note="同一件事", reply="和另一件一起办。")

    other.send("unmerge", note="不是同一辆车")

    assert (other.now.state, other.now.merged_into) == ("filed", None)
    assert "撤销了并案" in other.page


def test_supervision_and_waiting_are_told_at_the_top(at: Any, director: Person, staff: Any, filed: Incident) -> None:
    desk = at(director, filed)

    desk.send("supervise", note="一周内办好")

    head = desk.page.split('class="sheet"')[0]
    assert "督办" in head.split('id="ticket"')[1]
    assert at(staff("duty"), filed).send("supervise", note="x").status_code == 403


def test_the_history_can_be_cut_down_to_what_changed(at: Any, duty: Person, filed: Incident) -> None:
    desk = at(duty, filed)
    desk.send("note", note="只是一句备注")

    cut = desk.browser.get(f"{desk.here}?history=changes").text

    assert "只是一句备注" in desk.page
    assert "只是一句备注" not in cut
    assert "<ins>已立案</ins>" in cut


def test_a_device_has_nobody_to_tell(at: Any, duty: Person, report: Any) -> None:
    page = at(duty, report("device.heat_alarm", channel="device", words="过热")).page

    assert 'action="/desk/incidents' in page
    assert "属实，立案" in page
    assert "怎么跟骑手说" not in page
    assert "回执</dt>" not in page


def test_a_map_outside_hears_the_place_alone_and_nothing_about_a_person(at: Any, duty: Person, report: Any) -> None:
    place, person = at(duty, report()), at(duty, report("person.lost_elder"))

    out = place.browser.get(f"{place.here}/amap", follow_redirects=False)

    assert re.fullmatch(
        r"https://uri\.amap\.com/marker\?position=[\d.]+,[\d.]+&coordinate=gaode", out.headers["location"]
    )
    assert person.browser.get(f"{person.here}/amap", follow_redirects=False).status_code == 404
    assert "/amap" not in person.page


def test_the_page_says_what_the_receipt_says(
    site: Site, at: Any, duty: Person, director: Person, report: Any, walk: Any, client: Any, filed: Incident
) -> None:
    shelved = walk(report(), duty, "file")
    with site.store.work() as work:
        incidents.move(work, filed.id, "transfer", duty, body="市政养护", note="电话说好了")
        asked = incidents.move(work, shelved.id, "shelve", duty, note="等", until=work.now + DAY_MS)
        incidents.approve(work, incidents.requests_of(work, asked.id)[0].id, director)
    others = [report(), walk(report(), duty, "file", "dispatch"), walk(report(), duty, "reject")]

    for ticket in (filed, shelved, *others):
        said = re.search(r"显示“(.+?)”", at(duty, ticket).page)
        assert said is not None
        head = re.search(r'<h2 class="big stamp.*?</h2>', client.get(f"/r/{ticket.receipt}").text)
        assert head is not None
        assert said[1] in head[0]
