"""Photos on tickets, small and of one colour."""

import io
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from server import photos
from server.kit.site import Site


@pytest.fixture
def photo(site: Site, client: TestClient) -> Callable[..., int]:
    """A stored photo of this colour; `client` starts the darkroom."""

    def make(colour: str = "red") -> int:
        out = io.BytesIO()
        Image.new("RGB", (640, 480), colour).save(out, "JPEG")
        stored = photos.take(site, out.getvalue())
        with site.store.work() as work:
            return photos.keep(work, stored)

    return make
