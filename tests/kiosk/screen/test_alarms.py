"""What the screen says of an alarm."""

import dataclasses
from typing import Any

import pytest

from kiosk.agent.view import Alarm
from kiosk.screen import parts
from kiosk.screen.alarms import NOT_A_FIRE_ALARM, banner

from .conftest import HOME


def shown(*alarms: Alarm) -> str:
    return parts.part("alarm", dataclasses.replace(HOME, alarms=alarms))


def alarm(event: str, danger: bool, off: tuple[str, ...] = (), **detail: Any) -> Alarm:
    return Alarm(event, "rack-1", detail, off, danger)


def test_while_all_is_well_there_is_no_banner() -> None:
    assert shown().strip() == ""


def test_heat_says_what_was_done_what_to_do_and_that_it_is_no_fire_alarm() -> None:
    page = shown(alarm("heat_alarm", True, ("rack-1:2",), value=58.3))

    assert "充电这里太热了：58.3 ℃" in page
    assert "充电口已断电。请离开一点" in page
    assert "119" in page
    assert NOT_A_FIRE_ALARM == "本装置仅作提醒，非消防报警系统"
    assert NOT_A_FIRE_ALARM in page


def test_the_worst_stands_alone_and_the_others_are_counted() -> None:
    page = shown(alarm("smoke", True, value=800), alarm("left_open", False))

    assert "闻到烟了：800 ppm" in page
    assert "另有 1 项" in page
    assert "断电" not in page


@pytest.mark.parametrize("value", ["<b>", None, True, [1], float("nan")])
def test_no_value_of_a_device_breaks_the_banner(value: object) -> None:
    page = shown(alarm("heat_alarm", True, value=value), alarm("unheard_of", False))

    assert "<b>" not in page.replace("<b>充电", "")
    found = banner(dataclasses.replace(HOME, alarms=(alarm("unheard_of", False),)))
    assert found is not None
    assert found.what == "设备报警"
