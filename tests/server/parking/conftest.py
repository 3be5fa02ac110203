"""A community with two families, and the people who issue."""

import uuid
from collections.abc import Callable
from datetime import datetime

import pytest

from server import parking
from server.kit.clock import BEIJING
from server.kit.site import Site
from server.parking import Coupon, Visit
from server.staff import Person
from tests.server.conftest import Clock, StaffFactory


class Gate:
    """What the people at the gate do, each deed a transaction of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def issue(
        self,
        person: Person,
        household: int,
        plate: str = "沪A12345",
        *,
        form: str = "",
        start: str = "",
        spot: str = "",
    ) -> Coupon:
        """A coupon; `form` is the client id."""
        with self.site.store.work() as work:
            return parking.issue(work, person, household, Visit(form or uuid.uuid4().hex, plate, start, spot))

    def family(
        self, person: Person, building: str, name: str, *, alone: bool = False, phone: str = "13800138000"
    ) -> int:
        """On the register."""
        with self.site.store.work() as work:
            return parking.save_family(work, person, "sn10", building, name, phone, alone)

    def coupon(self, coupon: Coupon) -> Coupon:
        """As it is now."""
        with self.site.store.look() as look:
            found = parking.coupon(look, coupon.id)
        assert found is not None
        return found

    def may_stand(self, plate: str, community: str = "sn10") -> Coupon | None:
        """The question everybody asks first."""
        with self.site.store.look() as look:
            return parking.coupon_for(look, community, plate, look.now)


@pytest.fixture
def gate(site: Site) -> Gate:
    return Gate(site)


@pytest.fixture
def guard(staff: StaffFactory) -> Person:
    return staff("prop_guard", name="李师傅")


@pytest.fixture
def director(staff: StaffFactory) -> Person:
    return staff("director", name="陈主任")


At = Callable[[str], None]


@pytest.fixture
def at(clock: Clock) -> At:
    """`at("2030-05-07 10:00")`: it is this moment in Beijing, seconds run on from there. A Tuesday far ahead."""

    def move(moment: str) -> None:
        wanted = int(datetime.fromisoformat(moment).replace(tzinfo=BEIJING).timestamp() * 1000)
        clock.forward(wanted - clock())

    move("2030-05-07 10:00")
    return move


@pytest.fixture
def family(gate: Gate, director: Person, at: At) -> int:
    """王奶奶 of building 3; it is ten in the morning."""
    return gate.family(director, "3", "王奶奶家", alone=True)
