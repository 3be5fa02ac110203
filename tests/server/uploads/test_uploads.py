"""A photo in pieces over a bad line: tus 1.0.0, bounded, and cleaned up."""

import base64
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from server import uploads
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.site import Site
from server.uploads import actions, rules

REPORT = "a-client-id-of-a-report"


def begin(client: TestClient, length: int, *, report: str = REPORT, name: str = "photo-1") -> Response:
    pairs = {"report": report, "name": name}
    about = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": about}
    return client.post("/uploads", headers=headers)


def add(client: TestClient, address: str, offset: int, piece: bytes, **more: str) -> Response:
    headers = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream", **more,
    }  # fmt: skip
    return client.patch(address, headers=headers, content=piece)


def test_pieces_come_together_and_the_server_says_where_to_go_on(client: TestClient, site: Site) -> None:
    address = begin(client, 10).headers["location"]

    first = add(client, address, 0, b"01234")
    asked = client.head(address)
    second = add(client, address, 5, b"56789")

    assert (first.status_code, first.headers["upload-offset"]) == (204, "5")
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("5", "10")
    assert asked.headers["cache-control"] == "no-store"
    assert second.headers["upload-offset"] == "10"
    with uploads.opened(site, address.rpartition("/")[2], REPORT) as (_, file):
        assert file is not None
        assert file.read() == b"0123456789"


def test_an_upload_begun_twice_is_one_and_goes_on_where_it_was(client: TestClient) -> None:
    first = begin(client, 10)
    add(client, first.headers["location"], 0, b"012")

    second = begin(client, 10)

    assert second.headers["location"] == first.headers["location"]
    assert second.headers["upload-offset"] == "3"


def test_a_piece_at_another_place_is_not_written(client: TestClient) -> None:
    address = begin(client, 10).headers["location"]
    add(client, address, 0, b"012")

    again, ahead = add(client, address, 0, b"012"), add(client, address, 7, b"789")

    assert [(one.status_code, one.headers["upload-offset"]) for one in (again, ahead)] == [(409, "3"), (409, "3")]
    assert client.head(address).headers["upload-offset"] == "3"


def test_two_lines_of_one_phone_never_mix_their_pieces(tmp_path: Path) -> None:
    files = actions.Spool(tmp_path / "uploads")

    assert files.append("one", 0, b"abc") == 3
    assert files.append("one", 0, b"XYZ") == 3
    assert files.append("one", 3, b"def") == 6
    with files.opened("one") as file:
        assert file.read() == b"abcdef"


def test_more_than_was_announced_is_refused(client: TestClient) -> None:
    address = begin(client, 4).headers["location"]

    assert add(client, address, 0, b"12345").status_code == 413
    assert client.head(address).headers["upload-offset"] == "0"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2"}, 412),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "9" * 40}, 400),
        ({"Upload-Length": str(rules.MOST_BYTES + 1)}, 413),
        ({"Upload-Metadata": "report !!!,name cGhvdG8="}, 400),
        ({"Upload-Metadata": "report Li4vLi4vZXRj,name cGhvdG8="}, 400),
        ({"Upload-Metadata": ""}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(client: TestClient, headers: dict[str, str], status: int) -> None:
    good = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": "report YWJjZGVmZ2hp,name cGhvdG8="}

    assert client.post("/uploads", headers=good | headers).status_code == status


def test_a_piece_needs_the_protocols_headers(client: TestClient) -> None:
    address = begin(client, 4).headers["location"]

    assert add(client, address, 0, b"1", **{"Tus-Resumable": "2"}).status_code == 412
    assert add(client, address, 0, b"1", **{"Content-Type": "image/jpeg"}).status_code == 415
    assert (
        client.patch(
            address, headers={"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
        ).status_code
        == 400
    )
    assert add(client, "/uploads/nothing-here", 0, b"1").status_code == 404
    assert client.options("/uploads").headers["tus-max-size"] == str(rules.MOST_BYTES)


def test_one_report_cannot_make_uploads_without_end(client: TestClient) -> None:
    made = [begin(client, 9, name=f"photo-{number}").status_code for number in range(rules.MOST_EACH + 1)]

    assert made == [201] * rules.MOST_EACH + [409]


def test_a_full_disk_is_said_and_what_came_before_stays(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = begin(client, 10).headers["location"]
    add(client, address, 0, b"012")

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("server.uploads.spool.Spool.append", full)
        assert add(client, address, 3, b"345").status_code == 507
    monkeypatch.setattr("server.uploads.spool.Spool.free", lambda _: rules.LEFT_FREE)

    assert client.head(address).headers["upload-offset"] == "3"
    assert begin(client, 10, name="photo-2").status_code == 503


def test_an_upload_taken_away_is_gone(client: TestClient, site: Site) -> None:
    address = begin(client, 10).headers["location"]
    add(client, address, 0, b"012")

    assert client.delete(address, headers={"Tus-Resumable": "1.0.0"}).status_code == 204

    assert client.head(address).status_code == 404
    assert list((site.data / "uploads").iterdir()) == []


def test_what_nobody_finishes_is_deleted_after_a_day_and_what_goes_on_is_not(
    client: TestClient, site: Site, clock: Any
) -> None:
    left, alive = (begin(client, 10, name=name).headers["location"] for name in ("photo-1", "photo-2"))
    add(client, left, 0, b"012")
    clock.forward(DAY_MS + HOUR_MS)
    fresh = begin(client, 10, name="photo-3").headers["location"]

    actions.tidy(site)

    assert [client.head(one).status_code for one in (left, alive, fresh)] == [404, 404, 200]
    assert list((site.data / "uploads").iterdir()) == []


def test_an_upload_of_another_report_or_a_part_of_one_is_not_handed_out(client: TestClient, site: Site) -> None:
    number = begin(client, 10).headers["location"].rpartition("/")[2]

    with pytest.raises(actions.Missing), uploads.opened(site, number, "another-client-id"):
        pass
    with pytest.raises(actions.Refused), uploads.opened(site, number, REPORT):
        pass


def test_a_full_database_never_becomes_a_stack_trace(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("server.uploads.records.add", full)

    assert begin(client, 10).status_code == 503


def test_what_is_on_its_way_is_for_our_own_eyes(client: TestClient, site: Site) -> None:
    before = os.umask(0)
    try:
        address = begin(client, 10).headers["location"]
        add(client, address, 0, b"01234")
        folder = actions.spool(site)._folder
        made = folder.stat().st_mode & 0o777
        folder.chmod(0o755)
        actions.spool(site).close_to_others()
    finally:
        os.umask(before)

    assert (made, folder.stat().st_mode & 0o777) == (0o700, 0o700)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
