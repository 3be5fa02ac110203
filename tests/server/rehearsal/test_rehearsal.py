"""Example reports on a real server: real pages, real facts, real alarms into stand-in chat groups."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer import Typer
from typer.testing import CliRunner

from server.rehearsal.evidence import Verdict, judge
from server.rehearsal.outcomes import outcomes, scenarios, sentences
from server.rehearsal.performers import Scene
from server.rehearsal.playing import rehearse
from server.routing.scenarios import FILE, load

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def scenes() -> dict[str, Scene]:
    played = rehearse(load())
    return {scene.scenario.id: scene for scene in played}


@pytest.fixture(scope="module")
def verdicts(scenes: dict[str, Scene]) -> dict[str, Verdict]:
    return {name: judge(scene) for name, scene in scenes.items()}


def test_every_example_comes_out_on_a_real_server_as_written(verdicts: dict[str, Verdict]) -> None:
    assert {name: one.differs for name, one in verdicts.items() if one.differs} == {}


def test_every_promise_was_looked_at(verdicts: dict[str, Verdict]) -> None:
    seen = {finding.what for one in verdicts.values() for finding in one.findings if finding.good}

    assert {
        "taken without a photo", "two channels within 10 s", "duty, backup, director and guard together",
        "the duty officer at once, the backup at 3 min", "again every 60 s until somebody accepts",
        "the reporter sees 已接单 after the tap, not before", "no picture in any message", "no plate in any message",
        "no plate on the kiosk's screen", "photos are served without EXIF", "kept as it was typed, shown escaped",
        "nobody is woken", "alike facts: 1 ticket", "refused at the door, in plain words",
        "what was typed is still there", "waits in no queue", "119 stands on the form before it is sent",
    } <= seen  # fmt: skip


def test_an_unknown_station_is_played_at_the_first_one_and_said(scenes: dict[str, Scene]) -> None:
    assert "北苑站" in scenes["S02"].notes[0]
    assert scenes["S01"].notes == []


def test_another_outcome_is_a_difference_with_its_reason(scenes: dict[str, Scene]) -> None:
    scene = replace(scenes["S30"], scenario=replace(scenes["S30"].scenario, levels=frozenset({"P0"})))

    assert judge(scene).differs == ("level P2, expected P0",)


def test_a_broken_promise_is_a_difference_too(scenes: dict[str, Scene]) -> None:
    good = scenes["S18"]
    leaked = {"wecom": [json.dumps({"msgtype": "text", "text": {"content": "第 2 次 沪A·D12345"}})]}

    for changes, what in (
        ({"messages": leaked}, "no plate in any message"),
        ({"again": "another"}, "sent twice, taken once"),
        ({"shown": good.scenario.arrival.words}, "not a word of it on the kiosk's screen"),
        ({"first_log": []}, "two channels within 10 s"),
        ({"accepted_page": ""}, "the reporter sees 已接单 after the tap, not before"),
    ):
        assert f"not so: {what}" in judge(replace(good, **changes)).differs  # type: ignore[arg-type]


def test_a_scene_that_broke_off_or_left_no_ticket_is_no_success(scenes: dict[str, Scene]) -> None:
    late = replace(scenes["S30"], trouble="the alerts look at the ticket: not within 20 s")
    lost = replace(scenes["S30"], routed=None, status=500)

    assert judge(late).differs == ("the alerts look at the ticket: not within 20 s",)
    assert judge(lost).differs == ("no ticket (HTTP 500)",)


def test_the_tables_name_every_scenario_once(verdicts: dict[str, Verdict]) -> None:
    console = Console(width=200, record=True, quiet=True)
    for table in (outcomes(list(verdicts.values())), sentences(list(verdicts.values()))):
        console.print(table)
        assert table.row_count == len(verdicts)


def test_the_command_plays_a_file_and_ends_with_one_when_something_differs(tmp_path: Path) -> None:
    line = json.loads(FILE.read_text("utf-8").splitlines()[0])
    file, broken = tmp_path / "mine.jsonl", tmp_path / "broken.jsonl"
    file.write_text(json.dumps({**line, "urgency": "P3", "station": "没有的站", "channel": "pigeon"}), "utf-8")
    broken.write_text("{}", "utf-8")
    program = "import typer; from server.rehearsal.outcomes import scenarios; typer.run(scenarios)"
    app = Typer()
    app.command()(scenarios)

    differs = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    worse = CliRunner().invoke(app, [str(broken)])

    assert (differs.returncode, "level P1, expected P3" in " ".join(differs.stdout.split())) == (1, True)
    assert "0 of 1 as expected" in differs.stdout
    assert (worse.exit_code, "line 1" in worse.output) == (2, True)
