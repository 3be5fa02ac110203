"""The microwave's meter: tells from its power whether the oven runs, and whether it still heats. Switches nothing."""

import asyncio

from duties import together
from identity import ID
from link import BAUD, Link
from machine import ADC, UART, Pin
from ticks import ticks_diff, ticks_ms

POWER_PIN = 36
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

UV_PER_W = 1500
ON_W = 200  # above: it runs; between the two: as before
OFF_W = 60  # lamp and clock stay below
LONG_MS = 900_000  # a meal is warm long before
WEAK_MS = 20_000  # lamp, fan and plate alone for so long: it turns and does not heat

LOOK_S = 0.5
READ_S = 10

ABOUT = {
    "id": ID,
    "kind": "microwave_meter",
    "fw": "0.2",
    "amenity": "microwave",
    "broken": "weak",
    "readings": {"power_w": "W", "on": "", "weak": ""},
    "events": {"finished": "note", "runs_long": "note", "weak": "note"},
}


class Meter:
    """The hardware and the run in hand."""

    def __init__(self):
        self.clamp = ADC(Pin(POWER_PIN), atten=ADC.ATTN_11DB)
        self.on = False
        self.since = ticks_ms()
        self.told_long = False
        self.turning_since = None  # ticks since it turns without heating
        self.weak = False
        self.link = Link(UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024), ABOUT)

    def watts(self):
        return self.clamp.read_uv() / UV_PER_W

    def look(self, now):
        """One look at the power."""
        watts = self.watts()
        lasted = ticks_diff(now, self.since)
        if not self.on and watts >= ON_W:
            self.on, self.since, self.told_long = True, now, False
            self.link.read(self.readings())
        elif self.on and watts <= OFF_W:
            self.on = False
            self.link.event("finished", {"seconds": lasted // 1000})
            self.link.read(self.readings())
        elif self.on and not self.told_long and lasted >= LONG_MS:
            self.told_long = True
            self.link.event("runs_long", {"seconds": lasted // 1000})
        self.look_for_weakness(watts, now)

    def look_for_weakness(self, watts, now):
        """Weak from twenty seconds of turning without heat until it heats again."""
        turning = not self.on and OFF_W < watts < ON_W
        if not turning:
            self.turning_since = None
        elif self.turning_since is None:
            self.turning_since = now
        if self.on and self.weak:
            self.weak = False
            self.link.read(self.readings())
        elif turning and not self.weak and ticks_diff(now, self.turning_since) >= WEAK_MS:
            self.weak = True
            self.link.event("weak", {"power_w": round(watts)})
            self.link.read(self.readings())

    def readings(self):
        return {"power_w": round(self.watts()), "on": 1 if self.on else 0, "weak": 1 if self.weak else 0}

    async def watch(self):
        while True:
            self.look(ticks_ms())
            await asyncio.sleep(LOOK_S)

    async def tell(self):
        while True:
            self.link.read(self.readings())
            await asyncio.sleep(READ_S)


async def main():
    meter = Meter()
    await together(meter.watch(), meter.link.run(), meter.tell())
