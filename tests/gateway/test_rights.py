"""The rights as foreign programs find them: `mosquitto_pub`, `mosquitto_sub`, and the npm client `mqtt`."""

import base64
import hashlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import broker
from gateway.credentials import hash_secret
from gateway.wire.paho import PahoWire

NODE = Path(__file__).parent / "node"
PASSWORD = "secret"
HASH = hash_secret(PASSWORD)


class Witness:
    """A running `witness.mjs`; `said` fills by itself."""

    def __init__(self, port: int, user: str, **more: Any) -> None:
        node = shutil.which("node")
        assert node is not None
        asked = {"url": f"mqtt://127.0.0.1:{port}", "username": user, "password": PASSWORD, **more}
        self.said: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [node, "witness.mjs", json.dumps(asked)], cwd=NODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def events(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.said if one["event"] == name]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def witness(station: Any) -> Iterator[Callable[..., Witness]]:
    """`witness("kiosk-01", subscribe=[…], publish=[[topic, text]])`."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: sh install.sh test")
    assert (NODE / "node_modules" / "mqtt").is_dir(), "the npm client is not installed: sh install.sh test"
    started: list[Witness] = []

    def make(user: str, **more: Any) -> Witness:
        started.append(Witness(station.port, user, **more))
        return started[-1]

    yield make
    for one in started:
        one.end()


def test_a_foreign_client_speaks_and_hears_under_its_own_name_only(
    station: Any, witness: Any, listener: Any, wait_until: Any
) -> None:
    station.broker.start()
    heard = listener()
    gateway = PahoWire(
        station.broker.url, "gateway", filters=["cxz/1/+/up/#"], username="gateway", password=station.broker.password
    )
    gateway.start(heard)
    wait_until(lambda: gateway.connected)

    thief = witness(
        "kiosk-02",
        subscribe=["#", "cxz/1/+/down/#", "cxz/1/kiosk-02/down/#"],
        publish=[
            ["cxz/1/kiosk-01/up/facts/event", "forged"],
            ["cxz/1/kiosk-01/down/desired", "forged"],
            ["cxz/1/gateway/state", "forged"],
            ["cxz/1/kiosk-02/up/facts/event", "honest"],
        ],
    )
    wait_until(lambda: thief.events("ready") and heard.messages)
    gateway.publish("cxz/1/kiosk-01/down/desired", b"private")
    gateway.publish("cxz/1/kiosk-02/down/desired", b"own")
    wait_until(lambda: thief.events("message"))
    gateway.stop()

    assert [message.payload for message in heard.messages] == [b"honest"]
    assert {one["text"] for one in thief.events("message")} == {"own"}


def test_mosquittos_own_clients_find_the_same(station: Any) -> None:
    station.broker.start()
    login = ["-h", "127.0.0.1", "-p", str(station.port), "-u", "kiosk-02", "-P", "secret"]
    spy = subprocess.Popen(
        ["mosquitto_sub", *login, "-i", "gateway", "-q", "1", "-W", "2", "-C", "1", "-t", "#", "-t", "$SYS/#"],
        stdout=subprocess.PIPE,
    )
    time.sleep(0.5)

    forged = station.publish("kiosk-02", "cxz/1/kiosk-01/up/facts/event", b"forged")
    honest = station.publish("kiosk-01", "cxz/1/kiosk-01/up/facts/event", b"honest")
    said, _ = spy.communicate(timeout=20)

    assert (forged, honest) == (0, 0)  # MQTT 3.1.1 has no way to tell a publisher that it was denied
    assert said == b""
    assert ("kiosk-02", "cxz/1/kiosk-01/up/facts/event", "not this kiosk's topic") in station.refused


def slow_hash(rounds: int) -> str:
    """A hash that takes Mosquitto long to check, at each reload for each client connected."""
    salt = b"twelve bytes"
    derived = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, rounds)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()}"


def test_kiosks_revoked_one_right_after_the_other_are_all_cut_off(
    station: Any, listener: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "WATCH_S", 0.001)
    names = [f"kiosk-{number}" for number in range(100, 104)]
    for name in names:
        station.mailbox.enrol(name, slow_hash(100_000), 1)
    station.broker.start()
    heard = [listener() for _ in names]
    wires = [PahoWire(station.broker.url, name, filters=[], username=name, password=PASSWORD) for name in names]
    for wire, one in zip(wires, heard, strict=True):
        wire.start(one)
    wait_until(lambda: all(wire.connected for wire in wires))

    for name in names:
        station.mailbox.revoke(name, 2)
        time.sleep(0.05)  # so that each signal finds Mosquitto at work on the one before
    wait_until(lambda: all(any("refused" in news for news in one.news) for one in heard))

    for wire in wires:
        wire.stop()


def test_a_replaced_kiosk_that_stays_connected_is_cut_at_once_and_nobody_else(
    station: Any, witness: Any, listener: Any, wait_until: Any
) -> None:
    for number in range(100, 104):
        station.mailbox.enrol(f"kiosk-{number}", HASH, 1)
    station.broker.start()
    neighbours = []
    for number in range(100, 104):
        heard = listener()
        wire = PahoWire(
            station.broker.url, f"kiosk-{number}", filters=[], username=f"kiosk-{number}", password="secret"
        )
        wire.start(heard)
        neighbours.append((wire, heard))
    old, renewed = witness("kiosk-01"), witness("kiosk-02")
    wait_until(lambda: old.events("ready") and renewed.events("ready") and all(w.connected for w, _ in neighbours))

    station.mailbox.enrol("kiosk-03", hash_secret("secret"), 2)
    station.mailbox.enrol("kiosk-02", hash_secret("another"), 2)
    station.mailbox.revoke("kiosk-01", 2)
    wait_until(lambda: old.events("closed") and renewed.events("closed"))
    replaced = witness("kiosk-03")
    wait_until(lambda: replaced.events("ready"))
    back = witness("kiosk-01")
    wait_until(lambda: back.events("error"))

    assert not back.events("ready")
    assert [heard.news for _, heard in neighbours] == [["connected"]] * len(neighbours)
    for wire, _ in neighbours:
        wire.stop()
