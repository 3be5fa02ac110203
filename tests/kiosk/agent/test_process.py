"""The kiosk as its own process: starts, ends in order, and says in one line why it cannot start."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
import typer
from typer.testing import CliRunner

from kiosk.cli import kiosk
from kiosk.process import Anew
from kiosk.settings import Settings
from kiosk.thrift import without

GOOD = {
    "kiosk": "kiosk-01",
    "password": "do-not-show-this",
    "station": "sn10-north",
    "presence_key": "ab" * 32,
    "mqtt_url": "mqtt://127.0.0.1:1",
    "public_url": "http://127.0.0.1:8000",
    "name": "北门站",
    "community": "淞南十村",
    "duty_phone": "021-5555-0110",
}
PROGRAM = "import sys, typer; from kiosk.cli import kiosk; app = typer.Typer(); app.command()(kiosk); app()"


def folder(tmp_path: Path, **changes: object) -> Path:
    (tmp_path / "kiosk.json").write_text(json.dumps({**GOOD, **changes}), encoding="utf-8")
    return tmp_path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start(data: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--data", str(data), "--http", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CXZ_MQTT_URL": ""},
    )


@contextmanager
def running(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = start(data, port)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/state", timeout=5) as answer:
                    assert answer.status == 200
                    break
            except OSError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refusal(data: Path, port: int) -> str:
    process = start(data, port)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    [line] = said.strip().splitlines()
    return line


def test_it_serves_its_screen_without_a_broker_and_ends_in_order(tmp_path: Path) -> None:
    with running(folder(tmp_path), free_port()) as process:
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=60) == 0


def test_whoever_ends_a_kiosk_that_starts_itself_anew_ends_it_for_good() -> None:
    asked, ended, ended_first = Anew(), Anew(), Anew()
    asked.ask()
    ended.ask()
    ended.end()
    ended_first.end()
    ended_first.ask()

    assert (asked.wanted, ended.wanted, ended_first.wanted) == (True, False, False)


def test_a_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running(folder(tmp_path), free_port()):
        assert "another kiosk process" in refusal(tmp_path, free_port())


def test_a_kiosk_that_is_not_paired_asks_for_a_code_and_ends_in_order(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port) as process:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            page = answer.read().decode()
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=60) == 0
    assert "服务器在哪里" in page


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"kiosk": "../../x"}, "kiosk"),
        ({"presence_key": "zz"}, "presence_key"),
        ({"public_url": "ftp://x"}, "public_url"),
        ({"mqtt_url": "http://x"}, "broker"),
    ],
)
def test_a_wrong_credentials_file_is_named_and_no_secret_is_shown(
    tmp_path: Path, changes: dict[str, str], word: str
) -> None:
    line = refusal(folder(tmp_path, **changes), free_port())

    assert word in line
    assert "do-not-show-this" not in line


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        assert f"cannot listen on 127.0.0.1:{port}" in refusal(folder(tmp_path), port)


def test_a_disk_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (folder(tmp_path) / "outbox.db").mkdir()

    assert "outbox.db" in refusal(tmp_path, free_port())


def test_a_bad_option_is_one_line_and_not_a_trace(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(kiosk)

    result = CliRunner().invoke(app, ["--data", str(tmp_path), "--http", "nowhere"])

    assert result.exit_code == 2
    assert "127.0.0.1:8100" in result.output


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CXZ_KIOSK_DATA", str(tmp_path))
    monkeypatch.setenv("CXZ_KIOSK_HTTP", "[::1]:8101")
    monkeypatch.setenv("CXZ_MQTT_URL", "mqtt://broker")

    settings = Settings()

    assert settings.address == ("::1", 8101)
    assert settings.serial == tmp_path / "dev"
    assert settings.mqtt_url == "mqtt://broker"


def test_the_process_carries_no_library_that_it_does_not_use() -> None:
    heavy = {"PIL", "fastapi", "greenlet", "rich", "uvloop", "kiosk.pairing.page"}
    program = f"import sys, kiosk.cli, kiosk.process; sys.exit(str(sorted({heavy} & sys.modules.keys())))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False).stderr

    assert loaded.strip() == "[]"


def test_a_companion_left_out_can_be_loaded_afterwards_and_one_in_use_is_not_taken_away() -> None:
    with without("wave", "json"):
        with pytest.raises(ImportError):
            importlib.import_module("wave")
        assert importlib.import_module("json") is json

    assert importlib.import_module("wave").__name__ == "wave"
