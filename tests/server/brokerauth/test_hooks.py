"""EMQX 5 asks; questions and answers as its documentation shows them."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateway.credentials import hash_secret
from server.brokerauth import rules
from server.brokerauth.settings import Settings
from server.kit.site import Site

SECRET = "shared with the broker"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(site: Site, client: TestClient) -> Ask:
    """`ask("authenticate", username=…)`: as EMQX asks, with the shared secret."""
    site.mailbox.enrol("kiosk-01", hash_secret("good"), 1)
    site.parts["brokerauth"] = Settings(broker_secret=SECRET, mqtt_url="mqtts://gateway:gate%40way@emqx:8883")

    def put(which: str, secret: str = SECRET, **body: Any) -> dict[str, Any]:
        answer = client.post(f"/broker/{which}", json=body, headers={"x-cxz-broker": secret})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        found: dict[str, Any] = answer.json()
        return found

    return put


def login(user: str, password: str, client_id: str = "") -> dict[str, str]:
    return {"username": user, "password": password, "clientid": client_id or user}


def test_a_kiosk_with_its_password_is_let_in_with_its_rights_and_no_more(ask: Ask) -> None:
    answer = ask("authenticate", **login("kiosk-01", "good"))

    assert (answer["result"], answer["is_superuser"]) == ("allow", False)
    assert answer["acl"] == [
        {"permission": "allow", "action": "publish", "topic": "cxz/1/kiosk-01/up/#"},
        {"permission": "allow", "action": "subscribe", "topic": "cxz/1/kiosk-01/down/#"},
        {"permission": "allow", "action": "subscribe", "topic": "cxz/1/gateway/state"},
        {"permission": "deny", "action": "all", "topic": "#"},
    ]


def test_everybody_else_is_denied(ask: Ask) -> None:
    for wrong in (
        login("kiosk-01", "bad"),
        login("kiosk-02", "good"),
        login("kiosk-01", "good", "gateway"),
        login("kiosk-01", "good", "kiosk-02"),
        login("gateway", "good"),
        login("", ""),
        login("kiosk-01/#", "good"),
        {"username": "kiosk-01"},
        {"username": ["kiosk-01"], "password": {}, "clientid": 1},
    ):
        assert ask("authenticate", **wrong) == {"result": "deny"}, wrong


def test_the_gateway_comes_in_with_the_password_of_its_own_address(ask: Ask) -> None:
    assert ask("authenticate", **login("gateway", "gate@way"))["result"] == "allow"
    assert ask("authenticate", **login("gateway", "gate@way", "kiosk-01")) == {"result": "deny"}


def test_a_revoked_kiosk_is_denied_at_once(site: Site, ask: Ask) -> None:
    site.mailbox.revoke("kiosk-01", 2)

    assert ask("authenticate", **login("kiosk-01", "good")) == {"result": "deny"}


def test_a_kiosk_speaks_and_hears_under_its_own_name_only(ask: Ask) -> None:
    for action, topic, result in (
        ("publish", "cxz/1/kiosk-01/up/facts/event", "allow"),
        ("publish", "cxz/1/kiosk-02/up/facts/event", "deny"),
        ("publish", "cxz/1/kiosk-01/down/desired", "deny"),
        ("publish", "cxz/1/gateway/state", "deny"),
        ("subscribe", "cxz/1/kiosk-01/down/#", "allow"),
        ("subscribe", "cxz/1/gateway/state", "allow"),
        ("subscribe", "cxz/1/+/down/#", "deny"),
        ("subscribe", "cxz/1/kiosk-02/down/desired", "deny"),
        ("subscribe", "$share/thieves/cxz/1/+/down/#", "deny"),
        ("subscribe", "#", "deny"),
        ("subscribe", "$SYS/#", "deny"),
        ("", "cxz/1/kiosk-01/down/#", "deny"),
    ):
        answer = ask("authorize", username="kiosk-01", clientid="kiosk-01", action=action, topic=topic)

        assert answer == {"result": result}, (action, topic)


def test_the_gateway_may_all_that_is_ours() -> None:
    assert rules.may("gateway", "subscribe", "$share/gateways/cxz/1/+/up/#")
    assert rules.may("gateway", "publish", "cxz/1/kiosk-01/down/desired")
    assert not rules.may("gateway", "subscribe", "$SYS/#")


def test_without_the_secret_everything_is_denied(site: Site, ask: Ask) -> None:
    good = login("kiosk-01", "good")

    assert ask("authenticate", secret="guessed", **good) == {"result": "deny"}
    site.parts["brokerauth"] = Settings()
    assert ask("authenticate", secret="", **good) == {"result": "deny"}


def test_nonsense_is_denied(ask: Ask, client: TestClient) -> None:
    for body in (b"", b"\x00", b"[]", b"x" * 100_000, b'{"username":"\\ud800"}'):
        for which in ("authenticate", "authorize"):
            answer = client.post(f"/broker/{which}", content=body, headers={"x-cxz-broker": SECRET})

            assert (answer.status_code, answer.json()) == (200, {"result": "deny"}), body
