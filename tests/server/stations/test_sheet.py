"""Stations as a table: all rows or none, wrong lines named, and whatever a spreadsheet program makes of it."""

import csv
import io

import pytest

from server import stations
from server.kit.errors import Invalid
from server.kit.site import Site
from server.kit.spreadsheet import sheet
from server.stations import Imported, Written

HEAD = "代码,名称,居民区代码,纬度,经度,值班电话,开放时间\n"
ROW = "sn10-a,甲站,sn10,31.35,121.48,021-5555-0110,每天 06:00-22:00\n"


def take(site: Site, text: str | bytes, **more: bool) -> Imported:
    content = text.encode("utf-8-sig") if isinstance(text, str) else text
    with site.store.work() as work:
        return stations.import_sheet(work, content, "小林", **{"dry": False, **more})


def codes(site: Site) -> set[str]:
    with site.store.look() as look:
        return {one.code for one in stations.all_stations(look)}


def exported(site: Site) -> str:
    with site.store.look() as look:
        return sheet(stations.export_rows(look))


def test_a_dry_run_says_what_would_happen_and_changes_nothing(site: Site) -> None:
    result = take(site, HEAD + ROW + "sn10-north,北门暖站,,,,,\n", dry=True)

    assert (result.added, result.changed, result.troubles) == (("sn10-a",), {"sn10-north": ("名称",)}, ())
    assert "sn10-a" not in codes(site)


def test_one_wrong_line_keeps_every_line_out_and_is_named(site: Site) -> None:
    text = HEAD + ROW + "sn10-b,乙站,sn10,北,121.48,021-1111,\n" + "sn10-a,甲站,sn10,31,121,110,\n" + ",丙站,,,,,\n"

    result = take(site, text)

    assert [line for line, _ in result.troubles] == [3, 4, 5]
    assert "纬度" in result.troubles[0][1]
    assert "第 2 行重复" in result.troubles[1][1]
    assert "sn10-a" not in codes(site)


def test_what_was_exported_comes_in_again_and_changes_nothing(site: Site) -> None:
    with site.store.work() as work:
        stations.edit(
            work, "sn10-north",
            Written(contacts="王 物业 +8613800001111；李 志愿者 021-1111", opening="每天 22:00-06:00；节假日 不开",
                    charging_ports="6", amenities="雨衣、充电", address="=1+1 旁"),
            "小林",
        )  # fmt: skip
        stations.set_apart(work, "sn10-north", stations.unusual("2099-10-01", "", "不开", "检修"), "小林")

    result = take(site, exported(site))

    assert (result.added, result.changed, result.troubles, result.same) == ((), {}, (), 4)


def test_a_table_with_points_of_a_chinese_map_read_twice_changes_nothing(site: Site) -> None:
    text = HEAD.replace("值班电话", "值班电话,坐标系") + ROW.replace("0110,", "0110,gcj02,")

    assert take(site, text).added == ("sn10-a",)
    assert take(site, text).same == 1


def test_a_spreadsheet_never_runs_what_somebody_typed(site: Site) -> None:
    with site.store.work() as work:
        stations.edit(work, "sn10-north", Written(address="=HYPERLINK(1)", spots="@all、+1"), "小林")

    cells = [cell for row in csv.reader(io.StringIO(exported(site))) for cell in row]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_encoding_that_spreadsheets_write_is_read(site: Site, encoding: str) -> None:
    result = take(site, (HEAD + ROW).replace("\n", "\r\n").encode(encoding), dry=True)

    assert result.added == ("sn10-a",)


@pytest.mark.parametrize("sign", [";", "\t"])
def test_other_separators_are_seen(site: Site, sign: str) -> None:
    assert take(site, (HEAD + ROW).replace(",", sign), dry=True).added == ("sn10-a",)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xff\xff", b"PK\x03\x04zip", "名称,地址\n甲,乙\n".encode(), "代码,名称,名称\na,b,c\n".encode(),
     "代码,名称\na,\"b\x00".encode(), b"x" * (5 * 1024 * 1024)],
)  # fmt: skip
def test_what_is_no_such_table_is_refused_in_plain_words(site: Site, content: bytes) -> None:
    with pytest.raises(Invalid):
        take(site, content)


def test_nobody_brings_stations_into_a_community_that_is_not_theirs(site: Site) -> None:
    mine = frozenset({"sn10"})
    text = HEAD + ROW.replace("sn10,", "yh1,") + "yh1-gate,我的了,,,,,\n" + "sn10-north,北门站,yh1,,,,\n"

    with site.store.work() as work:
        result = stations.import_sheet(work, text.encode(), "小林", dry=False, within=mine, found=False)

    assert [line for line, _ in result.troubles] == [2, 3, 4]


def test_a_community_that_is_new_can_come_along(site: Site) -> None:
    head = "代码,名称,居民区代码,居民区,街道代码,区代码,纬度,经度,值班电话\n"
    row = "gc-1,一号站,gc,共康一村,miaohang,baoshan,31.3,121.4,021-1111\n"

    assert take(site, head + row).troubles
    assert take(site, head + row, found=True).added == ("gc-1",)


def test_a_retired_code_does_not_come_back_through_a_table(site: Site) -> None:
    with site.store.work() as work:
        stations.retire(work, "sn10-east", "拆了", "陈主任")

    result = take(site, HEAD + ROW.replace("sn10-a", "sn10-east"))

    assert "停用" in result.troubles[0][1]
