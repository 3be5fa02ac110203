"""An in-memory broker for tests: sessions, retained messages, wills, QoS 1, rights, and faults on demand.

Nothing moves by itself: `publish` only queues, and every callback runs in the thread that calls `deliver` (one
round) or `settle` (rounds until nothing moves). So a test needs no sleeping, and the same seed gives the same story:

    broker = MemoryBroker(seed=7, faults=Faults(lose=0.2, duplicate=0.2, reorder=True))
    gateway = broker.client("gateway", ["cxz/1/+/up/#"])
    kiosk = broker.client("kiosk-01", ["cxz/1/kiosk-01/down/#", "cxz/1/gateway/state"], will=agent.will)
    kiosk.start(agent); gateway.start(ingest)
    broker.settle()                    # both connected, retained messages delivered
    broker.cut("kiosk-01")             # link torn: will published, unread publishes lost, reconnects next round
    broker.down(); ...; broker.up()    # broker out of reach; `restart(keep=False)` also forgets all it held
    broker.faults = Faults()           # from here on everything arrives
    broker.settle()

The user name is the client id. `gateway` may do everything; anybody else publishes under `cxz/1/{id}/up/` and
reads `cxz/1/{id}/down/` and `cxz/1/gateway/state`. What was denied is dropped as by a real broker, and stands in
`broker.refused`. A wire whose id is in `broker.banned` cannot log in. For code with threads of its own,
`with broker.running():` delivers from a background thread.
"""

import itertools
import random
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from paho.mqtt.client import topic_matches_sub

from gateway.contract.topics import GATEWAY_STATE, ROOT
from gateway.wire import Listener, Message, Will


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances per message and direction, 0…1; `reorder` shuffles what waits for a client."""

    lose: float = 0.0
    duplicate: float = 0.0
    reorder: bool = False


@dataclass(slots=True)
class _Parcel:
    topic: str
    payload: bytes
    retain: bool


@dataclass(slots=True)
class _Session:
    client_id: str
    filters: tuple[str, ...]
    queue: deque[_Parcel] = field(default_factory=deque)
    unacked: dict[int, _Parcel] = field(default_factory=dict)


class MemoryBroker:
    """See the module's text. Thread-safe; callbacks run without the lock."""

    def __init__(self, seed: int = 0, faults: Faults = Faults()) -> None:
        self.faults = faults
        self.refused: list[tuple[str, str]] = []
        """(client id, topic) of every publish or delivery that the rights denied."""
        self.banned: set[str] = set()
        self.published: list[tuple[str, str, bytes]] = []
        """(client id, topic, payload) of everything the broker has read, wills and farewells included."""
        self._random = random.Random(seed)
        self._reachable = True
        self._wires: list[MemoryWire] = []
        self._sessions: dict[str, _Session] = {}
        self._retained: dict[str, bytes] = {}
        self._incoming: deque[tuple[MemoryWire, _Parcel]] = deque()
        self._mids = itertools.count(1)
        self._lock = threading.RLock()
        self._work = threading.Condition(self._lock)

    def client(
        self,
        client_id: str,
        filters: Sequence[str],
        will: Callable[[], Will | None] = lambda: None,
        *,
        clean: bool = False,
    ) -> "MemoryWire":
        """A wire to this broker; `will` is asked anew before each connection."""
        wire = MemoryWire(self, client_id, tuple(filters), will, clean)
        with self._lock:
            self._wires.append(wire)
        return wire

    def retained(self, topic: str) -> bytes | None:
        """What the broker keeps under a topic."""
        with self._lock:
            return self._retained.get(topic)

    def deliver(self) -> int:
        """One round: connect who wants to, read what was published, hand out what waits. Returns how much moved."""
        with self._lock:
            calls = [*self._connect(), *self._read(), *self._hand_out()]
        for call in calls:
            call()
        return len(calls)

    def settle(self, rounds: int = 10_000) -> None:
        """Rounds until nothing moves any more; `RuntimeError` when two clients never stop talking."""
        for _ in range(rounds):
            if self.deliver() == 0:
                return
        raise RuntimeError(f"still busy after {rounds} rounds")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Deliver from a background thread until the block ends; the order is then up to the threads."""
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                if self.deliver() == 0:
                    with self._work:
                        self._work.wait(0.01)

        thread = threading.Thread(target=serve, name="memory-broker", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def cut(self, client_id: str) -> None:
        """Tear one client's connection: its unread publishes are lost, its will is published."""
        with self._lock:
            torn = [wire for wire in self._wires if wire.client_id == client_id and wire.connected]
            for wire in torn:
                self._drop(wire, will=True)
        for wire in torn:
            wire.told_lost("connection lost")

    def down(self) -> None:
        """The broker dies: everybody is cut off, no will is published, nobody gets in."""
        with self._lock:
            self._reachable = False
            torn = [wire for wire in self._wires if wire.connected]
            for wire in torn:
                self._drop(wire, will=False)
        for wire in torn:
            wire.told_lost("connection lost")

    def up(self) -> None:
        """The broker can be reached again."""
        with self._lock:
            self._reachable = True
            self._work.notify_all()

    def restart(self, *, keep: bool = True) -> None:
        """Down and up again; with `keep=False` sessions, queues and retained messages are gone."""
        self.down()
        if not keep:
            with self._lock:
                self._sessions.clear()
                self._retained.clear()
        self.up()

    # --- a round's three parts, under the lock; each returns the callbacks to run without it

    def _connect(self) -> list[Callable[[], None]]:
        calls: list[Callable[[], None]] = []
        for wire in self._wires:
            if not self._reachable or not wire.wanted or wire.connected or wire.client_id in self.banned:
                continue
            for other in self._wires:
                if other.client_id == wire.client_id and other.connected:
                    self._drop(other, will=True)
                    other.wanted = False  # a real wire would fight on; two of the same id never settle
                    calls.append(partial(other.told_lost, "taken over"))
            session = self._sessions.get(wire.client_id)
            if session is None or wire.clean:
                session = self._sessions[wire.client_id] = _Session(wire.client_id, wire.filters)
            session.filters = wire.filters
            session.queue.extendleft(reversed(session.unacked.values()))
            session.unacked.clear()
            for topic, payload in self._retained.items():
                if _wants(session.filters, topic) and _may_read(wire.client_id, topic):
                    session.queue.append(_Parcel(topic, payload, retain=True))
            wire.joined()
            calls.append(wire.told_connected)
        return calls

    def _read(self) -> list[Callable[[], None]]:
        moved = len(self._incoming)
        for _ in range(moved):
            wire, parcel = self._incoming.popleft()
            if self._random.random() < self.faults.lose:
                continue
            self._route(wire.client_id, parcel)
        return [_nothing] * moved

    def _hand_out(self) -> list[Callable[[], None]]:
        calls: list[Callable[[], None]] = []
        for wire in self._wires:
            if not wire.connected:
                continue
            session = self._sessions[wire.client_id]
            parcels = list(session.queue)
            session.queue.clear()
            if self.faults.reorder:
                self._random.shuffle(parcels)
            for parcel in parcels:
                if self._random.random() < self.faults.lose:
                    calls.append(_nothing)
                    continue
                twice = self._random.random() < self.faults.duplicate
                calls.extend(self._delivery(wire, session, parcel) for _ in range(2 if twice else 1))
        return calls

    def _delivery(self, wire: "MemoryWire", session: _Session, parcel: _Parcel) -> Callable[[], None]:
        mid, generation = next(self._mids), wire.generation
        session.unacked[mid] = parcel

        def ack() -> None:
            with self._lock:
                if wire.connected and wire.generation == generation:
                    session.unacked.pop(mid, None)

        return partial(wire.told_received, Message(parcel.topic, parcel.payload, parcel.retain, ack), generation)

    # --- what wires call

    def accept(self, wire: "MemoryWire", topic: str, payload: bytes, retain: bool) -> bool:
        """Queue a publish for the next round."""
        with self._lock:
            if not wire.connected:
                return False
            self._incoming.append((wire, _Parcel(topic, payload, retain)))
            self._work.notify_all()
            return True

    def leave(self, wire: "MemoryWire", farewell: Will | None) -> None:
        """An orderly goodbye: everything published is still read, and no will speaks."""
        with self._lock:
            if not wire.connected:
                return
            mine = [item for item in self._incoming if item[0] is wire]
            self._incoming = deque(item for item in self._incoming if item[0] is not wire)
            for _, parcel in mine:
                self._route(wire.client_id, parcel)
            if farewell is not None:
                self._route(wire.client_id, _Parcel(farewell.topic, farewell.payload, retain=True))
            self._drop(wire, will=False)

    def _drop(self, wire: "MemoryWire", *, will: bool) -> None:
        wire.connected = False
        self._incoming = deque(item for item in self._incoming if item[0] is not wire)
        if will and wire.last_will is not None:
            self._route(wire.client_id, _Parcel(wire.last_will.topic, wire.last_will.payload, retain=True))
        if wire.clean:
            self._sessions.pop(wire.client_id, None)
        self._work.notify_all()

    def _route(self, client_id: str, parcel: _Parcel) -> None:
        if client_id != "gateway" and not parcel.topic.startswith(f"{ROOT}/{client_id}/up/"):
            self.refused.append((client_id, parcel.topic))
            return
        self.published.append((client_id, parcel.topic, parcel.payload))
        if parcel.retain:
            if parcel.payload:
                self._retained[parcel.topic] = parcel.payload
            else:
                self._retained.pop(parcel.topic, None)
        for session in self._sessions.values():
            if _wants(session.filters, parcel.topic):
                if not _may_read(session.client_id, parcel.topic):
                    self.refused.append((session.client_id, parcel.topic))
                    continue
                copies = 2 if self._random.random() < self.faults.duplicate else 1
                session.queue.extend(_Parcel(parcel.topic, parcel.payload, retain=False) for _ in range(copies))


class MemoryWire:
    """A `Wire` to a `MemoryBroker`; made by `MemoryBroker.client`."""

    def __init__(
        self,
        broker: MemoryBroker,
        client_id: str,
        filters: tuple[str, ...],
        will: Callable[[], Will | None],
        clean: bool,
    ) -> None:
        self.client_id = client_id
        self.filters = filters
        self.clean = clean
        self.connected = False
        self.wanted = False
        self.generation = 0
        self.last_will: Will | None = None
        self._broker = broker
        self._will = will
        self._listener: Listener | None = None

    def start(self, listener: Listener) -> None:
        """Connects in the broker's next round."""
        self._listener = listener
        self.wanted = True

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Queued for the broker's next round; False without a connection."""
        return self._broker.accept(self, topic, payload, retain)

    def stop(self, farewell: Will | None = None) -> None:
        """Leave in good order."""
        self.wanted = False
        was = self.connected
        self._broker.leave(self, farewell)
        if was:
            self.told_lost("stopped")

    def kill(self) -> None:
        """Die as a process does: no farewell, nobody here is told anything; the broker speaks the will."""
        self.wanted = False
        self._listener = None
        self._broker.cut(self.client_id)

    # --- what the broker calls

    def joined(self) -> None:
        """A new connection begins."""
        self.connected = True
        self.generation += 1
        self.last_will = self._will()

    def told_connected(self) -> None:
        """Pass on that the session stands, unless it fell in the meantime."""
        if self._listener is not None and self.connected:
            self._listener.connected()

    def told_lost(self, reason: str) -> None:
        """Pass on the end of the connection."""
        if self._listener is not None:
            self._listener.disconnected(reason)

    def told_received(self, message: Message, generation: int) -> None:
        """Pass on a message of this connection; one of an earlier connection never arrives."""
        if self._listener is not None and self.connected and self.generation == generation:
            self._listener.received(message)


def _wants(filters: Sequence[str], topic: str) -> bool:
    return any(topic_matches_sub(one, topic) for one in filters)


def _may_read(client_id: str, topic: str) -> bool:
    return client_id == "gateway" or topic == GATEWAY_STATE or topic.startswith(f"{ROOT}/{client_id}/down/")


def _nothing() -> None:
    """A message that moved without anybody being told: lost, or read by the broker only."""
