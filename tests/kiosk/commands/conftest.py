"""A kiosk without threads whose disk can be taken over by another process, and a device with a memory of its own."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.contract.commands import Command
from gateway.contract.envelope import Body
from gateway.contract.topics import Lane
from kiosk.agent.clock import StationClock
from kiosk.agent.commands import Deeds, Ledger, LogTail, Means, migrations
from kiosk.agent.credentials import Credentials
from kiosk.agent.device_commands import Unanswered
from kiosk.agent.device_link import Result
from kiosk.agent.outbox import Outbox

NOON = 1_795_320_000_000
CREDENTIALS = Credentials(
    kiosk="kiosk-01", password="secret", station="sn10-north", presence_key="ab" * 32, name="北门站",
    public_url="http://127.0.0.1:1",
)  # fmt: skip


class Box:
    """A first-aid box: acts once for an id, answers a repeat from memory; `plugged` and `deaf` as the test likes."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.known: dict[str, Result] = {}
        self.plugged, self.deaf, self.why = True, False, ""

    def send(
        self, device: str, name: str, args: Mapping[str, object], *, command: str | None = None, timeout: float = 10
    ) -> Result:
        assert command is not None
        if not self.plugged:
            raise Unanswered(f"{device} is not connected")
        if command not in self.known:
            ok = name == "unlock" and not self.why
            if ok:
                self.opened.append(command)
            why = self.why if name == "unlock" else "unknown command"
            result = Result(command, ok, {} if ok else {"why": why})
            if name != "unlock":
                return result
            self.known[command] = result
        if self.deaf:
            raise Unanswered(f"{device} did not answer", left=True)
        return self.known[command]


class Kiosk:
    """`order` hands a command in and does what is to be done; `answers` are the results in the outbox."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.box, self.now = folder, Box(), NOON
        self.dials = {"remote_hands": 1}
        self.restarts: list[str] = []
        self.boot()

    def boot(self) -> None:
        """A process begins on what the disk holds."""
        self.outbox = Outbox(self.folder / "outbox.db", [migrations])
        self.deeds = Deeds(
            Means(CREDENTIALS, LogTail(io.StringIO()), lambda: self.restarts.append("again"), self.box),
            roster=lambda: ({"device": "aid-1", "kind": "first_aid_box", "present": self.box.plugged},),
            dial=self.dials.__getitem__,
            now=lambda: self.now,
        )
        clock = StationClock(lambda: self.now, lambda: self.now - NOON, lambda: True)
        self.ledger = Ledger(self.outbox, clock, self.deeds, lambda: None)

    def die(self) -> None:
        """The power goes: no goodbye, the disk stays. Then it comes back."""
        self.outbox.close()
        self.boot()

    def hear(self, name: str = "open_box", command: str = "command-0001", **more: Any) -> None:
        values = {"expires": self.now + 60_000, "args": {}, **more}
        self.ledger.receive(Command(command, name, **values).encode())
        while self.ledger.turn():
            pass

    def order(self, name: str = "open_box", command: str = "command-0001", **more: Any) -> None:
        self.hear(name, command, **more)
        self.act()

    def act(self) -> None:
        while self.ledger.act(True) or self.ledger.act(False):
            pass

    def answers(self, command: str = "command-0001") -> list[Body]:
        facts = [json.loads(one.payload) for one in self.outbox.window(Lane.EVENT, 1000)]
        return [fact["body"] for fact in facts if fact["kind"] == "result" and fact["body"]["id"] == command]

    def states(self, command: str = "command-0001") -> list[str]:
        return [str(body["state"]) for body in self.answers(command)]


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path)
    yield made
    made.outbox.close()
