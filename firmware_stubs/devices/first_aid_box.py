"""The first-aid box: a lock, a door, six slots that feel their item, and the date on which the first item expires."""

import asyncio

from duties import together
from identity import ID
from kept import Kept, whole
from link import BAUD, Link, Refused
from machine import UART, Pin
from ticks import ticks_diff, ticks_ms

LOCK_PIN = 16  # 1: the bolt is drawn
DOOR_PIN = 17  # 1: open
SLOT_PINS = (21, 22, 23, 25, 26, 27)  # 0: an item lies there
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

LOW = 2
UNLOCK_MS = 8000  # the bolt springs back after this, or once the door has been opened
LEFT_OPEN_MS = 120_000
LOOK_S = 0.1
READ_S = 15

ABOUT = {
    "id": ID,
    "kind": "first_aid_box",
    "fw": "0.1",
    "amenity": "first_aid",
    "stock": "stock",
    "low": LOW,
    "readings": {"stock": "", "open": "", "locked": "", "expires": "yyyymmdd"},
    "events": {"opened": "note", "closed": "note", "forced": "note", "left_open": "note"},
}


class Box:
    """The hardware and the date. The box has no clock: it keeps the date as a number and the kiosk compares."""

    def __init__(self):
        self.kept = Kept({"expires": 0})  # yyyymmdd, 0: nobody has said
        self.lock = Pin(LOCK_PIN, Pin.OUT, value=0)
        self.door = Pin(DOOR_PIN, Pin.IN, Pin.PULL_UP)
        self.slots = [Pin(number, Pin.IN, Pin.PULL_UP) for number in SLOT_PINS]
        self.open = bool(self.door.value())
        self.opened_at = ticks_ms()
        self.unlocked_at = None
        self.told_left_open = False
        self.link = Link(
            UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024),
            ABOUT,
            {"unlock": self.unlock, "expires": self.expires},
        )

    async def unlock(self, args):
        """Draw the bolt for UNLOCK_MS."""
        self.lock.value(1)
        self.unlocked_at = ticks_ms()

    async def expires(self, args):
        """`{"date": yyyymmdd}`, such as 20270331."""
        date = whole(args, "date", 20200101, 20991231)
        if date is None or not 1 <= date // 100 % 100 <= 12 or not 1 <= date % 100 <= 31:
            raise Refused("not a date")
        self.kept.put("expires", date)
        self.link.read(self.readings())

    def look(self, now):
        """One look at the door and the bolt."""
        is_open = bool(self.door.value())
        if is_open != self.open:
            self.open = is_open
            self.turned(now)
        if self.open and not self.told_left_open and ticks_diff(now, self.opened_at) >= LEFT_OPEN_MS:
            self.told_left_open = True
            self.link.event("left_open", self.readings())
        if self.unlocked_at is not None and ticks_diff(now, self.unlocked_at) >= UNLOCK_MS:
            self.bolt()

    def turned(self, now):
        """The door went open or shut."""
        if self.open:
            self.opened_at = now
            self.told_left_open = False
            self.link.event("forced" if self.unlocked_at is None else "opened", {"stock": self.stock()})
            self.bolt()
        else:
            self.link.event("closed", {"stock": self.stock()})
        self.link.read(self.readings())

    def bolt(self):
        self.lock.value(0)
        self.unlocked_at = None

    def stock(self):
        return sum(1 for slot in self.slots if slot.value() == 0)

    def readings(self):
        return {
            "stock": self.stock(),
            "open": 1 if self.open else 0,
            "locked": 0 if self.lock.value() else 1,
            "expires": self.kept.get("expires"),
        }

    async def watch(self):
        while True:
            self.look(ticks_ms())
            await asyncio.sleep(LOOK_S)

    async def tell(self):
        while True:
            self.link.read(self.readings())
            await asyncio.sleep(READ_S)


async def main():
    box = Box()
    await together(box.watch(), box.link.run(), box.tell())
