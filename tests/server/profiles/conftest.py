"""A rider's phone with a profile: signed in through the pages, as riders do. Points and vouchers use it too."""

import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server import profiles
from server.kit.site import Site
from server.profiles import records

PHONE = "13800138000"
_numbers = itertools.count(13_900_000_001)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field; empty when there is none."""
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def code_on(page: str) -> str:
    """The code that the demo shows."""
    found = re.search(r'class="big num">(\d{6})<', page)
    assert found, page
    return found[1]


class Owner:
    """A phone in somebody's hand."""

    def __init__(self, client: TestClient, site: Site, number: str) -> None:
        self.client, self.site, self.number = client, site, number

    def ask(self) -> str:
        """The code sent to the phone."""
        return code_on(self.client.post("/me/code", data={"phone": self.number}).text)

    def sign_in(self, *, nickname: str = "小李", card: bool = False) -> "Owner":
        """In, with a profile made on the way when the number is new."""
        page = self.client.post("/me/verify", data={"phone": self.number, "code": self.ask()}).text
        if ticket := hidden(page, "ticket"):
            form = {"ticket": ticket, "nickname": nickname, "agree": "1", "version": hidden(page, "version")}
            self.client.post("/me/open", data={**form, **({"card": "1"} if card else {})})
        assert self.client.cookies.get(profiles.COOKIE)
        return self

    @property
    def id(self) -> int:
        with self.site.store.look() as look:
            found = records.by_phone(look, self.number)
        assert found is not None
        return int(found["id"])


OwnerFactory = Callable[..., Owner]


@pytest.fixture
def owner(site: Site, app: FastAPI, client: TestClient) -> Iterator[OwnerFactory]:
    """`owner()`: another phone at the demo site, where codes are shown; `owner(number, agent="…")`."""
    site.demo = True

    def make(number: str = "", agent: str = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8.0") -> Owner:
        phone = TestClient(app, headers={"user-agent": agent})
        return Owner(phone, site, number or str(next(_numbers)))

    yield make
