"""TLS and mutual TLS against a real Mosquitto, with an authority of the tests' own."""

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.broker import Mosquitto, find_mosquitto
from gateway.credentials import hash_secret
from gateway.mailbox import Mailbox
from gateway.mosquitto_files import Tls
from gateway.settings import Settings
from gateway.sqlite import Unusable
from gateway.wire.paho import PahoWire
from tests.certificates import Authority

HOST = "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates")


@pytest.fixture
def broker_with(tmp_path: Path, free_port: int, mosquitto_installed: None) -> Iterator[Callable[[Tls], Mosquitto]]:
    """`broker_with(Tls(…))`: it listens, and `kiosk-01` is enrolled with the password `secret`."""
    mailbox = Mailbox(tmp_path / "mailbox.db")
    mailbox.enrol("kiosk-01", hash_secret("secret"), 1)
    started = []

    def make(tls: Tls) -> Mosquitto:
        program = find_mosquitto()
        assert program is not None
        broker = Mosquitto(
            program, mailbox, tmp_path / "gateway", HOST, free_port, demo=False, refused=lambda *_: None, tls=tls
        )
        broker.start()
        started.append(broker)
        return broker

    yield make
    for broker in started:
        broker.stop()
    mailbox.close()


@pytest.fixture
def kiosk(free_port: int, listener: Any, wait_until: Any) -> Iterator[Callable[..., Any]]:
    """`kiosk(ca_file=…)`: the first news of a kiosk's connection over TLS."""
    wires = []

    def connect(host: str = HOST, **options: Any) -> tuple[PahoWire, str]:
        heard = listener()
        url = f"mqtts://{host}:{free_port}"
        wire = PahoWire(url, "kiosk-01", filters=[], username="kiosk-01", password="secret", **options)
        wire.start(heard)
        wires.append(wire)
        wait_until(lambda: heard.news)
        return wire, heard.news[0]

    yield connect
    for wire in wires:
        wire.stop()


def test_a_kiosk_speaks_over_tls_and_the_gateway_hears_it(
    authority: Authority, broker_with: Any, kiosk: Any, listener: Any, wait_until: Any
) -> None:
    broker = broker_with(Tls(*authority.sign("broker", HOST)))
    heard = listener()
    gateway = PahoWire(broker.url, "gateway", filters=["cxz/1/+/up/#"], username="gateway", password=broker.password)
    gateway.start(heard)
    wait_until(lambda: gateway.connected)

    by_file, news = kiosk(ca_file=authority.file)
    by_file.publish("cxz/1/kiosk-01/up/facts/event", b"by file")
    wait_until(lambda: heard.messages)
    gateway.stop()
    by_file.stop()
    _, by_text = kiosk(ca_data=authority.file.read_text("ascii"))

    assert (news, by_text) == ("connected", "connected")
    assert heard.messages[0].payload == b"by file"


@pytest.mark.parametrize(
    ("name", "days", "trusted", "reason"),
    [
        (HOST, 20, "another", "not accepted: .*(self-signed|unable to get local issuer|signature failure)"),
        (HOST, -1, "ours", "not accepted: certificate has expired"),
        ("mqtt.example.cn", 20, "ours", "not accepted: IP address mismatch"),
        (HOST, 20, "the system's", "not accepted: unable to get local issuer"),
    ],
)
def test_a_certificate_that_is_not_the_brokers_is_refused_with_its_reason(
    authority: Authority, broker_with: Any, kiosk: Any, tmp_path: Path, name: str, days: int, trusted: str, reason: str
) -> None:
    broker_with(Tls(*authority.sign("broker", name, days=days)))
    files = {"ours": authority.file, "another": Authority(tmp_path / "other").file, "the system's": None}

    _, news = kiosk(ca_file=files[trusted])

    assert news.startswith("the broker's certificate is ")
    assert pytest.raises(AssertionError, match=reason).matches(AssertionError(news)), news


def test_with_mutual_tls_only_a_certificate_of_ours_may_knock(
    authority: Authority, broker_with: Any, kiosk: Any, tmp_path: Path
) -> None:
    broker_with(Tls(*authority.sign("broker", HOST), client_ca=authority.file))
    cert, key = authority.sign("box-17", "box-17")
    forged_cert, forged_key = Authority(tmp_path / "other").sign("box-17", "box-17")

    _, without = kiosk(ca_file=authority.file)
    _, forged = kiosk(ca_file=authority.file, cert_file=forged_cert, key_file=forged_key)
    _, good = kiosk(ca_file=authority.file, cert_file=cert, key_file=key)

    assert "client certificate" in without
    assert forged != "connected"
    assert good == "connected"


def test_a_certificate_alone_opens_nothing(
    authority: Authority, broker_with: Any, free_port: int, listener: Any, wait_until: Any
) -> None:
    broker_with(Tls(*authority.sign("broker", HOST), client_ca=authority.file))
    cert, key = authority.sign("kiosk-01", "kiosk-01")
    heard = listener()
    wire = PahoWire(
        f"mqtts://{HOST}:{free_port}", "kiosk-01", filters=[], username="kiosk-01", password="guessed",
        ca_file=authority.file, cert_file=cert, key_file=key,
    )  # fmt: skip

    wire.start(heard)
    wait_until(lambda: heard.news)
    wire.stop()

    assert "refused the login" in heard.news[0]


def test_whoever_speaks_no_tls_gets_no_answer(
    authority: Authority, broker_with: Any, send: Any, free_port: int
) -> None:
    broker_with(Tls(*authority.sign("broker", HOST)))

    assert send(free_port, "kiosk-01", "cxz/1/kiosk-01/up/state", b"x", "secret") != 0


def test_a_renewed_certificate_is_shown_without_a_restart_and_nobody_is_cut_off(
    authority: Authority, broker_with: Any, kiosk: Any, free_port: int, wait_until: Any
) -> None:
    broker_with(Tls(*authority.sign("old", HOST, file="broker")))
    steady, _ = kiosk(ca_file=authority.file)

    authority.sign("new", HOST, file="broker")
    wait_until(lambda: shown(free_port, authority.file) == "new")

    assert steady.connected


def shown(port: int, ca: Path) -> str:
    """The common name of the certificate that a server shows."""
    context = ssl.create_default_context(cafile=str(ca))
    with (
        socket.create_connection((HOST, port), 5) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        subject: Any = (secure.getpeercert() or {})["subject"]
    return str(dict(part[0] for part in subject)["commonName"])


def test_files_that_will_not_do_are_named(authority: Authority, tmp_path: Path) -> None:
    cert, key = authority.sign("broker", HOST)
    _, other_key = authority.sign("another", HOST)
    (tmp_path / "nonsense").write_text("nonsense")

    for wrong in (Tls(cert, other_key), Tls(tmp_path / "nothing", key), Tls(tmp_path / "nonsense", key)):
        with pytest.raises(Unusable, match="CXZ_MQTT_TLS_CERT"):
            wrong.check()
    with pytest.raises(Unusable, match="CXZ_MQTT_TLS_CLIENT_CA"):
        Tls(cert, key, tmp_path / "nonsense").check()
    with pytest.raises(ValueError, match="authority"):
        PahoWire("mqtts://broker", "kiosk-01", filters=[], ca_file=tmp_path / "nonsense")
    with pytest.raises(ValueError, match="with its key"):
        PahoWire("mqtts://broker", "kiosk-01", filters=[], cert_file=cert, key_file=other_key)


def test_half_of_the_settings_is_refused() -> None:
    with pytest.raises(ValueError, match="comes together"):
        Settings(mqtt_tls_cert=Path("cert.pem"))
    with pytest.raises(ValueError, match="comes together"):
        Settings(mqtt_tls_key=Path("cert.key"))
    with pytest.raises(ValueError, match="needs CXZ_MQTT_TLS_CERT"):
        Settings(mqtt_tls_client_ca=Path("ca.pem"))
