"""The doctor on a kiosk that is not paired, not running, or cut off; the running one stands in the journeys."""

import json
from pathlib import Path

import pytest

from kiosk import doctor
from kiosk.settings import Settings

KIOSK = {
    "kiosk": "kiosk-01",
    "password": "do-not-show-this",
    "station": "sn10-north",
    "presence_key": "ab" * 32,
    "mqtt_url": "mqtt://127.0.0.1:1",
    "public_url": "http://127.0.0.1:1",
    "name": "北门站",
}


def test_an_unpaired_kiosk_is_told_to_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = doctor.diagnose(Settings(data=tmp_path))

    assert code == 1
    assert "failing: pairing" in capsys.readouterr().out


def test_a_kiosk_that_is_cut_off_and_stopped_names_each_part_and_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kiosk.json").write_text(json.dumps(KIOSK), "utf-8")

    code = doctor.diagnose(Settings(data=tmp_path))
    printed = capsys.readouterr().out

    assert code == 1
    assert "kiosk-01 of sn10-north" in printed
    failing = printed.rpartition("failing: ")[2]
    assert all(part in failing for part in ("network", "web", "broker login", "program"))
    assert "storage" not in failing and "clock" not in failing
    assert "do-not-show-this" not in printed and "ab" * 16 not in printed


def test_a_port_whose_device_was_pulled_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "HELLO_S", 0.2)
    (tmp_path / "kiosk.json").write_text(json.dumps(KIOSK), "utf-8")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "charging-cabinet").symlink_to(tmp_path / "gone")

    doctor.diagnose(Settings(data=tmp_path))

    assert "the port behind charging-cabinet is gone" in capsys.readouterr().out
