"""Commands and desired states among 1,000 kiosks, through real processes: `python -m benchmarks.commands [kiosks]`.

An officer's click on the desk until the desk's own event stream says done; a notice for everybody until the last kiosk
has its new version. Beside them, from the same run and the same broker, a bare publish → subscribe of as many bytes.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import httpx2
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.web import session, start_web
from firmware_stubs.simulators.light import LightKiosk
from gateway.broker import Mosquitto, find_mosquitto
from gateway.credentials import hash_secret
from gateway.mailbox import Mailbox
from gateway.trial import free_port
from server import stations
from server.app import make_site
from server.settings import Settings
from server.staff import COOKIE
from server.stations import records as station_records

KIOSKS = 1000
COMMANDS = 30
SPREADS = 3
COMMAND_S = 1.0
SPREAD_S = 5.0
PATIENCE_S = 60.0
SIZE = 6_000
"""Bytes of the floor's documents: about a desired state's."""
PASSWORD = "benchmark"  # noqa: S105 (of a broker that lives for a minute)
HOUSES = """
[[community]]
code = "big"
name = "大社区"
street = "songnan"
district = "baoshan"
"""
STATION = """
[[station]]
code = "st-{number:04d}"
name = "{number} 号站"
community = "big"
lat = 31.35
lon = 121.48
datum = "wgs84"
duty_phone = "021-5555-0110"
spots = ["门口"]
"""


def main() -> None:
    """Print the figures beside their floors; ends with an error above a limit."""
    kiosks = int(sys.argv[1]) if len(sys.argv) > 1 else KIOSKS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cookie = _town(folder, kiosks)
        mailbox = Mailbox(folder / "mailbox.db")
        program, port = find_mosquitto(), free_port()
        if program is None:
            raise SystemExit("Mosquitto is not installed")
        broker = Mosquitto(
            program, mailbox, folder / "broker", "127.0.0.1", port, demo=False, refused=lambda *_: None
        )  # fmt: skip
        broker.start()
        web, url = start_web(folder)
        try:
            good = asyncio.run(_measure(folder, kiosks, broker, port, url, cookie))
        finally:
            web.terminate()
            web.wait(30)
            broker.stop()
            mailbox.close()
    if not good:
        raise SystemExit(1)


def _town(folder: Path, kiosks: int) -> str:
    """Stations, kiosks with one password, and a duty officer; his cookie."""
    site = make_site(Settings(data=folder))
    plan = folder / "stations.toml"
    plan.write_text(HOUSES + "".join(STATION.format(number=number) for number in range(kiosks)), "utf-8")
    secret = hash_secret(PASSWORD)
    with site.store.work() as work:
        stations.load(work, plan)
        for number in range(kiosks):
            station_records.place(work, _kiosk(number), f"st-{number:04d}")
    for number in range(kiosks):
        site.mailbox.enrol(_kiosk(number), secret, 1)
    cookie = session(site, "duty", "community:big")
    site.store.close()
    site.mailbox.close()
    return cookie


def _kiosk(number: int) -> str:
    return f"bench-{number:04d}"


class Line:
    """One light kiosk on a bare MQTT 3.1.1 connection: a thousand of paho's threads would measure only themselves."""

    def __init__(self, number: int, heard: Callable[[str, bytes], None]) -> None:
        self.kiosk = LightKiosk(
            _kiosk(number), f"st-{number:04d}", "ntp", 0, random.Random(number), time.monotonic()
        )  # fmt: skip
        self._heard = heard
        self._packet = 0
        self._writer: asyncio.StreamWriter | None = None
        self.subscribed = False

    async def run(self, port: int) -> None:
        """Until it is cancelled."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        name, (will_topic, will) = self.kiosk.kiosk, self.kiosk.will
        texts = [name.encode(), will_topic.encode(), will, name.encode(), PASSWORD.encode()]
        # Clean session, will at QoS 1 retained, user name and password.
        body = b"\x00\x04MQTT\x04\xee\x00\x3c" + b"".join(len(one).to_bytes(2, "big") + one for one in texts)
        self._write(0x10, body)
        await self._read(reader)
        filters = (f"cxz/1/{name}/down/#", "cxz/1/gateway/state")
        self._write(
            0x82, b"\x00\x01" + b"".join(len(one).to_bytes(2, "big") + one.encode() + b"\x01" for one in filters)
        )
        self.introduce()
        while True:
            kind, body = await self._read(reader)
            self.subscribed = self.subscribed or kind == 0x90
            if kind >> 4 == 3:
                length = int.from_bytes(body[:2], "big")
                topic, rest = body[2 : 2 + length].decode(), body[2 + length :]
                if kind & 0x06:
                    self._write(0x40, rest[:2])
                    rest = rest[2:]
                self._heard(topic, rest)
                self.kiosk.received(topic, rest, self._send, time.monotonic())

    def introduce(self) -> None:
        """The birth."""
        self.kiosk.connected(self._send, time.monotonic())

    def deliver(self) -> None:
        """The heartbeat and what waits."""
        self.kiosk.deliver(self._send, time.monotonic())

    def _send(self, topic: str, payload: bytes, retain: bool) -> bool:
        self._packet = self._packet % 65_535 + 1
        head = len(topic.encode()).to_bytes(2, "big") + topic.encode() + self._packet.to_bytes(2, "big")
        return self._write(0x33 if retain else 0x32, head + payload)

    def _write(self, kind: int, body: bytes) -> bool:
        if self._writer is None or self._writer.is_closing():
            return False
        length, left = b"", len(body)
        while True:
            left, digit = left >> 7, left & 0x7F
            length += bytes([digit | (0x80 if left else 0)])
            if not left:
                break
        self._writer.write(bytes([kind]) + length + body)
        return True

    async def _read(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        kind, length, shift = (await reader.readexactly(1))[0], 0, 0
        while True:
            digit = (await reader.readexactly(1))[0]
            length |= (digit & 0x7F) << shift
            shift += 7
            if not digit & 0x80:
                return kind, await reader.readexactly(length)


class Fleet:
    """All kiosks, and when each last heard what."""

    def __init__(self, kiosks: int) -> None:
        self.lines = [Line(number, lambda topic, payload: self._heard(topic, payload)) for number in range(kiosks)]
        self.at: dict[str, float] = {}
        self.desired: dict[str, bytes] = {}

    def _heard(self, topic: str, payload: bytes) -> None:
        self.at[topic] = time.perf_counter()
        if topic.endswith("/down/desired"):
            self.desired[topic] = payload

    async def keep(self) -> None:
        """Heartbeats."""
        while True:
            await asyncio.sleep(0.5)
            for line in self.lines:
                line.deliver()

    async def until(self, condition: Callable[[], bool]) -> float:
        """Seconds until it came true."""
        start = time.perf_counter()
        while not condition():
            assert time.perf_counter() - start < PATIENCE_S, "it never came true"
            await asyncio.sleep(0.002)
        return time.perf_counter() - start


def _gateway(folder: Path, broker: Mosquitto, port: int) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CXZ_")}
    url = f"mqtt://{broker.username}:{broker.password}@127.0.0.1:{port}"
    return subprocess.Popen(
        [sys.executable, "-m", "changxiaozhan", "gateway"],
        env=environment | {"CXZ_DATA": str(folder), "CXZ_MQTT_URL": url},
        stderr=subprocess.DEVNULL,
    )


async def _measure(folder: Path, kiosks: int, broker: Mosquitto, port: int, url: str, cookie: str) -> bool:
    fleet = Fleet(kiosks)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(line.run(port)) for line in fleet.lines]
        tasks.append(group.create_task(fleet.keep()))
        await fleet.until(lambda: all(line.subscribed for line in fleet.lines))
        # First the floor: the broker knows only one client by the gateway's name.
        floor_one, floor_all = await _floor(broker, port, fleet)
        start = time.perf_counter()
        gateway = _gateway(folder, broker, port)
        await fleet.until(lambda: len(fleet.desired) == kiosks)
        joined = time.perf_counter() - start
        for line in fleet.lines:
            line.introduce()
        await _settled(folder, kiosks)
        async with httpx2.AsyncClient(base_url=url, cookies={COOKIE: cookie}, timeout=PATIENCE_S) as desk:
            commands = await _commands(desk, kiosks)
            spreads = [await _spread(desk, fleet, number) for number in range(SPREADS)]
        for task in tasks:
            task.cancel()
    gateway.terminate()
    gateway.wait(30)
    size = statistics.mean(len(payload) for payload in fleet.desired.values())
    print(f"{kiosks:,} kiosks on one broker, desired states of {size:,.0f} bytes; milliseconds: median, worst")
    print(f"  from the gateway's start until all have their desired state: {joined:.1f} s")
    for label, times in (
        ("floor: publish → one kiosk", floor_one),
        ("command: click → done on the desk", commands),
        (f"floor: publish → all {kiosks:,}", floor_all),
        (f"notice: click → all {kiosks:,}", spreads),
    ):
        print(f"  {label:<36}{statistics.median(times) * 1000:>9,.0f}{max(times) * 1000:>9,.0f}")
    good = max(commands) < COMMAND_S and max(spreads) < SPREAD_S
    print(f"limits {COMMAND_S:.0f} s for every command, {SPREAD_S:.0f} s for all: {'held' if good else 'MISSED'}")
    return good


async def _settled(folder: Path, kiosks: int) -> None:
    """Until the gateway believes that every kiosk is there."""
    mailbox = Mailbox(folder / "mailbox.db")
    deadline = time.monotonic() + PATIENCE_S
    while sum(one.life == "ready" for one in mailbox.kiosks()) < kiosks:
        assert time.monotonic() < deadline, "not all kiosks were heard"
        await asyncio.sleep(0.2)
    mailbox.close()


async def _floor(broker: Mosquitto, port: int, fleet: Fleet) -> tuple[list[float], list[float]]:
    """A bare client publishes to one kiosk, then to all of them, what they ignore."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="floor")
    client.username_pw_set(broker.username, broker.password)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    one, every = [], []
    payload = b"x" * SIZE
    topics = [f"cxz/1/{line.kiosk.kiosk}/down/floor" for line in fleet.lines]
    for topic in random.sample(topics, min(COMMANDS, len(topics))):
        start = time.perf_counter()
        client.publish(topic, payload[:200], 1)
        await fleet.until(lambda topic=topic, start=start: fleet.at.get(topic, 0) > start)
        one.append(fleet.at[topic] - start)
    for _ in range(SPREADS):
        start = time.perf_counter()
        for topic in topics:
            client.publish(topic, payload, 1)
        await fleet.until(lambda start=start: all(fleet.at.get(topic, 0) > start for topic in topics))
        every.append(max(fleet.at[topic] for topic in topics) - start)
    client.disconnect()
    client.loop_stop()
    return one, every


async def _commands(desk: httpx2.AsyncClient, kiosks: int) -> list[float]:
    """Of each command, seconds from the click until the desk's stream says done."""
    taken = []
    done: dict[str, float] = {}
    listens = asyncio.Event()

    async def listen() -> None:
        async with desk.stream("GET", "/desk/commands/live") as stream:
            listens.set()
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    news = json.loads(line[5:])
                    if news.get("state") == "done":
                        done[news["id"]] = time.perf_counter()

    listening = asyncio.create_task(listen())
    await asyncio.wait_for(listens.wait(), PATIENCE_S)
    await asyncio.sleep(1)  # a stream's headers come before it stands in the hub
    for number in random.sample(range(kiosks), min(COMMANDS, kiosks)):
        command = token_hex(12)
        form = {"id": command, "kiosk": _kiosk(number), "name": "open_box", "reason": "有人受伤"}
        start = time.perf_counter()
        answer = await desk.post("/desk/commands", data=form)
        assert answer.status_code == 303, (answer.status_code, answer.text[:500])
        while command not in done:
            assert time.perf_counter() - start < PATIENCE_S, "it was never done"
            await asyncio.sleep(0.002)
        taken.append(done[command] - start)
    listening.cancel()
    return taken


async def _spread(desk: httpx2.AsyncClient, fleet: Fleet, number: int) -> float:
    """Seconds from the click until the last kiosk has the notice."""
    words = f"第 {number} 次：今晚停水到六点"
    start = time.perf_counter()
    answer = await desk.post(
        "/desk/notices", data={"text": words, "level": "info", "where": "community:big", "hours": "2"}
    )  # fmt: skip
    assert answer.status_code == 303, (answer.status_code, answer.text[:500])
    wanted = words.encode()
    await fleet.until(lambda: all(wanted in payload for payload in fleet.desired.values()))
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
