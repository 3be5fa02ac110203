"""A site whose commands really go into the mailbox's database, and a kiosk that answers as the gateway would tell."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.contract.topics import Lane
from gateway.mailbox import Batch, StoredFact
from gateway.orders import Orders
from server import stations
from server.app import FEATURES
from server.intake import Intake
from server.kit.clock import now_ms
from server.kit.site import Site


@pytest.fixture
def orders(site: Site) -> Orders:
    """What the gateway sees; kiosk-01 is paired at the north station and online."""
    made = Orders(site.mailbox)
    site.parts["commands"] = made
    stations.pair(site, "kiosk-01", "sn10-north", "mqtt://broker")
    site.mailbox.heard("kiosk-01", "ready", "nonce-1", 0, now_ms())
    return made


AnswerFactory = Callable[..., None]


@pytest.fixture
def answer(site: Site) -> AnswerFactory:
    """`answer(command, "done", kiosk="kiosk-01", reason="…")`: a kiosk's result, read by the intake."""
    intake, seqs = Intake(site, FEATURES), iter(range(1, 1000))

    def make(command: str, state: str, kiosk: str = "kiosk-01", **more: Any) -> None:
        seq = next(seqs)
        body = {"id": command, "state": state, **more}
        fact = StoredFact(
            kiosk, Lane.EVENT, "k7Q2mZx0aB", seq, "result", None, "none", "boot", 1, body, {}, f"digest-{kiosk}-{seq}",
            now_ms(),
        )  # fmt: skip
        site.mailbox.commit(Batch(facts=[fact]))
        while intake.read():
            pass

    return make
