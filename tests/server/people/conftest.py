"""A community with people in it, and moments in Beijing."""

from collections.abc import Callable
from datetime import datetime

import pytest

from server import people
from server.kit.clock import BEIJING
from server.kit.site import Site
from server.people import ContactDraft, ShiftDraft
from server.people.rota import DAYS
from server.staff import Person

from ..conftest import StaffFactory

EVERY_DAY = tuple(DAYS)


def at(text: str) -> int:
    """`2026-03-16 08:30` in Beijing as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)


@pytest.fixture
def director(staff: StaffFactory) -> Person:
    return staff("director", name="陈主任")


ContactFactory = Callable[..., str]


@pytest.fixture
def contact(site: Site, director: Person) -> ContactFactory:
    """`contact("王值班")`, `contact("李", staff=person)`: a contact of sn10; returns its key."""

    def make(name: str, *, staff: Person | None = None, phone: str = "", community: str = "sn10") -> str:
        draft = ContactDraft(name, phone, staff=str(staff.id) if staff else "")
        with site.store.work() as work:
            return f"contact:{people.save_contact(work, director, community, draft)}"

    return make


ShiftFactory = Callable[..., int]


@pytest.fixture
def shift(site: Site, director: Person) -> ShiftFactory:
    """`shift("08:00", "20:00", duty=[key], backup=[key])`: a shift of sn10 on every kind of day."""

    def make(
        starts: str, ends: str, *, name: str = "班", days: tuple[str, ...] = EVERY_DAY, first: str = "", last: str = "",
        **posts: list[str],
    ) -> int:  # fmt: skip
        draft = ShiftDraft(name, days, starts, ends, first, last, {post: tuple(keys) for post, keys in posts.items()})
        with site.store.work() as work:
            return people.save_shift(work, director, "sn10", draft)

    return make
