"""Desired and reported state."""

import json
from typing import Any

import pytest

from gateway.contract.envelope import Broken, digest
from gateway.contract.twin import MAX_BYTES, Desired, Reported, supersedes

BODY: dict[str, Any] = {"station": {"code": "sn10-north", "name": "北门站"}, "spots": ["北门站旁"]}


def document(**change: Any) -> bytes:
    return json.dumps({"v": 1, "version": 3, "hash": digest(BODY), "body": BODY, **change}).encode()


def test_a_document_in_any_spelling_is_read_when_the_hash_fits_the_body() -> None:
    assert Desired.decode(document()) == Desired(3, BODY)
    assert Desired.decode(document(later="field")) == Desired(3, BODY)


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "0" * 64},
        {"hash": digest(BODY).upper()},
        {"hash": ""},
        {"hash": None},
        {"body": {**BODY, "spots": []}},
        {"body": [BODY]},
        {"body": None},
        {"version": 0},
        {"version": 3.0},
        {"version": True},
        {"version": None},
        {"v": 2},
    ],
)
def test_a_document_that_is_torn_or_of_another_version_is_not_applied(change: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        Desired.decode(document(**change))


def test_only_a_higher_version_supersedes() -> None:
    assert supersedes(None, Desired(1, {}))
    assert supersedes(Desired(3, {}), Desired(4, {}))
    assert not supersedes(Desired(3, {}), Desired(3, {"other": 1}))
    assert not supersedes(Desired(3, {}), Desired(2, {}))


def test_a_desired_state_over_64_kib_is_refused_where_it_is_made() -> None:
    with pytest.raises(Broken, match="larger than 65536 bytes"):
        Desired(1, {"letters": ["站" * MAX_BYTES]}).encode()


def test_a_reported_state_needs_only_its_version_and_software() -> None:
    assert Reported.decode(b'{"version":0,"software":""}') == Reported(0, "")


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"version": -1},
        {"version": "1"},
        {"software": None},
        {"error": ["no"]},
        {"error": "x" * 501},
        {"amenities": []},
        {"amenities": {"raincoat": 1}},
        {"check": {"screen": None}},
        {"check": "ok"},
    ],
)
def test_a_reported_state_that_cannot_be_understood_is_broken(change: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        Reported.decode(json.dumps({"v": 1, "version": 1, "software": "0.1.0", **change}).encode())


def test_a_long_error_is_cut_rather_than_never_reported() -> None:
    reported = Reported.decode(Reported(1, "0.1.0", error="坏" * 2000).encode())

    assert reported.error == "坏" * 500
