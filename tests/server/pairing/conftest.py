"""A kiosk that knocks at a running site."""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from server.kit.site import Site
from server.pairing import actions
from server.pairing.actions import Made


@dataclass
class Newcomer:
    """A kiosk with a nonce of its own."""

    client: TestClient
    nonce: str = field(default_factory=lambda: uuid.uuid4().hex)
    attempt: int = 0

    def ask(self, code: str, *, attempt: int | None = None, nonce: str = "") -> httpx2.Response:
        """Type a code."""
        self.attempt += 1
        body = {"code": code, "nonce": nonce or self.nonce, "attempt": attempt or self.attempt}
        return self.client.post("/pair", json=body)

    def pair(self, code: str) -> dict[str, Any]:
        """Type a good code."""
        answer = self.ask(code)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own environment says of a broker is not ours."""
    for name in list(os.environ):
        if name.startswith("CXZ_"):
            monkeypatch.delenv(name)


@pytest.fixture
def newcomer(client: TestClient) -> Callable[[], Newcomer]:
    return lambda: Newcomer(client)


@pytest.fixture
def code(site: Site) -> Callable[..., Made]:
    """`code("sn10-east")`, `code("sn10-north", replaces="kiosk-01")`: as staff get it on the desk."""

    def make(station: str = "sn10-east", replaces: str = "") -> Made:
        with site.store.work() as work:
            return actions.make_code(work, site.secret, station, "小林", replaces)

    return make
