"""What a nickname may be, and how often a code may be asked for. Pure."""

import pytest

from server.kit.clock import HOUR_MS, MINUTE_MS
from server.kit.errors import Invalid
from server.profiles import rules


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("小李", "小李"), ("  夜猫 子 ", "夜猫 子"), ("Ａｂ１", "Ab1"), ("老王1998", "老王1998"), ("阿·布", "阿·布")],
)
def test_a_nickname_is_kept_as_people_mean_it(typed: str, kept: str) -> None:
    assert rules.nickname(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "李", "一二三四五六七八九十一二三", "13800138000", "我138 0013 8000", "李１３８００１３８", "沪A12345",
        "沪ADE678", "沪·A·DE678", "310101199001", "<b>李</b>", "@所有人", "李\u202e四", "小\x00李", "=1+1", "1234",
        "值班员小李", "畅 小站", "居委会", "😀😀", "李\u200b四",
    ],
)  # fmt: skip
def test_a_nickname_holds_no_number_no_plate_no_markup_and_no_office(typed: str) -> None:
    with pytest.raises(Invalid):
        rules.nickname(typed)


@pytest.mark.parametrize("typed", ["13800138000", "+86 138-0013-8000", "１３８００１３８０００"])
def test_a_number_is_read_as_people_write_it(typed: str) -> None:
    assert rules.mobile(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["", "12345", "12800138000", "021-55550110", "1380013800a", "138001380001", "9" * 99])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        rules.mobile(typed)


def test_one_more_is_allowed_when_the_oldest_within_the_window_is_out() -> None:
    limits = ((MINUTE_MS, 1), (HOUR_MS, 2))

    assert rules.wait([], limits, 0) == 0
    assert rules.wait([0], limits, 10_000) == 50_000
    assert rules.wait([0], limits, MINUTE_MS) == 0
    assert rules.wait([0, 2 * MINUTE_MS], limits, 4 * MINUTE_MS) == 56 * MINUTE_MS


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Linux; Android 10; HUAWEI P30) MicroMessenger/8.0", "安卓手机 · 微信"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)", "苹果手机"),
        ("", "别的设备"),
    ],
)
def test_of_a_phone_no_more_is_kept_than_its_owner_recognises(agent: str, device: str) -> None:
    assert rules.device(agent) == device
