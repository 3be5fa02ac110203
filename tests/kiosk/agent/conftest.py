"""A kiosk without threads: its agent, a broker in memory, and a small gateway that reads as the contract says."""

from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from gateway.contract import facts
from gateway.contract.facts import Fact
from gateway.contract.life import Birth, Life, State
from gateway.contract.streams import Ack, Reader
from gateway.contract.topics import FACTS, GATEWAY_STATE, LANES, UP_FILTER, Channel, Lane, Topic
from gateway.contract.twin import Desired, Reported
from gateway.wire import Message, Will
from gateway.wire.memory import MemoryBroker, MemoryWire
from kiosk.agent import Agent
from kiosk.agent.clock import StationClock
from kiosk.agent.credentials import Credentials

NOON = 1_795_320_000_000  # 2026-11-22 12:00 in Beijing
KIOSK = "kiosk-01"
CREDENTIALS = Credentials(
    kiosk=KIOSK,
    password="secret",
    station="sn10-north",
    presence_key="ab" * 32,
    public_url="https://cxz.example",
    name="北门站",
    community="淞南十村",
    duty_phone="021-5555-0110",
)


class Time:
    """Wall and monotonic milliseconds that move only when told to."""

    def __init__(self) -> None:
        self.wall, self.mono, self.synchronized = NOON, 1_000, True

    def pass_ms(self, ms: int) -> None:
        self.wall += ms
        self.mono += ms

    def clock(self) -> StationClock:
        return StationClock(lambda: self.wall, lambda: self.mono, lambda: self.synchronized)


class Gateway:
    """Verifies, keeps each fact once, acknowledges. `mute` keeps acks back; `now` is what its acks say."""

    def __init__(self, broker: MemoryBroker, time: Time) -> None:
        self.time, self.mute = time, False
        self.readers: dict[str, Reader] = {}
        self.effects: list[tuple[Lane, Fact]] = []
        self.births: list[Birth] = []
        self.states: list[State] = []
        self.reported: Reported | None = None
        self.arrivals = 0
        self.nonce = token_hex(8)
        self.wire: MemoryWire = broker.client("gateway", [UP_FILTER], will=self._will)

    def start(self) -> None:
        self.wire.start(self)

    def connected(self) -> None:
        self.wire.publish(GATEWAY_STATE, State(Life.READY, self.nonce).encode(), retain=True)

    def disconnected(self, reason: str) -> None:
        pass

    def received(self, message: Message) -> None:
        channel = Topic.parse(message.topic).channel
        if channel in LANES:
            self._take(LANES[channel], facts.check(facts.decode(message.payload), LANES[channel]))
        elif channel is Channel.BIRTH:
            birth = Birth.decode(message.payload)
            self.births.append(birth)
            for head in birth.streams:
                reader = self.readers.setdefault(head.stream, Reader())
                reader.skip(1, head.first - 1)
                self.ack(head.stream, reader.upto)
        elif channel is Channel.STATE:
            self.states.append(State.decode(message.payload))
        elif channel is Channel.REPORTED:
            self.reported = Reported.decode(message.payload)
        message.ack()

    def desire(self, desired: Desired) -> None:
        self.wire.publish(str(Topic(KIOSK, Channel.DESIRED)), desired.encode(), retain=True)

    def ack(self, stream: str, upto: int) -> None:
        self.wire.publish(str(Topic(KIOSK, Channel.ACK)), Ack(stream, upto, self.time.wall).encode())

    def kinds(self, lane: Lane = Lane.EVENT) -> list[str]:
        return [fact.kind for where, fact in self.effects if where is lane]

    def _take(self, lane: Lane, fact: Fact) -> None:
        self.arrivals += 1
        reader = self.readers.setdefault(fact.stream, Reader())
        if reader.take(fact.seq):
            self.effects.append((lane, fact))
            if fact.kind == "gap":
                reader.skip(fact.body["first"], fact.body["last"])
        if not self.mute:
            self.ack(fact.stream, reader.upto)

    def _will(self) -> Will:
        return Will(GATEWAY_STATE, State(Life.LOST, self.nonce).encode())


class World:
    """Broker, gateway and one kiosk; `settle` lets everything happen that can happen at this moment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.time = folder, Time()
        self.broker = MemoryBroker()
        self.gateway = Gateway(self.broker, self.time)
        self.agent = self.boot()

    def boot(self, **more: int) -> Agent:
        self.agent = Agent(CREDENTIALS, self.folder, self._connect, clock=self.time.clock(), **more)
        return self.agent

    def start(self) -> None:
        self.gateway.start()
        self.broker.settle()
        self.agent.link.open()
        self.settle()

    def settle(self) -> None:
        while True:
            self.agent.link.turn()
            if self.broker.deliver() == 0:
                self.agent.link.turn()
                if self.broker.deliver() == 0:
                    return

    def later(self, ms: int) -> None:
        """Time passes in steps of a quarter of a second."""
        for _ in range(max(1, ms // 250)):
            self.time.pass_ms(250)
            self.settle()

    def die(self) -> None:
        """The process is gone without a word; only the disk stays. A new one boots and connects."""
        self.wire.kill()
        self.boot()
        self.agent.link.open()
        self.settle()

    def sent(self, lane: Lane) -> int:
        """How many facts of a lane the broker has read."""
        topic = str(Topic(KIOSK, FACTS[lane]))
        return sum(1 for _, where, _ in self.broker.published if where == topic)

    def _connect(self, will: object) -> MemoryWire:
        filters = [f"cxz/1/{KIOSK}/down/#", GATEWAY_STATE]
        self.wire = self.broker.client(KIOSK, filters, will=will, clean=True)
        return self.wire


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.agent.outbox.close()


@pytest.fixture(scope="session")
def new_world() -> Callable[[Path], World]:
    return World
