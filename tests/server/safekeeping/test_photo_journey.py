"""A photo's whole way through the desk in a real browser: covered, viewed, hidden, put back, held; and a guard's."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.incidents import Incident
from server.kit.site import Site
from server.photos import records
from server.staff import Person
from tests.server.desk.conftest import DeskFactory, address, browser, desk, session
from tests.server.privacy.conftest import jpeg

__all__ = ["address", "browser", "desk", "session"]
pytestmark = pytest.mark.browser


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def loaded(page: Page, title: str) -> None:
    """The picture is there: no broken image."""
    shown = page.get_by_role("img", name=f"{title}，点开看大图")
    shown.scroll_into_view_if_needed()
    page.wait_for_function("(one) => one.complete && one.naturalWidth > 0", arg=shown.element_handle())


def test_a_photo_is_covered_viewed_hidden_found_again_and_held_against_deletion(
    site: Site, desk: DeskFactory, report: Callable[..., Incident], photo: Any, staff: Callable[..., Person], walk: Any
) -> None:
    number, director = photo(), staff("director", name="周主任")
    incident = report(photos=(number,), words="三号楼门口")
    with site.store.work() as work:
        records.note_reading(work, number, [(600, 600, 200, 100)])
    page = desk(director, f"/desk/incidents/{incident.id}")
    loaded(page, "照片 1")
    expect(page.locator("#photos")).to_contain_text("建议打码 1 处")

    page.locator("#photos").get_by_role("link", name="打码").click()
    canvas = page.locator("#canvas")
    expect(canvas).to_be_visible()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="盖住，保存").click()
    expect(page.get_by_text("打好码了")).to_be_visible()
    page.get_by_role("link", name=f"回到 {incident.number}").click()
    loaded(page, "照片 1")
    page.reload()
    card = page.locator("#photos")
    expect(card).to_contain_text("打过码")
    card.locator("summary", has_text="1 人看过").click()
    expect(card.get_by_text(re.compile("周主任 看了"))).to_be_visible()

    card.get_by_role("button", name="证件/发错了").click()
    expect(card).to_contain_text("发错了，已藏起来")
    expect(card.locator("img")).to_have_count(0)
    expect(page.locator(".badges")).to_contain_text("1 张照片标为发错")
    page.goto(page.url.partition("/desk")[0] + "/desk/photos/hidden")
    page.get_by_role("link", name=incident.number).click()
    card.get_by_role("button", name="点错了，放回去").click()
    loaded(page, "照片 1")

    card.locator("#hold > summary").click()
    page.locator("#hold-why").fill("派出所来函")
    card.get_by_role("button", name="保留", exact=True).click()
    expect(card).to_contain_text("保留中")
    walk(incident, director, "reject")
    page.goto(page.url.partition("/desk")[0] + "/desk/privacy")
    page.locator("[name=receipts]").fill(incident.receipt)
    page.get_by_role("button", name="看看有什么").click()
    expect(page.locator("#main")).to_contain_text("按规定要保留到")


def test_a_guard_on_a_phone_without_scripts_adds_a_photo_and_reports_the_work_done(
    desk: DeskFactory,
    report: Callable[..., Incident],
    photo: Any,
    staff: Callable[..., Person],
    walk: Any,
    tmp_path: Path,
) -> None:
    incident = walk(report(photos=(photo(),)), staff("duty"), "file", "dispatch")
    (tmp_path / "after.jpg").write_bytes(jpeg("green"))
    page = desk(staff("prop_guard", name="李师傅"), f"/desk/incidents/{incident.id}", width=360, scripts=False)
    assert not overflows(page)

    page.locator("#add-photos > summary").click()
    assert not overflows(page)
    assert page.locator("#add-files").get_attribute("accept") == "image/*"
    page.locator("#add-words").fill("车挪走了")
    page.locator("#add-files").set_input_files(tmp_path / "after.jpg")
    page.get_by_role("button", name="加照片，处理完成").click()

    expect(page.get_by_text("照片加上了，也报告了处理完成。")).to_be_visible()
    expect(page.locator("#photos")).to_contain_text("现场照片 1")
    expect(page.locator("#history")).to_contain_text("车挪走了")
    assert not overflows(page)
