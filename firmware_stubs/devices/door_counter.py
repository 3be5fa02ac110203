"""The door: whether it stands open, and how many people are inside, by two light beams one behind the other.

It counts people, it sees none: outer beam then inner beam is one in, the other way round one out.
"""

import asyncio

from duties import together
from identity import ID
from kept import Kept, whole
from link import BAUD, Link, Refused
from machine import UART, Pin
from ticks import ticks_diff, ticks_ms

DOOR_PIN = 16  # 1: open
OUTER_PIN, INNER_PIN = 17, 18  # 0: somebody is in the beam
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

MOST_PEOPLE = 50
PASS_MS = 3000  # both beams within this, or nobody went through
OPEN_S = 300  # the kiosk's limit; sent with `limits`
LOOK_S = 0.02
STEADY_LOOKS = 5  # so many equal looks make an open door; less is a bouncing contact
READ_S = 15

ABOUT = {
    "id": ID,
    "kind": "door_counter",
    "fw": "0.1",
    "readings": {"open": "", "people": "", "entered": ""},
    "events": {"left_open": "note", "beam_fault": "note"},
}
BLOCKED_MS = 120_000  # a beam that is dark so long has something in front of it


class Door:
    """The hardware and who went through it since the board began."""

    def __init__(self):
        self.kept = Kept({"open_s": OPEN_S})
        self.door = Pin(DOOR_PIN, Pin.IN, Pin.PULL_UP)
        self.beams = [Pin(OUTER_PIN, Pin.IN, Pin.PULL_UP), Pin(INNER_PIN, Pin.IN, Pin.PULL_UP)]
        self.open = False
        self.looks = 0
        self.opened_at = ticks_ms()
        self.told_open = False
        self.dark = [None, None]  # since when each beam is broken, in ticks
        self.told_fault = False
        self.first = None  # (which beam was broken first, when), until both were or the time is over
        self.people = 0
        self.entered = 0
        self.link = Link(
            UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024),
            ABOUT,
            {"people": self.set_people, "limits": self.limits},
        )

    def look(self, now):
        """One look at the door, one at the beams."""
        self.look_at_door(now)
        for beam in range(2):
            self.look_at_beam(beam, now)
        blocked = [since for since in self.dark if since is not None and ticks_diff(now, since) >= BLOCKED_MS]
        if blocked and not self.told_fault:
            self.told_fault = True
            self.link.event("beam_fault", {"beams": [beam + 1 for beam in range(2) if self.dark[beam] in blocked]})
        elif not blocked:
            self.told_fault = False

    def look_at_door(self, now):
        is_open = bool(self.door.value())
        self.looks = self.looks + 1 if is_open != self.open else 0
        if self.looks >= STEADY_LOOKS:
            self.open, self.looks, self.opened_at, self.told_open = is_open, 0, now, False
            self.link.read(self.readings())
        lasted = ticks_diff(now, self.opened_at)
        if self.open and not self.told_open and lasted >= self.kept.get("open_s") * 1000:
            self.told_open = True
            self.link.event("left_open", {"seconds": lasted // 1000})

    def look_at_beam(self, beam, now):
        if self.beams[beam].value():
            self.dark[beam] = None
            return
        if self.dark[beam] is not None:
            return
        self.dark[beam] = now
        if self.first is None or ticks_diff(now, self.first[1]) > PASS_MS:
            self.first = (beam, now)
        elif self.first[0] != beam:
            self.first = None
            self.went(beam == 1)

    def went(self, inside):
        """Somebody went through."""
        if inside:
            self.people = min(self.people + 1, MOST_PEOPLE)
            self.entered += 1
        else:
            self.people = max(0, self.people - 1)  # who was missed on the way in
        self.link.read(self.readings())

    async def set_people(self, args):
        """`{"people": 0…50}`: somebody looked and counted."""
        people = whole(args, "people", 0, MOST_PEOPLE)
        if people is None:
            raise Refused("people out of range")
        self.people = people
        self.link.read(self.readings())

    async def limits(self, args):
        """`{"open_s": 30…7200}`; kept over a power cut."""
        open_s = whole(args, "open_s", 30, 7200)
        if open_s is None:
            raise Refused("limits out of range")
        self.kept.put("open_s", open_s)

    def readings(self):
        return {"open": 1 if self.open else 0, "people": self.people, "entered": self.entered}

    async def watch(self):
        while True:
            self.look(ticks_ms())
            await asyncio.sleep(LOOK_S)

    async def tell(self):
        while True:
            self.link.read(self.readings())
            await asyncio.sleep(READ_S)


async def main():
    door = Door()
    await together(door.watch(), door.link.run(), door.tell())
