"""Commands, desired states and the gateway's own state → stations. One thread; `process.py` tells it of the wire."""

import threading
import time
from collections import deque
from secrets import token_hex

import structlog

from gateway.contract.envelope import Broken
from gateway.contract.life import HEARTBEAT_S, Life, State
from gateway.contract.topics import GATEWAY_STATE, Channel, Topic
from gateway.contract.twin import Desired
from gateway.mailbox import Mailbox
from gateway.orders import Due, Orders
from gateway.wire import Will, Wire

POLL_S = 0.1
AT_ONCE = 100
"""Desired states published in one look: after a broker's restart a thousand kiosks are told within a second or two,
and commands and acks need not wait behind them."""
_NONCE = token_hex(8)
"""This process, in its states and its will."""

log = structlog.get_logger("publisher")


class Publisher:
    """Publishes every desired state after each connect (the broker may be a new one), then what changes.

    Commands (`orders`; None: there are none) go before desired states.
    """

    def __init__(self, mailbox: Mailbox, wire: Wire, orders: Orders | None = None) -> None:
        self._mailbox = mailbox
        self._wire = wire
        self._orders = orders
        self._fresh = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._changed = 0
        self._waiting: deque[tuple[str, Desired, int]] = deque()
        self._again = True
        self._version: int | None = None
        self._said_at: float | None = None

    def start(self) -> None:
        """Begin to watch the mailbox."""
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; the farewell is the wire's to say."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def connected(self) -> None:
        """A session stands: everything is published anew."""
        self._fresh.set()

    def step(self) -> None:
        """One look at the mailbox."""
        if not self._wire.connected:
            return
        if self._fresh.is_set():
            self._fresh.clear()
            self._changed, self._version, self._said_at, self._again = 0, None, None, True
            self._waiting.clear()
        now = time.monotonic()
        if self._said_at is None or now - self._said_at >= HEARTBEAT_S:
            if not self._wire.publish(GATEWAY_STATE, _state(Life.READY), retain=True):
                return
            self._said_at = now
        version = self._mailbox.data_version()
        if version != self._version:
            if not self._send_orders():
                return
            fresh = self._mailbox.desired_since(self._changed)
            if fresh:
                self._changed = fresh[-1][2]
                newer = {kiosk for kiosk, _, _ in fresh}
                self._waiting = deque(one for one in self._waiting if one[0] not in newer)
                self._waiting.extend(fresh)
            self._version = version
        self._send_desired()

    def _send_orders(self) -> bool:
        """False when the connection fell."""
        if self._orders is None:
            return True
        now = time.time_ns() // 1_000_000
        # What a connection that fell had taken along may be lost: the kiosk knows a repeat by its id.
        due, sent = self._orders.due(now, again=self._again), []
        try:
            for one in due:
                if not self._send(one):
                    return False
                sent.append(one)
        finally:
            if sent:
                self._orders.mark(sent, now)
        self._again = False
        return True

    def _send(self, order: Due) -> bool:
        try:
            topic = str(Topic(order.kiosk, Channel.COMMAND))
        except Broken as cause:
            log.error("a command cannot be sent", command=order.id, reason=str(cause))
            return True
        log.info("command sent", command=order.id, kiosk=order.kiosk)
        return self._wire.publish(topic, order.payload.encode())

    def _send_desired(self) -> None:
        for _ in range(min(AT_ONCE, len(self._waiting))):
            kiosk, desired, _ = self._waiting[0]
            try:
                topic, payload = str(Topic(kiosk, Channel.DESIRED)), desired.encode()
            except Broken as cause:  # one bad document does not hold up the others
                log.error("a desired state cannot be sent", kiosk=kiosk, reason=str(cause))
            else:
                if not self._wire.publish(topic, payload, retain=True):
                    return
                log.debug("desired state published", kiosk=kiosk, version=desired.version)
            self._waiting.popleft()

    def _run(self) -> None:
        while not self._stopping.wait(POLL_S):
            try:
                self.step()
            except Exception as cause:  # a locked mailbox: the next look may fare better
                log.error("desired states could not be read; trying again", error=str(cause))
                self._stopping.wait(1.0)


def last_will() -> Will:
    """What the broker says for the gateway when it dies."""
    return Will(GATEWAY_STATE, _state(Life.LOST))


def farewell() -> Will:
    """What the gateway says when it ends in good order."""
    return Will(GATEWAY_STATE, _state(Life.DISCONNECTED))


def _state(life: Life) -> bytes:
    return State(life, _NONCE, time.time_ns() // 1_000_000).encode()
