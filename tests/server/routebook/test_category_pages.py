"""Categories on the desk: read by those who triage, changed by directors, never breaking old tickets."""

import re

from server import categories, routing
from server.kit.site import Site

from ..conftest import EnterFactory, ReportFactory, StaffFactory, WalkFactory
from .book import field, text


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
        "q_name": ["", ""], "q_label": ["臭吗", ""], "q_kind": ["choice", "choice"],
        "c_value": [""] * 10, "c_label": ["很臭", "不 臭", *[""] * 8], "c_calls": ["120", *[""] * 9],
    }  # fmt: skip

    saved = director.post("/desk/categories", data=form)
    page = director.get("/s/sn10-north/report").text

    assert "存下了" in saved.text
    assert "垃圾没人收" in page
    assert 'name="answer_q1"' in page
    assert 'value="a2"' in page
    assert "不 臭" in page
    sheet = re.search(r'href="(/tiles/[0-9a-f]+\.css)"', page)
    assert sheet is not None
    assert ".ask-c-environment-garbage" in director.get(sheet[1]).text


def test_a_refused_category_keeps_what_was_typed(staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))

    answer = director.post("/desk/categories", data={"code": "fire.open_flame", "label": "小火", "level": "P3"})

    assert answer.status_code == 422
    assert 'value="小火"' in answer.text
    assert director.post("/desk/categories", data={"label": "<script>"}).status_code == 422


def test_two_directors_who_edit_one_category_lose_nothing(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    one, other = enter(staff("director")), enter(staff("director", name="林主任"))
    form = {
        "code": "environment.garbage", "icon": "trash", "level": "P3", "desk": "prop_guard", "retention": "standard",
        "visibility": "open", "phone": "1", "photo": "1", "version": "0",
    }  # fmt: skip
    other.post("/desk/categories", data={**form, "label": "垃圾没人收", "advice": "离远点"})

    refused = one.post("/desk/categories", data={**form, "label": "垃圾成堆"})
    again = one.post("/desk/categories", data={**form, "label": "垃圾成堆", "version": field(refused.text, "version")})

    assert refused.status_code == 409
    assert "林主任 改了：名称、提示" in refused.text
    assert field(refused.text, "label") == "垃圾成堆"
    assert "存下了" in again.text
    assert "改了：名称、提示" in text(again.text)


def test_a_ticket_that_comes_while_a_category_is_edited_is_nobodys_edit(
    staff: StaffFactory, enter: EnterFactory, report: ReportFactory
) -> None:
    director = enter(staff("director"))
    version = field(director.get("/desk/categories/environment.garbage").text, "version")
    report("environment.garbage")

    answer = director.post(
        "/desk/categories",
        data={
            "code": "environment.garbage", "label": "垃圾成堆", "icon": "trash", "level": "P3", "desk": "prop_guard",
            "retention": "standard", "visibility": "open", "phone": "1", "photo": "1", "version": version,
        },
    )  # fmt: skip

    assert "存下了" in answer.text


def test_a_category_retired_while_its_tickets_are_open_leaves_them_whole(
    site: Site, staff: StaffFactory, enter: EnterFactory, report: ReportFactory, walk: WalkFactory
) -> None:
    chief = staff("director")
    director = enter(chief)
    ticket = report("environment.garbage", words="三天没收")
    form = {
        "code": "environment.garbage", "label": "垃圾", "icon": "trash", "level": "P3", "desk": "prop_guard",
        "retention": "standard", "visibility": "open", "photo": "1", "retired": "1", "version": "1",
    }  # fmt: skip

    page = director.get("/desk/categories/environment.garbage").text
    saved = director.post("/desk/categories", data=form).text

    assert "没办完的工单 1 张" in text(page)
    assert "用到它的派单规则" in page
    assert "老工单照旧办" in saved
    assert 'value="environment.garbage"' not in director.get("/s/sn10-north/report").text
    assert director.get(f"/desk/incidents/{ticket.id}").status_code == 200
    assert walk(ticket, chief, "file", "dispatch").kind.label == "垃圾"
    assert "垃圾（已停用）" not in text(director.get("/desk/routing").text)
    with site.store.look() as work:
        late = routing.route(work, routing.Arrival("sn10", "sn10-north", "environment.garbage"), work.now)
    assert late.routed.target == "prop_guard"
