"""The SOS button: a press that the kiosk cannot miss, and a lamp that tells the truth about it.

The lamp blinks while the kiosk has not taken the press, and stays lit for a while once it has.
"""

import asyncio

from duties import together
from identity import ID
from link import BAUD, Link
from machine import UART, Pin
from ticks import ticks_diff, ticks_ms

BUTTON_PIN = 16  # 0: pressed
LAMP_PIN = 17
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

LOOK_S = 0.02
STEADY_LOOKS = 3  # so many equal looks make a press; less is bouncing
LIT_MS = 60_000
BLINK_MS = 250
READ_S = 20

ABOUT = {
    "id": ID,
    "kind": "sos_button",
    "fw": "0.1",
    "readings": {"pressed": "", "presses": ""},
    "events": {"sos": "urgent"},
}


class Button:
    """The hardware and the presses since the board began."""

    def __init__(self):
        self.button = Pin(BUTTON_PIN, Pin.IN, Pin.PULL_UP)
        self.lamp = Pin(LAMP_PIN, Pin.OUT, value=0)
        self.pressed = False
        self.looks = 0
        self.presses = 0
        self.taken_at = None
        self.waiting = False
        self.link = Link(UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024), ABOUT)

    def look(self, now):
        """One look at the button, one at what the lamp must say."""
        down = self.button.value() == 0
        self.looks = self.looks + 1 if down != self.pressed else 0
        if self.looks >= STEADY_LOOKS:
            self.pressed, self.looks = down, 0
            if down:
                self.presses += 1
                self.waiting = True
                self.link.event("sos", {"presses": self.presses})
        if self.waiting and not self.link.unconfirmed():
            self.waiting, self.taken_at = False, now
        self.lamp.value(self.light(now))

    def light(self, now):
        """1 while the lamp shines."""
        if self.waiting:
            return now // BLINK_MS % 2
        if self.taken_at is not None and ticks_diff(now, self.taken_at) < LIT_MS:
            return 1
        self.taken_at = None
        return 0

    def readings(self):
        return {"pressed": 1 if self.pressed else 0, "presses": self.presses}

    async def watch(self):
        while True:
            self.look(ticks_ms())
            await asyncio.sleep(LOOK_S)

    async def tell(self):
        while True:
            self.link.read(self.readings())
            await asyncio.sleep(READ_S)


async def main():
    button = Button()
    await together(button.watch(), button.link.run(), button.tell())
