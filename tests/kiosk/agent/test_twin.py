from pathlib import Path
from typing import Any

import pytest

from gateway.contract.envelope import pack
from gateway.contract.twin import Desired
from kiosk.agent.twin import Twin


def test_a_desired_state_is_applied_kept_over_a_restart_and_answered(world: Any) -> None:
    world.start()

    world.gateway.desire(Desired(4, {"spots": ["门口"], "public_url": "https://new.example/"}))
    world.settle()
    world.boot()

    assert world.gateway.reported.version == 4
    assert world.gateway.reported.error is None
    assert world.agent.view().spots == ("门口",)
    assert world.agent.view().qr_url.startswith("https://new.example/s/sn10-north?c=")


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        (Desired(3, {"spots": ["旧的"]}).encode(), "supersede"),
        (Desired(4, {"spots": ["不同"]}).encode(), "supersede"),
        (pack({"v": 1, "version": 9, "hash": "0" * 64, "body": {}}), "hash"),
        (Desired(9, {"spots": "门口"}).encode(), "spots"),
        (Desired(9, {"amenities": [{"code": "raincoat", "label": "雨衣", "state": "gone"}]}).encode(), "amenities.0"),
        (Desired(9, {"public_url": "javascript:alert(1)"}).encode(), "public_url"),
        (b"{", "JSON"),
    ],
)
def test_a_broken_or_older_desired_state_leaves_the_last_good_one(tmp_path: Path, payload: bytes, word: str) -> None:
    twin = Twin(tmp_path / "desired.json")
    twin.offer(Desired(4, {"spots": ["门口"]}).encode())

    applied = twin.offer(payload)

    assert not applied
    assert word in (twin.error or "")
    assert (twin.version, twin.wanted.spots) == (4, ("门口",))
    assert Twin(tmp_path / "desired.json").wanted.spots == ("门口",)


def test_the_brokers_copy_of_what_is_applied_is_no_error(tmp_path: Path) -> None:
    twin = Twin(tmp_path / "desired.json")
    twin.offer(Desired(4, {}).encode())
    twin.offer(b"{")

    twin.offer(Desired(4, {}).encode())

    assert twin.error is None


def test_parts_of_a_newer_server_are_passed_over(tmp_path: Path) -> None:
    twin = Twin(tmp_path / "desired.json")

    assert twin.offer(Desired(1, {"lottery": {"prize": 1}, "spots": ["门口"]}).encode())
    assert twin.wanted.spots == ("门口",)


def test_a_torn_file_is_as_if_nothing_had_been_heard(tmp_path: Path) -> None:
    (tmp_path / "desired.json").write_bytes(b'{"v":1,"vers')

    twin = Twin(tmp_path / "desired.json")

    assert twin.version == 0
    assert "cannot be read" in (twin.error or "")
    assert twin.offer(Desired(1, {}).encode())


def test_a_disk_that_refuses_does_not_keep_the_screen_from_changing(tmp_path: Path) -> None:
    twin = Twin(tmp_path / "missing" / "desired.json")

    assert twin.offer(Desired(1, {"spots": ["门口"]}).encode())
    assert twin.wanted.spots == ("门口",)
    assert "not stored" in (twin.error or "")
