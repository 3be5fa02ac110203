"""The link to head office: one thread that takes what the wire brings and keeps courier, heartbeat and twin going.

The tap never waits for it: whoever stored a fact calls `wake` and goes on.
"""

import queue
import threading
from collections.abc import Callable

import structlog

from gateway.contract.envelope import Broken, text, unpack
from gateway.contract.life import HEARTBEAT_S, MAX_BYTES, Life
from gateway.contract.streams import Ack
from gateway.contract.topics import GATEWAY_STATE, Channel, Topic
from gateway.wire import Message, Will, Wire
from kiosk.agent.courier import Courier
from kiosk.agent.life import SignsOfLife
from kiosk.agent.outbox import Outbox

IDLE_MS = 1_000
REPORT_EVERY_MS = 1_000
INTRODUCE_EVERY_MS = 10_000
AFTER_TROUBLE_S = 1.0

log = structlog.get_logger()

Connect = Callable[[Callable[[], Will | None]], Wire]
"""Makes the wire; its argument is asked for the will before each connection."""


class Link:
    """A `Listener` of the wire. `turn` is one round of the thread; tests without a thread call it themselves."""

    def __init__(
        self,
        kiosk: str,
        connect: Connect,
        outbox: Outbox,
        life: SignsOfLife,
        *,
        mono: Callable[[], int],
        hear: Callable[[int], None],
        offer: Callable[[bytes], object],
        report: Callable[[], bytes],
        round_up: Callable[[], None],
    ) -> None:
        self._topics = {channel: str(Topic(kiosk, channel)) for channel in Channel}
        self._life, self._mono = life, mono
        self._offer, self._report, self._round_up = offer, report, round_up
        self._wire = connect(life.will)
        self.courier = Courier(kiosk, outbox, self._wire.publish, hear, life.moment)
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._acks: dict[str, Ack] = {}
        self._introduced_at = 0
        self._reported: bytes | None = None
        self._up = False
        self._beat_at = 0
        self._report_at = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    # --- the agent's side

    def open(self) -> None:
        """Begin connecting, without the thread."""
        self._wire.start(self)

    def start(self) -> None:
        """Begin connecting and working."""
        self.open()
        self._thread = threading.Thread(target=self._work, name="link", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, say goodbye, disconnect."""
        self._stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._wire.stop(self._life.farewell())

    def wake(self) -> None:
        """There is something new in the outbox, or something else to say."""
        self._inbox.put(_nothing)

    @property
    def online(self) -> bool:
        """Broker reached and the gateway answers."""
        return self._wire.connected and self.courier.answering(self._mono())

    # --- the wire's side, on its thread

    def connected(self) -> None:
        """See `Listener`."""
        self._inbox.put(self._connected)

    def disconnected(self, reason: str) -> None:
        """See `Listener`."""
        self._inbox.put(self._disconnected)

    def received(self, message: Message) -> None:
        """See `Listener`."""
        self._inbox.put(lambda: self._received(message))

    # --- our own thread

    def turn(self, patience: float = 0.0) -> None:
        """Wait at most `patience` seconds for something to happen, then do all there is to do."""
        try:
            step = self._inbox.get(timeout=patience) if patience > 0 else self._inbox.get_nowait()
            while True:
                step()
                step = self._inbox.get_nowait()
        except queue.Empty:
            pass
        now = self._mono()
        # During a backlog acks come by the hundred: one transaction for all that are here.
        acks, self._acks = list(self._acks.values()), {}
        for ack in acks:
            if not self.courier.acked(ack, now) and now >= self._introduced_at + INTRODUCE_EVERY_MS:
                # A gateway with another memory: it must learn that the beginning will not come again.
                self._introduce()
        if now >= self._beat_at:
            self._beat_at = now + HEARTBEAT_S * 1000
            self._round_up()
            self._say(Channel.STATE, self._life.ready(), retain=True)
        self.courier.deliver(now)
        self._tell_reported()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                now = self._mono()
                due = self.courier.due(now)
                wait = IDLE_MS if due is None else max(1, min(IDLE_MS, due - now))
                self.turn(wait / 1000)
            except Exception:
                log.exception("the link stumbled")
                self._stopping.wait(AFTER_TROUBLE_S)

    def _connected(self) -> None:
        self._up, self._reported = True, None
        self.courier.connected(self._mono())
        self._introduce()

    def _disconnected(self) -> None:
        self._up = False
        self.courier.disconnected()

    def _introduce(self) -> None:
        self._introduced_at = self._mono()
        self._say(Channel.BIRTH, self._life.birth())
        self._beat_at = 0

    def _received(self, message: Message) -> None:
        try:
            if message.topic == GATEWAY_STATE:
                self._heard_gateway(message.payload)
            elif message.topic == self._topics[Channel.ACK]:
                ack = Ack.decode(message.payload)
                held = self._acks.get(ack.stream)
                if held is None or ack.fork or (not held.fork and ack.upto >= held.upto):
                    self._acks[ack.stream] = ack
            elif message.topic == self._topics[Channel.DESIRED]:
                self._offer(message.payload)
                self._reported = None  # every offer is answered
            else:
                log.warning("message ignored", topic=message.topic)
        except Broken as cause:
            log.warning("message not understood", topic=message.topic, reason=str(cause))
        message.ack()

    def _heard_gateway(self, payload: bytes) -> None:
        life = text(unpack(payload, MAX_BYTES), "state", most=16)
        if life == Life.READY:
            self.courier.gateway_ready(self._mono())
        else:
            self.courier.gateway_lost(self._mono())

    def _tell_reported(self) -> None:
        now = self._mono()
        if not self._up or (self._reported is not None and now < self._report_at):
            return
        self._report_at = now + REPORT_EVERY_MS
        report = self._report()
        if report != self._reported and self._say(Channel.REPORTED, report, retain=True):
            self._reported = report

    def _say(self, channel: Channel, payload: bytes, *, retain: bool = False) -> bool:
        return self._up and self._wire.publish(self._topics[channel], payload, retain=retain)


def _nothing() -> None:
    """What `wake` puts into the queue."""
