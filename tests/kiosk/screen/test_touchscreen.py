"""The real pages in a real browser: wet gloves, impatience, power cuts, and nobody there any more."""

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from kiosk.agent.view import Amenity, Line, NotAccepted, NotSaved, Tile

from .conftest import HOME, SmallAgent, until

pytestmark = pytest.mark.browser

LEAST_PX = 118
"""20 mm on a 10.1-inch panel of 1280×800 pixels."""


def press(page: Page, key: str) -> None:
    """One press, after the moment in which a bouncing finger is ignored."""
    page.clock.run_for(500)
    page.locator(f"{key}:visible").first.click()


def at(page: Page) -> str:
    return page.locator("body").get_attribute("data-view") or ""


def test_a_report_takes_three_presses_and_hands_out_a_receipt(page: Page, agent: SmallAgent) -> None:
    press(page, "[data-do=report]")
    press(page, "[data-code='parking.fire_lane']")
    press(page, "[data-do=send]")

    expect(page.locator(".sent__code")).to_be_visible()
    assert list(agent.taps.values()) == [("report", "parking.fire_lane", "北门站旁", "")]


def test_fire_shows_the_number_first_and_still_takes_four_presses(page: Page, agent: SmallAgent) -> None:
    press(page, "[data-do=report]")
    press(page, "[data-code='fire.open_flame']")
    expect(page.locator(".dial__number")).to_have_text("119")
    assert agent.taps == {}
    press(page, ".call-first .key--go")
    press(page, "[data-do=send]")

    expect(page.locator(".sent__code")).to_be_visible()
    assert [tap[1] for tap in agent.taps.values()] == ["fire.open_flame"]


def test_a_building_is_typed_on_the_pad(page: Page, agent: SmallAgent) -> None:
    press(page, "[data-do=report]")
    press(page, "[data-code='facility.light']")
    for digit in "0129":
        press(page, f"[data-digit='{digit}']")
    press(page, "[data-do=backspace]")
    expect(page.locator(".pad__shown")).to_have_text("12号楼")
    press(page, "[data-do=send]")

    until(lambda: agent.taps)
    assert [tap[2] for tap in agent.taps.values()] == ["12号楼"]


def test_a_bouncing_finger_checks_in_once(page: Page, agent: SmallAgent) -> None:
    page.clock.run_for(500)
    key = page.locator("[data-do=checkin]")
    key.dblclick()

    expect(page.locator(".result")).to_contain_text("今天第 1 位")
    assert len(agent.asked) == 1


def test_a_glove_that_slides_on_a_key_still_presses_it(page: Page, agent: SmallAgent) -> None:
    page.clock.run_for(500)
    box = page.locator("[data-do=checkin]").bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 90, steps=4)
    page.mouse.up()

    expect(page.locator(".result")).to_contain_text("谢谢，路上慢点")
    assert len(agent.taps) == 1


def test_nobody_there_for_thirty_seconds_wipes_everything(page: Page, agent: SmallAgent) -> None:
    press(page, "[data-do=report]")
    press(page, "[data-code='person.lost_elder']")
    press(page, ".call-first .key--go")
    press(page, "[data-digit='7']")

    page.clock.run_for(21_000)
    expect(page.locator(".leaving")).to_contain_text("秒后清空，回到首页")
    page.clock.run_for(10_000)

    expect(page.locator("body")).to_have_attribute("data-view", "home")
    assert "7号楼" not in page.content()
    assert page.locator("[data-fill=label]").all_text_contents() == ["", ""]
    assert agent.taps == {}


def test_a_touch_keeps_the_page(page: Page) -> None:
    press(page, "[data-do=report]")
    page.clock.run_for(25_000)
    page.mouse.click(640, 60)
    page.clock.run_for(25_000)

    assert at(page) == "report"


def test_the_receipt_of_another_is_gone_after_thirty_seconds(page: Page) -> None:
    press(page, "[data-do=report]")
    press(page, "[data-code='parking.fire_lane']")
    press(page, "[data-do=send]")
    receipt = page.locator(".sent__code").text_content()
    assert receipt
    page.clock.run_for(31_000)

    expect(page.locator("body")).to_have_attribute("data-view", "home")
    assert receipt not in page.content()


def test_a_full_disk_keeps_the_choice_and_the_retry_is_the_same_tap(page: Page, agent: SmallAgent) -> None:
    agent.failure = NotSaved("存储卡满了，这一条没存下来。")
    press(page, "[data-do=report]")
    press(page, "[data-code='fire.battery_smoke']")
    press(page, ".call-first .key--go")
    press(page, "[data-do=send]")
    expect(page.locator(".problem")).to_contain_text("存储卡满了，这一条没存下来。")
    expect(page.locator(".problem__what")).to_have_text("电瓶冒烟 · 北门站旁")
    expect(page.locator(".problem__call")).to_contain_text("119")
    agent.failure = None
    press(page, "[data-do=again]")

    expect(page.locator(".sent__code")).to_be_visible()
    assert len(agent.asked) == 2
    assert len(set(agent.asked)) == 1


def test_what_is_refused_is_not_offered_again(page: Page, agent: SmallAgent) -> None:
    agent.failure = NotAccepted("这里没有登记这件东西。")
    press(page, "[data-code=raincoat]")

    expect(page.locator(".problem")).to_contain_text("这里没有登记这件东西。")
    expect(page.locator("[data-do=again]")).to_be_hidden()


def test_raincoats_gone_is_one_press_and_can_be_taken_back(page: Page, agent: SmallAgent) -> None:
    press(page, "[data-code=raincoat]")
    expect(page.locator(".result")).to_contain_text("雨衣没了，记下了")
    press(page, "[data-do=undo]")

    expect(page.locator(".result")).to_contain_text("雨衣有了，记下了")
    assert list(agent.taps.values()) == [("amenity", "raincoat", "empty"), ("amenity", "raincoat", "ok")]
    assert len(set(agent.asked)) == 2


def test_the_line_says_offline_by_itself(page: Page, agent: SmallAgent) -> None:
    expect(page.locator(".home__foot .line")).to_have_text("在线")
    agent.show(line=Line.OFFLINE, backlog=2)
    page.clock.run_for(1_500)

    expect(page.locator(".home__foot .line")).to_have_text("离线 · 已保存 · 2 条待发")


def test_a_letter_that_arrives_is_shown_by_itself(page: Page, agent: SmallAgent) -> None:
    agent.show(letters=())
    page.clock.run_for(1_500)
    expect(page.locator(".part--letters .letter")).to_have_count(0)
    agent.show(letters=HOME.letters)
    page.clock.run_for(1_500)

    expect(page.locator(".part--letters .letter")).to_be_visible()


def test_nothing_moves_under_a_finger_that_is_choosing(page: Page, agent: SmallAgent) -> None:
    press(page, "[data-do=report]")
    agent.show(tiles=HOME.tiles[:3])
    page.clock.run_for(3_000)
    assert page.locator(".key--tile:visible").count() == len(HOME.tiles)
    page.clock.run_for(31_000)
    page.clock.run_for(1_500)

    expect(page.locator(".part--tiles .key--tile:not(.key--more)")).to_have_count(3)


def test_the_screen_waits_calmly_for_its_server_and_goes_on_where_it_was(page: Page, agent: SmallAgent) -> None:
    press(page, "[data-do=report]")
    press(page, "[data-code='parking.fire_lane']")
    agent.dead = True
    for _ in range(3):
        page.clock.run_for(1_100)
    expect(page.locator(".wait")).to_be_visible()
    agent.dead = False
    page.clock.run_for(1_100)

    expect(page.locator(".wait")).to_be_hidden()
    assert at(page) == "place"
    expect(page.locator(".place__send")).to_contain_text("消防通道被占")


def test_more_than_fits_goes_to_a_further_page(page: Page, agent: SmallAgent) -> None:
    agent.show(tiles=tuple(Tile(f"other.n{n}", f"种类{n}", "dots", "other", "P3", (), "") for n in range(60)))
    page.reload()
    press(page, "[data-do=report]")
    seen = set(page.locator(".key--tile:visible").all_text_contents())
    for _ in range(4):
        press(page, ".part--tiles [data-do=more]")
        seen |= set(page.locator(".key--tile:visible").all_text_contents())

    assert {f"种类{n}" for n in range(60)} <= seen


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (800, 1280)])
def test_every_key_is_twenty_millimetres(page: Page, agent: SmallAgent, width: int, height: int) -> None:
    many = tuple(Amenity(f"a{n}", "急救箱", "first-aid-kit", "ok", "还有很多件") for n in range(9))
    agent.show(amenities=many, spots=tuple(f"{n}号楼门口快递柜旁" for n in range(14)))
    page.set_viewport_size({"width": width, "height": height})
    page.reload()

    sizes = dict(_sizes(page))
    press(page, "[data-do=letter]")
    sizes |= _sizes(page)
    press(page, ".letter-full [data-do=home]")
    press(page, "[data-do=report]")
    sizes |= _sizes(page)
    press(page, "[data-code='fire.open_flame']")
    sizes |= _sizes(page)
    press(page, ".call-first .key--go")
    sizes |= _sizes(page)
    press(page, "[data-do=send]")
    expect(page.locator(".sent__code")).to_be_visible()
    sizes |= _sizes(page)

    assert len(sizes) > 40
    assert {key: size for key, size in sizes.items() if min(size) < LEAST_PX} == {}


def test_the_code_on_the_screen_can_be_scanned(page: Page) -> None:
    picture = Image.open(io.BytesIO(page.screenshot()))

    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [HOME.qr_url]


def test_no_request_leaves_the_kiosk(page: Page, address: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))

    page.reload()
    press(page, "[data-do=checkin]")
    expect(page.locator(".result")).to_contain_text("谢谢")

    assert len(asked) > 4
    assert [url for url in asked if not url.startswith(address)] == []
    assert complaints == []


def _sizes(page: Page) -> dict[str, list[float]]:
    """View and words of each visible key → width and height, in CSS pixels, of what lies on the panel."""
    keys: dict[str, list[float]] = page.evaluate(
        """() => Object.fromEntries(Array.from(document.querySelectorAll('[data-do]'))
            .filter((key) => key.offsetParent)
            .map((key) => {
              const box = key.getBoundingClientRect();
              const width = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
              const height = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
              return [document.body.dataset.view + ' ' + key.textContent.trim(), [width, height]];
            }))"""
    )
    return keys
