"""Commands on their way down: to whom is there, once in a session, before all else; and many desired states at once."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.contract.commands import Command
from gateway.contract.twin import Desired
from gateway.mailbox import Mailbox
from gateway.orders import Orders
from gateway.publisher import AT_ONCE, Publisher

COMMAND = "cxz/1/kiosk-01/down/command"


def now() -> int:
    return time.time_ns() // 1_000_000


def order(command: str = "command-0001", seconds: int = 60) -> Command:
    return Command(command, "open_box", now() + 1000 * seconds)


@pytest.fixture
def orders(hall: Any) -> Iterator[Orders]:
    """The hall's publisher sends commands too; kiosk-01 is there."""
    made = Orders(hall.mailbox)
    # A connection's own commits do not change its data version: what others write comes from another one.
    hall.others = Mailbox(hall.path)
    hall.publisher = Publisher(hall.mailbox, hall.wire, made)
    hall.publisher.connected()
    hall.others.heard("kiosk-01", "ready", "nonce-1", 0, now())
    hall.settle()
    yield Orders(hall.others)
    hall.others.close()


def test_a_command_is_sent_at_once_unretained_and_once(hall: Any, orders: Orders) -> None:
    _, heard = hall.kiosk("kiosk-01")

    orders.put("kiosk-01", order(), now())
    hall.settle()
    hall.settle()

    assert [said["id"] for said in heard.payloads(COMMAND)] == ["command-0001"]
    assert hall.broker.retained(COMMAND) is None
    assert set(orders.sent(["command-0001", "command-none"])) == {"command-0001"}


def test_the_same_id_is_queued_once(orders: Orders) -> None:
    assert orders.put("kiosk-01", order(), now())
    assert not orders.put("kiosk-01", order(), now())


def test_a_kiosk_that_is_away_gets_it_when_it_comes_in_time(hall: Any, orders: Orders) -> None:
    hall.others.heard("kiosk-01", "lost", None, 0, now())
    orders.put("kiosk-01", order("command-soon"), now())
    orders.put("kiosk-01", order("command-late", seconds=0), now())
    _, heard = hall.kiosk("kiosk-01")
    hall.settle()
    before = heard.payloads(COMMAND)

    hall.others.heard("kiosk-01", "ready", "nonce-2", 0, now())
    hall.settle()

    assert before == []
    assert [said["id"] for said in heard.payloads(COMMAND)] == ["command-soon"]


def test_a_new_session_of_the_kiosk_or_of_the_gateway_hears_it_again(hall: Any, orders: Orders) -> None:
    _, heard = hall.kiosk("kiosk-01")
    orders.put("kiosk-01", order(), now())
    hall.settle()

    hall.others.heard("kiosk-01", "ready", "nonce-2", 0, now())
    hall.settle()
    hall.broker.restart(keep=True)
    hall.settle()

    assert len(heard.payloads(COMMAND)) == 3


def test_a_command_is_not_lost_when_the_connection_falls_while_it_is_sent(hall: Any, orders: Orders) -> None:
    _, heard = hall.kiosk("kiosk-01")
    publish = hall.wire.publish
    hall.wire.publish = lambda *_, **__: False
    orders.put("kiosk-01", order(), now())
    hall.publisher.step()
    unsent = orders.sent(["command-0001"])

    hall.wire.publish = publish
    hall.settle()

    assert unsent == {}
    assert len(heard.payloads(COMMAND)) == 1


def test_what_expired_long_ago_is_forgotten(hall: Any, orders: Orders) -> None:
    orders.put("kiosk-01", Command("command-old1", "open_box", 1000), 0)

    orders.put("kiosk-01", order(), now())

    assert orders.put("kiosk-01", Command("command-old1", "open_box", 1000), 0)


def test_many_desired_states_are_stored_at_once_as_each_alone_would_be(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mailbox.db")
    orders = Orders(mailbox)
    mailbox.put_desired("kiosk-01", {"spots": ["门口"]})
    mailbox.noted("kiosk-03", 1, reported={"version": 7})

    refused = orders.desire(
        {
            "kiosk-01": {"spots": ["门口"]},
            "kiosk-02": {"spots": ["车棚"]},
            "kiosk-03": {"spots": []},
            "kiosk-04": {"spots": ["站" * 70_000]},
        }
    )
    again = mailbox.put_desired("kiosk-02", {"spots": ["车棚"]})

    found = {kiosk: desired for kiosk, desired, _ in mailbox.desired_since(0)}
    changes = [changed for _, _, changed in mailbox.desired_since(0)]
    assert {kiosk: one.version for kiosk, one in found.items()} == {"kiosk-01": 1, "kiosk-02": 1, "kiosk-03": 8}
    assert (list(refused), again, changes) == (["kiosk-04"], 1, [1, 2, 3])
    assert all(Desired.decode(one.encode()) == one for one in found.values())
    mailbox.close()


def test_a_broker_that_forgot_a_fleet_is_told_in_parts_and_a_command_goes_before(hall: Any, orders: Orders) -> None:
    orders.desire({f"kiosk-{number:03d}": {"spots": [str(number)]} for number in range(3 * AT_ONCE)})
    orders.put("kiosk-01", order(), now())
    hall.broker.published.clear()

    sizes = []
    for _ in range(5):
        before = len(hall.broker.published)
        hall.publisher.step()
        hall.broker.deliver()
        sizes.append(len(hall.broker.published) - before)

    assert hall.broker.published[0][1] == COMMAND
    assert sizes == [AT_ONCE + 1, AT_ONCE, AT_ONCE, 0, 0]


def test_a_change_while_a_fleet_is_told_reaches_its_kiosk_last_and_newest(hall: Any, orders: Orders) -> None:
    orders.desire({f"kiosk-{number:03d}": {"spots": [str(number)]} for number in range(2 * AT_ONCE)})
    hall.publisher.step()

    orders.desire({"kiosk-000": {"spots": ["new"]}, "kiosk-199": {"spots": ["new"]}})
    hall.settle()

    assert b"new" in hall.broker.retained("cxz/1/kiosk-000/down/desired")
    assert b"new" in hall.broker.retained("cxz/1/kiosk-199/down/desired")
