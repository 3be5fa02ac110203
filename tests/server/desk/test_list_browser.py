"""The list in a real browser: ticks, keys, menus, a flood of changes, and everything without a script."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server import incidents
from server.incidents import Incident
from server.kit.live import Change
from server.kit.site import Site
from server.staff import Person

from .conftest import wait_until

Staff = Callable[..., Person]
Report = Callable[..., Incident]
Walk = Callable[..., Incident]
DeskFactory = Callable[..., Page]

BATCHES, BATCH = 5, 100
"""A page that falls more than 256 changes behind is told to come again, which is another story."""


def box(page: Page, ticket: Incident) -> Any:
    return page.locator(f"#t{ticket.id} .ticket__pick input")


def requests_of(page: Page) -> list[str]:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    return seen


def changes(page: Page) -> int:
    """How many the bar says there are."""
    found = re.search(r"有 (\d+) 条新变化", page.locator("#fresh").text_content() or "")
    return int(found[1]) if found else 0


def test_tickets_are_ticked_and_handled_together_by_keys(
    site: Site, desk: DeskFactory, staff: Staff, report: Report
) -> None:
    _, second, _ = report(), report(), report()
    page = desk(staff("duty"))

    for key in ("j", "x", "ArrowDown", "x", "b"):
        page.keyboard.press(key)

    expect(page.locator("h1")).to_have_text("一起办 2 张")
    expect(box(page, second)).to_be_checked()
    page.locator("#moves").get_by_role("button", name="立案").click()
    expect(page.locator("h1")).to_have_text("办了 2 张")
    with site.store.look() as look:
        states = [one.state for one in incidents.find(look, ["sn10"])]
    assert states == ["filed", "filed", "reported"]


def test_a_ticked_row_that_somebody_moves_is_unticked_and_said_so(
    desk: DeskFactory, staff: Staff, report: Report, walk: Walk
) -> None:
    kept, moved = report(), report()
    page = desk(staff("duty"))
    box(page, kept).check()
    box(page, moved).check()
    expect(page.locator("#picked")).to_have_text("选了 2 张")

    walk(moved, staff("director"), "file")

    expect(page.locator("#picked")).to_have_text("选了 1 张；1 张刚有人动过，没有勾上")
    expect(box(page, kept)).to_be_checked()
    expect(box(page, moved)).not_to_be_checked()


def test_ticks_survive_changes_elsewhere_and_are_taken_off_together(
    desk: DeskFactory, staff: Staff, report: Report
) -> None:
    ticket = report()
    page = desk(staff("duty"))
    box(page, ticket).check()

    other = report()

    expect(page.locator(f"#t{other.id}")).to_be_visible()
    expect(box(page, ticket)).to_be_checked()
    page.keyboard.press("Escape")
    expect(box(page, ticket)).not_to_be_checked()
    expect(page.locator("#bulk")).to_be_hidden()


def test_tabs_views_and_the_search_have_keys(desk: DeskFactory, staff: Staff, report: Report) -> None:
    report()
    page = desk(staff("duty"))

    page.keyboard.press("5")
    expect(page.locator("#tabs [aria-current]")).to_contain_text("全部")
    expect(page.locator("#live")).to_have_text("实时")  # the scripts are there
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.locator("#views [aria-current]")).to_contain_text("我的")
    expect(page.locator("#live")).to_have_text("实时")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jx5?")
    expect(page.locator("#q")).to_have_value("jx5?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_where_the_keys_are_is_seen(desk: DeskFactory, staff: Staff, report: Report) -> None:
    report()
    page = desk(staff("duty"))

    page.keyboard.press("j")

    style = page.evaluate(
        "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
    )
    assert style == ["solid", "3px"]


def test_a_flood_of_changes_becomes_one_bar_and_few_requests(
    site: Site, desk: DeskFactory, staff: Staff, report: Report
) -> None:
    ticket = report()
    page = desk(staff("duty"))
    box(page, ticket).check()  # somebody is at it: nothing may move by itself
    asked = requests_of(page)

    for batch in range(1, BATCHES + 1):
        for number in range(BATCH):
            data: dict[str, str | int] = {"id": batch * 1000 + number, "level": "P3", "desk": "duty"}
            site.live.publish(Change("incident", "sn10", {**data, "former_desk": "duty"}))
        wait_until(lambda batch=batch: changes(page) > batch * BATCH - 20)  # type: ignore[misc]
    fire = report("fire.open_flame")

    expect(page.locator("#fresh")).to_be_visible()
    expect(page.locator(f"#t{fire.id}")).to_be_visible()
    expect(page.locator("#alarm")).to_contain_text("1件紧急没人接")
    expect(page.locator("#tabs a").first).to_have_text("待受理2")
    rows = [url for url in asked if "/desk/rows/" in url]
    assert len(rows) < 20
    assert len(asked) < 40
    late = report()
    expect(page.locator("#fresh")).to_contain_text("条新变化")
    page.locator("#fresh").click()
    expect(page.locator(f"#t{late.id}")).to_be_visible()
    expect(page.locator(f"#t{ticket.id}")).to_be_visible()
    expect(page.locator("#fresh")).to_be_hidden()


def test_a_saved_filters_count_follows(site: Site, desk: DeskFactory, staff: Staff, report: Report) -> None:
    from server.desk import filters, saved

    duty = staff("duty")
    with site.store.work() as work:
        saved.save(work, duty, "停车", filters.parse("tab=new&group=parking", "new"), "")
    page = desk(duty, "/desk?tab=closing")
    expect(page.locator("#chips a")).to_have_text("停车0")

    report("parking.fire_lane")

    expect(page.locator("#chips a")).to_have_text("停车1")


@pytest.mark.parametrize("width", [360, 1440])
def test_without_any_script_tickets_are_found_saved_and_handled_together(
    site: Site, desk: DeskFactory, staff: Staff, report: Report, width: int
) -> None:
    first, second = report(words="白车"), report(words="白车")
    page = desk(staff("duty"), width=width, scripts=False)

    page.locator("#q").fill("白车")
    page.locator("#q").press("Enter")
    page.get_by_text("存为常用").click()
    page.get_by_label("起个名字").fill("白车")
    page.get_by_role("button", name="存下来").click()
    expect(page.locator("#chips a")).to_contain_text("白车")
    box(page, first).check()
    box(page, second).check()
    page.get_by_role("button", name="办理所选").click()
    expect(page.locator("h1")).to_have_text("一起办 2 张")
    page.locator("summary", has_text="不予受理").click()
    page.locator("#reject-note").fill("不归我们管")
    page.locator("#reject-reply").fill("请打 12345")
    page.locator("details[open]").get_by_role("button", name="不予受理").click()

    expect(page.locator("h1")).to_have_text("办了 2 张")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with site.store.look() as look:
        assert {one.state for one in incidents.find(look, ["sn10"])} == {"rejected"}


@pytest.mark.parametrize(
    "path", ["/desk?tab=all", "/desk?tab=all&q=%E7%99%BD%E8%BD%A6", "/desk/workload", "/desk/filters"]
)
def test_nothing_is_wider_than_a_phone(desk: DeskFactory, staff: Staff, report: Report, walk: Walk, path: str) -> None:
    duty = staff("duty", name="一个名字很长很长的人")
    walk(report(words="白车" * 60, place="一个非常非常非常长的地点" * 6), duty, "claim")
    page = desk(duty, path, width=360, scripts=False)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
