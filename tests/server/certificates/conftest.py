"""A report that was helped with, and what its reporter and those who check see."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from server import certificates, incidents
from server.certificates import Card, Certificate
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person
from tests.server.conftest import ReportFactory, StaffFactory, WalkFactory


class Registry:
    """Looks behind the pages."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def card(self, own: Incident) -> Card | None:
        """What the receipt shows."""
        with self.site.store.look() as look:
            found = incidents.get(look, own.id)
            assert found is not None
            return certificates.card(look, found, incidents.leading(look, found))

    def ask(self, own: Incident) -> Certificate:
        """As the reporter does."""
        with self.site.store.work() as work:
            return certificates.ask(work, own.receipt)

    def grant(self, own: Incident, person: Person) -> Certificate:
        """As staff do."""
        with self.site.store.work() as work:
            return certificates.grant(self.site, work, own.id, person)

    def revoke(self, own: Incident, person: Person, reason: str = "时间写错了") -> Certificate:
        """As the director does."""
        with self.site.store.work() as work:
            return certificates.revoke(work, own.id, person, reason)

    def notes(self, own: Incident) -> list[str]:
        """What stands in the ticket's history."""
        with self.site.store.look() as look:
            return [step.note for step in incidents.history(look, own.id) if step.move == "note"]


@pytest.fixture
def registry(site: Site) -> Registry:
    return Registry(site)


@pytest.fixture
def duty(staff: StaffFactory) -> Person:
    return staff("duty", name="王值班")


@pytest.fixture
def director(staff: StaffFactory) -> Person:
    return staff("director", name="陈主任")


@pytest.fixture
def helped(
    report: ReportFactory, walk: WalkFactory, staff: StaffFactory, duty: Person, director: Person
) -> Callable[..., Incident]:
    """`helped()`: a report that went all the way; `helped(close=False)` waits for its close."""

    def make(category: str = "person.lost_elder", *, close: bool = True, **more: str) -> Incident:
        own = report(category, **more)
        walk(own, duty, "file", "dispatch", "done", desk="volunteer")
        return walk(own, director, "verify", *(["close"] if close else []))

    return make


@pytest.fixture
def visitor(client: TestClient) -> TestClient:
    """Anybody with a phone."""
    return client
