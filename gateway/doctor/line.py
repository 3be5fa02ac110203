"""The way to the broker, step by step: network, TLS, login, rights."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography import x509
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from gateway.contract.topics import ROOT
from gateway.doctor.checks import Check, fail, ok, skipped, warn
from gateway.wire.paho import Endpoint, client_tls

PATIENCE_S = 5.0
LISTEN_S = 1.5
WARN_DAYS = 21
SECONDS_A_DAY = 86400


@dataclass(frozen=True, slots=True)
class Login:
    """Who knocks where. Certificates as `gateway.wire.paho.PahoWire` takes them."""

    endpoint: Endpoint
    client_id: str
    username: str | None
    password: str | None = field(repr=False)
    ca_file: Path | None = None
    ca_data: str = ""
    cert_file: Path | None = None
    key_file: Path | None = None

    def tls(self) -> ssl.SSLContext:
        """Raises `ValueError` for certificates that cannot be used."""
        return client_tls(self.ca_file, self.ca_data, self.cert_file, self.key_file)


def check_network(part: str, host: str, port: int) -> Check:
    """Whether somebody listens there."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as cause:
        return fail(part, f"the name {host} is not known here: {cause}", "check the network cable, the SIM, and DNS")
    began = time.monotonic()
    try:
        socket.create_connection((host, port), PATIENCE_S).close()
    except OSError as cause:
        words = f"{host}:{port} ({found[0][4][0]}) does not answer: {cause.strerror or cause}"
        return fail(part, words, "check the network, the port, and whether the program runs there")
    return ok(part, f"{host}:{port} answers in {(time.monotonic() - began) * 1000:.0f} ms")


def check_tls(login: Login, now: Callable[[], float] = time.time) -> Check:
    """Whether the broker's certificate is accepted, and for how long."""
    part, endpoint = "TLS", login.endpoint
    if not endpoint.secure:
        if endpoint.host in {"127.0.0.1", "::1", "localhost"}:
            return skipped(part, "not used on this machine itself")
        return warn(part, "the line is not encrypted", "give the broker a certificate and use mqtts://")
    try:
        context = login.tls()
        with (
            socket.create_connection((endpoint.host, endpoint.port), PATIENCE_S) as plain,
            context.wrap_socket(plain, server_hostname=endpoint.host) as line,
        ):
            shown = line.getpeercert(binary_form=True)
            version = line.version()
    except ssl.SSLCertVerificationError as cause:
        return fail(
            part, f"the broker's certificate is not accepted: {cause.verify_message}", "check name, date and CA"
        )
    except ssl.SSLError as cause:
        return fail(part, f"no TLS with the broker: {cause.reason or cause}", "check that this is its TLS port")
    except ValueError as cause:
        return fail(part, str(cause), "check the paths of the certificates")
    except OSError as cause:
        return fail(part, f"the line broke: {cause.strerror or cause}", "check the network")
    if shown is None:
        return ok(part, f"{version}")
    days = (x509.load_der_x509_certificate(shown).not_valid_after_utc.timestamp() - now()) / SECONDS_A_DAY
    if days < WARN_DAYS:
        return warn(part, f"{version}, but the certificate ends in {days:.0f} days", "renew it now")
    return ok(part, f"{version}, the certificate is good for {days:.0f} days")


def check_login(login: Login, cure: str = "pair this kiosk again") -> Check:
    """Whether the broker lets us in. `cure`: what to do when it says no."""
    with _Session(login) as session:
        if session.refused:
            first = "check the network and the certificates first"
            return fail("broker login", session.refused, cure if session.known else first)
        return ok("broker login", f"let in as {login.username or 'nobody in particular'}")


def check_rights(login: Login, allowed: Sequence[str]) -> Check:
    """Whether it hears what these filters allow, and nothing of others.

    Judged by what is retained there: Mosquitto confirms every subscription, and then delivers what the rights allow.
    """
    with _Session(login) as session:
        if session.refused:
            return skipped("rights", "no login, no rights")
        heard = session.listen([f"{ROOT}/#", *allowed], LISTEN_S)
    foreign = [topic for topic in heard if not any(mqtt.topic_matches_sub(one, topic) for one in allowed)]
    if foreign:
        return fail("rights", f"it hears {foreign[0]} too: anybody could listen", "load the rights of docs/broker.md")
    if not heard:
        return warn("rights", "nothing is heard, not even the gateway", "check that the gateway runs; else pair again")
    return ok("rights", "its own topics and no others")


class _Session:
    """One login that ends by itself."""

    def __init__(self, login: Login) -> None:
        self.refused = ""
        self.known = False
        """Whether the broker itself said no."""
        self._login = login
        self._answered = threading.Event()
        self._heard: set[str] = set()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=login.client_id, protocol=mqtt.MQTTv311, reconnect_on_failure=False
        )
        self._client.on_connect = self._connected
        self._client.on_message = self._message

    def __enter__(self) -> "_Session":
        login, client = self._login, self._client
        if login.username is not None:
            client.username_pw_set(login.username, login.password)
        try:
            if login.endpoint.secure:
                client.tls_set_context(login.tls())
            client.connect_timeout = PATIENCE_S
            client.connect(login.endpoint.host, login.endpoint.port, keepalive=20)
        except (OSError, ValueError) as cause:
            self.refused = f"no connection: {cause}"
            return self
        client.loop_start()
        if not self._answered.wait(PATIENCE_S) and not self.refused:
            self.refused = "the broker hung up or does not answer"
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def listen(self, topics: Sequence[str], seconds: float) -> list[str]:
        """The topics that something came on in that time."""
        self._client.subscribe([(topic, 1) for topic in topics])
        time.sleep(seconds)
        return sorted(self._heard)

    def _connected(
        self, client: mqtt.Client, data: object, flags: mqtt.ConnectFlags, reason: ReasonCode, *_: object
    ) -> None:
        if reason.is_failure:
            self.refused, self.known = f"the broker says: {reason}", True
        self._answered.set()

    def _message(self, client: mqtt.Client, data: object, message: mqtt.MQTTMessage) -> None:
        self._heard.add(message.topic)
