"""The sign on the wall and the installer's page: one sheet a station, a code that is read, and no secret on it."""

import io
import re
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from server import stations
from server.kit import press
from server.kit.site import Site
from server.stationbook import installer_pages, signs
from server.stationbook.paper import Order
from server.stations import Written


def order(site: Site, make: Any, *codes: str) -> Order:
    with site.store.look() as look:
        made: Order = make(look, [stations.get(look, code) for code in codes], "https://zhan.example.cn")
    return made


@pytest.mark.parametrize("make", [signs, installer_pages])
def test_the_code_on_the_paper_leads_to_the_station(site: Site, make: Any) -> None:
    sheet = order(site, make, "sn10-north")

    picture = Image.open(io.BytesIO(press.png(sheet.template, sheet.data, dots_per_inch=100)))

    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == "https://zhan.example.cn/s/sn10-north"


@pytest.mark.parametrize("make", [signs, installer_pages])
def test_whatever_is_written_each_station_has_exactly_one_sheet(site: Site, make: Any) -> None:
    hours = "01:00-02:00、03:00-04:00、05:00-06:00"
    much = Written(
        name="长" * 20,
        address="#[$址" * 15,
        opening="；".join(f"周{day} {hours}、{hour}:00-23:00" for hour, day in enumerate("一二三四五六日", 10)),
        contacts="；".join(f"某某{number} 物业工程 021-5555011{number}" for number in range(8)),
        charging_ports="999",
        bay_slots="999",
    )
    with site.store.work() as work:
        for code in ("sn10-north", "sn10-east"):
            stations.edit(work, code, much, "小林")
        stations.edit(work, "sn10-east", Written(amenities="雨衣"), "小林")
        stations.say(work, "sn10-east", "raincoat", "removed", "", "小林")

    pdf = order(site, make, "sn10-north", "sn10-east").pdf()

    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2


def test_no_secret_stands_on_any_sheet(site: Site) -> None:
    for make in (signs, installer_pages):
        sheet = order(site, make, "sn10-north")
        with site.store.look() as look:
            assert stations.get(look, "sn10-north").presence_key.hex() not in repr(sheet.data)


def test_the_desk_hands_out_one_pdf_for_all_that_are_looked_at(enter: Any, staff: Any) -> None:
    desk = enter(staff("it"))

    answer = desk.get("/desk/stations/-/signs.pdf", params={"q": "北门"})

    assert answer.headers["content-type"] == "application/pdf"
    assert len(re.findall(rb"/Type\s*/Page\b", answer.content)) == 1
    assert desk.get("/desk/stations/-/signs.pdf", params={"q": "没有"}).status_code == 409
    assert desk.get("/desk/stations/sn10-north/installer.pdf").content.startswith(b"%PDF")


def test_a_retired_station_is_not_printed_any_more(site: Site, enter: Any, staff: Any) -> None:
    with site.store.work() as work:
        stations.retire(work, "sn10-north", "拆了", "小林")

    assert enter(staff("it")).get("/desk/stations/sn10-north/sign.pdf").status_code == 409
