"""Facts of devices as intake hands them over, at a moment of one's choosing."""

from typing import Any

import pytest

from gateway.contract.topics import Lane
from gateway.mailbox import StoredFact
from server.kit.site import Site
from server.telemetry import intake

RACK = {
    "kind": "charging_cabinet",
    "fw": "0.2",
    "readings": {"temp_c": "°C", "port1_a": "A", "free": ""},
    "commands": ["port_off"],
}


@pytest.fixture
def measure(site: Site) -> Any:
    """`measure(at, temp_c=21.5)`: a telemetry fact of this moment; `device=`, `clock=` as wanted."""
    count = 0

    def make(at: int | None, device: str = "rack-1", clock: str = "ntp", **readings: Any) -> StoredFact:
        nonlocal count
        count += 1
        body = {"device": device, "readings": readings, "station": "sn10-north"}
        now = site.store.clock()
        fact = StoredFact(
            "kiosk-01", Lane.TELEMETRY, "k7Q2mZx0aB", count, "telemetry", at, clock, "b", 5, body, {}, "d", now
        )
        take(site, fact)
        return fact

    return make


@pytest.fixture
def greet(site: Site) -> Any:
    """`greet("hello")`: a device comes or goes, at the kiosk north."""
    count = 0

    def make(event: str, device: str = "rack-1", about: dict[str, Any] | None = None) -> None:
        nonlocal count
        count += 1
        now = site.store.clock()
        detail = (RACK if about is None else about) if event == "hello" else {}
        body = {"device": device, "event": event, "detail": detail, "station": "sn10-north"}
        fact = StoredFact("kiosk-01", Lane.EVENT, "k7Q2mZx0aC", count, "device", now, "ntp", "b", 5, body, {}, "d", now)
        with site.store.work() as work:
            intake.from_device(work, fact)

    return make


def take(site: Site, fact: StoredFact) -> None:
    with site.store.work() as work:
        intake.from_telemetry(work, fact)
