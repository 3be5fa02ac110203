"""A fleet as the gateway would have written it down."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from gateway.contract.topics import Lane
from gateway.mailbox import Batch, StoredFact, Trouble
from server import stations
from server.kit.clock import now_ms
from server.kit.site import Site

ParkFactory = Callable[..., None]


@pytest.fixture
def kiosks(site: Site) -> Site:
    """One kiosk at the north station, one at another community's gate."""
    stations.pair(site, "kiosk-01", "sn10-north", "mqtt://broker")
    stations.pair(site, "kiosk-11", "sn11-gate", "mqtt://broker")
    return site


@pytest.fixture
def park(site: Site) -> ParkFactory:
    """`park("kiosk-01", 7, reason="not JSON", body={…})`: a fact in the mailbox; an empty reason: a good one."""

    def make(kiosk: str, seq: int, reason: str = "", kind: str = "poem", body: dict[str, Any] | None = None) -> None:
        fact = StoredFact(
            kiosk, Lane.EVENT, "k7Q2mZx0aB", seq, kind, None, "none", "boot", 1, body or {}, {}, uuid.uuid4().hex,
            now_ms(), "parked" if reason else "ok", reason or None,
        )  # fmt: skip
        troubles = [Trouble("parked", kiosk, "cxz/1/x", reason, f"{kind} {fact.body}", fact.digest, now_ms())]
        site.mailbox.commit(Batch(facts=[fact], troubles=troubles if reason else []))

    return make


@pytest.fixture
def trouble(site: Site) -> ParkFactory:
    def make(kind: str, kiosk: str, reason: str, payload: str = "", at: int = 0) -> None:
        row = Trouble(kind, kiosk, "cxz/1/x", reason, payload, "digest", at or now_ms())
        site.mailbox.commit(Batch(troubles=[row]))

    return make
