"""`/desk/replies`: every form works without scripts, and nothing typed is lost."""

import re
from typing import Any

import pytest

from server.kit.site import Site

FORM = {"move": "close", "category": "parking.*", "title": "路通了", "text": "{地点}的路通了。", "version": "0"}


def test_a_template_is_tried_out_saved_and_found_in_the_list(site: Site, enter: Any, staff: Any, report: Any) -> None:
    desk = enter(staff("director", name="王主任"))
    last = report("parking.fire_lane", place="南门")

    tried = desk.post("/desk/replies/new?community=sn10", data={**FORM, "then": "preview"})
    assert "北门口的路通了。" in tried.text
    assert "南门的路通了。" in tried.text
    assert last.number in tried.text
    assert "王主任 " not in desk.get("/desk/replies").text.split("<main")[1]  # a preview keeps nothing

    saved = desk.post("/desk/replies/new?community=sn10", data={**FORM, "then": "save"}, follow_redirects=False)
    assert saved.status_code == 303
    assert "已经发出去的话不会变" in desk.get(saved.headers["location"]).text
    assert re.search(r"<b>路通了</b>.*自己的", desk.get("/desk/replies").text, re.DOTALL)


def test_a_refused_template_keeps_what_was_typed_and_says_why(site: Site, enter: Any, staff: Any) -> None:
    desk = enter(staff("director"))

    answer = desk.post("/desk/replies/new", data={**FORM, "text": "{姓名}<script>你好", "then": "save"})

    assert answer.status_code == 422
    assert "不认识 {姓名}" in answer.text
    assert "{姓名}&lt;script&gt;你好" in answer.text


def test_the_preview_says_what_stands_in_the_way_of_saving(site: Site, enter: Any, staff: Any) -> None:
    answer = enter(staff("director")).post("/desk/replies/new", data={**FORM, "text": "{单号", "then": "preview"})

    assert answer.status_code == 200
    assert "这样还不能存：花括号要成对" in answer.text


def test_the_shipped_wording_can_be_put_back(site: Site, enter: Any, staff: Any) -> None:
    desk = enter(staff("director"))
    desk.post("/desk/replies/s-close-parking", data={**FORM, "then": "save"})

    answer = desk.post("/desk/replies/s-close-parking", data={**FORM, "version": "1", "then": "shipped"})

    assert "的车已经挪开了，路通了。" in re.search(r"<textarea.*?</textarea>", answer.text, re.DOTALL)[0]  # type: ignore[index]
    assert 'name="version" value="1"' in answer.text


@pytest.mark.parametrize(("role", "status"), [("duty", 200), ("district", 200), ("volunteer", 403), ("it", 403)])
def test_who_triages_reads_and_only_editors_find_the_buttons(
    site: Site, enter: Any, staff: Any, role: str, status: int
) -> None:
    desk = enter(staff(role, scopes=("district:baoshan",)))

    for path in ("/desk/replies", "/desk/replies/s-close", "/desk/replies/new"):
        answer = desk.get(path)
        assert answer.status_code == status
        assert 'value="save"' not in answer.text
    if status == 200:
        assert desk.post("/desk/replies/s-close", data={**FORM, "then": "save"}).status_code == 403


def test_a_street_chooses_its_community_and_finds_no_other(site: Site, enter: Any, staff: Any) -> None:
    desk = enter(staff("street", scopes=("street:songnan",)))

    assert "淞南十一村" in desk.get("/desk/replies?community=sn11").text
    assert desk.get("/desk/replies?community=yh1").status_code == 404
    assert desk.get("/desk/replies/s-nothing").status_code == 404


def test_every_move_has_its_page(site: Site, enter: Any, staff: Any) -> None:
    desk = enter(staff("director"))

    for move in ("close", "shelve", "ask", "nonsense"):
        assert desk.get(f"/desk/replies?move={move}").status_code == 200
