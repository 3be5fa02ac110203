"""What devices find becomes one ticket that waits for a person, with a counter, and never a quieter one."""

from typing import Any

import pytest

from gateway.contract.topics import Lane
from gateway.mailbox import StoredFact
from server import incidents
from server.incidents import Incident, findings
from server.incidents.findings import rules
from server.kit.clock import MINUTE_MS
from server.kit.site import Site

HOT = {"why": "hot", "value": 58.3, "limit": 55, "off": ["rack-1:2"]}


@pytest.fixture
def tell(site: Site) -> Any:
    """`tell("heat_alarm", {…}, device="rack-1")`: a device's fact as intake hands it over; returns all tickets."""
    count = 0

    def make(
        event: str, detail: dict[str, Any] | None = None, *, device: str = "rack-1", kind: str = "charging_cabinet"
    ):
        nonlocal count
        count += 1
        now = site.store.clock()
        body = {"device": device, "event": event, "kind": kind, "station": "sn10-north", "detail": detail or {}}
        fact = StoredFact("kiosk-01", Lane.SOS, "k7Q2mZx0aB", count, "device", now, "ntp", "b", 5, body, {}, "d", now)
        with site.store.work() as work:
            findings.from_device(work, fact)
            return incidents.find(work, ["sn10"])

    return make


def history(site: Site, incident: Incident) -> list[str]:
    with site.store.look() as look:
        return [step.note for step in incidents.history(look, incident.id) if step.note]


def test_a_hot_cabinet_is_a_ticket_that_waits_for_a_persons_look(tell: Any) -> None:
    (ticket,) = tell("heat_alarm", HOT)

    assert (ticket.category, ticket.state, ticket.level) == ("device.heat_alarm", "unconfirmed", "P1")
    assert ticket.words == "充电柜 rack-1：温度 58.3℃（界限 55）。已在现场断电：rack-1 2 号口。"


def test_three_identical_alarms_are_one_ticket_with_a_counter(site: Site, tell: Any) -> None:
    for _ in range(3):
        (ticket,) = tell("heat_alarm", HOT)

    with site.store.look() as look:
        (found,) = incidents.findings_of(look, ticket.id)
    assert (found.device, found.event, found.times) == ("rack-1", "heat_alarm", 3)
    assert history(site, ticket)[-1].startswith("第 3 次报警：充电柜 rack-1")


def test_a_thousand_repeats_do_not_fill_the_history(site: Site, tell: Any) -> None:
    worth = [times for times in range(1, 1001) if rules.worth_a_line(times)]

    assert worth == [2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]


def test_another_device_or_another_alarm_is_another_ticket(tell: Any) -> None:
    tell("heat_alarm", HOT)
    tell("heat_alarm", HOT, device="rack-2")

    assert {one.category for one in tell("overcurrent", {"port": 1, "value": 6.0})} == {
        "device.heat_alarm",
        "device.overcurrent",
    }
    assert len(tell("overcurrent", {"port": 1, "value": 6.1})) == 3


def test_smoke_is_of_the_highest_level_and_calls_119(tell: Any) -> None:
    (ticket,) = tell("smoke", {"value": 800, "limit": 300}, device="climate-1", kind="smoke_climate")

    assert (ticket.category, ticket.level, ticket.state) == ("device.smoke", "P0", "unconfirmed")
    assert ticket.kind.calls == ("119",)


def test_a_danger_that_comes_back_after_somebody_dealt_with_it_rings_anew(
    site: Site, clock: Any, staff: Any, walk: Any, tell: Any
) -> None:
    (first,) = tell("heat_alarm", HOT)
    clock.forward(40 * MINUTE_MS)
    while_nobody_has_looked = tell("heat_alarm", HOT)
    walk(first, staff("duty"), "confirm")
    soon = tell("heat_alarm", HOT)
    clock.forward(31 * MINUTE_MS)

    later = tell("heat_alarm", HOT)

    assert (len(while_nobody_has_looked), len(soon), len(later)) == (1, 1, 2)
    assert later[0].state == "unconfirmed"


def test_a_door_left_open_joins_its_ticket_however_late(clock: Any, staff: Any, walk: Any, tell: Any) -> None:
    (first,) = tell("left_open", {"seconds": 300}, device="door-1", kind="door_counter")
    walk(first, staff("duty"), "confirm")
    clock.forward(600 * MINUTE_MS)

    assert len(tell("left_open", {"seconds": 900}, device="door-1", kind="door_counter")) == 1


def test_back_to_normal_is_written_down_and_closes_nothing(site: Site, tell: Any) -> None:
    tell("heat_alarm", HOT)

    (ticket,) = tell("over", {"of": "heat_alarm"})
    tell("over", {"of": ["nonsense"]})
    tell("over", {"of": "smoke"})

    assert ticket.state == "unconfirmed"
    assert history(site, ticket) == ["rack-1 的读数回到正常了，仍请到现场看一眼"]


@pytest.mark.parametrize(
    "detail",
    [
        {"value": "<script>", "limit": "=1+1", "off": ["<b>:2", "x" * 900, 7, None], "not_off": "all"},
        {"value": 1e300, "off": {"a": 1}, "seconds": "x", "rise": [], "left": True, "port": {}},
        {"unreadable": True},
    ],
)
@pytest.mark.parametrize("event", sorted(rules.ALARMS))
def test_nothing_a_device_says_but_numbers_gets_into_the_words(event: str, detail: dict[str, Any]) -> None:
    words = rules.words(event, "rack-1", "<kind>", detail)

    assert words.startswith("设备 rack-1：")
    assert not {"<script>", "=1", "x" * 900, "1e+300"} & set(words.split("（"))
    assert len(words) < 120
