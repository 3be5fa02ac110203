"""A rider with points in hand, a kiosk that tells what it took, and the clock of the rounds."""

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from gateway.contract.envelope import Body
from gateway.contract.topics import Lane
from gateway.mailbox import Batch, StoredFact
from server.features import FEATURES
from server.intake import Intake
from server.kit.site import Site
from server.points import records as point_records
from server.vouchers import records
from server.vouchers.rules import Given

from ..profiles.conftest import Owner, OwnerFactory, owner

__all__ = ["Counter", "Owner", "OwnerFactory", "Screen", "owner"]


class Counter:
    """A rider's side: points in hand, a code on the phone."""

    def __init__(self, site: Site, rider: Owner) -> None:
        self.site, self.rider, self.id = site, rider, rider.id

    def earn(self, points: int) -> "Counter":
        with self.site.store.work() as work:
            point_records.add(work, self.id, "sn10", points, "award", "测试")
        return self

    def ask(self, item: str = "raincoat", station: str = "sn10-north") -> Any:
        return self.rider.client.post(
            "/me/vouchers", data={"item": item, "station": station}, follow_redirects=False
        )  # fmt: skip

    @property
    def balance(self) -> int:
        with self.site.store.look() as look:
            return point_records.balance(look, self.id)

    @property
    def latest(self) -> Given:
        with self.site.store.look() as look:
            return records.of_rider(look, self.id)[0]


@pytest.fixture
def rich(owner: OwnerFactory, site: Site) -> Callable[[], Counter]:
    """`rich()`: a rider with 50 points."""
    return lambda: Counter(site, owner().sign_in()).earn(50)


class Screen:
    """What kiosks tell the server, by the mailbox as in life."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._numbers = itertools.count(1)

    def tell(
        self, given: Given, outcome: str, *, deed: str = "deed-0001", kiosk: str = "kiosk-01", **more: Any
    ) -> None:
        body: Body = {
            "id": deed, "station": given.station, "item": given.item, "step": given.step, "number": given.number,
            "outcome": outcome, **more,
        }  # fmt: skip
        now = self.site.store.clock()
        fact = StoredFact(
            kiosk, Lane.EVENT, "k7Q2mZx0aB", next(self._numbers), "voucher", now, "ntp", "boot", 1, body, {},
            uuid.uuid4().hex, now, "ok", None,
        )  # fmt: skip
        self.site.mailbox.commit(Batch(facts=[fact]))
        self.read()

    def read(self) -> None:
        Intake(self.site, FEATURES).read()

    def heard(self, backlog: int = 0, life: str = "ready") -> None:
        """The kiosk says that it lives, and how much it still has to tell."""
        self.site.mailbox.heard("kiosk-01", life, "nonce-1", backlog, self.site.store.clock())


@pytest.fixture
def screen(site: Site) -> Screen:
    return Screen(site)
