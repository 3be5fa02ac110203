"""The stand-in broker: the same logins and rights as Mosquitto's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import standin
from gateway.credentials import hash_secret
from gateway.mailbox import Mailbox
from gateway.wire.paho import PahoWire

EVENT = "cxz/1/kiosk-01/up/facts/event"


class Desk:
    def __init__(self, folder: Path, port: int) -> None:
        self.mailbox = Mailbox(folder / "mailbox.db")
        for kiosk in ("kiosk-01", "kiosk-02"):
            self.mailbox.enrol(kiosk, hash_secret("secret"), 1)
        self.refused: list[tuple[str, str, str]] = []
        self.broker = standin.Standin(
            self.mailbox,
            folder / "gateway",
            "127.0.0.1",
            port,
            demo=False,
            refused=lambda *one: self.refused.append(one),
        )
        self.broker.start()

    def wire(self, user: str, *filters: str, password: str = "") -> PahoWire:
        known = self.broker.password if user == "gateway" else "secret"
        return PahoWire(self.broker.url, user, filters=filters, username=user, password=password or known)


@pytest.fixture
def desk(tmp_path: Path, free_port: int) -> Iterator[Desk]:
    found = Desk(tmp_path, free_port)
    yield found
    found.broker.stop()
    found.mailbox.close()


def test_facts_go_up_and_desired_states_come_down(desk: Desk, listener: Any, wait_until: Any) -> None:
    above, below = listener(), listener()
    gateway, kiosk = desk.wire("gateway", "cxz/1/+/up/#"), desk.wire("kiosk-01", "cxz/1/kiosk-01/down/#")
    gateway.start(above)
    kiosk.start(below)
    wait_until(lambda: gateway.connected and kiosk.connected)

    kiosk.publish(EVENT, b"fact")
    gateway.publish("cxz/1/kiosk-01/down/desired", b"desired", retain=True)
    wait_until(lambda: above.messages and below.messages)
    gateway.stop()
    kiosk.stop()

    assert (above.messages[0].payload, below.messages[0].payload) == (b"fact", b"desired")


def test_whoever_comes_back_hears_nothing_that_is_retained_for_others(
    desk: Desk, listener: Any, wait_until: Any
) -> None:
    above, below, returning = listener(), listener(), listener()
    gateway, kiosk = desk.wire("gateway", "cxz/1/+/up/#"), desk.wire("kiosk-01", "cxz/1/kiosk-01/down/#")
    gateway.start(above)
    kiosk.start(below)
    wait_until(lambda: gateway.connected and kiosk.connected)
    gateway.publish("cxz/1/kiosk-01/down/desired", b"desired", retain=True)
    wait_until(lambda: below.messages)

    gateway.stop()
    again = desk.wire("gateway", "cxz/1/+/up/#")
    again.start(returning)
    wait_until(lambda: again.connected)
    kiosk.publish(EVENT, b"fact")
    wait_until(lambda: any(message.topic == EVENT for message in returning.messages))
    again.stop()
    kiosk.stop()

    assert [message.topic for message in returning.messages] == [EVENT]


def test_a_kiosk_cannot_speak_as_another(desk: Desk, listener: Any, wait_until: Any) -> None:
    above = listener()
    gateway, thief = desk.wire("gateway", "cxz/1/+/up/#"), desk.wire("kiosk-02")
    gateway.start(above)
    thief.start(listener())
    wait_until(lambda: gateway.connected and thief.connected)

    thief.publish(EVENT, b"forged")
    thief.publish("cxz/1/kiosk-02/up/facts/event", b"honest")
    wait_until(lambda: above.messages and desk.refused)
    gateway.stop()
    thief.stop()

    assert [message.payload for message in above.messages] == [b"honest"]
    assert desk.refused == [("kiosk-02", EVENT, "not this kiosk's topic")]


def test_a_kiosk_cannot_listen_to_more_than_its_own(desk: Desk, listener: Any, wait_until: Any) -> None:
    heard = listener()
    thief = desk.wire("kiosk-02", "cxz/1/#")

    thief.start(heard)
    wait_until(lambda: heard.news)
    thief.stop()

    assert heard.news[0] == "the broker refused a subscription"


def test_a_wrong_password_and_a_revoked_one_are_refused(desk: Desk, listener: Any, wait_until: Any) -> None:
    wrong, gone = listener(), listener()
    desk.mailbox.revoke("kiosk-02", 2)
    wait_until(lambda: "kiosk-02" not in (desk.broker._logins.path).read_text())

    wires = [(desk.wire("kiosk-01", password="wrong"), wrong), (desk.wire("kiosk-02"), gone)]
    for wire, heard in wires:
        wire.start(heard)
    wait_until(lambda: wrong.news and gone.news)
    for wire, _ in wires:
        wire.stop()

    assert not any("connected" in news for news in (wrong.news[0], gone.news[0]))
