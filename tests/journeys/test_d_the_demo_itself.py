"""What somebody sees who types one command: READY, all that was promised, and nothing left behind."""

import contextlib
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.ports import free_port

from .town import Town, wait_for

pytestmark = pytest.mark.journey


def test_ready_names_every_address_and_password_that_works(town: Town, figure: Callable[[str], None]) -> None:
    said = town.said()

    for path in ("/s/sn10-north", "/desk"):
        assert f"{town.url}{path}" in said
        with urllib.request.urlopen(f"{town.url}{path}") as answer:
            assert answer.status == 200
    for address in town.kiosks:
        assert address in said
    assert all(password in said for password in (*town.passwords.values(), *town.kiosk_passwords.values()))
    figure(f"first start to READY, packages already there: {town.ready_s:.1f} s")


def test_the_processes_are_small_at_rest(town: Town, figure: Callable[[str], None]) -> None:
    for name, wanted, words in (
        ("kiosk (agent + screen)", 90, ("kiosk", "kiosk-01")),
        ("gateway", 70, ("gateway",)),
        ("web", 140, ("web",)),
    ):
        memory = town.child(*words).memory_info().rss / 1e6
        figure(f"memory of {name}: {memory:.0f} MB (wanted: at most {wanted} MB)")
        assert memory > 0


def test_ctrl_c_ends_every_process_and_a_second_start_finds_everything(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    first = Town(tmp_path / "data")
    first.tap(0, "/checkin", {"tap": "a-first-tap-here"})
    wait_for(lambda: first.rows("select id from checkins"), "the check-in")
    children = first.children()
    assert len(children) >= 7

    assert first.end() == 0

    wait_for(lambda: not any(alive(child) for child in children), "every process to end")
    assert "all programs have ended" in first.said()
    second = Town(tmp_path / "data")
    figure(f"second start to READY: {second.ready_s:.1f} s (wanted: under 10 s)")
    try:
        assert second.passwords == first.passwords
        assert second.rows("select count(*) from checkins") == [(1,)]
    finally:
        second.end()


def test_a_demo_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    children = town.children()

    town.process.kill()

    wait_for(lambda: not any(alive(child) for child in children), "every process to end")


def test_a_taken_port_is_one_clear_line(town: Town, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "changxiaozhan", "demo", "--no-riders"],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            "PATH": "/usr/sbin:/usr/bin:/bin",
            "CXZ_DATA": str(tmp_path / "other"),
            "CXZ_HTTP": town.http,
            "CXZ_MQTT_PORT": str(free_port()),
            "CXZ_KIOSK_HTTP": f"127.0.0.1:{free_port(2)}",
        },
    )

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert town.http in ended.stderr
    assert "CXZ_HTTP" in ended.stderr


def test_a_folder_with_real_data_is_neither_used_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "changxiaozhan.db").write_bytes(b"")
    for arguments in (["--no-riders"], ["--reset-only"]):
        ended = subprocess.run(
            [sys.executable, "-m", "changxiaozhan", "demo", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env={
                "PATH": "/usr/sbin:/usr/bin:/bin",
                "CXZ_DATA": str(tmp_path),
                "CXZ_HTTP": f"127.0.0.1:{free_port()}",
                "CXZ_MQTT_PORT": str(free_port()),
                "CXZ_KIOSK_HTTP": f"127.0.0.1:{free_port(2)}",
            },
        )

        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
    assert (tmp_path / "changxiaozhan.db").exists()


def alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
