"""The desk's pages: three taps to a coupon, and nobody reads more than is theirs to read."""

import re
import uuid

import pytest
from fastapi.testclient import TestClient

from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.parking import Line, overstay
from server.staff import Person
from tests.server.conftest import Clock, EnterFactory, StaffFactory
from tests.server.parking.conftest import At, Gate

FORMULA = "=HYPERLINK(1)<script>"


@pytest.fixture
def desk(enter: EnterFactory, guard: Person, family: int) -> TestClient:
    """The guard at the gate, with a phone."""
    return enter(guard)


def form_of(page: str) -> str:
    found = re.search(r'name="client_id" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_known_visitor_gets_a_coupon_in_three_taps_and_a_double_tap_is_one(
    desk: TestClient, gate: Gate, guard: Person, family: int, clock: Clock
) -> None:
    gate.issue(guard, family)
    clock.forward(5 * HOUR_MS)
    assert f"/desk/coupons/new?household={family}" in desk.get("/desk/coupons").text

    sheet = desk.get(f"/desk/coupons/new?household={family}").text
    sent = {"household": str(family), "client_id": form_of(sheet), "known": "沪A12345", "plate": ""}
    pages = [desk.post("/desk/coupons", data=sent).text for _ in range(2)]

    assert re.search(r'value="沪A12345" checked', sheet)
    assert all("已发" in page and "沪A·12345" in page for page in pages)
    assert "用完了" in pages[1] and gate.may_stand("沪A12345")


def test_a_refused_form_keeps_what_was_typed(desk: TestClient, family: int) -> None:
    sent = {
        "household": str(family), "client_id": uuid.uuid4().hex, "plate": FORMULA, "start": "gestern", "spot": FORMULA,
    }  # fmt: skip

    answer = desk.post("/desk/coupons", data=sent)

    assert answer.status_code == 422
    assert answer.text.count("=HYPERLINK(1)&lt;script&gt;") == 2 and "<script>" not in answer.text


def test_an_odd_plate_is_issued_asked_about_and_put_right(desk: TestClient, gate: Gate, family: int) -> None:
    sent = {"household": str(family), "client_id": uuid.uuid4().hex, "plate": "沪AI2345"}

    page = desk.post("/desk/coupons", data=sent).text
    number = re.findall(r"/desk/coupons/(\d+)/plate", page)[0]
    after = desk.post(f"/desk/coupons/{number}/plate", data={"plate": "沪A12345"}).text

    assert "数字 1 写成了 I" in page
    assert "写成了" not in after and gate.may_stand("沪A12345")


def test_a_search_answers_before_anybody_is_scolded(
    desk: TestClient, gate: Gate, guard: Person, director: Person, family: int
) -> None:
    gate.family(director, "12", "张爷爷")
    gate.issue(guard, family)

    def asked(text: str) -> str:
        return desk.get("/desk/coupons", params={"q": text}).text

    assert "先别急着说人" in asked("a 12345") and "用券也不能停" in asked("a 12345")
    assert "可能是 <b>沪A·12345</b>，看清车牌" in asked("2345") and "先别急着说人" not in asked("2345")
    assert "请写全车牌" in asked("345") and "没有停车券" not in asked("345")
    assert "现在没有停车券" in asked("沪B99999")
    assert "现在没有停车券" in asked("沪BI9999") and "写成了 I" in asked("沪BI9999")
    by_building = asked("12号楼").partition('id="families"')[2]
    assert "张爷爷" in by_building and "王奶奶" not in by_building
    assert "<script>" not in asked(FORMULA)


def test_names_phones_and_plates_stay_masked_for_those_whose_matter_it_is_not(
    desk: TestClient, enter: EnterFactory, staff: StaffFactory, gate: Gate, guard: Person, director: Person, at: At
) -> None:
    gate.issue(guard, gate.family(director, "3", "王秀英奶奶", alone=True))

    board, duty = desk.get("/desk/coupons").text, enter(staff("duty")).get("/desk/coupons").text

    for page in (board, duty):
        assert "13800138000" not in page and "秀英" not in page
    assert "沪A·12345" in board and "王**奶奶" in board and "独居" not in board
    assert "沪A***45" in duty and "12345" not in duty and "王" not in duty.partition("<main")[2]
    assert "独居" in enter(staff("committee")).get("/desk/coupons").text
    for role in ("volunteer", "prop_eng", "it", "grid"):
        assert enter(staff(role)).get("/desk/coupons").status_code == 403


def test_a_part_of_a_plate_is_answered_truly_also_to_those_who_see_no_plates(
    enter: EnterFactory, staff: StaffFactory, gate: Gate, guard: Person, family: int
) -> None:
    gate.issue(guard, family, "沪B67890")
    duty = enter(staff("duty"))

    def asked(text: str) -> str:
        return duty.get("/desk/coupons", params={"q": text}).text.partition("<main")[2]

    assert "可能是 <b>沪B***90</b>，看清车牌" in asked("67890") and "沪B67890" not in asked("67890")
    assert "请写全车牌" in asked("890") and "没有停车券" not in asked("890")
    assert "现在没有停车券" in asked("6789") and "现在没有停车券" in asked("苏B67890")


def test_two_families_of_one_building_are_told_apart_by_who_issues_and_by_who_keeps_the_register(
    desk: TestClient, enter: EnterFactory, gate: Gate, director: Person, family: int
) -> None:
    for name, phone in (
        ("王奶奶家", "13800138037"), ("王爷爷家", ""), ("李秀英", "13800138042"), ("李秀兰", ""), ("李玉兰", ""),
    ):  # fmt: skip
        last = gate.family(director, "14", name, phone=phone)
    keeper = enter(director)

    board, sheet = desk.get("/desk/coupons?q=14号楼").text, desk.get(f"/desk/coupons/new?household={last}").text
    month, file = desk.get("/desk/coupons/month").text, keeper.get("/desk/coupons/month.csv").text

    for page in (board, month, file):
        assert all(
            name in page for name in ("王奶奶", "王爷爷", "李**（尾号 42）", "李**（第 2 户）", "李**（第 3 户）")
        )
        assert "秀英" not in page and "玉兰" not in page
    assert "14号楼 李**（第 3 户）" in sheet
    for path in ("/desk/coupons", "/desk/coupons/month", "/desk/coupons/families"):
        assert all(name in keeper.get(path).text for name in ("王奶奶家", "王爷爷家", "李秀英", "李秀兰", "李玉兰"))


def test_the_order_of_the_families_does_not_tell_a_guard_who_lives_alone(
    desk: TestClient, enter: EnterFactory, gate: Gate, director: Person, family: int
) -> None:
    gate.family(director, "1", "张爷爷家")

    for_guard, for_director = desk.get("/desk/coupons").text, enter(director).get("/desk/coupons").text

    assert for_guard.index("1号楼") < for_guard.index("3号楼")
    assert for_director.index("<b>3号楼") < for_director.index("<b>1号楼")


def test_a_plate_that_is_nearly_another_cars_is_issued_and_asked_about(
    desk: TestClient, gate: Gate, guard: Person, director: Person, family: int
) -> None:
    gate.issue(guard, gate.family(director, "5", "张爷爷"))
    sent = {"household": str(family), "client_id": uuid.uuid4().hex, "plate": "沪A12I45"}

    page = desk.post("/desk/coupons", data=sent).text

    assert "已发" in page and "和正在用券的 沪A·12345 很像，是不是同一辆车？" in page


def test_the_familys_phone_is_there_once_somebody_has_to_call(
    desk: TestClient, site: Site, gate: Gate, guard: Person, family: int, clock: Clock
) -> None:
    gate.issue(guard, family)
    clock.forward(5 * HOUR_MS)
    overstay.look(site)

    page = desk.get("/desk/coupons").text

    assert "tel:13800138000" in page and "没登记开走" in page and "看工单" in page


def test_checked_out_and_cancelled_with_one_tap_and_a_refusal_is_a_sentence_on_the_board(
    desk: TestClient, gate: Gate, guard: Person, family: int, clock: Clock
) -> None:
    one, two = gate.issue(guard, family, "沪A00001"), gate.issue(guard, family, "沪A00002")

    desk.post(f"/desk/coupons/{one.id}/cancel")
    clock.forward(HOUR_MS)
    late = desk.post(f"/desk/coupons/{two.id}/cancel")
    desk.post(f"/desk/coupons/{two.id}/leave")

    assert (gate.coupon(one).state, gate.coupon(two).state) == ("cancelled", "left")
    assert late.status_code == 409 and "算用过了" in late.text and "现在的车" in late.text
    assert desk.post("/desk/coupons/999999/leave").status_code == 404


def test_another_communitys_coupons_do_not_exist(
    enter: EnterFactory, staff: StaffFactory, gate: Gate, guard: Person, family: int
) -> None:
    coupon = gate.issue(guard, family)
    stranger = enter(staff("prop_guard", scopes=("community:sn11",)))

    answers = [
        stranger.post(f"/desk/coupons/{coupon.id}/leave"),
        stranger.get(f"/desk/coupons/new?household={family}"),
        stranger.get("/desk/coupons?community=sn10"),
        stranger.get("/desk/coupons/month.csv?community=sn10"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert "12345" not in stranger.get(f"/desk/coupons?issued={coupon.id}").text


def test_the_month_and_its_file_name_no_car_no_phone_and_run_nothing(
    enter: EnterFactory, director: Person, staff: StaffFactory, gate: Gate, guard: Person, family: int
) -> None:
    gate.family(director, "5", FORMULA[:20])
    gate.issue(guard, family)
    desk = enter(director)

    page = desk.get("/desk/coupons/month?month=2030-05").text
    sheet = desk.get("/desk/coupons/month.csv?month=2030-05")
    by_guard = enter(guard).get("/desk/coupons/month.csv").text

    assert "2030-05 用了 1 张" in page and "王奶奶家" in page
    assert sheet.headers["content-disposition"].endswith('"coupons-sn10-2030-05.csv"')
    assert "3号楼,王奶奶,是,1,2,在" in sheet.text and "12345" not in sheet.text and "138" not in sheet.text
    assert "'=**" in sheet.text
    assert "独居" not in by_guard and "3号楼,王奶奶,1,2,在" in by_guard
    assert enter(staff("duty")).get("/desk/coupons/month").status_code == 403


@pytest.mark.parametrize("month", ["", "x", "2030-13", "9999-99", "2030-05-07", "<b>"])
def test_any_month_in_the_address_is_a_page(desk: TestClient, month: str) -> None:
    assert desk.get("/desk/coupons/month", params={"month": month}).status_code == 200


def test_the_committee_keeps_the_register_and_an_empty_phone_keeps_the_old_one(
    enter: EnterFactory, director: Person, guard: Person, gate: Gate, family: int
) -> None:
    desk = enter(director)
    sent = {"community": "sn10", "building": "6", "name": "钱爷爷", "phone": "+86 139 0013 9000", "alone": "1"}

    after = desk.post("/desk/coupons/families", data=sent).text
    again = desk.post("/desk/coupons/families", data=sent)
    form = desk.get(f"/desk/coupons/families?edit={family}").text
    desk.post("/desk/coupons/families", data={**sent, "phone": "", "name": "王奶奶", "edit": str(family)})

    assert "139****9000" in after and "13900139000" not in after
    assert again.status_code == 422 and "已经在名单上" in again.text and 'value="钱爷爷"' in again.text
    assert "13800138000" not in form and "138****8000" in form and "删掉" in form
    assert "138****8000" in desk.get("/desk/coupons/families").text
    assert "钱" not in desk.post(f"/desk/coupons/families/{family + 1}/retire", data={"community": "sn10"}).text
    desk.post("/desk/coupons/families", data={**sent, "phone": "", "edit": str(family), "without_phone": "1"})
    assert "138****8000" not in desk.get("/desk/coupons/families").text
    for path in ("/desk/coupons/families", f"/desk/coupons/families?edit={family}"):
        assert enter(guard).get(path).status_code == 403


def test_the_property_sets_the_hours_and_nonsense_stays_in_the_form(
    desk: TestClient, enter: EnterFactory, staff: StaffFactory
) -> None:
    sent = {"community": "sn10", "per_month": "3", "hours": "2", "opens": "9", "closes": "21", "months": ["5", "6"]}
    sent["keep_days"] = "90"

    page = desk.post("/desk/coupons/terms", data=sent).text
    wrong = desk.post("/desk/coupons/terms", data={**sent, "closes": "x9"})

    assert "每户每月 3 张，一次 2 小时，每天 9:00–21:00，5、6 月" in page and "李师傅" in page
    assert "只在列表上标出来；用完 90 天后删除" in page
    assert wrong.status_code == 422 and 'value="x9"' in wrong.text
    committee = enter(staff("committee"))
    assert "由物业、主任或街道修改" in committee.get("/desk/coupons/terms").text
    assert committee.post("/desk/coupons/terms", data=sent).status_code == 403


def test_the_ticket_piece_is_a_note_for_each_car(site: Site) -> None:
    cars = (Line("ok", FORMULA, 0), Line("warn", "车", 7, "13800138000"))

    page = site.pages.text("parking/_ticket.html", None, coupons=cars)

    assert page.count("note note--") == 2 and "<script>" not in page and "/desk/coupons#coupon-7" in page
    assert page.count("tel:13800138000") == 1
