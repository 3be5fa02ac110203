"""What every device does, told once and played under CPython and under real MicroPython."""

from typing import Any

from .playing import Play, volts

KINDS = (
    "bay_sensor", "charging_cabinet", "door_counter", "first_aid_box", "microwave_meter", "raincoat_dispenser",
    "smoke_climate", "sos_button",
)  # fmt: skip
STORIES: dict[str, Any] = {}


def story(told: Any) -> Any:
    STORIES[told.__name__] = told
    return told


def calm(play: Any) -> None:
    """A world in which no device has anything to complain of."""
    code = play.code
    if hasattr(code, "UV_PER_C"):
        warm(play, 25)
    for pin in getattr(code, "PLACE_PINS", ()):
        volts(play, pin, 200, code.UV_PER_CM)
    if hasattr(code, "DOOR_PIN"):
        play.levels[code.DOOR_PIN] = 0
    for pin in getattr(code, "SLOT_PINS", ()):
        play.levels[pin] = 0
    amps = (1.0, 1.9, 0.0, 1.2)
    for number, pin in enumerate(getattr(code, "CURRENT_PINS", ())):
        volts(play, pin, amps[number], code.UV_PER_A)


def warm(play: Any, temp_c: float) -> None:
    volts(play, play.code.TEMP_PIN, temp_c, play.code.UV_PER_C, play.code.UV_AT_0_C)


def powered(play: Any) -> list[int]:
    return [play.levels[pin] for pin in play.code.RELAY_PINS]


def greets(kind: str) -> Any:
    async def told() -> None:
        async with Play(kind, calm) as play:
            await play.until(lambda: play.heard("read"))
            play.say(t="hello?")
            hello = (await play.until(lambda: play.heard("hello")[1:]))[0]

            assert (hello["id"], hello["kind"]) == ("device-1", kind)
            assert set(play.latest()) == set(hello["readings"])
            assert hello["seq"] > play.heard("hello")[0]["seq"]
            assert max(len(line) for line in play.line.from_device.split(b"\n")) < 512
            assert play.heard("event") == []

    return told


for _kind in KINDS:
    STORIES["a_" + _kind + "_greets_describes_itself_and_is_calm_in_a_calm_world"] = greets(_kind)


@story
async def garbage_half_lines_and_lines_too_long_do_not_keep_a_device_from_obeying() -> None:
    async with Play("raincoat_dispenser", calm) as play:
        play.line.to_device += (
            b'\x00\xff{"t":"do"' + b"x" * 3000 + b'\n[1]\n{"t":7}\nnull\n{"t":"do","id":"a","name":"refil'
        )
        await play.some_looks()
        play.line.to_device += b'led","args":{"stock":7}}\n'
        half = await play.until(lambda: play.heard("result"))
        deep = await play.answer("c-2", "refilled", stock=[[[]]])
        unknown = await play.answer("c-3", "explode")

        assert (half[0]["id"], half[0]["ok"]) == ("a", True)
        assert deep[0]["b"] == {"why": "stock out of range"}
        assert unknown[0]["b"] == {"why": "unknown command"}
        assert play.latest()["stock"] == 7


@story
async def a_command_that_comes_twice_is_done_once_and_answered_twice() -> None:
    async with Play("raincoat_dispenser", calm, PUSH_MS=30) as play:
        await play.answer("c-1", "dispense")
        play.say(t="do", id="c-1", name="dispense", args={})
        results = await play.until(lambda: len(play.heard("result")) == 2 and play.heard("result"))

        assert [one["b"] for one in results] == [{"why": "jam"}, {"why": "jam"}]
        assert len(play.events("jam")) == 1


@story
async def an_event_is_repeated_until_the_kiosk_has_it() -> None:
    async with Play("sos_button", calm) as play:
        await play.until(lambda: play.heard("read"))
        play.levels[play.code.BUTTON_PIN] = 0
        await play.until(lambda: len([one for one in play.heard("event") if one["e"] == "sos"]) >= 3)
        play.say(t="ok", seq=play.events("sos")[0]["seq"])
        await play.until(lambda: play.levels[play.code.LAMP_PIN] == 1)
        await play.some_looks(3)
        said = len(play.heard("event"))
        await play.some_looks(3)

        assert len(play.events("sos")) == 1
        assert len(play.heard("event")) == said


@story
async def heat_takes_the_busiest_port_and_only_a_person_gives_it_back_when_it_is_cool() -> None:
    async with Play("charging_cabinet", calm, RISE_MS=0) as play:
        await play.until(lambda: play.heard("read"))
        warm(play, 56)
        alarm = (await play.until(lambda: play.events("heat_alarm")))[0]
        hot = await play.answer("c-1", "port_on", port=2)
        warm(play, 30)
        await play.until(lambda: play.events("cooled"))
        still = powered(play)
        cool = await play.answer("c-2", "port_on", port=2)

        assert alarm["b"] == {"why": "hot", "temp_c": 56.0, "off": [2]}
        assert (hot[0]["b"], cool[0]["ok"]) == ({"why": "hot"}, True)
        assert (still, powered(play)) == ([1, 0, 1, 1], [1, 1, 1, 1])


@story
async def a_port_that_is_off_stays_off_over_a_reset() -> None:
    flash: dict[Any, int] = {}
    async with Play("charging_cabinet", calm, flash=flash) as play:
        await play.answer("c-1", "port_off", port=3)
    async with Play("charging_cabinet", calm, flash=flash) as play:
        await play.until(lambda: play.heard("read"))
        after = powered(play)
        await play.answer("c-2", "port_on", port=3)
    async with Play("charging_cabinet", calm, flash=flash) as play:
        await play.until(lambda: play.heard("read"))

        assert after == [1, 1, 0, 1]
        assert powered(play) == [1, 1, 1, 1]


@story
async def a_steep_rise_counts_and_a_broken_sensor_takes_all_the_power_even_unheard() -> None:
    async with Play("charging_cabinet", calm) as play:
        await play.until(lambda: play.heard("read"))
        warm(play, 34)
        alarm = (await play.until(lambda: play.events("heat_alarm")))[0]
        play.line.full = True
        warm(play, 180)
        await play.until(lambda: powered(play) == [0, 0, 0, 0])

        assert alarm["b"]["why"] == "rising"


@story
async def limits_out_of_range_are_refused_and_good_ones_outlive_a_reset() -> None:
    flash: dict[Any, int] = {}
    everything = {"hot_c": 45, "rise_c": 20, "smoke_ppm": 100, "open_s": 60}
    for kind in ("charging_cabinet", "smoke_climate", "door_counter"):
        async with Play(kind, calm, flash=flash) as play:
            for number, bad in enumerate((None, True, "45", 45.5, -1, 10**9)):
                refused = await play.answer("c-" + str(number), "limits", **dict.fromkeys(everything, bad))
                assert refused[0]["b"] == {"why": "limits out of range"}
            assert (await play.answer("c-9", "limits", **everything))[0]["ok"]
    async with Play("charging_cabinet", calm, flash=flash, RISE_MS=0) as play:
        await play.until(lambda: play.heard("read"))
        warm(play, 46)
        assert (await play.until(lambda: play.events("heat_alarm")))[0]["b"]["why"] == "hot"


@story
async def a_coat_that_falls_is_counted_once_also_over_a_reset() -> None:
    flash: dict[Any, int] = {}
    async with Play("raincoat_dispenser", calm, flash=flash) as play:
        play.say(t="do", id="c-1", name="dispense", args={})
        await play.until(lambda: play.levels.get(play.code.MOTOR_PIN))
        play.levels[play.code.BEAM_PIN] = 0
        result = (await play.until(lambda: play.heard("result")))[0]

        assert (result["ok"], result["b"]) == (True, {"stock": 39})
        assert play.levels[play.code.MOTOR_PIN] == 0
    async with Play("raincoat_dispenser", calm, flash=flash) as play:
        await play.until(lambda: play.heard("read"))
        assert play.latest() == {"stock": 39, "jam": 0}


@story
async def the_box_unlocks_tells_of_its_door_and_knows_when_it_was_forced() -> None:
    async with Play("first_aid_box", calm) as play:
        await play.answer("c-1", "unlock")
        drawn = play.levels[play.code.LOCK_PIN]
        play.levels[play.code.DOOR_PIN] = 1
        await play.until(lambda: play.events("opened"))
        play.levels[play.code.SLOT_PINS[0]] = 1
        play.levels[play.code.DOOR_PIN] = 0
        closed = (await play.until(lambda: play.events("closed")))[0]
        play.levels[play.code.DOOR_PIN] = 1
        await play.until(lambda: play.events("forced"))

        assert (drawn, play.levels[play.code.LOCK_PIN]) == (1, 0)
        assert closed["b"] == {"stock": 5}


@story
async def the_microwaves_meter_knows_running_from_lamp_and_clock() -> None:
    async with Play("microwave_meter", calm) as play:
        await play.until(lambda: play.heard("read"))
        volts(play, play.code.POWER_PIN, 100, play.code.UV_PER_W)
        await play.some_looks()
        idle = play.latest()["on"]
        volts(play, play.code.POWER_PIN, 1150, play.code.UV_PER_W)
        await play.until(lambda: play.latest()["on"] == 1)
        volts(play, play.code.POWER_PIN, 3, play.code.UV_PER_W)
        await play.until(lambda: play.events("finished"))

        assert idle == 0


@story
async def an_oven_that_turns_and_does_not_heat_is_broken_until_it_heats() -> None:
    async with Play("microwave_meter", calm, WEAK_MS=20) as play:
        await play.until(lambda: play.heard("read"))
        volts(play, play.code.POWER_PIN, 120, play.code.UV_PER_W)
        await play.until(lambda: play.latest()["weak"] == 1)
        volts(play, play.code.POWER_PIN, 2, play.code.UV_PER_W)
        await play.some_looks()
        switched_off = play.latest()["weak"]
        volts(play, play.code.POWER_PIN, 1150, play.code.UV_PER_W)
        await play.until(lambda: play.latest()["weak"] == 0)

        assert (switched_off, len(play.events("weak"))) == (1, 1)


@story
async def whoever_goes_in_and_out_is_counted_and_nobody_else() -> None:
    async with Play("door_counter", calm, PASS_MS=60_000) as play:
        outer, inner = play.code.OUTER_PIN, play.code.INNER_PIN

        async def beams(first: int, then: int) -> None:
            seen = len(play.heard("read"))
            play.levels[first] = 0
            await play.some_looks(1)
            play.levels[then] = 0
            await play.some_looks(1)
            play.levels[first] = play.levels[then] = 1
            await play.until(lambda: len(play.heard("read")) > seen + 2)

        await play.until(lambda: play.heard("read"))
        for _ in range(2):
            await beams(outer, inner)
        await play.until(lambda: play.latest()["people"] == 2)
        await beams(inner, outer)
        await play.until(lambda: play.latest()["people"] == 1)
        await play.answer("c-1", "people", people=0)
        await beams(inner, outer)
        await play.some_looks()

        assert play.latest() == {"open": 0, "people": 0, "entered": 2}
        assert (await play.answer("c-2", "people", people=51))[0]["b"] == {"why": "people out of range"}


@story
async def a_door_left_open_is_told_once_and_again_only_after_it_was_shut() -> None:
    flash = {("cxz", "open_s"): 0}
    async with Play("door_counter", calm, flash=flash) as play:
        for times in (1, 2):
            play.levels[play.code.DOOR_PIN] = 1
            await play.until(lambda times=times: len(play.events("left_open")) == times)
            await play.some_looks()
            play.levels[play.code.DOOR_PIN] = 0
            await play.until(lambda: play.latest()["open"] == 0)

        assert len(play.events("left_open")) == 2


@story
async def smoke_sounds_first_then_tells_can_be_silenced_and_clears_with_room_to_spare() -> None:
    async with Play("smoke_climate", calm, LOOK_S=0.02) as play:
        code = play.code
        await play.until(lambda: play.heard("read"))
        volts(play, code.SMOKE_PIN, 400, code.UV_PER_PPM)
        smoke = (await play.until(lambda: play.events("smoke")))[0]
        sounds = play.levels[code.BUZZER_PIN]
        await play.answer("c-1", "silence")
        await play.some_looks()
        silent = play.levels[code.BUZZER_PIN]
        volts(play, code.SMOKE_PIN, 290, code.UV_PER_PPM)
        await play.some_looks()
        trembling = play.events("cleared")
        volts(play, code.SMOKE_PIN, 20, code.UV_PER_PPM)
        await play.until(lambda: play.events("cleared"))
        tested = await play.answer("c-2", "test")

        assert smoke["b"] == {"value": 400.0, "limit": 300}
        assert (sounds, silent, trembling) == (1, 0, [])
        assert tested[0]["ok"] and tested[0]["b"]["smoke_ppm"] == 20
        assert len(play.events("smoke")) == 1


@story
async def a_spark_on_the_smoke_sensors_line_is_no_smoke() -> None:
    play = Play("smoke_climate", calm)
    nose = play.code.Nose()
    for now in range(100):
        volts(play, play.code.SMOKE_PIN, 400 if now % 3 else 20, play.code.UV_PER_PPM)
        nose.look(now)

    assert nose.alarms == {"smoke": False, "heat_alarm": False}


@story
async def a_bay_tells_its_free_places_at_once_and_who_stays_long_once() -> None:
    flash = {("cxz", "long_min"): 0}
    async with Play("bay_sensor", calm, flash=flash) as play:
        code = play.code
        await play.until(lambda: play.heard("read"))
        volts(play, code.PLACE_PINS[1], 60, code.UV_PER_CM)
        await play.until(lambda: play.latest()["free"] == 3)
        volts(play, code.PLACE_PINS[1], 130, code.UV_PER_CM)
        await play.some_looks()
        between = play.latest()["free"]
        volts(play, code.PLACE_PINS[1], 200, code.UV_PER_CM)
        await play.until(lambda: play.latest()["free"] == 4)
        for pin in code.PLACE_PINS:
            volts(play, pin, 2, code.UV_PER_CM)
        await play.until(lambda: play.latest()["blind"] == 1)

        assert between == 3
        assert [one["b"]["place"] for one in play.events("stays_long")] == [2]
        assert len(play.events("covered")) == 4
        assert (await play.answer("c-1", "long", minutes=4))[0]["b"] == {"why": "minutes out of range"}
