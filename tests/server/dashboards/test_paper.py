"""The Monday page as a PDF: one A4 whatever the week brought, the page's own numbers, each a link to its tickets."""

import html
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from server.dashboards import paper
from server.dashboards.figures import Aside, Cell, Count, Figure, Group, Held, Monday, Month, Owner, Proposed, Screen
from server.dashboards.place import Place
from server.dashboards.rules import week
from server.kit import press
from server.kit.clock import DAY_MS
from server.kit.errors import Unavailable
from tests.server.dashboards.test_monday import numbers
from tests.server.kit import pdf

MONDAY = week(1_795_000_000_000)
HOSTILE = '#read("/etc/passwd") $x$ *b* \\ \u202e\x00'
LONG = "非常非常长的名字，" * 20
HERE = Place("sn10", "淞南十村", ())


def count(value: int, what: str = "received") -> Count:
    return Count(value, f"/desk/tickets?what={what}&n={value}")


def made(page: Monday, place: Place = HERE) -> bytes:
    return press.pdf(paper.TEMPLATE, paper.sheet(page, place, "https://site.example"))


def fullest(name: str = LONG, value: int = 99_999) -> Monday:
    """More of everything than there is room for."""
    took, rate = Cell("1000.5 天 / 2000.5 天*", None, count(value)), Cell("100%*", count(value), count(value))
    return Monday(
        this=MONDAY,
        last=MONDAY.shifted(-7),
        running=True,
        figures=(
            *(Figure(one, "按期结了 ÷ 这一周到期；挂账、转办时停表", rate, rate) for one in paper.LEADS),
            *(Figure("接单用时", "收到到首次立案、属实或派遣，中位 / 九成不超过", took, took) for _ in range(20)),
        ),
        groups=tuple(Group(name, count(value), count(2), f"+{value}") for _ in range(20)),
        held=tuple(Held(one, count(value), "最早 11月27日 再看") for one in ("待复核", "挂账", "已转办")),
        asides=tuple(Aside(one, count(value), count(value)) for one in ("不予受理", "误报", "并案", "作废")),
        owners=tuple(Owner(name, count(value), "3000 天") for _ in range(30)),
        proposed=tuple(Proposed(one, name, count(value)) for one in range(10)),
        more_proposed=90,
        topic_days=30,
        months=tuple(Month("2026-10", value, name) for _ in range(12)),
        screens=tuple(Screen(name, "失联", "30 天") for _ in range(4)),
        screen_words=tuple(("从未上线", value) for _ in range(6)),
        now=MONDAY.start + DAY_MS,
    )


def empty() -> Monday:
    return replace(
        fullest(),
        running=False, figures=(), groups=(), held=(), asides=(), owners=(), proposed=(), more_proposed=0, months=(),
        screens=(), screen_words=(),
    )  # fmt: skip


def test_the_fullest_week_is_one_page_that_says_how_much_more_there_is() -> None:
    sheet = made(fullest(), replace(HERE, name=LONG))

    assert pdf.pages(sheet) == 1
    said = pdf.words(sheet).replace("\n", "")
    for more in ("另有 7 类", "另有 23 个责任方", "另有 94 处"):
        assert more in said


def test_an_empty_week_is_one_page_of_plain_words() -> None:
    sheet = made(empty())

    assert pdf.pages(sheet) == 1
    said = pdf.words(sheet).replace("\n", "")
    for words in ("两周都没有工单", "没有超期的", "没有新提出的", "还没有录入", "还没有屏幕"):
        assert words in said


def test_names_that_are_markup_are_set_as_names() -> None:
    sheet = made(fullest(HOSTILE, 3), replace(HERE, name='#panic("x")'))

    assert pdf.pages(sheet) == 1
    said = pdf.words(sheet).replace("\n", "")
    assert '#panic("x")' in said
    assert '#read("/etc/passwd")' in said
    assert "root:" not in said


def test_community_week_and_the_day_of_counting_stand_on_the_sheet() -> None:
    said = pdf.words(made(fullest())).replace("\n", "")

    assert "淞南十村 · 小站周报" in said
    assert f"第 {MONDAY.first.isocalendar().week} 周" in said
    assert MONDAY.label in said
    assert f"{MONDAY.first.year}-{MONDAY.first.month:02d}-{MONDAY.first.day + 1:02d} 00:00 统计" in said


@pytest.mark.parametrize(
    ("text", "halves", "said"),
    [
        ("北门", 4, "北门"), ("北门口", 5, "北…"), ("a" * 9, 8, "aaaaaa…"), ("两 行\n 字", 99, "两 行 字"), ("", 4, ""),
        ("北" * 10_000, 8, "北北北…"),
    ],
)  # fmt: skip
def test_a_name_is_cut_by_its_width(text: str, halves: int, said: str) -> None:
    assert paper.cut(text, halves) == said


def test_the_sheet_has_the_numbers_of_the_page_and_links_to_the_same_tickets(
    every_state: None, desk: TestClient, site: Any
) -> None:
    page = desk.get("/desk/monday?community=sn10").text
    answer = desk.get("/desk/monday.pdf?community=sn10")

    assert answer.headers["content-type"] == "application/pdf"
    assert pdf.pages(answer.content) == 1
    linked = set(pdf.links(answer.content))
    of_page = numbers(page.partition("<article")[2])
    assert len(of_page) > 40
    for address, _ in of_page:
        assert site.public_url + address in linked
    said = pdf.words(answer.content).replace("\n", "")
    for cell in re.findall(r"<td>(.*?)</td>", page.partition("<article")[2], re.DOTALL):
        for word in re.sub(r"<[^>]+>", " ", html.unescape(cell)).split():
            assert word in said, cell


def test_the_file_has_a_name_that_every_browser_can_keep(desk: TestClient, clock: Any) -> None:
    disposition = desk.get("/desk/monday.pdf?week=2026-11-18").headers["content-disposition"]

    assert disposition.isascii()
    assert re.search(r'attachment; filename="monday-2026-\d\d-\d\d\.pdf"; ', disposition)
    assert re.search(r"filename\*=UTF-8''小站周报-淞南十村-2026-\d\d-\d\d\.pdf$", unquote(disposition))


def test_no_name_of_a_person_stands_on_the_sheet(two_weeks: None, desk: TestClient) -> None:
    said = pdf.words(desk.get("/desk/monday.pdf").content).replace("\n", "")

    for name in ("张三", "王值班", "李师傅"):
        assert name not in said


def test_the_sheet_is_for_the_eyes_of_those_who_see_the_page(desk: TestClient, enter: Any, staff: Any) -> None:
    assert desk.get("/desk/monday.pdf?community=yh1").status_code == 404
    assert enter(staff("prop_guard")).get("/desk/monday.pdf").status_code == 403


def test_a_press_that_cannot_is_a_page_with_a_sentence(desk: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> bytes:
        raise Unavailable("这台服务器没有中文字体")

    monkeypatch.setattr(press, "pdf", cannot)

    answer = desk.get("/desk/monday.pdf")

    assert answer.status_code == 503
    assert "没有中文字体" in answer.text
    assert "content-disposition" not in answer.headers
