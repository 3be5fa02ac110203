"""The charging cabinet: four ports with their currents, one temperature, one relay a port.

It switches off by itself, with or without a kiosk. A warning, not a fire alarm system.
"""

import asyncio

from duties import together
from identity import ID
from kept import Kept, whole
from link import BAUD, Link, Refused
from machine import ADC, UART, Pin
from ticks import ticks_diff, ticks_ms

RELAY_PINS = (16, 17, 18, 19)  # 1: the port has power
CURRENT_PINS = (32, 33, 34, 35)
TEMP_PIN = 36
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

UV_PER_A = 600_000  # current transformers, 0 to 5 A
UV_AT_0_C = 500_000  # TMP36
UV_PER_C = 10_000
IN_USE_A = 0.15
SENSE_C = (-30.0, 110.0)  # outside: the sensor is broken or off

LOOK_S = 1
READ_S = 5
HOT_C = 55  # the busiest port goes off; both limits can be set by command
RISE_C = 8  # so many degrees within RISE_MS: the same
RISE_MS = 60_000
VERY_HOT_ABOVE_C = 10  # so much above the limit: all ports go off
NEXT_PORT_MS = 20_000  # still hot after this: the next port
COOL_BELOW_C = 10  # so much below the limit: ports may go on again

ABOUT = {
    "id": ID,
    "kind": "charging_cabinet",
    "fw": "0.2",
    "amenity": "charging",
    "stock": "free",
    "low": 1,
    "broken": "hot",
    "readings": {"port1_a": "A", "port2_a": "A", "port3_a": "A", "port4_a": "A", "temp_c": "°C", "free": "", "hot": ""},
    "events": {"heat_alarm": "urgent", "sensor_fault": "urgent", "cooled": "note"},
}


class Heat:
    """Decides from temperatures alone: `look` says None, "hot", "very_hot", "rising" or "sensor"."""

    def __init__(self, hot_c, rise_c):
        self.hot_c = hot_c
        self.rise_c = rise_c
        self.past = []  # (ticks, °C), oldest first, no older than RISE_MS

    def look(self, temp_c, now):
        if not SENSE_C[0] <= temp_c <= SENSE_C[1]:
            return "sensor"
        self.past = [seen for seen in self.past if ticks_diff(now, seen[0]) <= RISE_MS]
        self.past.append((now, temp_c))
        if temp_c >= self.hot_c + VERY_HOT_ABOVE_C:
            return "very_hot"
        if temp_c >= self.hot_c:
            return "hot"
        if temp_c - min(seen[1] for seen in self.past) >= self.rise_c:
            return "rising"
        return None

    def cool(self, temp_c):
        """Whether ports may go on again."""
        return SENSE_C[0] <= temp_c <= self.hot_c - COOL_BELOW_C


class Cabinet:
    """The hardware and what is known of it."""

    def __init__(self):
        self.kept = Kept({"hot_c": HOT_C, "rise_c": RISE_C, "off": 0})  # off: one bit a port, the lowest is port 1
        off = self.kept.get("off")
        # A port that was switched off stays off over a reset: only a person gives it back.
        self.relays = [Pin(RELAY_PINS[port], Pin.OUT, value=1 - (off >> port & 1)) for port in range(len(RELAY_PINS))]
        self.meters = [ADC(Pin(number), atten=ADC.ATTN_11DB) for number in CURRENT_PINS]
        self.thermometer = ADC(Pin(TEMP_PIN), atten=ADC.ATTN_11DB)
        self.heat = Heat(self.kept.get("hot_c"), self.kept.get("rise_c"))
        self.alarm = False
        self.last_off = None  # ticks when the heat last took a port's power
        self.link = Link(
            UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024),
            ABOUT,
            {"port_on": self.port_on, "port_off": self.port_off, "limits": self.limits},
        )

    def temp_c(self):
        return (self.thermometer.read_uv() - UV_AT_0_C) / UV_PER_C

    def amps(self):
        return [meter.read_uv() / UV_PER_A for meter in self.meters]

    def look(self, now):
        """One look at the heat: power off first, then tell."""
        temp_c = self.temp_c()
        why = self.heat.look(temp_c, now)
        if why is None:
            if self.alarm and self.heat.cool(temp_c):
                self.alarm = False
                self.link.event("cooled", {"temp_c": round(temp_c, 1)})
            return
        off = self.cut(why, now)
        if off or not self.alarm:
            self.alarm = True
            body = {"why": why, "temp_c": round(temp_c, 1), "off": off}
            self.link.event("sensor_fault" if why == "sensor" else "heat_alarm", body)

    def cut(self, why, now):
        """Take power away as the reason demands; the ports that went off now, counted from 1."""
        on = [port for port in range(len(self.relays)) if self.relays[port].value()]
        if why in ("hot", "rising"):
            if self.last_off is not None and self.alarm and ticks_diff(now, self.last_off) < NEXT_PORT_MS:
                return []
            amps = self.amps()
            on = sorted(on, key=lambda port: amps[port])[-1:]
        for port in on:
            self.relays[port].value(0)
        self.remember()
        if on:
            self.last_off = now
        return [port + 1 for port in on]

    async def port_on(self, args):
        """`{"port": 1…4}`. Refused while the cabinet is hot: a person decides when it has cooled."""
        port = self.port(args)
        if self.alarm or self.heat.look(self.temp_c(), ticks_ms()):
            raise Refused("hot")
        self.relays[port].value(1)
        self.remember()

    async def port_off(self, args):
        """`{"port": 1…4}`; stays off over a reset."""
        self.relays[self.port(args)].value(0)
        self.remember()

    def remember(self):
        """Which ports are off, kept after the power is gone from them."""
        self.kept.put("off", sum(1 << port for port in range(len(self.relays)) if not self.relays[port].value()))

    async def limits(self, args):
        """`{"hot_c": 40…70, "rise_c": 3…20}`; kept over a power cut."""
        hot_c, rise_c = whole(args, "hot_c", 40, 70), whole(args, "rise_c", 3, 20)
        if hot_c is None or rise_c is None:
            raise Refused("limits out of range")
        self.kept.put("hot_c", hot_c)
        self.kept.put("rise_c", rise_c)
        self.heat.hot_c, self.heat.rise_c = hot_c, rise_c

    def port(self, args):
        number = whole(args, "port", 1, len(self.relays))
        if number is None:
            raise Refused("no such port")
        return number - 1

    def readings(self):
        amps = self.amps()
        readings = {"port%d_a" % (port + 1): round(amps[port], 2) for port in range(len(amps))}
        readings["temp_c"] = round(self.temp_c(), 1)
        readings["free"] = sum(1 for port in range(len(amps)) if self.relays[port].value() and amps[port] < IN_USE_A)
        readings["hot"] = 1 if self.alarm else 0
        return readings

    async def guard(self):
        while True:
            self.look(ticks_ms())
            await asyncio.sleep(LOOK_S)

    async def tell(self):
        while True:
            self.link.read(self.readings())
            await asyncio.sleep(READ_S)


async def main():
    cabinet = Cabinet()
    await together(cabinet.guard(), cabinet.link.run(), cabinet.tell())
