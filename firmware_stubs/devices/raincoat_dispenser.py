"""The raincoat dispenser: a motor pushes one coat out, a light beam sees it fall; a button or the kiosk asks for it."""

import asyncio

from duties import together
from identity import ID
from kept import Kept, whole
from link import BAUD, Link, Refused
from machine import UART, Pin
from ticks import ticks_diff, ticks_ms

MOTOR_PIN = 16
BEAM_PIN = 17  # 0: something is in the beam
BUTTON_PIN = 18  # 0: pressed
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

CAPACITY = 40
LOW = 8
PUSH_MS = 6000  # the motor gives up after this
BEAM_S = 0.01
BUTTON_S = 0.05
READ_S = 10

ABOUT = {
    "id": ID,
    "kind": "raincoat_dispenser",
    "fw": "0.1",
    "amenity": "raincoat",
    "stock": "stock",
    "low": LOW,
    "broken": "jam",
    "readings": {"stock": "", "jam": ""},
    "events": {"dispensed": "note", "jam": "note", "refilled": "note"},
}


class Dispenser:
    """The hardware and the count of coats inside."""

    def __init__(self):
        self.kept = Kept({"stock": CAPACITY, "jam": 0})
        self.motor = Pin(MOTOR_PIN, Pin.OUT, value=0)
        self.beam = Pin(BEAM_PIN, Pin.IN, Pin.PULL_UP)
        self.button = Pin(BUTTON_PIN, Pin.IN, Pin.PULL_UP)
        self.pushing = False
        self.link = Link(
            UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024),
            ABOUT,
            {"dispense": self.dispense, "refilled": self.refilled},
        )

    async def dispense(self, args):
        """Push until the beam sees a coat. Refused when empty, busy, or when nothing fell."""
        if self.pushing:
            raise Refused("busy")
        if self.kept.get("stock") <= 0:
            raise Refused("empty")
        self.pushing = True
        try:
            fell = await self.push()
        finally:
            self.pushing = False
        if not fell:
            self.kept.put("jam", 1)
            self.link.event("jam", {"stock": self.kept.get("stock")})
            raise Refused("jam")
        self.kept.put("stock", self.kept.get("stock") - 1)
        self.kept.put("jam", 0)
        self.link.event("dispensed", {"stock": self.kept.get("stock")})
        self.link.read(self.readings())
        return {"stock": self.kept.get("stock")}

    async def push(self):
        """Whether a coat fell through the beam before the motor gave up."""
        begun = ticks_ms()
        self.motor.value(1)
        try:
            while ticks_diff(ticks_ms(), begun) < PUSH_MS:
                if self.beam.value() == 0:
                    return True
                await asyncio.sleep(BEAM_S)
            return False
        finally:
            self.motor.value(0)

    async def refilled(self, args):
        """`{"stock": 0…40}`: a volunteer says how many coats are inside now."""
        stock = whole(args, "stock", 0, CAPACITY)
        if stock is None:
            raise Refused("stock out of range")
        self.kept.put("stock", stock)
        self.kept.put("jam", 0)
        self.link.event("refilled", {"stock": stock})
        self.link.read(self.readings())

    def readings(self):
        return {"stock": self.kept.get("stock"), "jam": self.kept.get("jam")}

    async def watch_button(self):
        while True:
            if self.button.value() == 0:
                try:
                    await self.dispense({})
                except Refused:
                    self.link.read(self.readings())
                while self.button.value() == 0:  # one press, one coat
                    await asyncio.sleep(BUTTON_S)
            await asyncio.sleep(BUTTON_S)

    async def tell(self):
        while True:
            self.link.read(self.readings())
            await asyncio.sleep(READ_S)


async def main():
    dispenser = Dispenser()
    await together(dispenser.link.run(), dispenser.watch_button(), dispenser.tell())
