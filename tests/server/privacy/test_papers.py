"""The notice and the impact assessment say the figures that the code goes by."""

import hashlib
import re
from pathlib import Path

import pytest

from gateway.keeping import Keeping
from server.commands.actions import FINDS_KEPT_DAYS
from server.kit.clock import DAY_MS
from server.letters.actions import SHOWN_MS
from server.parking.rules import Terms
from server.phones.rules import REMEMBERED_MS
from server.pins.actions import KEPT_MS
from server.points.rules import PRINT_MS
from server.privacy import notice
from server.profiles.card import KEPT_DAYS
from server.profiles.rules import SESSION_MS
from server.uploads.rules import RESTED_MS

ASSESSMENT = (Path(__file__).parents[3] / "docs" / "impact-assessment.md").read_text("utf-8")
SHOWN = {1: "cc784b4ffe50626dc3cc4b089e87efc3f4fc0e9f7a5325841190f25a11828595"}
"""Version → the digest of its file. A version joins when a newer one takes its place."""


def test_a_version_that_riders_have_seen_is_never_changed() -> None:
    found = {number: hashlib.sha256((notice.FOLDER / f"{number}.toml").read_bytes()).hexdigest() for number in SHOWN}

    assert found == SHOWN
    assert set(SHOWN) == set(notice.versions()) - {notice.current().version}


@pytest.mark.parametrize(
    "said",
    [
        f"手机记号：{REMEMBERED_MS // DAY_MS} 天",
        f"没传完的照片、传了没发的照片：{RESTED_MS // DAY_MS} 天",
        f"指的点和定位：{KEPT_MS // DAY_MS} 天",
        f"月历：{KEPT_DAYS} 天",
        f"登录：{SESSION_MS // DAY_MS} 天",
        f"给分用的照片码：{PRINT_MS // DAY_MS} 天",
        f"每封最多挂 {SHOWN_MS // DAY_MS} 天",
        f"过期后一般 {Terms().keep_days} 天",
    ],
)
def test_the_notice_says_how_long_the_code_keeps_it(said: str) -> None:
    assert said in "".join(line for section in notice.current().sections for line in section.lines)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("unfinished uploads", "a day without a new piece"),
        ("phone mark", f"{REMEMBERED_MS // DAY_MS} day"),
        ("pin", f"{KEPT_MS // DAY_MS} days"),
        ("nickname", f"{SHOWN_MS // DAY_MS} days at most"),
        ("profile", f"a session {SESSION_MS // DAY_MS} days"),
        ("monthly card", f"{KEPT_DAYS} days"),
        ("likeness hash of photos", f"{PRINT_MS // DAY_MS} days"),
        ("families with parking coupons", f"{Terms().keep_days} days"),
        ("logs and pictures of a kiosk", f"{FINDS_KEPT_DAYS} days"),
    ],
)
def test_the_assessment_says_it_too(what: str, said: str) -> None:
    (row,) = re.findall(rf"^\| {re.escape(what)}.*$", ASSESSMENT, re.MULTILINE)

    assert said in row.split(" | ")[-1]


def test_the_assessment_knows_how_long_the_mailbox_keeps_facts() -> None:
    assert f"for {Keeping.model_fields['facts_days'].default} days" in ASSESSMENT
