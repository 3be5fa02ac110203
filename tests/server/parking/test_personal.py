"""A family asks what stands about it, and that it be taken away."""

import io
import json
import sqlite3
import zipfile
from typing import Any

import pytest

from server import parking, privacy
from server.kit.errors import Refused
from server.kit.site import Site
from server.privacy import By
from server.staff import Person

from .conftest import At, Gate

PHONE = "13912345678"
HERE = By(None, "王主任", "主任", frozenset({"sn10", "sn11"}))
ELSEWHERE = By(None, "李主任", "主任", frozenset({"yh1"}))


def copy(site: Site, by: By) -> Any:
    package = zipfile.ZipFile(io.BytesIO(privacy.export(site, by, [], PHONE)))
    return json.loads(package.read("数据.json"))


@pytest.fixture
def family(gate: Gate, director: Person, guard: Person, at: At) -> int:
    """With one coupon in use."""
    number = gate.family(director, "17", "周奶奶家", alone=True, phone=PHONE)
    gate.issue(guard, number, "沪B88888")
    return number


def test_a_family_is_found_by_its_number_and_has_a_copy_of_the_register(site: Site, family: int) -> None:
    with site.store.look() as look:
        found = privacy.find(look, HERE, [], "139-1234 5678")
        elsewhere = privacy.find(look, ELSEWHERE, [], PHONE)

    data = copy(site, HERE)

    assert found.kept == {"停车券名单": 1, "停车券": 1}
    assert elsewhere.kept == {}
    assert (data["停车券名单"][0]["称呼"], data["停车券名单"][0]["独居"]) == ("周奶奶家", "是")
    assert data["停车券"][0]["车牌"] == "沪B·88888"


def test_a_family_is_deleted_for_good_once_no_car_stands_by_its_coupon(
    site: Site, gate: Gate, guard: Person, family: int
) -> None:
    with site.store.look() as look:
        (standing,) = parking.standing(look, "sn10")

    with pytest.raises(Refused, match="沪B·88888 的停车券还在用"):
        privacy.erase(site, HERE, [], PHONE)
    with site.store.work() as work:
        parking.leave(work, guard, standing.id)
    privacy.erase(site, ELSEWHERE, [], PHONE)
    with site.store.look() as look:
        assert privacy.find(look, HERE, [], PHONE).kept
    counts = privacy.erase(site, HERE, [], PHONE)

    assert counts == {"停车券名单": 1, "停车券": 1}
    with sqlite3.connect(site.data / "changxiaozhan.db") as connection:
        kept = "\n".join(connection.iterdump())
    for said in (PHONE, "周奶奶家", "沪B88888"):
        assert said not in kept
    assert privacy.erase(site, HERE, [], PHONE) == {}
