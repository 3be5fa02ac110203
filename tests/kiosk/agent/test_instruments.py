"""What devices say becomes facts, without repetition and without harm."""

from typing import Any

import pytest

from gateway.contract.facts import decode
from gateway.contract.topics import Lane
from gateway.contract.twin import Desired
from kiosk.agent.view import NotSaved

BOX = {"kind": "raincoat_dispenser", "amenity": "raincoat", "stock": "stock"}


def facts(world: Any, lane: Lane, kind: str) -> list[dict[str, Any]]:
    found = [decode(parcel.payload) for parcel in world.agent.outbox.window(lane, 1_000)]
    return [fact.body for fact in found if fact.kind == kind]


def test_readings_go_up_once_a_minute(world: Any) -> None:
    for _ in range(120):
        world.agent.instruments.reading("meter", {"celsius": 20.0})
        world.time.pass_ms(1_000)

    assert len(facts(world, Lane.TELEMETRY, "telemetry")) == 2


def test_a_meaningful_change_goes_up_at_once(world: Any) -> None:
    world.agent.instruments.reading("meter", {"celsius": 20.0})
    world.time.pass_ms(5_000)
    world.agent.instruments.reading("meter", {"celsius": 20.9})
    world.agent.instruments.reading("meter", {"celsius": 35.0})

    readings = [body["readings"] for body in facts(world, Lane.TELEMETRY, "telemetry")]

    assert readings == [{"celsius": 20.0}, {"celsius": 35.0}]


def test_nonsense_in_readings_is_left_out(world: Any) -> None:
    nonsense = {"nan": float("nan"), "inf": float("inf"), "huge": 10**400, "flag": True, "\ud800": 1, "n" * 99: 1}

    world.agent.instruments.reading("meter", {**nonsense, "celsius": 21})
    world.agent.instruments.reading("../meter", {"celsius": 21})

    assert [body["readings"] for body in facts(world, Lane.TELEMETRY, "telemetry")] == [{"celsius": 21}]


def test_a_flapping_plug_is_one_notice_not_fifty(world: Any) -> None:
    for _ in range(50):
        world.agent.instruments.hello("box", BOX)
        world.agent.instruments.lost("box")
        world.time.pass_ms(1_000)
    world.agent.instruments.hello("box", BOX)
    world.time.pass_ms(60_000)
    world.agent.instruments.settle()

    assert [body["event"] for body in facts(world, Lane.EVENT, "device")] == ["hello", "lost", "hello"]


@pytest.mark.parametrize(("event", "lane"), [("sos", Lane.SOS), ("heat_alarm", Lane.SOS), ("door_opened", Lane.EVENT)])
def test_alarms_of_devices_travel_in_the_sos_lane(world: Any, event: str, lane: Lane) -> None:
    world.agent.instruments.hello("button", {"kind": "sos_button"})

    world.agent.instruments.event("button", event, {"held_ms": 900})

    body = facts(world, lane, "device")[-1]
    assert (body["device"], body["event"], body["kind"]) == ("button", event, "sos_button")
    assert body["detail"] == {"held_ms": 900}
    assert body["station"] == "sn10-north"


def test_a_bouncing_contact_counts_once(world: Any) -> None:
    for _ in range(5):
        world.agent.instruments.event("button", "sos", {})
        world.time.pass_ms(100)
    world.time.pass_ms(2_000)
    world.agent.instruments.event("button", "sos", {})

    assert len(facts(world, Lane.SOS, "device")) == 2


def test_a_device_gone_mad_cannot_fill_the_disk_but_its_alarm_is_heard(world: Any) -> None:
    for number in range(500):
        world.agent.instruments.event("door", "opened", {"n": number})
    world.agent.instruments.event("door", "heat_alarm", {})

    events = [body["event"] for body in facts(world, Lane.EVENT, "device")]
    assert len(events) == 61
    assert events[-1] == "babbling"
    assert len(facts(world, Lane.SOS, "device")) == 1


@pytest.mark.parametrize("body", [{"deep": [[[[[[[[[1]]]]]]]]]}, {"long": "x" * 5_000}, {"odd": "\ud800"}])
def test_an_alarm_with_an_unreadable_detail_is_still_an_alarm(world: Any, body: dict[str, Any]) -> None:
    world.agent.instruments.event("button", "sos", body)

    assert facts(world, Lane.SOS, "device")[0]["detail"] == {"unreadable": True}


def test_the_stock_of_a_box_is_the_amenitys_state_told_only_on_change(world: Any) -> None:
    raincoat = {"code": "raincoat", "label": "雨衣", "icon": "umbrella", "state": "ok", "since": 1}
    world.agent.twin.offer(Desired(1, {"amenities": [raincoat]}).encode())
    world.agent.instruments.hello("box", BOX)

    for stock in (5, 4, 3, 2, 0, 0, 6):
        world.agent.instruments.reading("box", {"stock": stock})

    told = facts(world, Lane.EVENT, "amenity")
    assert [body["state"] for body in told] == ["ok", "low", "empty", "ok"]
    assert told[0]["device"] == "box"
    shown = world.agent.view().amenities[0]
    assert (shown.state, shown.detail) == ("ok", "还剩 6")


def test_an_event_that_the_device_itself_calls_urgent_travels_in_the_sos_lane(world: Any) -> None:
    world.agent.instruments.hello("rack", {"kind": "charging_cabinet", "events": {"sensor_fault": "urgent"}})

    world.agent.instruments.event("rack", "sensor_fault", {})

    assert [body["event"] for body in facts(world, Lane.SOS, "device")] == ["sensor_fault"]


def test_a_box_that_jams_is_broken_and_is_fine_again_afterwards(world: Any) -> None:
    world.agent.instruments.hello("box", {**BOX, "low": 8, "broken": "jam"})
    for stock, jam in ((40, 0), (8, 0), (8, 1), (40, 0)):
        world.agent.instruments.reading("box", {"stock": stock, "jam": jam})

    states = [body["state"] for body in facts(world, Lane.EVENT, "amenity")]

    assert states == ["ok", "low", "broken", "ok"]


def test_an_alarm_that_the_disk_refused_is_said_again_by_the_device(world: Any) -> None:
    with world.agent.outbox.writing() as connection:
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(NotSaved):
        for number in range(1_000):
            world.agent.instruments.event("button", "sos", {"n": number})
    kept = len(facts(world, Lane.SOS, "device"))

    with world.agent.outbox.writing() as connection:
        connection.execute("pragma max_page_count = 100000")
    world.agent.instruments.event("button", "sos", {"n": number})

    assert len(facts(world, Lane.SOS, "device")) == kept + 1


def test_the_birth_certificate_names_the_devices_and_stays_readable(world: Any) -> None:
    for number in range(200):
        world.agent.instruments.hello(f"device-{number}", {"kind": "k" * 500})

    world.start()

    devices = world.gateway.births[-1].devices
    assert devices[0] == {"device": "device-0", "kind": "k" * 64, "present": True}
    assert len(devices) == 64


def test_the_self_check_names_a_device_that_is_gone(world: Any) -> None:
    world.agent.instruments.hello("box", BOX)
    world.agent.instruments.lost("box")

    world.start()

    assert "box" in world.gateway.reported.check["devices"]
    assert world.gateway.reported.check["clock"] == "ok"


def test_a_device_that_finds_nothing_broken_does_not_outdo_a_rider_who_said_otherwise(world: Any) -> None:
    microwave = {"code": "microwave", "label": "微波炉", "icon": "microwave", "state": "ok", "since": 1}
    world.agent.twin.offer(Desired(1, {"amenities": [microwave]}).encode())
    world.agent.amenity("microwave", "broken")
    world.agent.instruments.hello("meter", {"kind": "microwave_meter", "amenity": "microwave", "broken": "weak"})

    for weak in (0, 0, 1, 0):
        world.agent.instruments.reading("meter", {"weak": weak})

    assert [body["state"] for body in facts(world, Lane.EVENT, "amenity")] == ["broken", "ok"]
