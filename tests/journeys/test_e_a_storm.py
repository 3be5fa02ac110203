"""A short storm: broker, gateway, web process and kiosks are killed and cut off, and nothing is lost."""

from pathlib import Path

import pytest

from tests.chaos.__main__ import storm

pytestmark = pytest.mark.journey


def test_a_storm_loses_and_doubles_nothing(tmp_path: Path) -> None:
    said: list[str] = []

    lines, _ = storm(tmp_path / "data", 6.0, seed=11, say=said.append)

    assert any("killed" in line or "line of" in line for line in said)
    assert {line.what: (line.found, line.wanted) for line in lines if not line.good} == {}
    assert next(line.wanted for line in lines if line.what == "check-ins stored") > 0
