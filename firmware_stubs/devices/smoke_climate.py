"""Smoke and climate beside the charging rack: a smoke sensor, temperature, humidity, and a buzzer.

It sounds by itself, with or without a kiosk. A warning, not a fire alarm system.
"""

import asyncio

from duties import together
from identity import ID
from kept import Kept, whole
from link import BAUD, Link, Refused
from machine import ADC, UART, Pin
from ticks import ticks_diff, ticks_ms

SMOKE_PIN, TEMP_PIN, HUMIDITY_PIN = 34, 35, 36
BUZZER_PIN = 16
LINK_UART, LINK_TX, LINK_RX = 1, 4, 5

UV_PER_PPM = 1_000
UV_AT_0_C = 500_000  # TMP36
UV_PER_C = 10_000
UV_PER_PERCENT = 25_000
SENSE_C = (-30.0, 110.0)  # outside: the sensor is broken or off

LOOK_S = 0.5
READ_S = 10
STEADY_LOOKS = 3  # so many looks above the limit are smoke; less is a spark on the line
SMOKE_PPM = 300
HOT_C = 55
CLEAR_SHARE = 0.8  # so much of the limit, and below: it is over
SILENT_MS = 300_000  # a person may silence the buzzer for so long

ABOUT = {
    "id": ID,
    "kind": "smoke_climate",
    "fw": "0.1",
    "readings": {"smoke_ppm": "ppm", "temp_c": "°C", "humidity": "%"},
    "events": {"smoke": "urgent", "heat_alarm": "urgent", "cleared": "note", "sensor_broken": "note", "tested": "note"},
}


class Nose:
    """The hardware and what is known of it."""

    def __init__(self):
        self.kept = Kept({"smoke_ppm": SMOKE_PPM, "hot_c": HOT_C})
        self.meters = [ADC(Pin(pin), atten=ADC.ATTN_11DB) for pin in (SMOKE_PIN, TEMP_PIN, HUMIDITY_PIN)]
        self.buzzer = Pin(BUZZER_PIN, Pin.OUT, value=0)
        self.above = {"smoke": 0, "heat_alarm": 0}  # looks in a row
        self.alarms = {"smoke": False, "heat_alarm": False}
        self.silent_at = None
        self.told_broken = False
        self.link = Link(
            UART(LINK_UART, BAUD, tx=LINK_TX, rx=LINK_RX, rxbuf=1024),
            ABOUT,
            {"limits": self.limits, "silence": self.silence, "test": self.test},
        )

    def smoke_ppm(self):
        return self.meters[0].read_uv() / UV_PER_PPM

    def temp_c(self):
        return (self.meters[1].read_uv() - UV_AT_0_C) / UV_PER_C

    def humidity(self):
        return min(100.0, self.meters[2].read_uv() / UV_PER_PERCENT)

    def look(self, now):
        """One look at both dangers; the buzzer first, then the word."""
        temp_c, broken = self.temp_c(), False
        if not SENSE_C[0] <= temp_c <= SENSE_C[1]:
            broken = True
        self.judge("smoke", self.smoke_ppm(), self.kept.get("smoke_ppm"), now)
        if not broken:
            self.judge("heat_alarm", temp_c, self.kept.get("hot_c"), now)
        if broken and not self.told_broken:
            self.link.event("sensor_broken", {"sensor": "temp_c"})
        self.told_broken = broken
        self.sound(now)

    def judge(self, event, value, limit, now):
        self.above[event] = self.above[event] + 1 if value >= limit else 0
        if not self.alarms[event] and self.above[event] >= STEADY_LOOKS:
            self.alarms[event] = True
            self.silent_at = None  # silenced was the last one, not this one
            self.sound(now)
            self.link.event(event, {"value": round(value, 1), "limit": limit})
        elif self.alarms[event] and value <= CLEAR_SHARE * limit:
            self.alarms[event] = False
            self.link.event("cleared", {"of": event, "value": round(value, 1)})

    def sound(self, now):
        """The buzzer as the alarms and the silence say."""
        if self.silent_at is not None and ticks_diff(now, self.silent_at) >= SILENT_MS:
            self.silent_at = None
        self.buzzer.value(1 if any(self.alarms.values()) and self.silent_at is None else 0)

    async def limits(self, args):
        """`{"smoke_ppm": 50…2000, "hot_c": 40…70}`; kept over a power cut."""
        smoke_ppm, hot_c = whole(args, "smoke_ppm", 50, 2000), whole(args, "hot_c", 40, 70)
        if smoke_ppm is None or hot_c is None:
            raise Refused("limits out of range")
        self.kept.put("smoke_ppm", smoke_ppm)
        self.kept.put("hot_c", hot_c)

    async def silence(self, args):
        """The buzzer keeps quiet for SILENT_MS; the alarm stays, and a new one sounds."""
        self.silent_at = ticks_ms()
        self.sound(self.silent_at)

    async def test(self, args):
        """A short sound, so that a volunteer hears that it works."""
        self.buzzer.value(1)
        await asyncio.sleep(LOOK_S / 2)
        self.sound(ticks_ms())
        self.link.event("tested")
        return self.readings()

    def readings(self):
        return {
            "smoke_ppm": round(self.smoke_ppm()),
            "temp_c": round(self.temp_c(), 1),
            "humidity": round(self.humidity(), 1),
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
    nose = Nose()
    await together(nose.watch(), nose.link.run(), nose.tell())
