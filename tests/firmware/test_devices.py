"""The devices' own code, unchanged, on desk boards."""

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_stubs.simulators import desk as desks
from kiosk.agent import device_link

KINDS = desks.kinds()
FAST = {"LOOK_S": 0.01, "READ_S": 0.05}
DEVICE_FILES = sorted([*desks.DEVICES.glob("*.py"), *desks.LIB.glob("*.py")])
KNOWN_TO_BOARDS = {"asyncio", "json", "os", "time", "machine", "esp32", "identity"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_device_is_understood_by_the_kiosk_and_keeps_to_its_description(
    kind: str, running: Any, eventually: Any
) -> None:
    async def story() -> None:
        async with running(kind) as (_, port):
            await eventually(lambda: port.heard("read"))
            lines = [line for line in bytes(port.from_device).split(b"\n") if line]

        words = [device_link.decode(line) for line in lines]
        hello = next(word for word in words if isinstance(word, device_link.Hello))
        reading = next(word for word in words if isinstance(word, device_link.Reading))
        about = hello.description
        assert (hello.device, about["kind"]) == ("device-1", kind)
        assert set(reading.readings) == set(about["readings"])
        assert {about.get("stock"), about.get("broken")} - {None} <= set(about["readings"])

    asyncio.run(story())


@pytest.mark.parametrize("path", DEVICE_FILES, ids=lambda path: path.name)
def test_device_code_keeps_to_what_a_board_knows(path: Path) -> None:
    ours = {file.stem for file in DEVICE_FILES}
    tree = ast.parse(path.read_text("utf-8"))

    strange = [node for node in ast.walk(tree) if isinstance(node, ast.Match | ast.NamedExpr | ast.AnnAssign)]
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }

    assert strange == []
    assert imported <= KNOWN_TO_BOARDS | ours


def set_temperature(desk: Any, temp_c: float) -> None:
    desk.microvolts[desk.code.TEMP_PIN] = int(desk.code.UV_AT_0_C + temp_c * desk.code.UV_PER_C)


def set_amps(desk: Any, *amps: float) -> None:
    for pin, value in zip(desk.code.CURRENT_PINS, amps, strict=True):
        desk.microvolts[pin] = int(value * desk.code.UV_PER_A)


def powered(desk: Any) -> list[int]:
    return [desk.levels[pin] for pin in desk.code.RELAY_PINS]


def a_calm_cabinet(desk: Any) -> None:
    set_temperature(desk, 25)
    set_amps(desk, 1.0, 1.9, 0.0, 1.2)


def test_a_cabinet_that_stays_hot_gives_up_port_after_port(running: Any, eventually: Any) -> None:
    async def story() -> None:
        async with running("charging_cabinet", a_calm_cabinet, **FAST, NEXT_PORT_MS=20) as (desk, port):
            await eventually(lambda: port.heard("read"))
            set_temperature(desk, 56)
            await eventually(lambda: powered(desk) == [0, 0, 0, 0])

            assert [event["b"]["off"] for event in port.events("heat_alarm")][:2] == [[2], [4]]

    asyncio.run(story())


@pytest.mark.parametrize(("temp_c", "event"), [(70, "heat_alarm"), (-50, "sensor_fault"), (180, "sensor_fault")])
def test_all_ports_go_off_when_it_is_very_hot_or_the_sensor_cannot_be_trusted(
    running: Any, eventually: Any, temp_c: float, event: str
) -> None:
    async def story() -> None:
        async with running("charging_cabinet", a_calm_cabinet, **FAST) as (desk, port):
            await eventually(lambda: port.heard("read"))
            set_temperature(desk, temp_c)
            (alarm, *_) = await eventually(lambda: port.events(event))

            assert alarm["b"]["off"] == [1, 2, 3, 4]
            assert powered(desk) == [0, 0, 0, 0]

    asyncio.run(story())


async def drop_a_coat(desk: Any, eventually: Any) -> None:
    await eventually(lambda: desk.levels.get(desk.code.MOTOR_PIN))
    desk.levels[desk.code.BEAM_PIN] = 0
    await eventually(lambda: not desk.levels[desk.code.MOTOR_PIN])
    desk.levels[desk.code.BEAM_PIN] = 1


def test_a_held_button_gives_one_coat(running: Any, eventually: Any) -> None:
    async def story() -> None:
        async with running("raincoat_dispenser", BUTTON_S=0.01, READ_S=0.05) as (desk, port):
            desk.levels[desk.code.BUTTON_PIN] = 0
            await drop_a_coat(desk, eventually)
            await eventually(lambda: port.events("dispensed"))
            seen = len(port.heard("read"))
            await eventually(lambda: len(port.heard("read")) > seen + 3)

            assert desk.levels[desk.code.MOTOR_PIN] == 0
            assert [event["b"] for event in port.events("dispensed")] == [{"stock": 39}]

    asyncio.run(story())


def test_an_empty_dispenser_refuses_until_it_is_refilled(running: Any) -> None:
    async def story() -> None:
        async with running("raincoat_dispenser") as (_, port):
            await port.answer("c-1", "refilled", stock=0)
            empty = await port.answer("c-2", "dispense")
            nonsense = await port.answer("c-3", "refilled", stock=True)

        assert empty["b"] == {"why": "empty"}
        assert nonsense["b"] == {"why": "stock out of range"}

    asyncio.run(story())


def a_full_shut_box(desk: Any) -> None:
    desk.levels.update({desk.code.DOOR_PIN: 0, **dict.fromkeys(desk.code.SLOT_PINS, 0)})


def test_a_door_opened_without_unlocking_was_forced_and_one_left_open_is_told_once(
    running: Any, eventually: Any
) -> None:
    async def story() -> None:
        async with running("first_aid_box", a_full_shut_box, **FAST, LEFT_OPEN_MS=20) as (desk, port):
            await eventually(lambda: port.heard("read"))
            desk.levels[desk.code.DOOR_PIN] = 1
            await eventually(lambda: port.events("forced"))
            (left_open, *_) = await eventually(lambda: port.events("left_open"))
            await eventually(lambda: len(port.heard("read")) > 6)

            assert {event["seq"] for event in port.events("left_open")} == {left_open["seq"]}

    asyncio.run(story())


def test_the_box_bolts_by_itself_when_nobody_opens_it(running: Any, eventually: Any) -> None:
    async def story() -> None:
        async with running("first_aid_box", a_full_shut_box, **FAST, UNLOCK_MS=20) as (desk, port):
            await port.answer("c-1", "unlock")
            await eventually(lambda: desk.levels[desk.code.LOCK_PIN] == 0)

            assert port.heard("event") == []

    asyncio.run(story())


def test_the_expiry_date_is_checked_and_outlives_a_power_cut(running: Any, eventually: Any) -> None:
    flash: dict[Any, int] = {}

    async def story() -> None:
        async with running("first_aid_box", a_full_shut_box, flash=flash) as (_, port):
            nonsense = await port.answer("c-1", "expires", date=20271331)
            await port.answer("c-2", "expires", date=20270331)
        async with running("first_aid_box", a_full_shut_box, flash=flash) as (_, port):
            (read, *_) = await eventually(lambda: port.heard("read"))

        assert nonsense["b"] == {"why": "not a date"}
        assert read["r"]["expires"] == 20270331

    asyncio.run(story())


def test_the_microwave_runs_by_its_power_and_a_flicker_between_changes_nothing(running: Any, eventually: Any) -> None:
    def set_watts(desk: Any, watts: int) -> None:
        desk.microvolts[desk.code.POWER_PIN] = watts * desk.code.UV_PER_W

    async def story() -> None:
        async with running("microwave_meter", **FAST, LONG_MS=20) as (desk, port):
            set_watts(desk, 1150)
            await eventually(lambda: port.heard("read")[-1]["r"]["on"] == 1 if port.heard("read") else False)
            set_watts(desk, 100)
            await eventually(lambda: port.events("runs_long"))
            set_watts(desk, 3)
            await eventually(lambda: port.events("finished"))

            assert len({event["seq"] for event in port.events("finished")}) == 1

    asyncio.run(story())


def test_an_sos_is_one_event_a_press_and_the_lamp_shines_once_the_kiosk_has_it(running: Any, eventually: Any) -> None:
    async def story() -> None:
        async with running("sos_button", BLINK_MS=1 << 60) as (desk, port):
            await eventually(lambda: port.heard("hello"))
            desk.levels[desk.code.BUTTON_PIN] = 0
            (sos, *_) = await eventually(lambda: port.events("sos"))
            before = desk.levels[desk.code.LAMP_PIN]
            port.tell(t="ok", seq=sos["seq"])
            await eventually(lambda: desk.levels[desk.code.LAMP_PIN] == 1)

            assert before == 0
            assert {event["seq"] for event in port.events("sos")} == {sos["seq"]}

    asyncio.run(story())


def test_a_bouncing_contact_is_no_sos(port: Any) -> None:
    desk = desks.load("sos_button", "device-1", port)
    button = desk.code.Button()

    for now in range(100):
        desk.levels[desk.code.BUTTON_PIN] = now % 2
        button.look(now)

    assert button.presses == 0


def test_two_devices_on_one_desk_do_not_share_their_pins() -> None:
    one, other = (desks.load("sos_button", name, object()) for name in ("one", "other"))

    one.levels[16] = 0

    assert 16 not in other.levels
    assert (one.code.ID, other.code.ID) == ("one", "other")


@pytest.mark.parametrize(("kind", "name"), [("teleporter", "x-1"), ("../cli", "x-1"), ("sos_button", "../x")])
def test_an_unknown_kind_or_a_bad_name_is_refused(kind: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"kind|name"):
        desks.load(kind, name, object())
