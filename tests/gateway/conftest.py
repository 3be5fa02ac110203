"""A gateway on the in-memory wire, and a real Mosquitto on a free port."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.broker import Mosquitto, find_mosquitto
from gateway.contract.topics import UP_FILTER
from gateway.credentials import hash_secret
from gateway.ingest import Ingest
from gateway.mailbox import Mailbox
from gateway.publisher import Publisher, last_will
from gateway.wire import Message
from gateway.wire.memory import MemoryBroker, MemoryWire

STREAM = "streamAAAA"
PASSWORD = "secret"


@dataclass
class Heard:
    """A listener that remembers; what it received is acknowledged by the test, or at once with `greedy`."""

    greedy: bool = True
    messages: list[Message] = field(default_factory=list)
    news: list[str] = field(default_factory=list)

    def connected(self) -> None:
        self.news.append("connected")

    def disconnected(self, reason: str) -> None:
        self.news.append(reason)

    def received(self, message: Message) -> None:
        self.messages.append(message)
        if self.greedy:
            message.ack()

    def payloads(self, topic: str) -> list[dict[str, object]]:
        return [json.loads(message.payload) for message in self.messages if message.topic == topic]


class Hall:
    """Gateway and broker in memory; `settle` runs until nothing moves. The gateway can die and be born again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mailbox.db"
        self.broker = MemoryBroker()
        self.mailbox = Mailbox(self.path)
        self.wire: MemoryWire
        self.ingest: Ingest
        self.publisher: Publisher
        self.open()

    def open(self) -> None:
        self.wire = self.broker.client("gateway", [UP_FILTER], will=last_will)
        self.ingest = Ingest(self.mailbox, self.wire)
        self.publisher = Publisher(self.mailbox, self.wire)
        self.wire.start(self)

    def die(self) -> None:
        """SIGKILL: the broker speaks the will, memory is gone, the mailbox stays."""
        self.wire.kill()
        self.mailbox.close()
        self.mailbox = Mailbox(self.path)

    def kiosk(self, name: str) -> tuple[MemoryWire, Heard]:
        heard = Heard()
        wire = self.broker.client(name, [f"cxz/1/{name}/down/#", "cxz/1/gateway/state"])
        wire.start(heard)
        self.settle()
        return wire, heard

    def settle(self) -> None:
        while self.broker.deliver() + self.ingest.step():
            self.publisher.step()
        self.publisher.step()
        if self.broker.deliver():
            self.settle()

    def connected(self) -> None:
        self.ingest.connected()
        self.publisher.connected()

    def disconnected(self, reason: str) -> None:
        self.ingest.disconnected(reason)

    def received(self, message: Message) -> None:
        self.ingest.received(message)


@pytest.fixture
def listener() -> type[Heard]:
    return Heard


@pytest.fixture
def a_hall() -> type[Hall]:
    """For a test that needs a new one for each of its examples."""
    return Hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path)
    yield found
    found.mailbox.close()


@pytest.fixture
def make_fact() -> Callable[..., bytes]:
    def make(seq: int, *, stream: str = STREAM, kind: str = "checkin", body: dict[str, object] | None = None) -> bytes:
        return json.dumps(
            {
                "v": 1,
                "stream": stream,
                "seq": seq,
                "at": 1_790_000_000_000,
                "clock": "ntp",
                "boot": "boot-1",
                "mono": 1000,
                "kind": kind,
                "body": {"id": f"checkin-{seq:04d}", "station": "sn10-north"} if body is None else body,
            }
        ).encode()

    return make


@pytest.fixture
def mosquitto_installed() -> None:
    if find_mosquitto() is None or shutil.which("mosquitto_pub") is None:
        pytest.fail("Mosquitto and its clients are not installed: sh install.sh test")


class Station:
    """A real Mosquitto with `kiosk-01` and `kiosk-02` enrolled, password `secret`, and foreign clients to it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.folder = folder
        self.mailbox = Mailbox(folder / "mailbox.db")
        self.refused: list[tuple[str, str, str]] = []
        for kiosk in ("kiosk-01", "kiosk-02"):
            self.mailbox.enrol(kiosk, hash_secret(PASSWORD), 1)
        self.broker = self.another()

    def another(self) -> Mosquitto:
        program = find_mosquitto()
        assert program is not None
        return Mosquitto(
            program, self.mailbox, self.folder / "gateway", "127.0.0.1", self.port, demo=False,
            refused=lambda *refusal: self.refused.append(refusal),
        )  # fmt: skip

    def publish(self, user: str, topic: str, payload: bytes, password: str = PASSWORD) -> int:
        return publish(self.port, user, topic, payload, password)


def publish(port: int, user: str, topic: str, payload: bytes, password: str = PASSWORD) -> int:
    """The exit code of `mosquitto_pub`; the payload goes through its standard input."""
    done = subprocess.run(
        ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-u", user, "-P", password, "-q", "1", "-t", topic, "-s"],
        input=payload,
        capture_output=True,
        timeout=30,
    )
    return done.returncode


@pytest.fixture
def station(tmp_path: Path, free_port: int, mosquitto_installed: None) -> Iterator[Station]:
    found = Station(tmp_path, free_port)
    yield found
    found.broker.stop()
    found.mailbox.close()


@pytest.fixture
def send() -> Callable[..., int]:
    return publish


@pytest.fixture
def wait_until() -> Callable[..., None]:
    return until


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition; the deadline only ends a broken test."""
    overdue = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < overdue, "what was awaited did not happen"
        time.sleep(0.01)
