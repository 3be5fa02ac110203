"""A rider with a profile, and tickets that go their way."""

from collections.abc import Callable

import pytest

from server import points
from server.incidents import Incident
from server.kit.site import Site

from ..conftest import StaffFactory, WalkFactory
from ..profiles.conftest import Owner, OwnerFactory, owner

__all__ = ["Claim", "Owner", "OwnerFactory", "Verify", "owner"]

Claim = Callable[..., Incident]
Verify = Callable[[Incident], Incident]


@pytest.fixture
def claim(site: Site) -> Claim:
    """`claim(rider, incident)`: onto the card."""

    def make(rider: Owner, incident: Incident) -> Incident:
        number = rider.id
        with site.store.work() as work:
            return points.claim(work, number, incident.receipt)

    return make


@pytest.fixture
def verify(staff: StaffFactory, walk: WalkFactory) -> Verify:
    """Filed, dispatched, done by the guard, checked by the duty officer."""
    duty, guard = staff("duty"), staff("prop_guard")

    def make(incident: Incident) -> Incident:
        walk(incident, duty, "file", "dispatch")
        walk(incident, guard, "done")
        return walk(incident, duty, "verify")

    return make
