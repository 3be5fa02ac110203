"""Whichever way a picture comes in, only what the darkroom made of it is kept: no second half, no notes, no place."""

import re
import uuid
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from server import incidents, photos, questions, staff
from server.incidents import Incident
from server.kit.site import Site
from server.photos import records
from server.questions import tokens
from server.staff import Person
from tests.server.photos.pictures import encoded, exif, four_corners, gps, jpeg_segments

ROOT = Path(__file__).parents[3]
MARKER = b"<script>alert('marker-8417')</script>"
HERE = gps((31.0, 21.0, 10.0), "N", (121.0, 29.0, 12.0), "E")


def polyglot() -> bytes:
    """A real photo with a place and a note, a comment with a script in front, an archive and a page behind."""
    photo = encoded(
        four_corners(640, 480), exif=exif(taken="2026:11:22 14:05:09", gps=HERE, note=MARKER.decode()), comment=MARKER
    )
    return photo + b"PK\x03\x04" + MARKER + b"<html>" + MARKER


@pytest.fixture
def arrive(
    site: Site, client: TestClient, report: Callable[..., Incident], staff: Callable[..., Person]
) -> Iterator[Callable[[str, bytes], int]]:
    """`arrive("phone", data)`: send a picture this way; the status. `client` starts the darkroom."""
    duty = staff("duty")

    def asked() -> tuple[Incident, int, int]:
        """A dispatched ticket with a question to its reporter, and a link for a body outside."""
        incident = report("hazard.falling")
        with site.store.work() as work:
            incidents.move(work, incident.id, "file", duty)
            incidents.move(work, incident.id, "dispatch", duty, desk="prop_guard")
            question = questions.ask(work, incident.id, duty, "在哪儿？")
            link = questions.engage(work, incident.id, duty, body="消防站", asks="看一下", days=3)
        return incident, question.id, link.id

    def make(way: str, data: bytes) -> int:
        files = [("photos", ("a.jpg", data, "image/jpeg"))]
        if way in {"phone", "phone, urgent"}:
            category = "parking.fire_lane" if way == "phone" else "fire.open_flame"
            form = {"client_id": uuid.uuid4().hex, "category": category}
            return client.post("/s/sn10-north/report", data=form, files=files, follow_redirects=False).status_code
        if way == "api":
            headers = {"Authorization": f"Bearer {_token(site)}", "Idempotency-Key": uuid.uuid4().hex}
            form = {"station": "sn10-north", "category": "parking.fire_lane"}
            return client.post("/api/v1/incidents", headers=headers, data=form, files=files).status_code
        incident, question, link = asked()
        if way == "answer on the receipt":
            form = {"question": str(question), "words": "这里"}
            address = f"/r/{incident.receipt}/answer"
        elif way == "answer by link":
            form, address = {"words": "这里"}, "/q/" + tokens.address(site, "q", question).rpartition("/")[2]
        else:
            form, address = (
                {"what": "done", "words": "办好了"},
                "/o/" + tokens.address(site, "o", link).rpartition("/")[2],
            )
        return client.post(address, data=form, files=files, follow_redirects=False).status_code

    yield make


WAYS = ["phone", "phone, urgent", "api", "answer on the receipt", "answer by link", "outside body"]


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_with_a_second_half_is_kept_without_it(
    site: Site, arrive: Callable[[str, bytes], int], way: str
) -> None:
    status = arrive(way, polyglot())

    kept = [path.read_bytes() for path in (site.data / "photos").rglob("*") if path.is_file()]
    with site.store.look() as look:
        (photo,) = records.after(look, 0, 9)
        assert incidents.of_photo(look, photo.id) is not None
    assert status in {201, 303}
    assert len(kept) == 2
    for data in kept:
        assert b"marker-8417" not in data and b"PK\x03\x04" not in data
        assert jpeg_segments(data) <= {0xE0, 0xDB, 0xC0, 0xC4}
        assert dict(Image.open(BytesIO(data)).getexif()) == {}
    assert (photo.taken, photo.point is not None) == ("2026-11-22T14:05:09", True)


@pytest.mark.parametrize("way", WAYS)
def test_a_page_called_a_photo_is_kept_by_no_way(site: Site, arrive: Callable[[str, bytes], int], way: str) -> None:
    arrive(way, b"<svg xmlns='http://www.w3.org/2000/svg'>" + MARKER + b"</svg>")

    with site.store.look() as look:
        assert records.after(look, 0, 9) == []
    assert not [path for path in (site.data / "photos").rglob("*") if path.is_file()]


TABLES = {"stationbook/sheet_pages.py"}
"""What is uploaded there is read as a table of text."""


def test_no_other_part_of_the_server_opens_or_stores_what_was_uploaded() -> None:
    takers = set()
    for path in sorted((ROOT / "server").rglob("*.py")):
        name, source = str(path.relative_to(ROOT / "server")), path.read_text("utf-8")
        if name.startswith(("photos/", "rehearsal/")) or name in TABLES:
            continue
        assert not re.search(r"from PIL|import PIL|pi_heif|vault\.put", source), name
        if re.search(r"\b(photos\.)?take\(site", source):
            takers.add(name)
        else:
            assert not re.search(r"\.file\.read\(|await \w+\.read\(\)", source), name
    assert takers >= {"api/incidents.py", "questions/replying.py", "riders/photos_in.py", "additions/taking.py"}


def _token(site: Site) -> str:
    with site.store.work() as work:
        return staff.new_token(work, "another program", ("community:sn10",))


def test_the_vault_stores_nothing_but_the_darkrooms_jpegs(site: Site, client: TestClient) -> None:
    stored = photos.take(site, encoded(four_corners(), "PNG"))

    assert stored.large.endswith(".jpg")
    assert photos.vault_of(site).get(stored.large).startswith(b"\xff\xd8\xff")
