"""Looking for text: suggestions of places only, by a child that may die, and nothing at all without the extra."""

import time
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from server import photos
from server.kit.site import Site
from server.photos import reading, records
from server.photos.darkroom import Box, CannotStart, Darkroom, WorkerDied
from server.photos.reading import Reading
from tests.server.photos.pictures import encoded, four_corners


class Child:
    """Stands for the process with the models, which are not installed here."""

    fit = alive = True

    def __init__(self, found: list[Box] | None) -> None:
        self._found = found
        self.ended = False

    def read(self, picture: bytes) -> list[Box]:
        assert picture.startswith(b"\xff\xd8\xff")
        if self._found is None:
            raise WorkerDied("gone")
        return self._found

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def look(site: Site, client: TestClient) -> Callable[[Callable[[], Child]], int]:
    """Keep a photo, let the thread look at it with this child, and give its number."""

    def make(start: Callable[[], Child]) -> int:
        stored = photos.take(site, encoded(four_corners()))
        with site.store.work() as work:
            number = photos.keep(work, stored)
        thread = Reading(site, photos.vault_of(site), start, look_every_s=0.01)  # type: ignore[arg-type]
        thread.start()
        until = time.monotonic() + 60
        while time.monotonic() < until and thread._thread.is_alive():
            with site.store.look() as view:
                if not records.unread(view, 1):
                    break
            time.sleep(0.01)
        thread.stop()
        return number

    return make


def test_places_with_text_are_suggested_and_nothing_is_covered(
    site: Site, look: Callable[[Callable[[], Child]], int]
) -> None:
    child = Child([(10, 20, 300, 40)])

    number = look(lambda: child)

    with site.store.look() as view:
        photo = records.get(view, number)
        assert photo is not None and photo.rounds == 0
        assert records.marks(view, number) == [(10, 20, 300, 40)]
    assert child.ended


def test_a_photo_that_kills_the_child_is_not_tried_again(
    site: Site, look: Callable[[Callable[[], Child]], int]
) -> None:
    started: list[Child] = []

    def start() -> Child:
        started.append(Child(None))
        return started[-1]

    number = look(start)

    with site.store.look() as view:
        assert records.marks(view, number) == []
        assert records.unread(view, 1) == []
    assert len(started) == 1 and started[0].ended


def test_a_child_that_cannot_be_started_is_given_up(site: Site, look: Callable[[Callable[[], Child]], int]) -> None:
    tries = []

    def start() -> Child:
        tries.append(1)
        raise CannotStart("no models")

    number = look(start)

    assert len(tries) == reading.GIVE_UP
    with site.store.look() as view:
        assert [one.id for one in records.unread(view, 1)] == [number]


def test_without_the_extra_nothing_runs_and_nothing_is_missing(site: Site, client: TestClient) -> None:
    part = site.parts["photos"]

    assert isinstance(part.darkroom, Darkroom)
    assert (part.reading is not None) == reading.installed()
