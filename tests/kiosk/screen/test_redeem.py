"""A voucher at the touchscreen: eight digits with gloves on, corrected where they were typed, wiped when left."""

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from kiosk.agent.view import Line, NotAccepted

from .conftest import SmallAgent

LEAST_PX = 118
"""20 mm on a 10.1-inch panel of 1280×800 pixels."""


def press(page: Page, key: str) -> None:
    page.clock.run_for(500)
    page.locator(f"{key}:visible").first.click()


def type_in(page: Page, code: str) -> None:
    for digit in code:
        press(page, f".redeem [data-digit='{digit}']")


@pytest.mark.browser
def test_a_wrong_code_is_corrected_where_it_was_typed_and_the_right_one_brings_a_raincoat(
    page: Page, agent: SmallAgent
) -> None:
    agent.failure = NotAccepted("这个码不对。还能试 2 次。")
    press(page, "[data-do=redeem]")
    type_in(page, "1234567")
    expect(page.locator("[data-do=take]")).to_be_disabled()
    type_in(page, "99")
    press(page, "[data-do=backspace]")
    type_in(page, "8")
    expect(page.locator(".redeem__shown")).to_have_text("1234 5678")
    for key in page.locator(".redeem .key:visible").all():
        box = key.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= LEAST_PX

    press(page, "[data-do=take]")
    expect(page.locator(".redeem__why")).to_have_text("这个码不对。还能试 2 次。")
    expect(page.locator(".redeem__shown")).to_have_text("____ ____")
    agent.failure = None
    type_in(page, "87654321")
    press(page, "[data-do=take]")

    expect(page.locator(".result h1")).to_have_text("雨衣出来了，请拿好")
    assert list(agent.taps.values()) == [("redeem", "87654321")]
    assert len(set(agent.asked)) == 2


@pytest.mark.browser
def test_a_code_half_typed_is_wiped_when_nobody_is_there(page: Page) -> None:
    press(page, "[data-do=redeem]")
    type_in(page, "1234")

    page.clock.run_for(31_000)
    expect(page.locator("body")).to_have_attribute("data-view", "home")
    press(page, "[data-do=redeem]")

    expect(page.locator(".redeem__shown")).to_have_text("____ ____")


@pytest.mark.parametrize(
    ("outcome", "says"),
    [("dispensed", "雨衣出来了"), ("by_hand", "请向值班员领取雨衣"), ("unknown", "不确定雨衣出来没有")],
)
def test_what_came_of_it_is_said_truly(client: TestClient, agent: SmallAgent, outcome: str, says: str) -> None:
    agent.outcome = outcome

    answer = client.post("/redeem", json={"tap": "tap-00000001", "code": "12345678"})

    assert says in answer.text
    assert ("021-5555-0110" in answer.text) is (outcome != "dispensed")


def test_offline_nobody_is_said_to_see_it_already(client: TestClient, agent: SmallAgent) -> None:
    agent.outcome = "by_hand"
    agent.show(line=Line.OFFLINE)

    answer = client.post("/redeem", json={"tap": "tap-00000001", "code": "12345678"})

    assert "联网后值班员看得到" in answer.text


@pytest.mark.parametrize("code", ["1234567", "123456789", "1234567a", "１２３４５６７８", 12345678, None])
def test_what_no_keypad_types_is_not_understood(client: TestClient, agent: SmallAgent, code: object) -> None:
    answer = client.post("/redeem", json={"tap": "tap-00000001", "code": code})

    assert answer.status_code == 422
    assert agent.taps == {}
