"""Hears `down/command` on the kiosk's wire and passes everything else on to the link."""

from collections.abc import Callable

from gateway.contract.topics import Channel, Topic
from gateway.wire import Listener, Message, Will, Wire


class Ear:
    """A `Wire` around the real one. `take` is called on the wire's thread with a command's bytes: return at once."""

    def __init__(self, wire: Wire, kiosk: str, take: Callable[[bytes], None]) -> None:
        self._wire = wire
        self._topic = str(Topic(kiosk, Channel.COMMAND))
        self._take = take

    @property
    def connected(self) -> bool:
        """See `Wire`."""
        return self._wire.connected

    def start(self, listener: Listener) -> None:
        """See `Wire`."""
        self._wire.start(_Filtered(listener, self._topic, self._take))

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """See `Wire`."""
        return self._wire.publish(topic, payload, retain=retain)

    def stop(self, farewell: Will | None = None) -> None:
        """See `Wire`."""
        self._wire.stop(farewell)


class _Filtered:
    def __init__(self, listener: Listener, topic: str, take: Callable[[bytes], None]) -> None:
        self._listener, self._topic, self._take = listener, topic, take

    def connected(self) -> None:
        self._listener.connected()

    def disconnected(self, reason: str) -> None:
        self._listener.disconnected(reason)

    def received(self, message: Message) -> None:
        if message.topic != self._topic:
            self._listener.received(message)
            return
        # A retained command would come again at every connect, for ever: the contract forbids it.
        if message.payload and not message.retain:
            self._take(message.payload)
        message.ack()
