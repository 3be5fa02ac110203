"""The real wire: paho-mqtt with our own connect loop. The gateway and the kiosk both use it.

Every connection gets a new paho client: paho keeps what was published and resends it after a reconnect, which
above an outbox only makes repeats and lets memory grow. It also binds each PUBACK to its own connection.
"""

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.wire import Listener, Message, Will

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 20.0
STEADY_S = 5.0
"""A connection that lived this long was a good one: the next back-off starts small again."""
CONNECT_S = 10.0
GOODBYE_S = 3.0
LOOK_S = 0.25
"""How often a quiet connection looks whether it shall end."""
MAX_UNCONFIRMED = 8192
"""Publishes without a PUBACK on one connection; beyond it `publish` says False."""

log = structlog.get_logger("wire")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker listens: `mqtt://[user[:password]@]host[:port]`, or `mqtts://` for TLS."""

    host: str
    port: int
    secure: bool
    username: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> "Endpoint":
        """Raises `ValueError` with one plain sentence that never repeats the password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as cause:
            raise ValueError("the broker's address is not a URL such as mqtt://127.0.0.1:1883") from cause
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise ValueError("the broker's address must look like mqtt://127.0.0.1:1883 or mqtts://host:8883")
        secure = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=port or (8883 if secure else 1883),
            secure=secure,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


class PahoWire:
    """One MQTT 3.1.1 client, QoS 1, acknowledged by hand; reconnects from `start` to `stop` with jittered back-off.

    `will` is asked anew before each connection. With `clean=False` the broker keeps the session, and may deliver
    what it kept before it confirms the subscriptions: `received` can come earlier than `connected`.
    With `mqtts://` the broker must show a certificate for its host's name, signed by `ca_file`, by `ca_data` (PEM), or
    by an authority the system knows; `cert_file` and `key_file` are our own, for a broker that asks for one.
    Raises `ValueError` for an unreadable `url`, and for certificates that cannot be used.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        *,
        filters: Sequence[str],
        will: Callable[[], Will | None] = lambda: None,
        username: str | None = None,
        password: str | None = None,
        clean: bool = False,
        keepalive: int = 20,
        ca_file: Path | None = None,
        ca_data: str = "",
        cert_file: Path | None = None,
        key_file: Path | None = None,
    ) -> None:
        self.endpoint = Endpoint.parse(url)
        self.client_id = client_id
        self.filters = tuple(filters)
        self.will = will
        self.username = username if username is not None else self.endpoint.username
        self.password = password if password is not None else self.endpoint.password
        self.clean = clean
        self.keepalive = keepalive
        self.tls: ssl.SSLContext | None = None
        if self.endpoint.secure:
            self.tls = client_tls(ca_file, ca_data, cert_file, key_file)
        self.has_certificate = cert_file is not None
        self._link: _Link | None = None
        self._farewell: Will | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def connected(self) -> bool:
        """Whether the session stands now."""
        link = self._link
        return link is not None and link.ready

    def start(self, listener: Listener) -> None:
        """Begin connecting; returns at once."""
        self._farewell = None
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, args=(listener,), name=f"wire-{self.client_id}", daemon=True)
        self._thread.start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send at QoS 1; False when there is no connection, or too much on it is unconfirmed."""
        link = self._link
        return link is not None and link.ready and link.publish(topic, payload, retain) is not None

    def stop(self, farewell: Will | None = None) -> None:
        """Say the farewell, disconnect in good order, and return when the thread has ended.

        Takes a moment: up to `CONNECT_S` while a connection is being made, `GOODBYE_S` when nobody answers.
        """
        self._farewell = farewell
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, listener: Listener) -> None:
        delay = FIRST_DELAY_S
        told = ""
        while not self._stopping.is_set():
            began = time.monotonic()
            reason, stood = self._attempt(listener)
            if self._stopping.is_set():
                listener.disconnected("stopped")
                return
            if stood or reason != told:  # a refused login is told once, not once a second
                log.warning("not connected", client=self.client_id, broker=self._address, reason=reason)
                told = reason
            listener.disconnected(reason)
            if stood and time.monotonic() - began >= STEADY_S:
                delay = FIRST_DELAY_S
            self._stopping.wait(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, LONGEST_DELAY_S)

    def _attempt(self, listener: Listener) -> tuple[str, bool]:
        """One connection from beginning to end: why it ended, and whether it ever stood."""
        link: _Link | None = None
        try:
            link = self._link = _Link(self, listener)
            reason = link.live(self._stopping)
        except ssl.SSLCertVerificationError as cause:
            reason = f"the broker's certificate is not accepted: {cause.verify_message}"
        except ssl.SSLError as cause:
            reason = f"no TLS with the broker: {cause.reason or cause}"
        except OSError as cause:
            reason = f"cannot reach the broker: {cause.strerror or cause}"
        except Exception as cause:
            log.exception("connection broke", client=self.client_id)
            reason = f"internal error: {cause}"
        self._link = None
        stood = link is not None and link.ready
        if link is not None:
            link.part()
        return reason, stood

    @property
    def _address(self) -> str:
        return f"{self.endpoint.host}:{self.endpoint.port}"


def client_tls(
    ca_file: Path | None = None, ca_data: str = "", cert_file: Path | None = None, key_file: Path | None = None
) -> ssl.SSLContext:
    """What a client of ours demands of a server's certificate, and shows of its own. Raises `ValueError`."""
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file), cadata=ca_data or None)
    except (OSError, ValueError) as cause:
        raise ValueError(f"the certificates of the authority {ca_file or 'that were given'} cannot be used") from cause
    if cert_file is not None:
        try:
            context.load_cert_chain(cert_file, key_file)
        except (OSError, ValueError) as cause:
            raise ValueError(f"the certificate {cert_file} with its key cannot be used") from cause
    return context


class _Link:
    """One connection, from CONNECT to its end."""

    def __init__(self, wire: PahoWire, listener: Listener) -> None:
        self.ready = False
        self._wire = wire
        self._listener = listener
        self._reason = "connection lost"
        self._ending = False
        self._overdue = 0.0
        self._said: mqtt.MQTTMessageInfo | None = None
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=wire.client_id,
            clean_session=wire.clean,
            protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.max_inflight_messages_set(0)
        client.max_queued_messages_set(MAX_UNCONFIRMED)
        if wire.username is not None:
            client.username_pw_set(wire.username, wire.password)
        if wire.tls is not None:
            client.tls_set_context(wire.tls)
        if (will := wire.will()) is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        # With this callback in place paho leaves all writing to the thread in `loop`; without it, whoever
        # publishes writes to the socket too, in the middle of another thread's packet.
        client.on_socket_register_write = _leave_to_the_loop
        client.on_socket_open = _send_at_once
        self._client = client

    def live(self, stopping: threading.Event) -> str:
        """Connect, serve until the connection ends, and return why it did. Raises `OSError` when unreachable."""
        wire, client = self._wire, self._client
        client.connect_timeout = CONNECT_S
        client.connect(wire.endpoint.host, wire.endpoint.port, wire.keepalive)
        self._overdue = time.monotonic() + CONNECT_S
        if wire.tls is not None and not wire.has_certificate:
            # With TLS 1.3 a server that misses our certificate says so only after the handshake, by hanging up.
            self._reason = "the broker hung up before the login; does it ask for a client certificate?"
        while client.loop(LOOK_S) == mqtt.MQTT_ERR_SUCCESS:
            if self._ending:
                if time.monotonic() > self._overdue:
                    break
            elif stopping.is_set():
                self._leave()
            elif not self.ready and time.monotonic() > self._overdue:
                self._end("the broker does not answer")
        return self._reason

    def part(self) -> None:
        """Let go of the client, so that its sockets close now and not when the collector comes by."""
        self.ready = False
        client = self._client
        client.on_connect = client.on_subscribe = client.on_message = client.on_disconnect = None

    def publish(self, topic: str, payload: bytes, retain: bool) -> mqtt.MQTTMessageInfo | None:
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        return info if info.rc == mqtt.MQTT_ERR_SUCCESS else None

    def _leave(self) -> None:
        """Called in each round of the loop until the farewell has its PUBACK, or has waited long enough for it."""
        farewell = self._wire._farewell
        if self._said is None and farewell is not None and self.ready:
            self._said = self.publish(farewell.topic, farewell.payload, retain=True)
            self._overdue = time.monotonic() + GOODBYE_S
        if self._said is None or self._said.is_published() or time.monotonic() > self._overdue:
            self._end("stopped")

    def _end(self, reason: str) -> None:
        self._overdue = time.monotonic() + GOODBYE_S
        self._reason, self._ending = reason, True
        self._client.disconnect()

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: mqtt.ConnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        self._reason = "connection lost"
        if code.is_failure:
            self._reason = f"the broker refused the login: {code}"
        elif self._wire.filters:
            client.subscribe([(one, 1) for one in self._wire.filters])
        else:
            self._stand()

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, _mid: int, codes: list[ReasonCode], _more: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            self._end("the broker refused a subscription")
        else:
            self._stand()

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        mid, qos = message.mid, message.qos

        def ack() -> None:
            # A PUBACK proves only that we have it, and only on the connection that delivered it.
            if client.is_connected():
                client.ack(mid, qos)

        try:
            topic = message.topic
        except UnicodeDecodeError:
            log.warning("a topic that is not UTF-8", client=self._wire.client_id)
            ack()
            return
        try:
            self._listener.received(Message(topic, bytes(message.payload), bool(message.retain), ack))
        except Exception:
            log.exception("a message could not be handed over", client=self._wire.client_id, topic=topic)

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: Any,
        _flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _more: Properties | None,
    ) -> None:
        if self.ready and not self._ending:
            self._reason = "connection lost" if code == "Unspecified error" else f"connection lost: {code}"

    def _stand(self) -> None:
        self.ready = True
        log.info("connected", client=self._wire.client_id, broker=self._wire._address)
        self._listener.connected()


def _send_at_once(_client: mqtt.Client, _data: Any, opened: Any) -> None:
    """Small packets are not gathered for larger ones: each ack would wait 40 ms."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _leave_to_the_loop(_client: mqtt.Client, _data: Any, _socket: Any) -> None:
    """The loop looks for itself whether there is something to write."""
