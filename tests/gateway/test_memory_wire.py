from typing import Any

import pytest

from gateway.wire import Will
from gateway.wire.memory import Faults, MemoryBroker

UP = "cxz/1/kiosk-01/up/facts/event"
DOWN = "cxz/1/kiosk-01/down/ack"


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker(seed=1)


def join(broker: MemoryBroker, listener: Any, name: str, *filters: str, **options: Any) -> tuple[Any, Any]:
    heard = listener(greedy=options.pop("greedy", True))
    wire = broker.client(name, filters, **options)
    wire.start(heard)
    broker.settle()
    return wire, heard


def test_a_message_reaches_who_subscribed(broker: MemoryBroker, listener: Any) -> None:
    kiosk, _ = join(broker, listener, "kiosk-01")
    _, gateway = join(broker, listener, "gateway", "cxz/1/+/up/#")

    kiosk.publish(UP, b"x")
    broker.settle()

    assert [(message.topic, message.payload) for message in gateway.messages] == [(UP, b"x")]


def test_publishing_without_a_connection_is_refused_at_once(broker: MemoryBroker, listener: Any) -> None:
    kiosk, heard = join(broker, listener, "kiosk-01")

    broker.down()

    assert not kiosk.publish(UP, b"x")
    assert heard.news == ["connected", "connection lost"]


def test_what_was_not_acknowledged_comes_again_after_a_reconnect(broker: MemoryBroker, listener: Any) -> None:
    kiosk, _ = join(broker, listener, "kiosk-01")
    _, gateway = join(broker, listener, "gateway", "cxz/1/+/up/#", greedy=False)
    kiosk.publish(UP, b"1")
    kiosk.publish(UP, b"2")
    broker.settle()
    gateway.messages[0].ack()

    broker.cut("gateway")
    broker.settle()

    assert [message.payload for message in gateway.messages] == [b"1", b"2", b"2"]


def test_an_ack_of_an_earlier_connection_counts_for_nothing(broker: MemoryBroker, listener: Any) -> None:
    kiosk, _ = join(broker, listener, "kiosk-01")
    _, gateway = join(broker, listener, "gateway", "cxz/1/+/up/#", greedy=False)
    kiosk.publish(UP, b"1")
    broker.settle()
    broker.cut("gateway")
    broker.settle()

    gateway.messages[0].ack()
    broker.cut("gateway")
    broker.settle()

    assert len(gateway.messages) == 3


def test_messages_wait_for_a_client_that_is_away(broker: MemoryBroker, listener: Any) -> None:
    gateway, _ = join(broker, listener, "gateway")
    kiosk, heard = join(broker, listener, "kiosk-01", "cxz/1/kiosk-01/down/#")
    kiosk.stop()

    gateway.publish(DOWN, b"kept")
    broker.settle()
    kiosk.start(heard)
    broker.settle()

    assert [message.payload for message in heard.messages] == [b"kept"]


def test_a_broker_that_forgets_keeps_neither_queues_nor_retained_messages(broker: MemoryBroker, listener: Any) -> None:
    gateway, _ = join(broker, listener, "gateway")
    kiosk, heard = join(broker, listener, "kiosk-01", "cxz/1/kiosk-01/down/#")
    kiosk.stop()
    gateway.publish("cxz/1/kiosk-01/down/desired", b"old", retain=True)
    broker.settle()

    broker.restart(keep=False)
    kiosk.start(heard)
    broker.settle()

    assert heard.messages == []


def test_a_torn_connection_speaks_its_will_and_a_goodbye_does_not(broker: MemoryBroker, listener: Any) -> None:
    topic = "cxz/1/kiosk-01/up/state"
    kiosk, heard = join(broker, listener, "kiosk-01", will=lambda: Will(topic, b"lost"))

    broker.cut("kiosk-01")
    torn = broker.retained(topic)
    broker.settle()
    kiosk.stop(Will(topic, b"bye"))

    assert (torn, broker.retained(topic)) == (b"lost", b"bye")
    assert heard.news == ["connected", "connection lost", "connected", "stopped"]


def test_the_will_is_asked_for_anew_before_each_connection(broker: MemoryBroker, listener: Any) -> None:
    wills = iter([b"first", b"second", b"third"])
    join(broker, listener, "kiosk-01", will=lambda: Will("cxz/1/kiosk-01/up/state", next(wills)))

    said = []
    for _ in range(2):
        broker.cut("kiosk-01")
        said.append(broker.retained("cxz/1/kiosk-01/up/state"))
        broker.settle()

    assert said == [b"first", b"second"]


def test_retained_messages_greet_a_newcomer(broker: MemoryBroker, listener: Any) -> None:
    gateway, _ = join(broker, listener, "gateway")
    gateway.publish("cxz/1/gateway/state", b"ready", retain=True)
    broker.settle()

    _, kiosk = join(broker, listener, "kiosk-01", "cxz/1/gateway/state")

    assert [(message.payload, message.retain) for message in kiosk.messages] == [(b"ready", True)]


def test_rights_hold_as_in_the_real_broker(broker: MemoryBroker, listener: Any) -> None:
    gateway, seen = join(broker, listener, "gateway", "cxz/1/#")
    thief, loot = join(broker, listener, "kiosk-02", "cxz/1/#")

    thief.publish(UP, b"forged")
    gateway.publish(DOWN, b"secret")
    broker.settle()

    assert b"forged" not in [message.payload for message in seen.messages]
    assert loot.messages == []
    assert broker.refused == [("kiosk-02", UP), ("kiosk-02", DOWN)]


def test_the_banned_do_not_get_in(broker: MemoryBroker, listener: Any) -> None:
    broker.banned.add("kiosk-01")

    kiosk, heard = join(broker, listener, "kiosk-01")

    assert not kiosk.connected
    assert heard.news == []


def test_the_same_seed_tells_the_same_story(listener: Any) -> None:
    stories = []
    for _ in range(2):
        broker = MemoryBroker(seed=5, faults=Faults(lose=0.3, duplicate=0.3, reorder=True))
        kiosk, _ = join(broker, listener, "kiosk-01")
        _, gateway = join(broker, listener, "gateway", "cxz/1/+/up/#")
        for number in range(40):
            kiosk.publish(UP, b"%d" % number)
        broker.settle()
        stories.append([message.payload for message in gateway.messages])

    assert stories[0] == stories[1]
    assert stories[0] != sorted(stories[0], key=int)
    assert 0 < len(set(stories[0])) < 40


def test_a_background_thread_delivers_for_programs_with_threads(
    broker: MemoryBroker, listener: Any, wait_until: Any
) -> None:
    kiosk, gateway = listener(), listener()
    wire = broker.client("kiosk-01", [])
    broker.client("gateway", ["cxz/1/+/up/#"]).start(gateway)

    with broker.running():
        wire.start(kiosk)
        wait_until(lambda: kiosk.news)
        wire.publish(UP, b"x")
        wait_until(lambda: gateway.messages)

    assert gateway.messages[0].payload == b"x"
