"""The gateway as a process: broker, wire, ingest and publisher, put together and run. `cli.py` calls `run`."""

import fcntl
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog
from pydantic import ValidationError

from gateway.broker import Broker, own_broker
from gateway.contract.topics import UP_FILTER
from gateway.credentials import GATEWAY
from gateway.emqx import Bouncer
from gateway.ingest import Ingest
from gateway.keeping import Keeper, Keeping
from gateway.logs import log_to_stderr
from gateway.mailbox import Mailbox
from gateway.mosquitto_files import Tls
from gateway.orders import Orders
from gateway.publisher import Publisher, farewell, last_will
from gateway.settings import Settings
from gateway.sqlite import Unusable
from gateway.wire import Message, Wire
from gateway.wire.paho import PahoWire

log = structlog.get_logger("gateway")


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT: 0 after an orderly end, 2 with one line on stderr when it cannot start."""
    log_to_stderr(settings.log)
    stopping = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    try:
        with ExitStack() as stack:
            _run(settings, stack, stopping)
    except (Unusable, sqlite3.Error) as cause:
        print(f"changxiaozhan gateway: {cause}", file=sys.stderr)  # noqa: T201 (the console's line)
        return 2
    log.info("ended")
    return 0


def _run(settings: Settings, stack: ExitStack, stopping: threading.Event) -> None:
    stack.enter_context(_alone(settings))
    mailbox = Mailbox(settings.mailbox)
    stack.callback(mailbox.close)
    keeper = _keeper(mailbox)
    desk = Desk()
    broker: Broker | None = None
    if settings.mqtt_url:
        wire = _wire(settings, settings.mqtt_url, None, None)
        if settings.emqx_api:
            bouncer = Bouncer(mailbox, settings.folder, settings.emqx_api)
            bouncer.start()
            stack.callback(bouncer.stop)
    else:
        broker = own_broker(
            mailbox,
            settings.folder,
            settings.mqtt_host,
            settings.mqtt_port,
            demo=settings.demo,
            refused=desk.refused,
            tls=_tls(settings),
        )
        broker.start()
        stack.callback(broker.stop)
        wire = _wire(settings, broker.url, broker.username, broker.password)
    desk.open(mailbox, wire, Orders(mailbox))
    stack.callback(desk.close)
    keeper.start()
    stack.callback(keeper.stop)
    endpoint = wire.endpoint
    while not stopping.is_set() and not desk.stands.wait(0.1):
        pass
    if desk.stands.is_set():
        log.info("ready", broker=f"{endpoint.host}:{endpoint.port}", pid=os.getpid())
    stopping.wait()
    log.info("ending")


class Desk:
    """The wire's listener: messages to the ingest, the news of a connection to both."""

    def __init__(self) -> None:
        self.stands = threading.Event()
        """Set by the first connection."""
        self._wire: Wire | None = None
        self._ingest: Ingest | None = None
        self._publisher: Publisher | None = None

    def open(self, mailbox: Mailbox, wire: Wire, orders: Orders) -> None:
        """Start all parts and the wire last."""
        self._wire = wire
        self._ingest, self._publisher = Ingest(mailbox, wire), Publisher(mailbox, wire, orders)
        self._ingest.start()
        self._publisher.start()
        wire.start(self)

    def close(self) -> None:
        """Finish the batch at hand, say goodbye, end."""
        if self._ingest is not None and self._publisher is not None and self._wire is not None:
            self._publisher.stop()
            self._ingest.stop()
            self._wire.stop(farewell())

    def connected(self) -> None:
        """Tell both."""
        if self._ingest is not None and self._publisher is not None:
            self._ingest.connected()
            self._publisher.connected()
            self.stands.set()

    def disconnected(self, reason: str) -> None:
        """Tell the ingest: a deaf gateway declares nobody lost."""
        if self._ingest is not None:
            self._ingest.disconnected(reason)

    def received(self, message: Message) -> None:
        """Hand over."""
        if self._ingest is not None:
            self._ingest.received(message)

    def refused(self, kiosk: str, topic: str, reason: str) -> None:
        """Told by the broker, perhaps before everything stands."""
        if self._ingest is not None:
            self._ingest.refused(kiosk, topic, reason)


def _keeper(mailbox: Mailbox) -> Keeper:
    try:
        return Keeper(mailbox, Keeping())
    except ValidationError as cause:
        wrong = cause.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unusable(f"CXZ_KEEP_{'_'.join(str(part) for part in wrong['loc']).upper()}: {wrong['msg']}") from cause


def _tls(settings: Settings) -> Tls | None:
    if settings.mqtt_tls_cert is None or settings.mqtt_tls_key is None:
        return None
    return Tls(settings.mqtt_tls_cert, settings.mqtt_tls_key, settings.mqtt_tls_client_ca)


def _wire(settings: Settings, url: str, username: str | None, password: str | None) -> PahoWire:
    try:
        return PahoWire(
            url,
            GATEWAY,
            filters=[UP_FILTER],
            will=last_will,
            username=username,
            password=password,
            clean=False,
            ca_file=settings.mqtt_tls_ca,
            cert_file=settings.mqtt_tls_cert,
            key_file=settings.mqtt_tls_key,
        )
    except ValueError as cause:
        raise Unusable(f"CXZ_MQTT_URL: {cause}") from cause


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the folder's lock; two gateways on one mailbox would throw each other out of the broker for ever."""
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(settings.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as cause:
        raise Unusable(f"cannot use the folder {settings.folder}: {cause.strerror or cause}") from cause
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            raise Unusable(f"another gateway is running on {settings.data}") from cause
        yield
    finally:
        os.close(descriptor)
