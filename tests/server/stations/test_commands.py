"""`changxiaozhan station …`, as it is typed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server import stations
from server.console.stations import station

PLAN = Path(stations.__file__).parent / "sn10.toml"
NEW = ["--name", "新站", "--community", "sn10", "--lat", "31.351", "--lon", "121.488", "--duty-phone", "021-1111"]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """`say("list")`: one command on a folder that holds the four stations of the estate."""
    monkeypatch.setenv("CXZ_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(station, list(arguments))

    assert run("load", str(PLAN)).exit_code == 0
    return run


def test_a_station_lives_its_life_on_the_command_line(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert say("add", "sn10-new", *NEW, "--datum", "gcj02").exit_code == 0
    assert say("edit", "sn10-new", "--opening", "每天 22:00-06:00", "--state", "raincoat=empty").exit_code == 0
    assert say("move", "sn10-new", "--lat", "31.352", "--lon", "121.487", "--address", "新岗亭").exit_code == 0
    shown = say("show", "sn10-new").output
    assert "每天 22:00-次日06:00" in shown
    assert "用完了" in shown
    assert "新岗亭" in shown
    assert say("retire", "sn10-new", "--reason", "拆了", "--yes").exit_code == 0

    assert "sn10-new" not in say("list").output
    assert "sn10-new" in say("list", "--retired").output
    again = say("add", "sn10-new", *NEW)
    assert again.exit_code == 2
    assert "旧代码不能再用" in again.output


def test_a_table_goes_out_is_tried_and_comes_in(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table = tmp_path / "stations.csv"
    assert say("export", str(table)).exit_code == 0
    table.write_text(table.read_text("utf-8-sig").replace("东门站", "东门暖站"), "gbk")

    assert "1 would be changed" in say("import", str(table), "--dry-run").output
    assert "1 changed, 3 as they were" in say("import", str(table)).output
    assert "东门暖站" in say("list").output
    table.write_text(table.read_text("gbk").replace("021-5555-0110", "老王", 1), "utf-8")
    wrong = say("import", str(table))
    assert wrong.exit_code == 1
    assert "stations.csv:2: " in wrong.output


def test_the_signs_of_all_stations_are_one_pdf(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "signs.pdf"

    assert "4 signs" in say("sign", "--out", str(out)).output
    assert out.read_bytes().startswith(b"%PDF")
    assert say("installer", "nowhere", "--out", str(out)).exit_code == 2
