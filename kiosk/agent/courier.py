"""The courier: brings facts from the outbox to the gateway, window by window, and forgets only on the gateway's ack.

No thread and no clock of its own: the link calls it and passes the time (milliseconds of a monotonic clock).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from gateway.contract.envelope import Broken
from gateway.contract.life import HEARTBEAT_S
from gateway.contract.streams import WIDE_WINDOW, WINDOW, Ack
from gateway.contract.topics import Lane, facts
from kiosk.agent.clock import Moment
from kiosk.agent.outbox import Outbox
from kiosk.agent.view import NotSaved

SILENCE_MS = 3_000
"""No ack for so long: the oldest fact is sent again."""
GRACE_MS = 1_000
"""After a connect, so long does the backlog wait for the gateway's own word about whether it lives."""
LONGEST_MS = {Lane.SOS: 10_000, Lane.EVENT: 60_000, Lane.TELEMETRY: 60_000}

log = structlog.get_logger()


@dataclass(slots=True)
class _Flight:
    """What is on the way in one lane. `tries` counts silences in a row: while there are any, one fact probes alone."""

    sent: set[int] = field(default_factory=set)
    due: int = 0
    tries: int = 0
    last_sent: int = 0
    highest: int = 0
    """The highest number ever sent on this connection."""
    window: int = WINDOW


class Courier:
    """`publish(topic, payload)` says False when nothing can be sent; `hear` gets the gateway's time from prompt acks.

    While the gateway is away the broker would queue every repeat for it: so after a silence only one fact per lane
    probes, ever more slowly. Fresh facts of the SOS lane alone go out at once, each once per connection: a stale
    word about the gateway must not hold back an alarm.
    """

    def __init__(
        self,
        kiosk: str,
        outbox: Outbox,
        publish: Callable[[str, bytes], bool],
        hear: Callable[[int], None],
        moment: Callable[[], Moment],
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._outbox, self._publish, self._hear, self._spread = outbox, publish, hear, spread
        self._moment = moment
        self._topics = {lane: facts(kiosk, lane) for lane in Lane}
        self._flights = {lane: _Flight() for lane in Lane}
        self._linked = False
        self._gateway: bool | None = None
        self._heard_at = 0
        self._hold_until = 0

    def answering(self, now: int) -> bool:
        """Whether a tap made now would be confirmed within seconds, as far as is known."""
        silent = self._flights[Lane.SOS].tries or self._flights[Lane.EVENT].tries
        fresh = now - self._heard_at < 3 * HEARTBEAT_S * 1000
        return self._linked and self._gateway is True and fresh and not silent

    def connected(self, now: int) -> None:
        """A new connection: nothing sent on an earlier one counts."""
        self._linked = True
        self._flights = {lane: _Flight() for lane in Lane}
        if self._gateway is False:
            self.gateway_lost(now)  # its word can arrive before the broker has confirmed our subscriptions
        elif self._gateway is None:
            self._hold_until = now + GRACE_MS

    def disconnected(self) -> None:
        """Wait for the next connection."""
        self._linked, self._gateway = False, None

    def gateway_ready(self, now: int) -> None:
        """The gateway lives: lanes that fell silent while it was away start again from the last ack."""
        if self._gateway is False:
            self._start_again()
        self._gateway, self._heard_at, self._hold_until = True, now, 0

    def gateway_lost(self, now: int) -> None:
        """The gateway is said to be away; that word may be stale, so probe slowly."""
        self._gateway, self._hold_until = False, 0
        for lane, flight in self._flights.items():
            flight.sent.clear()
            flight.tries = max(flight.tries, 5)
            flight.due = now + self._patience(lane, flight)

    def acked(self, ack: Ack, now: int) -> bool:
        """Forget what is confirmed. An ack for another stream, an old one, or one from the future changes nothing.

        False when the gateway knows less than we have forgotten: it needs our birth certificate.
        """
        if ack.fork:
            return not self._renew(ack.stream)
        try:
            lane = self._outbox.forget(ack)
        except Broken as cause:
            log.warning("ack ignored", stream=ack.stream, reason=str(cause))
            return True
        if lane is None:
            return not self._outbox.ahead_of(ack)
        flight = self._flights[lane]
        if flight.sent and now - flight.last_sent <= SILENCE_MS:
            self._hear(ack.now)
        flight.sent = {seq for seq in flight.sent if seq > ack.upto}
        flight.tries = 0
        flight.window = WIDE_WINDOW
        flight.due = now + self._patience(lane, flight)
        if self._linked:
            # Whoever acks is alive, whatever was retained; and lanes that had fallen silent need not wait longer.
            self._gateway, self._heard_at, self._hold_until = True, now, 0
            self._start_again()
        return True

    def _renew(self, stream: str) -> bool:
        """Whether a new stream begins, and wants to be announced."""
        try:
            lane = self._outbox.renew(stream, self._moment())
        except NotSaved as cause:
            log.error("no new stream", stream=stream, reason=str(cause.__cause__))
            return False
        if lane is not None:
            self._flights[lane] = _Flight()
        return lane is not None

    def deliver(self, now: int) -> None:
        """Send what may go now: the SOS lane first, then events, then telemetry."""
        for lane in Lane:
            if self._linked:
                self._deliver(lane, self._flights[lane], now)

    def due(self, now: int) -> int | None:
        """When `deliver` has something to do again by itself, or None."""
        if not self._linked:
            return None
        times = [
            flight.due
            for lane, flight in self._flights.items()
            if flight.sent or (flight.tries and self._outbox.backlog(lane))
        ]
        if now < self._hold_until and self._outbox.backlog():
            times.append(self._hold_until)
        return min(times, default=None)

    def _deliver(self, lane: Lane, flight: _Flight, now: int) -> None:
        if flight.sent and now >= flight.due:
            flight.tries += 1
            flight.window = WINDOW
            flight.sent.clear()
        room = self._room(lane, flight, now)
        urgent = lane is Lane.SOS
        if not room and not urgent:
            return
        for place, parcel in enumerate(self._outbox.window(lane, flight.window if urgent else room)):
            fresh = urgent and parcel.seq > flight.highest
            if parcel.seq in flight.sent or (place >= room and not fresh):
                continue
            if not self._publish(self._topics[lane], parcel.payload):
                return
            if not flight.sent:
                flight.due = now + self._patience(lane, flight)
            flight.sent.add(parcel.seq)
            flight.highest = max(flight.highest, parcel.seq)
            flight.last_sent = now

    def _start_again(self) -> None:
        for flight in self._flights.values():
            if flight.tries:
                flight.tries = 0
                flight.sent.clear()

    def _room(self, lane: Lane, flight: _Flight, now: int) -> int:
        """How many facts may be on the way."""
        if flight.tries:
            return 1 if not flight.sent and now >= flight.due else 0
        if lane is not Lane.SOS and now < self._hold_until:
            return 0
        return flight.window

    def _patience(self, lane: Lane, flight: _Flight) -> int:
        """Milliseconds until silence means something; longer after each silence, never the same for two kiosks."""
        steady = min(SILENCE_MS * 2 ** min(flight.tries, 10), LONGEST_MS[lane])
        return int(steady * (1 + 0.3 * self._spread()))
