"""The edge: power off first, then tell; latched until a person; with or without head office."""

from typing import Any

import pytest

from gateway.contract.facts import decode
from gateway.contract.topics import Lane
from gateway.contract.twin import Desired
from kiosk.agent.device_commands import Unanswered
from kiosk.agent.device_link import Result
from kiosk.agent.view import NotSaved

RACK = {
    "kind": "charging_cabinet",
    "readings": {"port1_a": "A", "port2_a": "A", "temp_c": "°C"},
    "commands": ["port_off", "port_on", "limits"],
}
CLIMATE = {"kind": "smoke_climate", "readings": {"temp_c": "°C", "smoke_ppm": "ppm"}}
HOT = {"temp_c": 56.0, "port1_a": 1.0, "port2_a": 2.0}


class Hands:
    """Devices that do what they are told, and write down in which order things happened."""

    def __init__(self, world: Any) -> None:
        self.world, self.done, self.away = world, [], False

    def send(self, device: str, name: str, args: Any, *, timeout: float = 10) -> Result:
        if self.away:
            raise Unanswered(f"{device} is not connected")
        self.done.append((device, name, dict(args), len(facts(self.world, Lane.SOS))))
        return Result("c-1", True, {})

    def off(self) -> list[tuple[str, int]]:
        return [(device, args["port"]) for device, name, args, _ in self.done if name == "port_off"]


def facts(world: Any, lane: Lane) -> list[dict[str, Any]]:
    return [decode(parcel.payload).body for parcel in world.agent.outbox.window(lane, 1_000)]


@pytest.fixture
def hands(world: Any) -> Hands:
    hands = Hands(world)
    world.agent.edge.plug(hands.send)
    world.agent.instruments.hello("rack-1", RACK)
    world.agent.instruments.hello("climate-1", CLIMATE)
    return hands


def test_a_hot_port_is_off_before_anybody_is_told_and_no_line_is_needed(world: Any, hands: Hands) -> None:
    world.agent.instruments.reading("rack-1", HOT)
    world.agent.edge.work()

    (off,) = [one for one in hands.done if one[1] == "port_off"]
    (fact,) = facts(world, Lane.SOS)
    assert off == ("rack-1", "port_off", {"port": 2}, 0)
    assert (fact["device"], fact["event"], fact["kind"]) == ("rack-1", "heat_alarm", "charging_cabinet")
    assert fact["detail"]["off"] == ["rack-1:2"]
    assert (fact["detail"]["value"], fact["detail"]["limit"]) == (56.0, 55)


def test_what_was_switched_off_stays_off_over_power_cuts_of_kiosk_and_device(world: Any, hands: Hands) -> None:
    world.agent.instruments.reading("rack-1", HOT)
    world.agent.edge.work()
    world.agent.outbox.close()

    world.boot()
    again = Hands(world)
    world.agent.edge.plug(again.send)
    world.agent.instruments.hello("rack-1", RACK)
    world.agent.edge.work()
    world.agent.instruments.hello("rack-1", RACK | {"fw": "0.2"})
    world.agent.edge.work()

    assert world.agent.edge.latched == (("rack-1", 2),)
    assert again.off() == [("rack-1", 2), ("rack-1", 2)]


def test_a_person_switches_on_again_when_it_is_cool_and_not_before(world: Any, hands: Hands) -> None:
    world.agent.instruments.reading("rack-1", HOT)
    world.agent.edge.work()
    while_hot = world.agent.instruments.objection("rack-1", "port_on")
    world.time.pass_ms(120_000)
    world.agent.instruments.reading("rack-1", HOT | {"temp_c": 30.0})
    when_cool = world.agent.instruments.objection("rack-1", "port_on")
    world.agent.instruments.done("rack-1", "port_on", {"port": 2})
    world.agent.edge.work()

    assert (while_hot, when_cool) == ("hot", "")
    assert world.agent.edge.latched == ()
    assert world.agent.view().alarms == ()
    assert facts(world, Lane.EVENT)[-1]["detail"] == {"of": "heat_alarm"}


def test_smoke_takes_every_port_of_the_station_and_rings(world: Any, hands: Hands) -> None:
    world.agent.instruments.reading("climate-1", {"smoke_ppm": 800})
    world.agent.edge.work()

    assert hands.off() == [("rack-1", 1), ("rack-1", 2)]
    (fact,) = facts(world, Lane.SOS)
    assert (fact["event"], fact["detail"]["off"]) == ("smoke", ["rack-1:1", "rack-1:2"])
    assert world.agent.instruments.objection("rack-1", "port_on") == "smoke"
    (alarm,) = world.agent.view().alarms
    assert (alarm.event, alarm.danger, alarm.off) == ("smoke", True, ("rack-1:1", "rack-1:2"))


def test_a_cabinet_that_does_not_answer_is_named_in_the_fact_and_tried_again(world: Any, hands: Hands) -> None:
    hands.away = True
    world.agent.instruments.reading("rack-1", HOT)
    world.agent.edge.work()
    hands.away = False
    world.time.pass_ms(5_000)
    world.agent.edge.work()

    assert facts(world, Lane.SOS)[0]["detail"]["not_off"] == ["rack-1:2"]
    assert hands.off() == [("rack-1", 2)]


def test_what_is_no_danger_does_not_travel_in_the_sos_lane(world: Any, hands: Hands) -> None:
    for _ in range(2):
        world.agent.instruments.reading("rack-1", {"temp_c": 25.0, "port1_a": 6.0, "port2_a": 0.0})
    world.agent.edge.work()

    assert facts(world, Lane.SOS) == []
    assert hands.off() == [("rack-1", 1)]
    assert facts(world, Lane.EVENT)[-1]["event"] == "overcurrent"


def test_an_alarm_of_the_device_itself_is_told_once_and_acted_on(world: Any, hands: Hands) -> None:
    world.agent.instruments.event("rack-1", "heat_alarm", {"why": "hot", "temp_c": 58.3, "off": [2]})
    world.agent.edge.work()

    assert len(facts(world, Lane.SOS)) == 1
    assert world.agent.edge.latched == (("rack-1", 2),)
    assert world.agent.view().alarms[0].detail == {"value": 58.3}


def test_limits_come_from_head_office_last_without_it_and_reach_the_devices(world: Any, hands: Hands) -> None:
    world.agent.twin.offer(Desired(1, {"limits": {"hot_c": 45, "smoke_ppm": "many", "over_a": 9000}}).encode())
    world.agent._round_up()
    world.agent.edge.work()
    world.agent.twin.offer(Desired(2, {}).encode())
    world.agent._round_up()
    world.agent.outbox.close()
    world.boot()

    kept = world.agent.edge.limits
    assert (kept.hot_c, kept.smoke_ppm, kept.over_a) == (45, 300, 4)
    assert ("rack-1", "limits", {"hot_c": 45, "rise_c": 8, "smoke_ppm": 300, "open_s": 300}) in [
        one[:3] for one in hands.done
    ]


def test_a_full_disk_does_not_keep_the_power_on_and_the_fact_follows(world: Any, hands: Hands) -> None:
    with world.agent.outbox.writing() as connection:
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(NotSaved):
        for number in range(1_000):
            world.agent.instruments.event("button", "sos", {"n": number})
    kept = len(facts(world, Lane.SOS))
    world.agent.instruments.reading("rack-1", HOT)
    world.agent.edge.work()
    off = hands.off()
    with world.agent.outbox.writing() as connection:
        connection.execute("pragma max_page_count = 100000")
    world.agent.edge.work()

    assert off == [("rack-1", 2)]
    assert [body["event"] for body in facts(world, Lane.SOS)[kept:]] == ["heat_alarm"]


def test_a_device_that_talks_nonsense_is_counted_and_named_not_believed(world: Any, hands: Hands) -> None:
    for value in (-400.0, 1e30, float("nan"), True, "60"):
        world.agent.instruments.reading("rack-1", HOT | {"temp_c": value})
    world.agent.instruments.nonsense("rack-1", "not JSON")
    world.time.pass_ms(600_000)
    world.agent.instruments.settle()
    world.start()

    events = [fact.body for lane, fact in world.gateway.effects if lane is Lane.EVENT]
    assert [body["detail"]["times"] for body in events if body["event"] == "nonsense"] == [1, 5]
    assert "sos" not in {str(lane) for lane, _ in world.gateway.effects}
    assert "rack-1（6 次）" in world.gateway.reported.check["devices"]
