"""The whole way: device code on desk boards, over real ptys, to the kiosk's bus and back."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware_stubs.simulators import desk

SIMULATE = [sys.executable, "-c", "from firmware_stubs.simulators.cli import simulate; simulate()", "devices"]
KINDS = desk.kinds()
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def simulate(folder: Path) -> Iterator[Any]:
    """Starts the simulator as a process of its own and waits for its first line."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*SIMULATE, "--folder", str(folder), *options],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        running.append(process)
        assert process.stdout is not None
        process.first_line = process.stdout.readline()  # type: ignore[attr-defined]
        return process

    yield start
    for process in running:
        process.kill()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def links(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_symlink())


def test_a_simulated_station_greets_measures_obeys_and_leaves_cleanly(
    folder: Path, simulate: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    bus = open_bus(ask=0.5)
    process = simulate("--seed", "7")

    eventually(lambda: len(listener.of("hello")) == len(KINDS))
    eventually(
        lambda: {device for device, _ in listener.of("reading")} == {device for device, _ in listener.of("hello")}
    )
    coat = bus.send("raincoat-1", "dispense", {}, timeout=30)
    eventually(lambda: ("raincoat-1", "dispensed", {"stock": 39}) in listener.of("event"))
    process.terminate()
    code = process.wait(20)

    assert coat.ok
    assert code == 0
    assert links(folder) == []
    eventually(lambda: len(listener.of("lost")) == len(KINDS))


def test_a_simulated_station_outlives_a_kiosk_that_comes_and_goes(
    simulate: Any, open_bus: Any, listener: Any, eventually: Any
) -> None:
    simulate("--kinds", "charging_cabinet")

    for times in (1, 2):
        bus = open_bus(ask=0.5)
        eventually(lambda times=times: len(listener.of("hello")) == times)
        eventually(lambda times=times: len(listener.of("reading")) >= times)
        bus.stop()

    assert {device for device, _ in listener.of("hello")} == {"rack-1"}


def test_links_left_by_a_killed_simulator_are_taken_over(folder: Path, simulate: Any) -> None:
    killed = simulate("--kinds", "sos_button")
    killed.kill()
    killed.wait(20)
    left = links(folder)

    again = simulate("--kinds", "sos_button")

    assert left == ["sos-1"]
    assert again.first_line == f"in {folder}: sos-1\n"


def test_a_second_simulator_an_unknown_kind_and_a_blocked_name_end_with_one_clear_line(
    folder: Path, simulate: Any
) -> None:
    (folder / "rack-1").write_text("in the way")
    simulate("--kinds", "sos_button")

    second = simulate("--kinds", "microwave_meter")
    unknown = simulate("--kinds", "teleporter")

    assert (second.wait(20), unknown.wait(20)) == (1, 1)
    assert second.first_line == f"another simulator runs in {folder}\n"
    assert unknown.first_line.startswith("no device of the kind teleporter")


def test_a_file_in_a_devices_place_is_not_overwritten(folder: Path, simulate: Any) -> None:
    (folder / "rack-1").write_text("in the way")

    process = simulate()

    assert process.wait(20) == 1
    assert "in the way" in process.first_line
    assert (folder / "rack-1").read_text() == "in the way"
    assert links(folder) == []
