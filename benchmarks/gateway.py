"""The gateway's road beside its floor: `python -m benchmarks.gateway [facts]`.

The floor is the least that could do the same job: one paho client with manual acknowledgement, `json.loads`, one
`executemany` into one table with the same key and the same durability, COMMIT, then PUBACK. It checks nothing and
answers nobody. Both read from the same kind of broker, turn and turn about in one run, because the machine has moods.
Then a kiosk that was three days offline: how fast its facts drain, and how long its SOS takes meanwhile. And what a
kiosk notices of another's flood.
"""

import contextlib
import json
import queue
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from gateway.broker import Mosquitto, find_mosquitto
from gateway.contract.facts import Clock, Fact
from gateway.contract.topics import GATEWAY_STATE, UP_FILTER, Lane, down_filter
from gateway.credentials import hash_secret
from gateway.ingest import BATCH, GATHER_S, Ingest
from gateway.mailbox import Mailbox
from gateway.trial import Trial, free_port, open_trial
from gateway.wire import Will, Wire
from gateway.wire.paho import PahoWire
from kiosk.agent import Agent
from kiosk.agent.credentials import Credentials

FACTS = 16_000
ROUNDS = 5
SHARE = 0.8
PASSWORD = "benchmark"  # noqa: S105 (of a broker that lives for seconds)
KIOSKS = tuple(f"bench-{number}" for number in range(4))
PATIENCE_S = 120.0
BACKLOG = 100_000
DRAIN_PER_S = 3_000
SOS_S = 1.0
FLOOD = 60_000


def main() -> None:
    """Print both rates and the drain; ends with an error below a limit."""
    facts = int(sys.argv[1]) if len(sys.argv) > 1 else FACTS
    rates: dict[str, list[float]] = {"floor": [], "gateway": []}
    for turn in range(ROUNDS):
        for name in ("floor", "gateway") if turn % 2 else ("gateway", "floor"):
            with tempfile.TemporaryDirectory() as folder:
                rates[name].append(_rate(Path(folder), facts, _gateway if name == "gateway" else _floor))
    shares = [own / floor for own, floor in zip(rates["gateway"], rates["floor"], strict=True)]
    print(f"{facts:,} facts of {len(KIOSKS)} kiosks through Mosquitto, committed per second; {ROUNDS} turns each")
    for name, label in (("floor", "floor: paho + json + executemany"), ("gateway", "gateway")):
        print(
            f"  {label:<36}{statistics.median(rates[name]):>9,.0f}   of {', '.join(f'{r:,.0f}' for r in rates[name])}"
        )
    share = statistics.median(shares)
    print(
        f"  share, median of the turns          {share:>9.2f}   limit {SHARE}: {'held' if share >= SHARE else 'MISSED'}"
    )
    drained, worst = _drain()
    good = drained >= DRAIN_PER_S and worst <= SOS_S
    print(f"  a kiosk drains {BACKLOG:,} facts at     {drained:>9,.0f}   limit {DRAIN_PER_S:,}/s")
    print(f"  its SOS arrives meanwhile within    {worst:>9.2f} s limit {SOS_S:.0f} s: {'held' if good else 'MISSED'}")
    alone, meanwhile = _flood()
    print(f"a neighbour's check-in until its ack, milliseconds: median, worst; {FLOOD:,} facts flood in from one kiosk")
    for label, times in (("floor: without a flood", alone), ("during the flood", meanwhile)):
        print(f"  {label:<36}{statistics.median(times) * 1000:>9,.0f}{max(times) * 1000:>9,.0f}")
    if share < SHARE or not good:
        raise SystemExit(1)


def _rate(
    folder: Path, facts: int, reader: Callable[[Path, str, str], "contextlib.AbstractContextManager[None]"]
) -> float:
    """Facts committed per second, from the first publish to the last commit."""
    mailbox = Mailbox(folder / "mailbox.db")
    for kiosk in KIOSKS:
        mailbox.enrol(kiosk, hash_secret(PASSWORD), 1)
    program, port = find_mosquitto(), free_port()
    if program is None:
        raise SystemExit("Mosquitto is not installed: sh install.sh test")
    broker = Mosquitto(
        program, mailbox, folder / "gateway", "127.0.0.1", port, demo=False, refused=lambda *_: None
    )  # fmt: skip
    broker.start()
    try:
        with reader(folder, broker.url, broker.password):
            senders = [
                subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.gateway", "send", str(port), kiosk, str(facts // len(KIOSKS))]
                )
                for kiosk in KIOSKS
            ]
            wanted, first = facts // len(KIOSKS) * len(KIOSKS), 0.0
            overdue = time.monotonic() + PATIENCE_S
            with contextlib.closing(sqlite3.connect(folder / "mailbox.db", timeout=30)) as look:
                stored = 0
                while stored < wanted:
                    (stored,) = look.execute("select coalesce(max(id), 0) from facts").fetchone()
                    if stored and not first:
                        first, begin = time.perf_counter(), stored
                    if time.monotonic() > overdue:
                        raise SystemExit(f"only {stored} of {wanted} arrived")
                    time.sleep(0.01)
                seconds = time.perf_counter() - first
            for sender in senders:
                sender.wait(30)
    finally:
        broker.stop()
        mailbox.close()
    return (wanted - begin) / seconds


@contextlib.contextmanager
def _gateway(folder: Path, url: str, password: str) -> Iterator[None]:
    """Ours: the wire and the ingest as the process puts them together."""
    mailbox = Mailbox(folder / "mailbox.db")
    wire = PahoWire(url, "gateway", filters=[UP_FILTER], username="gateway", password=password)
    ingest = Ingest(mailbox, wire)
    ingest.start()
    wire.start(ingest)
    try:
        yield
    finally:
        ingest.stop()
        wire.stop()
        mailbox.close()


@contextlib.contextmanager
def _floor(folder: Path, url: str, password: str) -> Iterator[None]:
    """The bare loop."""
    waiting: queue.SimpleQueue[mqtt.MQTTMessage] = queue.SimpleQueue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "gateway", clean_session=False, manual_ack=True)
    client.username_pw_set("gateway", password)
    client.on_connect = lambda *_: client.subscribe(UP_FILTER, 1)
    client.on_message = lambda _client, _data, message: waiting.put(message)
    client.connect("127.0.0.1", int(url.rpartition(":")[2]))
    client.loop_start()
    over = threading.Event()
    writer = threading.Thread(target=_write, args=(folder / "mailbox.db", client, waiting, over))
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()
        client.disconnect()
        client.loop_stop()


def _write(
    path: Path, client: mqtt.Client, waiting: "queue.SimpleQueue[mqtt.MQTTMessage]", over: threading.Event
) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    while not over.is_set():
        batch: list[mqtt.MQTTMessage] = []
        until = time.monotonic() + 0.25
        while len(batch) < BATCH and (left := until - time.monotonic()) > 0:
            try:
                batch.append(waiting.get(timeout=left))
            except queue.Empty:
                break
            if len(batch) == 1:
                until = time.monotonic() + GATHER_S
        values = []
        for message in batch:
            fact = json.loads(message.payload)
            values.append(
                (
                    message.topic,
                    fact["stream"],
                    fact["seq"],
                    fact["kind"],
                    fact["at"],
                    fact["boot"],
                    json.dumps(fact["body"]),
                )
            )
        connection.execute("begin immediate")
        connection.executemany(
            """insert into facts (kiosk, lane, stream, seq, kind, at, clock, boot, mono, body, more, digest, received,
                                  state)
               values (?, 'event', ?, ?, ?, ?, 'ntp', ?, 0, ?, '{}', '', 0, 'ok')
               on conflict (kiosk, stream, seq) do nothing""",
            values,
        )
        connection.execute("commit")
        for message in batch:
            client.ack(message.mid, message.qos)
    connection.close()


def send(port: int, kiosk: str, facts: int) -> None:
    """A sender in a process of its own: as fast as the broker takes it, made before the first goes out."""
    stream, now = token_hex(8), time.time_ns() // 1_000_000
    payloads = [
        Fact(
            stream, seq, now, Clock.NTP, "boot-1", seq, "checkin", {"id": f"{stream}-{seq}", "station": "sn10-north"}
        ).encode()
        for seq in range(1, facts + 1)
    ]
    client = mqtt.Client(CallbackAPIVersion.VERSION2, kiosk, manual_ack=False)
    client.username_pw_set(kiosk, PASSWORD)
    client.max_inflight_messages_set(200)
    stands = threading.Event()
    client.on_connect = lambda *_: stands.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    stands.wait(10)
    infos = [client.publish(f"cxz/1/{kiosk}/up/facts/event", payload, 1) for payload in payloads]
    for info in infos:
        info.wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


@contextlib.contextmanager
def _kiosk(trial: Trial, name: str) -> Iterator[Agent]:
    """A real kiosk's agent with its outbox, not yet started."""
    password = trial.enrol([name])[name]
    credentials = Credentials(
        kiosk=name, password=password, station="sn10-north", presence_key="ab" * 32,
        public_url="http://127.0.0.1", name="北门站", community="淞南十村", duty_phone="",
    )  # fmt: skip

    def connect(will: Callable[[], Will | None]) -> Wire:
        filters = (down_filter(name), GATEWAY_STATE)
        return PahoWire(trial.url, name, filters=filters, will=will, username=name, password=password, clean=True)

    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(credentials, Path(folder), connect)
        try:
            yield agent
        finally:
            agent.stop()


def _drain() -> tuple[float, float]:
    """A kiosk's backlog against a gateway process: facts drained per second, worst SOS meanwhile in seconds."""
    with open_trial() as trial, _kiosk(trial, "drain-1") as agent:
        moment = agent.clock.moment()
        for _ in range(BACKLOG // 5000):
            with agent.outbox.writing() as connection:
                for _ in range(5000):
                    body = {"id": token_hex(8), "station": "sn10-north"}
                    agent.outbox.put(connection, Lane.EVENT, "checkin", body, moment)
        agent.start()
        _until(lambda: agent.outbox.backlog(Lane.EVENT) < BACKLOG)
        worst, began, held = 0.0, time.perf_counter(), agent.outbox.backlog(Lane.EVENT)
        while agent.outbox.backlog(Lane.EVENT):
            worst = max(worst, _time(lambda: agent.report("person.lost_elder"), agent))
            time.sleep(0.5)
        return held / (time.perf_counter() - began), worst


def _flood() -> tuple[list[float], list[float]]:
    """How long a kiosk's check-ins take alone, and while another sends as fast as the broker takes it; seconds."""
    with open_trial() as trial, _kiosk(trial, "calm-1") as agent:
        trial.mailbox.enrol("bench-0", hash_secret(PASSWORD), 1)
        agent.start()
        _until(lambda: agent.link.online)
        alone = [_time(agent.check_in, agent) for _ in range(50)]
        port = trial.url.rpartition(":")[2]
        flood = subprocess.Popen([sys.executable, "-m", "benchmarks.gateway", "send", port, "bench-0", str(FLOOD)])
        meanwhile: list[float] = []
        _until(lambda: trial.stored(["bench-0"])["bench-0"][0] > 0)
        while flood.poll() is None:
            meanwhile.append(_time(agent.check_in, agent))
            time.sleep(0.05)
        return alone, meanwhile


def _time(tap: Callable[[], object], agent: Agent) -> float:
    """Seconds until the gateway's own ack for a tap: in the SOS lane, or with nothing else waiting."""
    at = time.perf_counter()
    tap()
    lane = Lane.SOS if agent.outbox.backlog(Lane.SOS) else Lane.EVENT
    _until(lambda: agent.outbox.backlog(lane) == 0)
    return time.perf_counter() - at


def _until(condition: Callable[[], bool]) -> None:
    overdue = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > overdue:
            raise SystemExit("it did not arrive")
        time.sleep(0.002)


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        send(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main()
