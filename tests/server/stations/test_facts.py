"""What kiosks and devices say: counted ports on the rider's page, and nothing lost when a station retires."""

import uuid
from typing import Any

from fastapi.testclient import TestClient

from gateway.contract.topics import Lane
from gateway.mailbox import Batch, StoredFact
from server import incidents, stations
from server.features import FEATURES
from server.intake import Intake
from server.kit.clock import now_ms
from server.kit.site import Site


def say(site: Site, seq: int, lane: Lane, kind: str, **body: Any) -> None:
    """A fact of kiosk-01, read."""
    values = {"id": f"fact-{seq:05d}", "station": "sn10-north", **body}
    fact = StoredFact(
        "kiosk-01", lane, "k7Q2mZx0aB", seq, kind, now_ms(), "ntp", "boot", 1, values, {}, uuid.uuid4().hex,
        now_ms(), "ok", None,
    )  # fmt: skip
    site.mailbox.commit(Batch(facts=[fact]))
    Intake(site, FEATURES).read()


def test_free_ports_travel_from_the_cabinet_to_the_riders_page(site: Site, client: TestClient) -> None:
    readings = {"port1_a": 0.0, "port2_a": 1.9, "port3_a": 0.0, "temp_c": 25.0, "free": 2, "hot": 0}
    say(site, 1, Lane.TELEMETRY, "telemetry", device="cabinet-1", readings=readings)
    say(site, 2, Lane.EVENT, "amenity", amenity="raincoat", state="empty", by="device")

    page = client.get("/s/sn10-north").text

    assert "还空 2 口" in page
    assert "用完了" in page
    with site.store.look() as look:
        things = {one.code: one for one in stations.amenities(look, "sn10-north")}
    assert (things["charging"].measured, things["raincoat"].by) == (3, "device")


def test_a_backlog_of_a_kiosk_whose_station_has_retired_meanwhile_is_not_lost(site: Site) -> None:
    with site.store.work() as work:
        stations.retire(work, "sn10-north", "岗亭拆除", "陈主任")

    say(site, 1, Lane.SOS, "sos")

    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"])
    assert (ticket.category, ticket.station) == ("person.sos", "sn10-north")
