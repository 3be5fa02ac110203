"""Watches over a paired kiosk: the broker's refusals, and a move to another station. One thread of `process.py`'s.

A refused login alone proves nothing: a broker can be set up wrongly, and a kiosk that stops taking reports for that
would be a station less at night. Only the server's own word stops it.
"""

import threading
import time
from collections.abc import Callable

import structlog

from gateway.wire import Listener, Message, Will, Wire
from kiosk.agent import Agent
from kiosk.agent.credentials import Credentials
from kiosk.pairing.draft import Draft
from kiosk.pairing.exchange import NotPaired, Office

LOOK_S = 1.0
ASK_EVERY_S = 15.0
REFUSED = "the broker refused the login"

log = structlog.get_logger()


class Watch:
    """`leave` is called once, when the process must begin anew: with another station, or out of service."""

    def __init__(self, credentials: Credentials, office: Office, draft: Draft, leave: Callable[[], None]) -> None:
        self._credentials, self._office, self._draft, self._leave = credentials, office, draft, leave
        self._refused = threading.Event()
        self._stopping = threading.Event()
        self._asked_at: float | None = None
        self._thread: threading.Thread | None = None

    def over(self, wire: Wire) -> Wire:
        """The same wire, whose refused logins are noticed here."""
        return _Watched(wire, self._refused)

    def start(self, agent: Agent) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, args=(agent,), name="pairing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a question under way is answered into the void."""
        self._stopping.set()

    def step(self, station: str) -> bool:
        """One look, the desired state naming this station; True when the process must begin anew."""
        moved = bool(station) and station != self._credentials.station
        if not (moved or self._refused.is_set()):
            return False
        now = time.monotonic()
        if self._asked_at is not None and now - self._asked_at < ASK_EVERY_S:
            return False
        self._asked_at = now
        kiosk, password = self._credentials.kiosk, self._credentials.password
        try:
            if moved:
                content = self._office.renew(kiosk, password)
                if content["station"] == self._credentials.station:
                    return False  # the desired state is older than the answer
                self._draft.keep(content)
                log.info("moved", kiosk=kiosk, station=content["station"])
                return True
            if self._office.in_service(kiosk, password):
                return False
            self._draft.stop()
        except NotPaired as cause:
            log.warning("the server was asked in vain", reason=str(cause))
            return False
        log.warning("out of service", kiosk=kiosk)
        return True

    def _run(self, agent: Agent) -> None:
        while not self._stopping.wait(LOOK_S):
            station = agent.twin.wanted.station
            if self.step(station.code if station is not None else ""):
                self._leave()
                return


class _Watched:
    """A wire with a second ear."""

    def __init__(self, wire: Wire, refused: threading.Event) -> None:
        self._wire, self._refused = wire, refused

    @property
    def connected(self) -> bool:
        """See `Wire`."""
        return self._wire.connected

    def start(self, listener: Listener) -> None:
        """See `Wire`."""
        self._wire.start(_Ear(listener, self._refused))

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """See `Wire`."""
        return self._wire.publish(topic, payload, retain=retain)

    def stop(self, farewell: Will | None = None) -> None:
        """See `Wire`."""
        self._wire.stop(farewell)


class _Ear:
    def __init__(self, listener: Listener, refused: threading.Event) -> None:
        self._listener, self._refused = listener, refused

    def connected(self) -> None:
        """See `Listener`."""
        self._refused.clear()
        self._listener.connected()

    def disconnected(self, reason: str) -> None:
        """See `Listener`."""
        if reason.startswith(REFUSED):
            self._refused.set()
        self._listener.disconnected(reason)

    def received(self, message: Message) -> None:
        """See `Listener`."""
        self._listener.received(message)
