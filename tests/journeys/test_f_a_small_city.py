"""A small city over real MQTT: births, desired states, outages, wrong clocks, a replaced box, and nothing lost."""

from pathlib import Path

import pytest
from rich.console import Console

from firmware_stubs.simulators.city import run
from gateway.settings import Settings
from gateway.trial import open_trial

pytestmark = pytest.mark.journey


def test_a_small_city_loses_nothing(tmp_path: Path) -> None:
    with open_trial(Settings(data=tmp_path)) as trial:
        report = run(trial, stations=30, riders=300, minutes=0.08, seed=5, console=Console(quiet=True))

    assert trial.temporary
    assert report.whole
    assert report.made > 0
    assert report.wrong_clocks > 0 and report.replaced == 1
    assert report.alarms == {}
