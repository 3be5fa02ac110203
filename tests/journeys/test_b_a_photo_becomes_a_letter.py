"""A rider's photo, three browsers, and a letter on the wall."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from firmware_stubs.simulators.riders import picture

from .town import Town, wait_for

pytestmark = pytest.mark.journey


def big_jpeg(path: Path) -> Path:
    """A noisy 12-megapixel camera photo of about 3 MB, lying on its side, with a place in its EXIF."""
    import random

    scene = Image.open(io.BytesIO(picture(random.Random(7)))).resize((4000, 3000))
    noise = Image.effect_noise((4000, 3000), 22).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 21.0, 10.0), 3: "E", 4: (121.0, 29.0, 12.0)})
    exif.get_ifd(0x8769).update({0x9003: "2026:03:16 12:19:00"})
    Image.blend(scene, noise, 0.3).save(path, "JPEG", quality=88, exif=exif)
    return path


def test_a_photo_from_the_phone_is_closed_on_the_desk_and_thanked_on_the_wall(
    town: Town,
    window: Callable[[int, int], Page],
    log_in: Callable[[Page, str], None],
    tmp_path: Path,
    figure: Callable[[str], None],
) -> None:
    phone, duty, guard, wall = window(360, 640), window(1440, 900), window(390, 800), window(1280, 800)
    photo = big_jpeg(tmp_path / "street.jpg")
    log_in(duty, "duty")
    wall.goto(town.kiosks[0])

    phone.goto(f"{town.url}/s/sn10-north")
    phone.get_by_role("link", name="我要上报").click()
    phone.get_by_text("消防通道被占", exact=True).click()
    phone.locator("input[type=file]").set_input_files(photo)
    expect(phone.locator("#previews li")).to_have_count(1)
    began = time.monotonic()
    phone.get_by_role("button", name="发送").click()
    phone.wait_for_url("**/r/*")
    figure(
        f"phone send → receipt, a {photo.stat().st_size / 1e6:.1f} MB photo shrunk by the page: "
        f"{time.monotonic() - began:.2f} s (wanted: under 1 s)"
    )
    expect(phone.locator("main")).to_contain_text("已收到")

    row = duty.locator("li.ticket", has_text="消防通道被占").first
    row.click()
    step(duty, "立案")
    duty.get_by_role("radio", name="物业秩序").check()
    step(duty, "派遣")
    log_in(guard, "guard")
    guard.locator("li.ticket", has_text="消防通道被占").first.click()
    guard.get_by_role("textbox", name="怎么处理的", exact=True).fill("车主已挪车")
    step(guard, "处理完成")
    duty.reload()
    step(duty, "核查通过")
    duty.get_by_label("给骑手的话").fill("车已经挪走了，谢谢你 <b>")
    began = time.monotonic()
    step(duty, "结案")

    expect(wall.locator(".letter").first).to_contain_text("谢谢你告诉我们“消防通道被占”")
    figure(f"closed on the desk → letter on the wall: {time.monotonic() - began:.2f} s")
    expect(phone.locator("main")).to_contain_text("车已经挪走了，谢谢你 <b>", timeout=30_000)
    ((taken, lat, lon),) = town.rows("select taken, lat, lon from photos")
    assert taken == "2026-03-16T12:19:00"
    assert (round(lat, 3), round(lon, 3)) == (31.353, 121.487)
    for stored in (town.data / "photos").rglob("*.jpg"):
        with Image.open(stored) as image:
            assert not image.getexif()
            assert image.height > image.width  # upright
            assert max(image.size) in {1600, 320}


def test_the_plain_form_sends_a_3_mb_photo_without_javascript(
    town: Town, browser: object, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    from playwright.sync_api import Browser

    assert isinstance(browser, Browser)
    photo = big_jpeg(tmp_path / "street.jpg")
    context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    phone = context.new_page()
    phone.goto(f"{town.url}/s/sn10-east/report")
    phone.get_by_text("电动车堆放", exact=True).click()
    phone.locator("input[type=file]").set_input_files(photo)

    began = time.monotonic()
    phone.get_by_role("button", name="发送").click()
    phone.wait_for_url("**/r/*")

    figure(
        f"plain form → receipt, {photo.stat().st_size / 1e6:.1f} MB sent as it is: "
        f"{time.monotonic() - began:.2f} s (wanted: under 1 s)"
    )
    expect(phone.locator("main")).to_contain_text("已收到")
    context.close()


def test_a_rider_checks_in_with_the_code_on_the_wall(town: Town, window: Callable[[int, int], Page]) -> None:
    import zxingcpp

    wall, phone = window(1280, 800), window(360, 640)
    wall.goto(town.kiosks[1])
    shot = Image.open(io.BytesIO(wall.locator("[data-part=qr] svg").first.screenshot()))
    (code,) = zxingcpp.read_barcodes(shot)
    assert code.text.startswith(f"{town.url}/s/sn10-east?c=")

    phone.goto(code.text)
    phone.get_by_role("button", name="到站打卡").click()

    expect(phone.locator("main")).to_contain_text("核验")
    wait_for(
        lambda: town.rows("select id from checkins where channel = 'phone' and presence = 'verified'"),
        "the verified check-in",
    )


def step(desk: Page, label: str) -> None:
    """Press the move's button, wherever its form stands, and wait for the page that answers."""
    button = desk.locator("#moves").get_by_role("button", name=label)
    if not button.is_visible():
        desk.locator("#moves summary", has_text=label).click()
    with desk.expect_navigation():
        button.click()
