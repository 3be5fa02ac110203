"""MQTT as our programs see it: one client's connection, as small as both sides need.

`paho.PahoWire` is the real one; `memory.MemoryBroker` hands out in-memory twins for tests, with faults on demand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A received message. `ack` sends the PUBACK on the connection that delivered it, and nothing if that is gone."""

    topic: str
    payload: bytes
    retain: bool
    ack: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we die; always QoS 1 and retained."""

    topic: str
    payload: bytes


class Listener(Protocol):
    """Who is told. Called on the wire's own thread: return at once, hand the work to a queue."""

    def connected(self) -> None:
        """The session stands and the subscriptions are confirmed by the broker."""

    def disconnected(self, reason: str) -> None:
        """The connection ended or could not be made; the wire goes on trying, with back-off and jitter."""

    def received(self, message: Message) -> None:
        """A message came; nothing is acknowledged until its `ack()` is called."""


class Wire(Protocol):
    """One client. Reconnects by itself from `start` to `stop`; queues nothing: the caller's outbox does."""

    @property
    def connected(self) -> bool:
        """Whether the session stands now."""

    def start(self, listener: Listener) -> None:
        """Begin connecting; returns at once."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send at QoS 1; False (and nothing kept) when there is no connection. PUBACKs are of no interest here."""

    def stop(self, farewell: Will | None = None) -> None:
        """Say the farewell (retained), disconnect in good order and return when the thread has ended."""
