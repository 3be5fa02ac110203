"""The riders' parking bay: one distance sensor over each place tells whether something stands there.

It tells places, not bikes: no plate, no picture. Riders park for a while; who stays long is a note, no fine.
"""

import asyncio

from duties import together
from identity import ID
from kept import Kept, whole
from link import BAUD, Link, Refused
from machine import ADC, UART, Pin
from ticks import ticks_diff, ticks_ms

PLACE_PINS = (32, 33, 34, 35)
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

UV_PER_CM = 10_000
EMPTY_CM = 150  # nothing below the sensor
TAKEN_CM = 110  # something is there; between the two: as before
BLIND_CM = 10  # nearer is no bike: the sensor is covered
STEADY_LOOKS = 3  # somebody walking through is no bike
LOOK_S = 1
READ_S = 15
LONG_MIN = 60

ABOUT = {
    "id": ID,
    "kind": "bay_sensor",
    "fw": "0.1",
    "amenity": "bay",
    "stock": "free",
    "low": 1,
    "broken": "blind",
    "readings": {"free": "", "taken": "", "blind": ""},
    "events": {"stays_long": "note", "covered": "note"},
}


class Bay:
    """The hardware, and since when each place is taken."""

    def __init__(self):
        self.kept = Kept({"long_min": LONG_MIN})
        self.sensors = [ADC(Pin(pin), atten=ADC.ATTN_11DB) for pin in PLACE_PINS]
        self.taken = [False] * len(PLACE_PINS)
        self.since = [ticks_ms()] * len(PLACE_PINS)
        self.looks = [0] * len(PLACE_PINS)
        self.told_long = [False] * len(PLACE_PINS)
        self.covered = [False] * len(PLACE_PINS)
        self.link = Link(
            UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024),
            ABOUT,
            {"long": self.long},
        )

    def look(self, now):
        """One look at every place; a change is told at once."""
        before = self.readings()
        for place in range(len(PLACE_PINS)):
            self.look_at(place, self.sensors[place].read_uv() / UV_PER_CM, now)
        if self.readings() != before:
            self.link.read(self.readings())

    def look_at(self, place, cm, now):
        covered = cm < BLIND_CM
        if covered and not self.covered[place]:
            self.link.event("covered", {"place": place + 1})
        self.covered[place] = covered
        if covered:
            return
        taken = cm <= TAKEN_CM if not self.taken[place] else cm < EMPTY_CM
        self.looks[place] = self.looks[place] + 1 if taken != self.taken[place] else 0
        if self.looks[place] >= STEADY_LOOKS:
            self.taken[place], self.since[place] = taken, now
            self.looks[place], self.told_long[place] = 0, False
        lasted = ticks_diff(now, self.since[place])
        if self.taken[place] and not self.told_long[place] and lasted >= self.kept.get("long_min") * 60_000:
            self.told_long[place] = True
            self.link.event("stays_long", {"place": place + 1, "minutes": lasted // 60_000})

    async def long(self, args):
        """`{"minutes": 5…600}`: from when on somebody stays long; kept over a power cut."""
        minutes = whole(args, "minutes", 5, 600)
        if minutes is None:
            raise Refused("minutes out of range")
        self.kept.put("long_min", minutes)

    def readings(self):
        taken = sum(1 for place in self.taken if place)
        blind = sum(1 for place in self.covered if place)
        return {"free": len(PLACE_PINS) - taken, "taken": taken, "blind": 1 if blind == len(PLACE_PINS) else 0}

    async def watch(self):
        while True:
            self.look(ticks_ms())
            await asyncio.sleep(LOOK_S)

    async def tell(self):
        while True:
            self.link.read(self.readings())
            await asyncio.sleep(READ_S)


async def main():
    bay = Bay()
    await together(bay.watch(), bay.link.run(), bay.tell())
