"""Desired states and the gateway's own state → stations. One thread; `process.py` tells it when the wire stands."""

import threading
import time
from secrets import token_hex

import structlog

from gateway.contract.envelope import Broken
from gateway.contract.life import HEARTBEAT_S, Life, State
from gateway.contract.topics import GATEWAY_STATE, Channel, Topic
from gateway.mailbox import Mailbox
from gateway.wire import Will, Wire

POLL_S = 0.1
_NONCE = token_hex(8)
"""This process, in its states and its will."""

log = structlog.get_logger("publisher")


class Publisher:
    """Publishes every desired state after each connect (the broker may be a new one), then what changes."""

    def __init__(self, mailbox: Mailbox, wire: Wire) -> None:
        self._mailbox = mailbox
        self._wire = wire
        self._fresh = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._changed = 0
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
            self._changed, self._version, self._said_at = 0, None, None
        now = time.monotonic()
        if self._said_at is None or now - self._said_at >= HEARTBEAT_S:
            if not self._wire.publish(GATEWAY_STATE, _state(Life.READY), retain=True):
                return
            self._said_at = now
        version = self._mailbox.data_version()
        if version == self._version:
            return
        for kiosk, desired, changed in self._mailbox.desired_since(self._changed):
            try:
                topic, payload = str(Topic(kiosk, Channel.DESIRED)), desired.encode()
            except Broken as cause:  # one bad document does not hold up the others
                log.error("a desired state cannot be sent", kiosk=kiosk, reason=str(cause))
            else:
                if not self._wire.publish(topic, payload, retain=True):
                    return
                log.debug("desired state published", kiosk=kiosk, version=desired.version)
            self._changed = changed
        self._version = version

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
