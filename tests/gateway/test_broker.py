import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.broker import check_port, mqtt_url, own_broker
from gateway.credentials import hash_secret
from gateway.sqlite import Unusable
from gateway.wire import Will
from gateway.wire.paho import Endpoint, PahoWire

EVENT = "cxz/1/kiosk-01/up/facts/event"


def wire_to(station: Any, user: str, *filters: str, password: str = "", **options: Any) -> PahoWire:
    secret = station.broker.password if user == "gateway" else password or "secret"
    return PahoWire(station.broker.url, user, filters=filters, username=user, password=secret, **options)


def test_facts_of_a_foreign_client_arrive(station: Any, listener: Any, wait_until: Any) -> None:
    station.broker.start()
    heard = listener()
    wire = wire_to(station, "gateway", "cxz/1/+/up/#")
    wire.start(heard)
    wait_until(lambda: wire.connected)

    code = station.publish("kiosk-01", EVENT, b"hello")
    wait_until(lambda: heard.messages)
    wire.stop()

    assert code == 0
    assert (heard.messages[0].topic, heard.messages[0].payload) == (EVENT, b"hello")


def test_a_kiosk_can_neither_speak_as_another_nor_read_what_is_sent_to_it(
    station: Any, listener: Any, wait_until: Any
) -> None:
    station.broker.start()
    gateway_heard, thief_heard = listener(), listener()
    gateway = wire_to(station, "gateway", "cxz/1/+/up/#")
    thief = wire_to(station, "kiosk-02", "cxz/1/#", "cxz/1/kiosk-01/down/#")
    gateway.start(gateway_heard)
    thief.start(thief_heard)
    wait_until(lambda: gateway.connected and thief.connected)

    thief.publish(EVENT, b"forged")
    gateway.publish("cxz/1/kiosk-01/down/desired", b"private", retain=True)
    gateway.publish("cxz/1/kiosk-02/down/desired", b"own")
    thief.publish("cxz/1/kiosk-02/up/facts/event", b"honest")
    wait_until(lambda: gateway_heard.messages and thief_heard.messages and station.refused)
    gateway.stop()
    thief.stop()

    assert [message.payload for message in gateway_heard.messages] == [b"honest"]
    assert [message.payload for message in thief_heard.messages] == [b"own"]
    assert station.refused == [("kiosk-02", EVENT, "not this kiosk's topic")]


def test_a_kiosk_cannot_take_over_another_clients_session(station: Any, listener: Any, wait_until: Any) -> None:
    station.broker.start()
    heard = listener()
    gateway = wire_to(station, "gateway", "cxz/1/+/up/#")
    gateway.start(heard)
    wait_until(lambda: gateway.connected)

    thief = PahoWire(station.broker.url, "gateway", filters=[], username="kiosk-02", password="secret")
    thief.start(listener())
    wait_until(lambda: thief.connected)
    station.publish("kiosk-01", EVENT, b"still here")
    wait_until(lambda: heard.messages)
    gateway.stop()
    thief.stop()

    assert heard.news == ["connected", "stopped"]


def test_a_wrong_password_is_refused_and_told_once(station: Any, listener: Any, wait_until: Any) -> None:
    station.broker.start()
    heard = listener()
    wire = wire_to(station, "kiosk-01", password="wrong")

    wire.start(heard)
    wait_until(lambda: heard.news and station.refused)
    wire.stop()

    assert "the broker refused the login" in heard.news[0]
    assert station.refused[0] == ("", "login", "wrong user name or password")


def test_nobody_gets_in_without_a_name(station: Any) -> None:
    station.broker.start()

    done = subprocess.run(
        ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(station.port), "-t", EVENT, "-m", "x"], capture_output=True
    )

    assert done.returncode != 0


def test_a_demo_credential_opens_nothing_outside_the_demo(station: Any) -> None:
    station.mailbox.enrol("kiosk-09", hash_secret("secret"), 1, demo=True)
    station.broker.start()

    assert station.publish("kiosk-09", "cxz/1/kiosk-09/up/state", b"x") != 0


def test_a_revoked_kiosk_is_cut_off_and_a_new_one_let_in_without_a_restart(
    station: Any, listener: Any, wait_until: Any
) -> None:
    station.broker.start()
    heard = listener()
    wire = wire_to(station, "kiosk-01")
    wire.start(heard)
    wait_until(lambda: wire.connected)

    station.mailbox.revoke("kiosk-01", 2)
    station.mailbox.enrol("kiosk-03", hash_secret("secret"), 2)
    wait_until(lambda: any("refused" in news for news in heard.news))
    wire.stop()

    assert station.publish("kiosk-01", EVENT, b"x") != 0
    assert station.publish("kiosk-03", "cxz/1/kiosk-03/up/state", b"x") == 0


def test_a_desired_state_of_64_kib_passes_and_a_monster_is_named(station: Any, listener: Any, wait_until: Any) -> None:
    station.broker.start()
    gateway, heard = wire_to(station, "gateway"), listener()
    kiosk = wire_to(station, "kiosk-01", "cxz/1/kiosk-01/down/#")
    gateway.start(listener())
    kiosk.start(heard)
    wait_until(lambda: gateway.connected and kiosk.connected)

    gateway.publish("cxz/1/kiosk-01/down/desired", b"d" * 65536, retain=True)
    station.publish("kiosk-02", "cxz/1/kiosk-02/up/facts/event", b"x" * 200_000)
    wait_until(lambda: heard.messages and station.refused)
    gateway.stop()
    kiosk.stop()

    assert len(heard.messages[0].payload) == 65536
    assert station.refused[0][::2] == ("kiosk-02", "larger than the broker carries")


def test_a_broker_that_died_is_started_again_and_the_wire_finds_back(
    station: Any, listener: Any, wait_until: Any
) -> None:
    station.broker.start()
    wire, heard = wire_to(station, "gateway", "cxz/1/+/up/#"), listener()
    wire.start(heard)
    wait_until(lambda: wire.connected)

    pid = int((station.folder / "gateway" / "mosquitto.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: heard.news.count("connected") == 2)
    wire.stop()

    assert heard.news[1] == "connection lost"


def test_a_message_not_acknowledged_comes_again_on_the_next_connection(
    station: Any, listener: Any, wait_until: Any
) -> None:
    station.broker.start()
    heard = listener(greedy=False)
    wire = wire_to(station, "gateway", "cxz/1/+/up/#")
    wire.start(heard)
    wait_until(lambda: wire.connected)
    station.publish("kiosk-01", EVENT, b"1")
    station.publish("kiosk-01", EVENT, b"2")
    wait_until(lambda: len(heard.messages) == 2)
    heard.messages[0].ack()

    wire.stop()
    again = wire_to(station, "gateway", "cxz/1/+/up/#")
    again.start(heard)
    wait_until(lambda: len(heard.messages) == 3)
    again.stop()

    assert heard.messages[2].payload == b"2"


def test_a_farewell_is_heard_and_the_will_is_not(station: Any, listener: Any, wait_until: Any) -> None:
    topic = "cxz/1/kiosk-01/up/state"
    station.broker.start()
    gateway, heard = wire_to(station, "gateway", "cxz/1/+/up/#"), listener()
    kiosk = wire_to(station, "kiosk-01", will=lambda: Will(topic, b"will"))
    gateway.start(heard)
    kiosk.start(listener())
    wait_until(lambda: gateway.connected and kiosk.connected)

    kiosk.stop(Will(topic, b"farewell"))
    wait_until(lambda: heard.messages)
    gateway.stop()

    assert [message.payload for message in heard.messages] == [b"farewell"]
    assert not kiosk.publish(topic, b"too late")


def test_a_wire_stopped_at_any_moment_of_its_connecting_ends(station: Any, listener: Any) -> None:
    station.broker.start()

    for milliseconds in range(15):
        wire = wire_to(station, "kiosk-01", "cxz/1/kiosk-01/down/#")
        wire.start(listener())
        time.sleep(milliseconds / 1000)
        wire.stop(Will("cxz/1/kiosk-01/up/state", b"farewell"))

        assert not wire.connected


def test_the_orphan_of_a_killed_gateway_is_ended_and_what_it_retained_is_kept(
    station: Any, listener: Any, wait_until: Any
) -> None:
    orphan = station.broker
    orphan.start()
    station.publish("kiosk-01", "cxz/1/kiosk-01/up/state", b"x")
    orphan._stopping.set()
    pid = int((station.folder / "gateway" / "mosquitto.pid").read_text())

    station.broker = station.another()
    station.broker.start()
    wait_until(lambda: orphan._child.poll() is not None)

    assert station.publish("kiosk-01", EVENT, b"x") == 0
    assert int((station.folder / "gateway" / "mosquitto.pid").read_text()) != pid


def test_a_foreign_process_with_the_orphans_number_is_left_alone(station: Any) -> None:
    with contextlib.ExitStack() as stack:
        stranger = stack.enter_context(subprocess.Popen(["sleep", "60"]))
        stack.callback(stranger.kill)
        (station.folder / "gateway").mkdir()
        (station.folder / "gateway" / "mosquitto.pid").write_text(f"{stranger.pid}\n")

        station.broker.start()

        assert stranger.poll() is None


def test_an_orderly_end_leaves_no_process_behind(station: Any) -> None:
    station.broker.start()
    pid = int((station.folder / "gateway" / "mosquitto.pid").read_text())

    station.broker.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_port_in_use_is_one_plain_sentence(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)), pytest.raises(Unusable, match="CXZ_MQTT_PORT"):
        check_port("127.0.0.1", free_port)


def test_where_there_is_no_broker_at_all_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.broker.find_mosquitto", lambda: None)
    monkeypatch.setitem(sys.modules, "gateway.standin", None)

    with pytest.raises(Unusable, match="apt install mosquitto"):
        own_broker(None, tmp_path, "127.0.0.1", 1, demo=False, refused=lambda *_: None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("mqtt://broker", Endpoint("broker", 1883, secure=False)),
        ("mqtts://me:p%40ss@broker", Endpoint("broker", 8883, secure=True, username="me", password="p@ss")),
        ("mqtt://[::1]:2883", Endpoint("::1", 2883, secure=False)),
    ],
)
def test_a_brokers_address_is_read(url: str, endpoint: Endpoint) -> None:
    assert Endpoint.parse(url) == endpoint


@pytest.mark.parametrize("url", ["", "broker:1883", "http://broker", "mqtt://", "mqtt://me:secret@broker:port"])
def test_a_wrong_address_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"must look like|is not a URL") as caught:
        Endpoint.parse(url)

    assert "secret" not in str(caught.value)


def test_a_broker_on_all_addresses_is_reached_on_this_machine() -> None:
    assert mqtt_url("0.0.0.0", 1883) == "mqtt://127.0.0.1:1883"  # noqa: S104 (compared, not bound)
    assert mqtt_url("::", 1883) == "mqtt://[::1]:1883"
