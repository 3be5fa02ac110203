"""The Monday page: every number is a link to exactly so many tickets of one's own communities, and no names."""

import csv
import html
import io
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import stations
from server.dashboards import list_pages
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.site import Site
from tests.server.dashboards.conftest import CLOSING, set_clock

NUMBER = re.compile(r'<a class="n" href="([^"]+)">(?:n=)?(\d+)</a>')


def numbers(page: str) -> list[tuple[str, int]]:
    """(address, number) of every number on the page."""
    return [(html.unescape(address), int(number)) for address, number in NUMBER.findall(page)]


def listed(desk: TestClient, address: str) -> tuple[int, list[int]]:
    """What the list says it has, and the tickets on all of its pages."""
    said, found, to = -1, [], address
    while to:
        page = desk.get(to)
        assert page.status_code == 200, to
        (said,) = (int(number) for number in re.findall(r'<b id="count">(\d+)</b>', page.text))
        found += [int(number) for number in re.findall(r'data-ticket="(\d+)"', page.text)]
        onwards = re.search(r'href="([^"]+)" rel="next"', page.text)
        to = html.unescape(onwards[1]) if onwards else ""
    return said, found


def figure(page: str, name: str) -> list[str]:
    """This week's and last week's cell of a line, as read."""
    row = re.search(rf'<tr><th scope="row">{name}<small>.*?</tr>', page, re.DOTALL)
    assert row is not None, name
    cells = re.findall(r"<td>(.*?)</td>", row[0], re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def test_every_number_is_a_link_to_exactly_so_many_tickets(two_weeks: None, enter: Any, staff: Any) -> None:
    for role, scopes in (("duty", ("community:sn10",)), ("street", ("street:songnan",))):
        desk = enter(staff(role, scopes=scopes))
        page = desk.get("/desk/monday").text
        found = numbers(page)

        assert len(found) > 40
        for address, number in found:
            said, tickets = listed(desk, address)
            assert said == number == len(tickets) == len(set(tickets)), address


def test_the_figures_of_a_small_fortnight_are_these(two_weeks: None, desk: TestClient) -> None:
    page = desk.get("/desk/monday").text

    assert figure(page, "收到") == ["7", "2"]
    assert figure(page, "结案") == ["4", "1"]
    assert figure(page, "接单用时") == ["不到 1 分 / 不到 1 分* n=4", "不到 1 分 / 不到 1 分* n=1"]
    assert figure(page, "办结用时")[0] == "40 分钟 / 40 分钟* n=4"
    assert figure(page, "立案率") == ["67% 4 / n=6", "50%* 1 / n=2"]
    assert figure(page, "结案率") == ["75%* 3 / n=4", "100%* 1 / n=1"]
    assert figure(page, "返工率") == ["50%* 2 / n=4", "0%* 0 / n=1"]
    assert figure(page, "重开") == ["1 n=4", "0 n=1"]
    assert figure(page, "满意率") == ["33%* 1 / n=3", "— 0 / n=0"]


def test_in_every_state_a_number_is_exactly_its_tickets_and_no_ticket_is_lost(
    every_state: None, desk: TestClient
) -> None:
    page = desk.get("/desk/monday").text

    for address, number in numbers(page):
        said, tickets = listed(desk, address)
        assert said == number == len(tickets) == len(set(tickets)), address
    assert figure(page, "收到")[0] == "15"


def test_what_is_shelved_transferred_void_or_unconfirmed_counts_apart_from_solved(
    every_state: None, desk: TestClient
) -> None:
    page = desk.get("/desk/monday").text

    def row(name: str) -> list[str]:
        found = re.search(rf'<tr><th scope="row">{name}</th>(.*?)</tr>', page, re.DOTALL)
        assert found is not None, name
        return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", found[1], re.DOTALL)]

    assert row("待复核") == ["1 张", "最久 2 天"]
    assert row("挂账") == ["1 张", "最早 11月27日 再看"]
    assert row("已转办") == ["1 张", "最早 11月24日 再看"]
    assert row("不予受理") == ["2", "上周 0"]
    assert row("设备误报") == ["1", "上周 0"]
    assert row("并案") == ["1", "上周 0"]
    assert row("作废") == ["1", "上周 0"]
    assert figure(page, "结案")[0] == "2"
    # 15 received; without the finding, the false alarm, the merged and the void one; two were turned down, one waits.
    assert figure(page, "立案率")[0] == "73% 8 / n=11"
    assert figure(page, "结案率")[0] == "12% 1 / n=8"
    assert figure(page, "重开")[0] == "1 n=2"
    assert figure(page, "返工率")[0] == "50%* 1 / n=2"


def test_the_clock_of_what_is_shelved_or_transferred_stands_still_on_every_list(
    every_state: None, enter: Any, duty: Any, clock: Any
) -> None:
    set_clock(clock, 2026, 11, 26, 12, 0)
    desk = enter(duty)

    assert listed(desk, "/desk/tickets?what=overdue&state=filed")[0] > 0
    for state in ("shelved", "transferred"):
        page = desk.get(f"/desk/tickets?what=now&state={state}").text
        assert 'id="count">1</b>' in page
        assert "pill--warn" not in page
        assert listed(desk, f"/desk/tickets?what=overdue&state={state}") == (0, [])


def test_on_time_counts_what_came_due_whether_it_was_closed_or_not(
    clock: Any, staff: Any, enter: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    set_clock(clock, 2026, 11, 17, 9, 0)
    in_time, late, never = report("fire.open_flame"), report("fire.open_flame"), report("fire.open_flame")
    walk(in_time, duty, *CLOSING)
    clock.forward(5 * HOUR_MS)
    walk(late, duty, *CLOSING)

    page = enter(duty).get("/desk/monday").text

    assert never.level == "P0"
    assert figure(page, "按期结案率") == ["33%* 1 / n=3", "— 0 / n=0"]
    assert re.search(r'<th scope="row">值班</th><td><a class="n" [^>]*>1</a> 张</td><td>最久超 1 小时', page)


def test_a_millisecond_before_monday_counts_last_week(clock: Any, staff: Any, enter: Any, report: Any) -> None:
    duty = staff("duty")
    set_clock(clock, 2026, 11, 15, 23, 59)
    report()
    set_clock(clock, 2026, 11, 16, 0, 0)
    report()
    report()

    page = enter(duty).get("/desk/monday").text

    assert figure(page, "收到") == ["2", "1"]
    assert figure(enter(duty).get("/desk/monday?week=2026-11-15").text, "收到") == ["1", "0"]


def test_two_empty_weeks_are_a_page_of_dashes_and_noughts(desk: TestClient) -> None:
    page = desk.get("/desk/monday")

    assert page.status_code == 200
    assert figure(page.text, "立案率") == ["— 0 / n=0", "— 0 / n=0"]
    assert figure(page.text, "办结用时") == ["— n=0", "— n=0"]
    assert "两周都没有工单" in page.text
    assert {number for _, number in numbers(page.text)} == {0}


def test_one_ticket_is_one_everywhere(desk: TestClient, report: Any) -> None:
    report()

    page = desk.get("/desk/monday").text

    assert figure(page, "收到") == ["1", "0"]
    assert figure(page, "立案率") == ["0%* 0 / n=1", "— 0 / n=0"]
    assert re.search(r'<th scope="row">停车</th><td><a [^>]*>1</a></td><td><a [^>]*>0</a></td><td>\+1</td>', page)


def test_no_name_of_a_rider_or_a_person_stands_on_the_page_or_in_its_sheets(two_weeks: None, desk: TestClient) -> None:
    for path in ("/desk/monday", "/desk/monday.csv", "/desk/tickets.csv?what=received"):
        text = desk.get(path).text
        body = text.partition("<main")[2] or text
        for name in ("张三", "王值班", "李师傅"):
            assert name not in body, path


def test_a_place_that_keeps_coming_up_is_proposed_with_its_tickets(two_weeks: None, desk: TestClient) -> None:
    page = desk.get("/desk/monday").text

    assert re.search(r'<a href="/desk/topics/1">灯不亮 · .*?</a></th><td>30 天 <a class="n" [^>]*>3</a> 张', page)


def test_a_person_sees_only_the_own_communities(two_weeks: None, enter: Any, staff: Any) -> None:
    here, there = enter(staff("duty")), enter(staff("duty", scopes=("community:sn11",)))
    street = enter(staff("street", scopes=("street:songnan",)))

    assert figure(there.get("/desk/monday").text, "收到") == ["1", "0"]
    assert figure(street.get("/desk/monday").text, "收到") == ["8", "2"]
    assert figure(street.get("/desk/monday?community=sn11").text, "收到") == ["1", "0"]
    for path in ("/desk/monday", "/desk/monday.csv", "/desk/tickets", "/desk/tickets.csv", "/desk/monday/numbers"):
        assert here.get(f"{path}?community=sn11").status_code == 404, path
    assert listed(there, "/desk/tickets?what=received")[0] == 1
    assert there.get("/desk/tickets?what=topic&topic=1").status_code == 404


@pytest.mark.parametrize("role", ["prop_guard", "prop_eng", "volunteer", "grid", "it"])
@pytest.mark.parametrize("path", ["monday", "monday.csv", "monday/numbers", "tickets", "tickets.csv"])
def test_who_only_handles_gets_no_figures(enter: Any, staff: Any, role: str, path: str) -> None:
    assert enter(staff(role)).get(f"/desk/{path}").status_code == 403


def test_nobody_gets_in_without_logging_in(client: TestClient) -> None:
    assert client.get("/desk/monday", follow_redirects=False).headers["location"].startswith("/login")


@pytest.mark.parametrize(
    "query",
    [
        "what=%3Cscript%3E", "from=x&to=y", "from=2026-11-20&to=2026-11-10", "desk=mayor&level=P9&state=gone&face=sad",
        "topic=-1", "topic=" + "9" * 400, "group='%20or%201=1%20--", "station=%00", "category=" + "x" * 5000,
        "from=0001-01-01&to=9999-12-31", "what=overdue&from=2026-11-16&to=2026-11-23",
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_a_list_and_no_error(desk: TestClient, report: Any, query: str) -> None:
    report()

    answer = desk.get(f"/desk/tickets?{query}")

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "what=<" not in answer.text


def test_long_lists_go_on_page_after_page_without_holes_or_repeats(
    desk: TestClient, report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_pages, "PAGE", 3)
    made = [report().id for _ in range(7)]

    said, tickets = listed(desk, "/desk/tickets?what=received")

    assert said == 7
    assert tickets == made[::-1]


def test_the_sheets_never_run_what_people_typed(desk: TestClient, report: Any) -> None:
    hostile = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "＝1", '",=1']
    for place in hostile:
        report(place=place)

    answer = desk.get("/desk/tickets.csv?what=received")

    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[5] for row in rows[1:]] == ['",=1', "'＝1", "'@SUM(1)", "'-1", "'+1", "'=HYPERLINK(1)"]
    assert len({len(row) for row in rows}) == 1


def test_a_persons_whereabouts_stay_out_of_the_sheet_and_the_list(desk: TestClient, report: Any) -> None:
    report("person.lost_elder", place="7号楼301")

    for path in ("/desk/tickets", "/desk/tickets.csv"):
        assert "7号楼301" not in desk.get(f"{path}?what=received").text


def test_complaints_are_entered_by_hand_corrected_and_signed(desk: TestClient, duty: Any, clock: Any) -> None:
    set_clock(clock, 2026, 11, 19, 12, 0)
    form = {"community": "sn10", "month": "2026-10", "source": "12345 月报"}
    for number in ("14", "12"):
        answer = desk.post("/desk/monday/complaints", data={**form, "number": number}, follow_redirects=False)
        assert answer.status_code == 303

    page = desk.get("/desk/monday").text

    assert '<th scope="row">2026-10</th><td>12 件</td>' in page
    assert "12345 月报" in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"month": "2099-01"}, "以后的月份"), ({"month": "2026-13"}, "请选月份"), ({"number": "-1"}, "整数"),
        ({"number": "1e9"}, "整数"), ({"source": "  "}, "从哪里来"), ({"source": "长" * 31}, "从哪里来"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_and_kept(desk: TestClient, given: dict[str, str], said: str) -> None:
    form = {"community": "sn10", "month": "2026-10", "number": "3", "source": "12345 月报", **given}

    answer = desk.post("/desk/monday/complaints", data=form)

    assert answer.status_code == 422
    assert said in answer.text
    for value in given.values():
        assert html.escape(value.strip()) in answer.text


def test_nobody_enters_numbers_for_another_community(desk: TestClient) -> None:
    form = {"community": "yh1", "month": "2026-10", "number": "3", "source": "x"}

    assert desk.post("/desk/monday/complaints", data=form).status_code == 404


def test_the_director_moves_a_line_and_the_duty_officer_only_reads_it(desk: TestClient, enter: Any, staff: Any) -> None:
    form = {"community": "sn10", "name": "rating_days", "value": "14"}
    director = enter(staff("director", name="李主任"))

    assert desk.post("/desk/monday/thresholds", data=form).status_code == 403
    assert director.post("/desk/monday/thresholds", data=form, follow_redirects=False).status_code == 303
    assert director.post("/desk/monday/thresholds", data={**form, "value": "x"}).status_code == 422
    assert director.post("/desk/monday/thresholds", data={**form, "name": "x"}).status_code == 404
    page = desk.get("/desk/monday/numbers").text
    assert '<b id="rating_days">14</b>' in page
    assert "李主任" in page


def test_the_screens_are_told_in_words(desk: TestClient, site: Site) -> None:
    for kiosk, station in (("kiosk-1", "sn10-north"), ("kiosk-2", "yh1-gate")):
        stations.pair(site, kiosk, station, "mqtt://127.0.0.1:1")
    site.mailbox.heard("kiosk-1", "lost", "nonce-1", 0, site.store.clock() - 2 * DAY_MS)
    site.mailbox.heard("kiosk-2", "lost", "nonce-2", 0, site.store.clock())

    page = desk.get("/desk/monday").text

    assert "失联 1" in page
    assert "淞南十村 · 北门站：失联 2 天" in page
    assert "友谊站" not in page
