import json
from typing import Any

DESIRED = "cxz/1/kiosk-01/down/desired"
STATE = "cxz/1/gateway/state"


def test_a_desired_state_reaches_its_kiosk_also_when_it_comes_later(hall: Any) -> None:
    hall.mailbox.put_desired("kiosk-01", {"station": {"code": "sn10-north"}})
    hall.settle()

    _, heard = hall.kiosk("kiosk-01")

    (desired,) = heard.payloads(DESIRED)
    assert (desired["version"], desired["body"]) == (1, {"station": {"code": "sn10-north"}})


def test_a_change_is_published_once_and_only_for_its_kiosk(hall: Any) -> None:
    from gateway.mailbox import Mailbox

    server = Mailbox(hall.path)
    server.put_desired("kiosk-01", {"spots": ["门口"]})
    server.put_desired("kiosk-02", {"spots": ["车棚"]})
    hall.settle()
    hall.broker.published.clear()

    server.put_desired("kiosk-01", {"spots": ["门口", "车棚北"]})
    hall.settle()
    hall.settle()
    server.close()

    topics = [topic for _, topic, _ in hall.broker.published]
    assert topics == [DESIRED]


def test_a_broker_that_forgot_everything_gets_everything(hall: Any) -> None:
    hall.mailbox.put_desired("kiosk-01", {"spots": []})
    hall.settle()

    hall.broker.restart(keep=False)
    hall.settle()

    assert hall.broker.retained(DESIRED) is not None
    assert json.loads(hall.broker.retained(STATE))["state"] == "ready"


def test_kiosks_learn_that_the_gateway_died(hall: Any) -> None:
    hall.settle()
    _, heard = hall.kiosk("kiosk-01")

    hall.die()
    hall.broker.settle()

    assert [said["state"] for said in heard.payloads(STATE)] == ["ready", "lost"]


def test_nothing_is_lost_when_the_connection_falls_between_two_documents(hall: Any) -> None:
    for kiosk in ("kiosk-01", "kiosk-02"):
        hall.mailbox.put_desired(kiosk, {"spots": [kiosk]})
    hall.broker.settle()
    publish = hall.wire.publish
    sent: list[str] = []

    def once(topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if len(sent) == 2:
            return False
        sent.append(topic)
        return bool(publish(topic, payload, retain=retain))

    hall.wire.publish = once
    hall.publisher.step()
    hall.wire.publish = publish
    hall.publisher.step()
    hall.broker.settle()

    assert hall.broker.retained("cxz/1/kiosk-02/down/desired") is not None
