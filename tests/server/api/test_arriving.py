"""A report by program: nothing is read of a stranger's, never more than a report may be; what becomes of its photos."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.datastructures import UploadFile

from server import incidents
from server.api import arriving
from server.incidents import Incident
from server.kit.site import Site
from server.photos import PhotoRefused
from server.staff import new_token
from tests.server.photos.pictures import encoded, four_corners

PHOTO = encoded(four_corners(64, 48))
PIECE = 64 * 1024
START = b'--B\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'


@pytest.fixture
def token(site: Site) -> str:
    with site.store.work() as work:
        return new_token(work, "test", ("community:sn10",))


@pytest.fixture
def pour(app: FastAPI, client: TestClient, token: str) -> Callable[..., tuple[int, int]]:
    """`pour(length)`: a body without end, said to be so long or not; the status, and how much was read of it."""

    def make(length: int | None = None, bearer: str = token, key: str = "a" * 16) -> tuple[int, int]:
        headers = {
            "authorization": f"Bearer {bearer}",
            "idempotency-key": key,
            "content-type": "multipart/form-data; boundary=B",
            **({} if length is None else {"content-length": str(length)}),
        }
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/incidents",
            "raw_path": b"/api/v1/incidents",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
            "scheme": "http",
            "http_version": "1.1",
            "root_path": "",
        }
        read, statuses = 0, []

        async def receive() -> dict[str, Any]:
            nonlocal read
            piece = START if not read else bytes(PIECE)
            read += len(piece)
            return {"type": "http.request", "body": piece, "more_body": True}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        assert client.portal is not None
        client.portal.call(lambda: asyncio.wait_for(app(scope, receive, send), 60))
        return statuses[0], read

    return make


def post(client: TestClient, token: str, *photos: bytes, **fields: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
    form = {"station": "sn10-north", "category": "facility.light", **fields}
    files = [("photos", ("a.jpg", photo, "image/jpeg")) for photo in photos]
    return client.post("/api/v1/incidents", headers=headers, data=form, files=files or None)


def the_ticket(site: Site) -> tuple[Incident, int]:
    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"])
        return ticket, len(incidents.photos(look, ticket.id))


def test_nothing_is_read_of_somebody_without_a_token(pour: Callable[..., tuple[int, int]]) -> None:
    assert pour(bearer="wrong") == (401, 0)


def test_nothing_is_read_without_a_proper_key_or_of_a_body_that_says_it_is_too_long(
    pour: Callable[..., tuple[int, int]],
) -> None:
    assert pour(key="short") == (422, 0)
    assert pour(length=arriving.MOST_BYTES + 1) == (413, 0)


def test_a_body_that_does_not_say_its_length_is_read_no_further_than_a_report_may_be_long(
    pour: Callable[..., tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST_BYTES", 10 * PIECE)

    status, read = pour()

    assert status == 422
    assert read <= 12 * PIECE


def test_photos_are_handed_on_as_files_and_never_held_whole(
    client: TestClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []

    def take(_: Site, photo: object, *__: object) -> None:
        taken.append(photo)
        raise PhotoRefused("broken", "坏了")

    monkeypatch.setattr("server.photos.take", take)

    assert post(client, token, PHOTO).status_code == 422
    assert not isinstance(taken[0], bytes | UploadFile)
    assert hasattr(taken[0], "read")


def test_photos_of_a_category_that_keeps_none_are_left_out_and_the_answer_says_so(
    client: TestClient, site: Site, token: str
) -> None:
    answer = post(client, token, PHOTO, category="person.lost_child")

    _, kept = the_ticket(site)
    assert (answer.status_code, kept) == (201, 0)
    assert answer.json()["photos"] == 0
    assert answer.json()["left"] == ["这一类不留照片，照片没有保存。"]


def test_an_emergency_is_taken_whatever_becomes_of_its_photos(client: TestClient, site: Site, token: str) -> None:
    answer = post(client, token, PHOTO, b"<svg/>", category="fire.open_flame")

    ticket, kept = the_ticket(site)
    assert (answer.status_code, ticket.level, kept) == (201, "P0", 1)
    assert answer.json()["photos"] == 1
    assert answer.json()["left"] == ["这个文件不是照片。"]


def test_photos_that_find_no_turn_are_asked_for_later(
    client: TestClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise PhotoRefused("busy", "还没轮到")

    monkeypatch.setattr("server.photos.take", busy)

    assert post(client, token, PHOTO).status_code == 503


def test_seven_photos_are_too_many_and_nothing_is_kept(client: TestClient, site: Site, token: str) -> None:
    answer = post(client, token, *[PHOTO] * 7)

    assert answer.status_code == 422
    assert "6" in answer.json()["detail"]


def test_the_form_is_described_with_an_example(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    schema = document["paths"]["/api/v1/incidents"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert {"station", "category", "place", "words", "photos"} == schema["properties"].keys()
    assert schema["required"] == ["station", "category"]
    assert schema["examples"]
