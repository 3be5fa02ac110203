"""How the riders' pages stand on a small screen, upright and sideways, with scripts and without."""

from playwright.sync_api import Page, expect

from server import stations
from server.kit.site import Site
from server.stations import Written

from ..conftest import ReportFactory
from .conftest import Rider, jpeg, text_of
from .test_station_in_a_browser import address, page

__all__ = ["address", "page"]

HEIGHT = "node => node.getBoundingClientRect().height"


def test_seven_photos_without_scripts_are_six_and_there_is_nothing_to_choose(rider: Rider) -> None:
    colours = ("red", "green", "blue", "olive", "navy", "teal", "black")

    answer = rider.send(rider.form(), *(jpeg(colour) for colour in colours))

    text = text_of(answer)
    assert answer.status_code == 422
    assert "就发这 6 张" in text
    assert "不带这张照片" not in text
    assert "换一张照片" not in text


def test_sideways_the_number_to_call_and_send_stand_on_the_first_screen_and_small_things_hold_together(
    address: str, page: Page, site: Site, report: ReportFactory
) -> None:
    with site.store.work() as work:
        stations.edit(work, "sn10-east", Written(opening="每天 06:00-22:00"), "陈主任")
    receipt = report("facility.light").receipt

    # Sideways: nothing between a fire and 119.
    page.set_viewport_size({"width": 640, "height": 360})
    page.goto(f"{address}/s/sn10-north/report?category=fire.open_flame")
    for one in (page.locator("a.call:visible"), page.locator("#send")):
        expect(one).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640

    # Upright: a draft's note is one row, whatever its link needs for a thumb.
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{address}/s/sn10-north/report")
    page.fill("#words", "门口一大堆")
    page.wait_for_function("cxzOutbox.all().then(all => all.some(one => one.values && one.values.words))")
    page.reload()
    expect(page.locator("#line")).to_contain_text("上次写到一半的还在")
    assert page.locator("#line").evaluate(HEIGHT) <= 56
    assert page.locator("#line button").evaluate(HEIGHT) >= 44

    # The nearest stations: open or not, and until when, on one line.
    page.goto(f"{address}/s/sn10-north")
    lines = page.locator(".door small:not(.door__far)")
    assert all(line.evaluate(HEIGHT) < 30 for line in lines.all())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    # A file's field looks like a button, with room for a thumb.
    page.goto(f"{address}/r/{receipt}/add")
    assert page.locator("input[type=file]").evaluate(HEIGHT) >= 60
