"""The gateway as a real process on a real Mosquitto."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.credentials import hash_secret
from gateway.mailbox import Mailbox
from gateway.settings import Settings
from gateway.wire import Message
from gateway.wire.paho import PahoWire

PROGRAM = (
    "import sys; from gateway.process import run; from gateway.settings import Settings; sys.exit(run(Settings()))"
)
EVENT = "cxz/1/kiosk-01/up/facts/event"
ROOT = Path(__file__).parents[2]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path, free_port: int, mosquitto_installed: None) -> Iterator[Start]:
    began: list[subprocess.Popen[str]] = []
    mailbox = Mailbox(tmp_path / "mailbox.db")
    mailbox.enrol("kiosk-01", hash_secret("secret"), 1)
    mailbox.close()

    def begin(**more: str) -> "subprocess.Popen[str]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
        environment |= {"CXZ_DATA": str(tmp_path), "CXZ_MQTT_PORT": str(free_port), **more}
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )
        began.append(process)
        return process

    yield begin
    for process in began:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
        assert process.stderr is not None
        process.stderr.close()


def read_until(process: "subprocess.Popen[str]", event: str) -> list[str]:
    """The log up to the line of this event; the test's own timeout ends a silent process."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if f"event={event}" in line:
            return lines
    raise AssertionError("ended without it: " + "".join(lines))


def test_it_gets_ready_and_ends_in_good_order(start: Start, tmp_path: Path) -> None:
    process = start()
    read_until(process, "ready")
    pid = int((tmp_path / "gateway" / "mosquitto.pid").read_text())

    process.send_signal(signal.SIGTERM)
    code = process.wait(20)

    assert code == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_port_in_use_is_one_line_and_a_non_zero_exit(start: Start, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        process = start()
        _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert f"cannot listen on 127.0.0.1:{free_port}" in errors


def test_a_second_gateway_on_the_same_folder_gives_way(start: Start) -> None:
    first = start()
    read_until(first, "ready")

    second = start()
    _, errors = second.communicate(timeout=30)

    assert second.returncode == 2
    assert "another gateway is running" in errors
    assert first.poll() is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"CXZ_DATA": "/proc/nowhere"}, "cannot use the folder"),
        ({"CXZ_MQTT_URL": "http://broker"}, "CXZ_MQTT_URL: the broker's address must look like"),
    ],
)
def test_unusable_settings_are_one_line_and_a_non_zero_exit(start: Start, more: dict[str, str], words: str) -> None:
    process = start(**more)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert words in errors


def test_a_broken_mailbox_is_one_line_and_a_non_zero_exit(start: Start, tmp_path: Path) -> None:
    (tmp_path / "mailbox.db").write_bytes(b"this is no database, and long enough to be taken for one" * 100)

    process = start()
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert len(errors.splitlines()) == 1


def test_poison_of_a_foreign_client_is_parked_and_the_lane_goes_on(
    start: Start, tmp_path: Path, free_port: int, send: Any, make_fact: Any, wait_until: Any
) -> None:
    read_until(start(), "ready")
    mailbox = Mailbox(tmp_path / "mailbox.db")

    for payload in (
        b"not json at all",
        make_fact(1, body={"id": "checkin-0001", "station": "sn10-north", "words": "x" * 9000}),
        make_fact(2, kind="weather"),
        make_fact(3),
    ):
        assert send(free_port, "kiosk-01", EVENT, payload) == 0
    send(free_port, "kiosk-01", "cxz/1/kiosk-02/up/facts/event", make_fact(1))
    wait_until(lambda: len(mailbox.facts_after(0)) == 3 and len(mailbox.troubles()) == 4)

    assert [(fact.seq, fact.state) for fact in mailbox.facts_after(0)] == [(1, "parked"), (2, "parked"), (3, "ok")]
    assert mailbox.reader("kiosk-01", "streamAAAA").upto == 3
    (refused,) = [row for row in mailbox.troubles() if row["kind"] == "refused"]
    assert (refused["kiosk"], refused["topic"]) == ("kiosk-01", "cxz/1/kiosk-02/up/facts/event")
    mailbox.close()


def test_a_gateway_whose_log_nobody_reads_any_more_works_on(
    start: Start, tmp_path: Path, free_port: int, send: Any, make_fact: Any, wait_until: Any
) -> None:
    process = start()
    read_until(process, "ready")
    mailbox = Mailbox(tmp_path / "mailbox.db")
    assert process.stderr is not None
    process.stderr.close()

    send(free_port, "kiosk-01", EVENT, b"something to log")
    wait_until(mailbox.troubles)
    send(free_port, "kiosk-01", EVENT, make_fact(1))
    wait_until(lambda: mailbox.facts_after(0))
    process.terminate()
    code = process.wait(20)
    mailbox.close()

    assert code == 0


class Kiosk:
    """Sends facts 1…`total` again and again until the gateway's own ack covers them."""

    def __init__(self, port: int, make_fact: Any, total: int) -> None:
        self.upto = 0
        self.total = total
        self.make_fact = make_fact
        self.wire = PahoWire(
            f"mqtt://127.0.0.1:{port}",
            "kiosk-01",
            filters=["cxz/1/kiosk-01/down/#"],
            username="kiosk-01",
            password="secret",
        )
        self.wire.start(self)

    def connected(self) -> None:
        pass

    def disconnected(self, reason: str) -> None:
        pass

    def received(self, message: Message) -> None:
        from gateway.contract.streams import Ack

        self.upto = max(self.upto, Ack.decode(message.payload).upto)
        message.ack()

    def send(self) -> None:
        for seq in range(self.upto + 1, min(self.upto + 64, self.total) + 1):
            self.wire.publish(EVENT, self.make_fact(seq))

    def send_until(self, upto: int) -> None:
        """A window at a time, again after a second without an ack."""
        overdue = time.monotonic() + 60
        while self.upto < upto:
            assert time.monotonic() < overdue, f"stuck at {self.upto}"
            was, patience = self.upto, time.monotonic() + 1
            self.send()
            while self.upto == was and time.monotonic() < patience:
                time.sleep(0.002)


def test_a_gateway_killed_in_the_middle_of_the_stream_loses_and_doubles_nothing(
    start: Start, tmp_path: Path, free_port: int, make_fact: Any, wait_until: Any
) -> None:
    process = start()
    read_until(process, "ready")
    kiosk = Kiosk(free_port, make_fact, total=1500)
    wait_until(lambda: kiosk.wire.connected)

    for milestone in (300, 900):
        kiosk.send_until(milestone)
        kiosk.send()
        process.kill()
        process.wait()
        process = start()
        read_until(process, "ready")
        wait_until(lambda: kiosk.wire.connected)

    kiosk.send_until(1500)
    kiosk.wire.stop()
    mailbox = Mailbox(tmp_path / "mailbox.db")
    numbers = [fact.seq for fact in mailbox.facts_after(0, 10_000)]
    troubles = mailbox.troubles()
    mailbox.close()

    assert sorted(numbers) == list(range(1, 1501))
    assert troubles == []


def test_the_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CXZ_DATA", str(tmp_path))
    monkeypatch.setenv("CXZ_MQTT_PORT", "2883")

    settings = Settings()

    assert settings.mailbox == tmp_path / "mailbox.db"
    assert (settings.mqtt_port, settings.mqtt_url, settings.demo) == (2883, "", False)


def test_the_command_names_a_wrong_setting_and_exits_non_zero() -> None:
    from typer import Typer
    from typer.testing import CliRunner

    from gateway.cli import gateway

    app = Typer()
    app.command()(gateway)

    result = CliRunner().invoke(app, ["--mqtt-port", "99999"])

    assert result.exit_code == 2
    assert result.output.startswith("changxiaozhan gateway: CXZ_MQTT_PORT: ")
    assert len(result.output.splitlines()) == 1
