"""The receipt tells the truth, to whoever holds it, and no names."""

from fastapi.testclient import TestClient

from server import questions, stations
from server.kit.site import Site

from ..conftest import ReportFactory, StaffFactory, WalkFactory
from .conftest import text_of


def test_a_fresh_receipt_says_received_and_where_it_lies(client: TestClient, report: ReportFactory) -> None:
    incident = report()

    answer = client.get(f"/r/{incident.receipt}")

    assert answer.status_code == 200
    assert "已收到" in text_of(answer)
    assert "已送到居委工作台" in text_of(answer)
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "no-store"


def test_after_an_emergency_nobody_is_said_to_have_taken_it_before_they_did(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    incident = report("fire.open_flame")
    before = text_of(client.get(f"/r/{incident.receipt}?new=1"))

    walk(incident, staff("duty", name="王值班"), "file")
    after = text_of(client.get(f"/r/{incident.receipt}?new=1"))

    assert "还没有人接手" in before
    assert "立案，正在安排" not in before
    assert "值班员" in after
    assert "已立案" in after


def test_an_emergency_shows_the_number_to_call(client: TestClient, report: ReportFactory) -> None:
    page = client.get(f"/r/{report('fire.open_flame').receipt}").text

    assert 'href="tel:119"' in page


def test_the_way_of_a_report_names_roles_and_never_persons(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    duty, guard = staff("duty", name="王值班"), staff("prop_guard", name="李师傅")
    incident = report()
    walk(incident, duty, "file", "dispatch")
    walk(incident, guard, "done", note="车主是张三")
    walk(incident, duty, "verify")
    walk(incident, duty, "close", reply="车挪走了", letter="谢谢你")

    page = text_of(client.get(f"/r/{incident.receipt}"))

    for expected in ("已立案", "交给物业秩序", "已办结", "车挪走了", "谢谢你"):
        assert expected in page
    for secret in ("王值班", "李师傅", "张三"):
        assert secret not in page


def test_work_sent_back_is_in_work_again(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    duty, guard = staff("duty"), staff("prop_guard")
    incident = report()
    walk(incident, duty, "file", "dispatch")
    walk(incident, guard, "done")
    walk(incident, duty, "return")

    page = client.get(f"/r/{incident.receipt}").text

    assert '<li class="is-now"><b>处理中</b>' in page
    assert "<li><b>已处理</b></li>" in page


def test_a_report_handed_to_another_desk_says_whose_it_is_now(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    incident = report()
    walk(incident, staff("duty"), "file", "dispatch")
    walk(incident, staff("duty"), "dispatch", desk="grid")

    assert "已交给网格员" in text_of(client.get(f"/r/{incident.receipt}"))


def test_a_rejected_report_brings_the_reason(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    incident = report()
    walk(incident, staff("duty"), "reject", reply="这条路归市政")

    page = text_of(client.get(f"/r/{incident.receipt}"))

    assert "不予受理" in page
    assert "这条路归市政" in page


def test_a_merged_report_follows_the_one_that_leads(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    duty = staff("duty")
    leading, joined = report(), report(words="还是那辆车")
    walk(joined, duty, "merge", note="同一件", into=leading.number)
    walk(leading, duty, "file", "dispatch")

    page = text_of(client.get(f"/r/{joined.receipt}"))

    assert "已并入同一件事，一起办" in page
    assert "交给物业秩序" in page
    assert "还是那辆车" in page
    assert leading.receipt not in page


def test_photos_are_only_counted(client: TestClient, report: ReportFactory) -> None:
    page = client.get(f"/r/{report().receipt}").text

    assert "/photos/" not in page


def test_a_receipt_may_be_typed_with_capitals_and_hyphens(client: TestClient, report: ReportFactory) -> None:
    code = report().receipt.upper()

    assert client.get(f"/r/{code[:4]}-{code[4:8]}-{code[8:]}").status_code == 200


def test_nothing_new_is_answered_with_304(
    client: TestClient, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    incident = report()
    tag = client.get(f"/r/{incident.receipt}").headers["etag"]

    same = client.get(f"/r/{incident.receipt}", headers={"if-none-match": tag})
    walk(incident, staff("duty"), "file")
    changed = client.get(f"/r/{incident.receipt}", headers={"if-none-match": tag})

    assert same.status_code == 304
    assert changed.status_code == 200


def test_an_unknown_receipt_is_a_friendly_page(client: TestClient) -> None:
    for typed in ("abcdefghjkmn", "x", "<script>alert(1)", "%00", "z" * 4000):
        answer = client.get(f"/r/{typed}")

        assert answer.status_code == 404
        assert "没有找到这张回执" in text_of(answer)
        assert "<script>alert" not in answer.text


def test_guessing_receipts_is_slowed_down(client: TestClient) -> None:
    codes = [client.get("/r/abcdefghjkmn").status_code for _ in range(questions.MISSES.amount + 1)]

    assert codes[-1] == 429
    assert set(codes[:-1]) == {404}


def test_a_plate_that_looks_misread_is_asked_about_and_nothing_is_blocked(
    client: TestClient, report: ReportFactory
) -> None:
    odd = report("parking.blocking", answers={"plate": "沪A1234I"})
    fine = report("parking.blocking", answers={"plate": "沪A12341"}, place="3号楼")

    page = text_of(client.get(f"/r/{odd.receipt}"))

    assert "车牌里没有字母 I，是不是把数字 1 写成了 I" in page
    assert "已收到" in page
    assert "你写的车牌" not in text_of(client.get(f"/r/{fine.receipt}"))


def test_the_receipt_of_a_retired_station_keeps_its_name_and_leads_nowhere_dead(
    site: Site, client: TestClient, report: ReportFactory
) -> None:
    incident = report()
    with site.store.work() as work:
        stations.retire(work, "sn10-north", "岗亭拆除", "陈主任")

    page = client.get(f"/r/{incident.receipt}")

    assert page.status_code == 200
    assert "北门站" in text_of(page)
    assert "值班电话" in text_of(page)
    assert "回到北门站" not in text_of(page)
