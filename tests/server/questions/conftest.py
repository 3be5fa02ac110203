"""What the desk and those without an account do: ask, send out, open addresses, answer."""

import io
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from server import incidents
from server.incidents import Incident, Step
from server.kit.site import Site
from server.questions import tokens


def jpeg(colour: str = "olive") -> bytes:
    """A small real photo."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return out.getvalue()


def post(client: TestClient, path: str, *photos: bytes, **fields: str) -> Any:
    """Send a form as a browser does; redirects are not followed."""
    parts = [("photos", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
    parts = parts or [("photos", ("", b"", "application/octet-stream"))]
    return client.post(path, data=fields, files=parts, follow_redirects=False)


class Town:
    """Looks at the records behind the pages."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def ticket(self, incident: Incident) -> Incident:
        """As it is now."""
        with self.site.store.look() as look:
            found = incidents.get(look, incident.id)
        assert found is not None
        return found

    def steps(self, incident: Incident) -> list[Step]:
        """Its history."""
        with self.site.store.look() as look:
            return incidents.history(look, incident.id)

    def photos(self, incident: Incident) -> int:
        """How many it has."""
        with self.site.store.look() as look:
            return len(incidents.photos(look, incident.id))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """For what no page shows."""
        with self.site.store.look() as look:
            return look.rows(sql)

    def path(self, door: tokens.Door, number: int) -> str:
        """The address as somebody received it, without the host."""
        return re.sub(r"^https?://[^/]+", "", tokens.address(self.site, door, number))


@pytest.fixture
def town(site: Site) -> Town:
    return Town(site)


@pytest.fixture
def duty(staff: Any) -> Any:
    return staff("duty", name="王值班")


@pytest.fixture
def guard(staff: Any) -> Any:
    return staff("prop_guard", name="李师傅")


@pytest.fixture
def at_work(report: Any, walk: Any, duty: Any) -> Incident:
    """A P2 ticket that the guards have."""
    return walk(report(words="白车挡住了门"), duty, "file", "dispatch")
