"""What happens around the devices: weather, riders, appliances. Seeded, gentle, and never an alarm by itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

from firmware_stubs.simulators.desk import Desk


class Weather:
    """Shared by a station's devices: `raining`, and the air's temperature in °C."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.raining = False
        self.air_c = chance.uniform(12, 24)
        self._left = chance.uniform(60, 300)

    def pass_time(self, seconds: float) -> None:
        """Rain comes for minutes and goes for more; the air drifts."""
        self._left -= seconds
        if self._left <= 0:
            self.raining = not self.raining
            self._left = self._chance.uniform(180, 480) if self.raining else self._chance.uniform(300, 1200)
        drift = self._chance.gauss(0, 0.01) * seconds
        self.air_c = min(34.0, max(2.0, self.air_c + drift))


class Life(Protocol):
    """What goes on at one device; sets its wires."""

    def pass_time(self, seconds: float) -> None:
        """Let `seconds` go by."""


class Cabinet:
    """Riders plug in their batteries; charging warms the cabinet a little."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        self._desk, self._weather, self._chance = desk, weather, chance
        ports = len(desk.code.RELAY_PINS)
        self._left = [chance.uniform(120, 900) if chance.random() < 0.4 else 0.0 for _ in range(ports)]
        self._amps = [chance.uniform(1.2, 2.4) for _ in range(ports)]
        self._temp_c = weather.air_c + 3
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""
        code, drawn = self._desk.code, 0.0
        for port, relay in enumerate(code.RELAY_PINS):
            self._left[port] = max(0.0, self._left[port] - seconds)
            if self._left[port] == 0 and self._chance.random() < seconds / 240:
                self._left[port] = self._chance.uniform(300, 1500)
                self._amps[port] = self._chance.uniform(1.2, 2.4)
            # Power is on unless the device has said otherwise; a nearly full battery draws less.
            powered = self._desk.levels.get(relay, 1)
            amps = self._amps[port] * min(1.0, self._left[port] / 300) if powered else 0.0
            amps = max(0.0, amps + self._chance.gauss(0, 0.01)) if amps else 0.0
            self._desk.microvolts[code.CURRENT_PINS[port]] = int(amps * code.UV_PER_A)
            drawn += amps
        goal = self._weather.air_c + 3 + 1.2 * drawn
        self._temp_c += (goal - self._temp_c) * min(1.0, seconds / 300) + self._chance.gauss(0, 0.02)
        self._desk.microvolts[code.TEMP_PIN] = int(code.UV_AT_0_C + self._temp_c * code.UV_PER_C)


class Raincoats:
    """Riders press the button when it rains; a coat falls a moment after the motor starts."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        self._desk, self._weather, self._chance = desk, weather, chance
        self._pushed = 0.0
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""
        code, levels = self._desk.code, self._desk.levels
        self._pushed = self._pushed + seconds if levels.get(code.MOTOR_PIN) else 0.0
        levels[code.BEAM_PIN] = 0 if self._pushed > 0.8 else 1
        wants = self._chance.random() < seconds / (40 if self._weather.raining else 2400)
        levels[code.BUTTON_PIN] = 0 if wants else 1


class FirstAid:
    """Whoever has the bolt drawn opens the door, sometimes takes something, and shuts it."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        self._desk, self._chance = desk, chance
        self._open_for = 0.0
        desk.levels[desk.code.DOOR_PIN] = 0
        for slot in desk.code.SLOT_PINS:
            desk.levels[slot] = 0

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""
        code, levels = self._desk.code, self._desk.levels
        if levels[code.DOOR_PIN]:
            self._open_for -= seconds
            if self._open_for <= 0:
                full = [slot for slot in code.SLOT_PINS if not levels[slot]]
                if full and self._chance.random() < 0.5:
                    levels[self._chance.choice(full)] = 1
                levels[code.DOOR_PIN] = 0
        elif levels.get(code.LOCK_PIN) and self._chance.random() < seconds:
            levels[code.DOOR_PIN] = 1
            self._open_for = self._chance.uniform(5, 30)


class Microwave:
    """A meal every few minutes, warmed for one to three."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        self._desk, self._chance = desk, chance
        self._left = 0.0
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""
        self._left = max(0.0, self._left - seconds)
        if self._left == 0 and self._chance.random() < seconds / 300:
            self._left = self._chance.uniform(60, 180)
        watts = self._chance.gauss(1150, 15) if self._left else self._chance.uniform(1, 4)
        self._desk.microvolts[self._desk.code.POWER_PIN] = int(watts * self._desk.code.UV_PER_W)


class Door:
    """People come in and go out again, and shut the door behind them."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        self._desk, self._chance = desk, chance
        self._inside = 0
        self._steps: list[dict[int, int]] = []
        desk.levels[desk.code.DOOR_PIN] = 0

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""
        code, chance = self._desk.code, self._chance
        if self._steps:
            self._desk.levels.update(self._steps.pop(0))
        elif chance.random() < seconds / (60 if self._inside else 90):
            comes = self._inside == 0 or (self._inside < 6 and chance.random() < 0.5)
            self._inside += 1 if comes else -1
            first, then = (code.OUTER_PIN, code.INNER_PIN) if comes else (code.INNER_PIN, code.OUTER_PIN)
            self._steps = [
                {code.DOOR_PIN: 1}, {first: 0}, {first: 1, then: 0}, {then: 1}, {}, {}, {}, {code.DOOR_PIN: 0},
            ]  # fmt: skip


class Climate:
    """The booth is a little warmer than the air; no smoke beyond what a street brings."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        self._desk, self._weather, self._chance = desk, weather, chance
        self._humidity = chance.uniform(45, 70)
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""
        code, microvolts = self._desk.code, self._desk.microvolts
        goal = 85 if self._weather.raining else 55
        self._humidity += (goal - self._humidity) * min(1.0, seconds / 900) + self._chance.gauss(0, 0.05)
        microvolts[code.SMOKE_PIN] = int(max(0.0, self._chance.gauss(12, 2)) * code.UV_PER_PPM)
        microvolts[code.TEMP_PIN] = int(code.UV_AT_0_C + (self._weather.air_c + 2) * code.UV_PER_C)
        microvolts[code.HUMIDITY_PIN] = int(min(100.0, max(5.0, self._humidity)) * code.UV_PER_PERCENT)


class Bay:
    """Bikes stand for some minutes and leave again."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        self._desk, self._chance = desk, chance
        self._left = [chance.uniform(60, 900) if chance.random() < 0.5 else 0.0 for _ in desk.code.PLACE_PINS]
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""
        code = self._desk.code
        for place, pin in enumerate(code.PLACE_PINS):
            self._left[place] = max(0.0, self._left[place] - seconds)
            if self._left[place] == 0 and self._chance.random() < seconds / 300:
                self._left[place] = self._chance.uniform(180, 1500)
            self._desk.microvolts[pin] = int((60 if self._left[place] else 210) * code.UV_PER_CM)


class Nobody:
    """Nothing happens: an SOS that nobody meant would wake the duty officer."""

    def __init__(self, desk: Desk, weather: Weather, chance: random.Random) -> None:
        """Same as the others."""

    def pass_time(self, seconds: float) -> None:
        """See `Life`."""


LIVES: dict[str, Callable[[Desk, Weather, random.Random], Life]] = {
    "charging_cabinet": Cabinet,
    "raincoat_dispenser": Raincoats,
    "first_aid_box": FirstAid,
    "microwave_meter": Microwave,
    "door_counter": Door,
    "smoke_climate": Climate,
    "bay_sensor": Bay,
}


def around(kind: str, desk: Desk, weather: Weather, chance: random.Random) -> Life:
    """The life around a device of this kind."""
    return LIVES.get(kind, Nobody)(desk, weather, chance)
