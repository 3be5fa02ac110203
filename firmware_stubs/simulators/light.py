"""A light kiosk: everything a kiosk says and obeys on the wire, with no disk, screen or thread. `fleet.py` runs many.

Times are monotonic seconds, passed in; `send(topic, payload, retain)` says False when nothing can be sent.
"""

import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex

from gateway.contract.commands import Command
from gateway.contract.envelope import Body, Broken
from gateway.contract.facts import Clock, Fact
from gateway.contract.life import HEARTBEAT_S, Birth, Life, State, StreamHead
from gateway.contract.streams import WINDOW, Ack
from gateway.contract.topics import Channel, Lane, Topic, facts
from gateway.contract.twin import Desired, Reported, supersedes

SILENCE_S = 3.0
LONGEST_S = 20.0
SOFTWARE = "simulated kiosk"

Send = Callable[[str, bytes, bool], bool]


@dataclass(slots=True)
class Stream:
    """One lane. `held`: number → (payload, when it was made, whether the line stood then)."""

    lane: Lane
    name: str = field(default_factory=lambda: token_hex(8))
    last: int = 0
    held: OrderedDict[int, tuple[bytes, float, bool]] = field(default_factory=OrderedDict)
    sent: int = 0
    """The highest number on its way."""
    due: float = 0.0
    tries: int = 0


@dataclass(slots=True)
class Tally:
    """What one kiosk did."""

    made: int = 0
    acked: int = 0
    delays: list[tuple[str, float]] = field(default_factory=list)
    """(lane, seconds from the tap to the gateway's own ack) of what was made while the line stood."""


class LightKiosk:
    """One kiosk from power-on to power-off. `clock` as in facts; `wrong_s` is what its clock is off."""

    def __init__(
        self, kiosk: str, station: str, clock: str, wrong_s: float, chance: random.Random, started: float
    ) -> None:
        self.kiosk, self.station = kiosk, station
        self.tally = Tally()
        self.streams = {lane: Stream(lane) for lane in Lane}
        self.desired: Desired | None = None
        self.online = False
        self.boot = token_hex(8)
        self._clock, self._wrong_s, self._chance, self._started = Clock(clock), wrong_s, chance, started
        self._nonce = ""
        self._beat_at = 0.0
        self._results: dict[str, str] = {}
        self._names = {channel: str(Topic(kiosk, channel)) for channel in Channel}
        self._lanes = {stream.name: stream for stream in self.streams.values()}
        self._facts = {lane: facts(kiosk, lane) for lane in Lane}

    @property
    def will(self) -> tuple[str, bytes]:
        """Topic and payload of the will of the connection about to be made; a session begins with it."""
        self._nonce = token_hex(8)
        return self._names[Channel.STATE], State(Life.LOST, self._nonce).encode()

    @property
    def farewell(self) -> tuple[str, bytes]:
        """The orderly goodbye."""
        return self._names[Channel.STATE], State(Life.DISCONNECTED, self._nonce, None, self.waiting).encode()

    @property
    def waiting(self) -> int:
        """Facts without an ack."""
        return sum(len(stream.held) for stream in self.streams.values())

    def connected(self, send: Send, now: float) -> None:
        """The session stands: introduce ourselves, and send what waits."""
        self.online = True
        heads = tuple(
            StreamHead(lane, stream.name, next(iter(stream.held), stream.last + 1), stream.last)
            for lane, stream in self.streams.items()
        )
        birth = Birth(self._nonce, self.boot, SOFTWARE, heads, mono=self._mono(now))
        send(self._names[Channel.BIRTH], birth.encode(), False)
        for stream in self.streams.values():
            stream.sent, stream.tries = 0, 0
        self._beat(send, now)
        self.deliver(send, now)

    def disconnected(self) -> None:
        """The line is cut."""
        self.online = False

    def make(self, lane: Lane, kind: str, body: Body, now: float) -> None:
        """Something happened here."""
        stream = self.streams[lane]
        stream.last += 1
        at = None if self._clock is Clock.NONE else int((time.time() + self._wrong_s) * 1000)
        fact = Fact(stream.name, stream.last, at, self._clock, self.boot, self._mono(now), kind, body)
        stream.held[stream.last] = (fact.encode(), now, self.online)
        self.tally.made += 1

    def deliver(self, send: Send, now: float) -> None:
        """Send what may go now, and the heartbeat when it is time."""
        if not self.online:
            return
        for stream in self.streams.values():
            if stream.held:
                self._send_window(stream, send, now)
        if now >= self._beat_at:
            self._beat(send, now)

    def received(self, topic: str, payload: bytes, send: Send, now: float) -> None:
        """A word from above; what cannot be read is ignored."""
        try:
            if topic == self._names[Channel.ACK]:
                self._acked(Ack.decode(payload), send, now)
            elif topic == self._names[Channel.DESIRED]:
                offered = Desired.decode(payload)
                if supersedes(self.desired, offered):
                    self.desired = offered
                version = 0 if self.desired is None else self.desired.version
                send(self._names[Channel.REPORTED], Reported(version, SOFTWARE).encode(), True)
            elif topic == self._names[Channel.COMMAND]:
                self._obey(Command.decode(payload), send, now)
        except Broken:
            return

    def _send_window(self, stream: Stream, send: Send, now: float) -> None:
        first = next(iter(stream.held))
        if stream.sent >= first and now >= stream.due:
            stream.tries += 1
            stream.sent = 0
        if stream.sent >= min(first + WINDOW - 1, stream.last):
            return
        for number, (payload, _, _) in list(zip(stream.held, stream.held.values(), strict=True))[:WINDOW]:
            if number > stream.sent:
                if not send(self._facts[stream.lane], payload, False):
                    return
                if stream.sent < first:
                    pause = min(SILENCE_S * 2**stream.tries, LONGEST_S)
                    stream.due = now + pause * (1 + 0.3 * self._chance.random())
                stream.sent = number

    def _acked(self, ack: Ack, send: Send, now: float) -> None:
        stream = self._lanes.get(ack.stream)
        if stream is None or ack.upto > stream.last:
            return
        before = len(stream.held)
        while stream.held and next(iter(stream.held)) <= ack.upto:
            _, (_, made, online) = stream.held.popitem(last=False)
            if online:
                self.tally.delays.append((str(stream.lane), now - made))
        if gone := before - len(stream.held):
            self.tally.acked += gone
            stream.tries = 0
            stream.due = now + SILENCE_S
            self.deliver(send, now)

    def _obey(self, command: Command, send: Send, now: float) -> None:
        """As a kiosk does: an id is acted on once, a repeat gets the stored result."""
        state = self._results.get(command.id)
        if state is None:
            late = time.time() * 1000 > command.expires
            state = self._results[command.id] = "expired" if late else "done"
        self.make(Lane.EVENT, "result", {"id": command.id, "state": state}, now)
        self.deliver(send, now)

    def _beat(self, send: Send, now: float) -> None:
        self._beat_at = now + HEARTBEAT_S
        send(self._names[Channel.STATE], State(Life.READY, self._nonce, None, self.waiting).encode(), True)

    def _mono(self, now: float) -> int:
        return max(0, int((now - self._started) * 1000))
