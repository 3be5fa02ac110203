"""One darkroom for all tests of a file that only develop; those about its processes open their own."""

from collections.abc import Iterator

import pytest

from server.photos.darkroom import Darkroom


@pytest.fixture(scope="module")
def darkroom() -> Iterator[Darkroom]:
    room = Darkroom(workers=1)
    yield room
    room.close()
