"""What a rider's phone does: opens pages, fills forms in, carries photos."""

import io
import re
import secrets
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from gateway.contract import presence
from server import incidents, stations
from server.incidents import Incident
from server.kit.site import Site
from server.stations import Station

TEXT_NAMED_JPG = b"this is only text"


def jpeg(colour: str = "olive", size: tuple[int, int] = (640, 480)) -> bytes:
    """A small real photo."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def text_of(answer: Response) -> str:
    """What a person reads on a page: no tags, one space."""

    class Reader(HTMLParser):
        words: list[str]

        def handle_data(self, data: str) -> None:
            self.words.append(data)

    reader = Reader()
    reader.words = []
    reader.feed(answer.text)
    return re.sub(r"\s+", " ", "".join(reader.words))


def hidden(page: str, name: str) -> str:
    """The value of a hidden field; empty when there is none."""
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


class Rider:
    """A phone at a station."""

    def __init__(self, client: TestClient, site: Site, station: str) -> None:
        self.client = client
        self.site = site
        self.station = station

    def form(self, **given: str) -> dict[str, Any]:
        """The fields of an empty form, with what the rider chose."""
        page = self.client.get(f"/s/{self.station}/report").text
        return {"client_id": hidden(page, "client_id"), "category": "parking.fire_lane", **given}

    def send(self, fields: dict[str, Any], *photos: bytes, **options: Any) -> Response:
        """Press 发送; redirects are not followed."""
        parts = [("photos", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
        # An empty part is what a browser sends when no photo was chosen.
        parts = parts or [("photos", ("", b"", "application/octet-stream"))]
        return self.client.post(
            f"/s/{self.station}/report", data=fields, files=parts, follow_redirects=False, **options
        )

    def ticket(self, answer: Response) -> Incident:
        """What the report has become."""
        assert answer.status_code == 303, answer.text
        with self.site.store.look() as look:
            return incidents.by_receipt(look, answer.headers["location"].split("/")[-1].partition("?")[0])

    def tickets(self) -> list[Incident]:
        """All of the community."""
        with self.site.store.look() as look:
            return incidents.find(look, ["sn10"])

    def photos(self, incident: Incident) -> int:
        """How many photos a ticket has."""
        with self.site.store.look() as look:
            return len(incidents.photos(look, incident.id))


@pytest.fixture
def rider(client: TestClient, site: Site) -> Iterator[Rider]:
    return Rider(client, site, "sn10-north")


@pytest.fixture
def station(site: Site) -> Station:
    with site.store.look() as look:
        return stations.get(look, "sn10-north")


@pytest.fixture
def code(station: Station, site: Site) -> str:
    """What the kiosk's QR shows now."""
    return presence.code(station.presence_key, station.code, site.store.clock())


@pytest.fixture
def old_code(station: Station, site: Site) -> str:
    """What it showed ten minutes ago."""
    return presence.code(station.presence_key, station.code, site.store.clock() - 600_000)


def fresh_id() -> str:
    """As a form or a script makes it."""
    return secrets.token_urlsafe(16)


def eventually(true: Any, seconds: float = 20) -> None:
    """Wait for a condition with a generous deadline."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
