"""`changxiaozhan pair …`: the same deeds from a console."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from server.console.pairing import pair

PLAN = Path(__file__).parents[3] / "server" / "stations" / "sn10.toml"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("code", "sn10-north")` on a data folder with four stations."""
    from server.app import make_site
    from server.settings import Settings
    from server.stations import load

    monkeypatch.setenv("CXZ_DATA", str(tmp_path / "data"))
    site = make_site(Settings())
    with site.store.work() as work:
        load(work, PLAN)
    site.store.close()
    site.mailbox.close()
    return lambda *words: CliRunner().invoke(pair, list(words))


def test_a_station_is_served_from_the_console(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "box" / "kiosk.json"

    code = run("code", "sn10-north")
    revoked, nothing = run("revoke", "sn10-north"), run("revoke", "sn10-north")
    written = run("file", "kiosk-01", "sn10-north", "--out", str(out))
    moved = run("move", "kiosk-01", "sn10-east")
    retired = run("retire", "kiosk-01")

    assert "for 15 minutes, once" in code.output
    assert ("worthless" in revoked.output, "no open code" in nothing.output) == (True, True)
    assert json.loads(out.read_text("utf-8"))["mqtt_url"] == "mqtt://127.0.0.1:1883"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [result.exit_code for result in (code, revoked, written, moved, retired)] == [0] * 5


@pytest.mark.parametrize(
    "words",
    [
        ("code", "nowhere"),
        ("revoke", "nowhere"),
        ("code", "sn10-north", "--replace", "kiosk-99"),
        ("move", "kiosk-99", "sn10-east"),
        ("retire", "kiosk-99"),
        ("file", "UPPER", "sn10-north"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)

    assert result.exit_code == 2
    [line] = result.output.strip().splitlines()
    assert line.startswith("changxiaozhan: ")


def test_a_name_out_of_service_is_not_given_again(run: Run, tmp_path: Path) -> None:
    run("file", "kiosk-01", "sn10-north", "--out", str(tmp_path / "kiosk.json"))
    run("retire", "kiosk-01")

    assert "for good" in run("file", "kiosk-01", "sn10-north", "--out", str(tmp_path / "kiosk.json")).output
