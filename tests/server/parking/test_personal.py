"""A family asks what stands about it, and that it be taken away."""

import io
import json
import sqlite3
import zipfile
from typing import Any

import pytest

from server import incidents, parking, privacy
from server.kit.clock import HOUR_MS
from server.kit.errors import Refused
from server.kit.personal import Exporting, Gathering, Subject
from server.kit.site import Site
from server.parking import overstay
from server.privacy import By
from server.staff import Person
from tests.server.conftest import Clock, StaffFactory, WalkFactory

from .conftest import At, Gate

PHONE = "13912345678"
HERE = By(None, "王主任", "主任", frozenset({"sn10", "sn11"}))
ELSEWHERE = By(None, "李主任", "主任", frozenset({"yh1"}))


def copy(site: Site, by: By) -> Any:
    package = zipfile.ZipFile(io.BytesIO(privacy.export(site, by, [], PHONE)))
    return json.loads(package.read("数据.json"))


def everything(site: Site) -> str:
    """All that the database holds."""
    with sqlite3.connect(site.data / "changxiaozhan.db") as connection:
        return "\n".join(connection.iterdump())


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


def test_the_ticket_about_a_car_that_did_not_leave_goes_with_the_family_and_not_before_it_is_closed(
    site: Site, guard: Person, staff: StaffFactory, walk: WalkFactory, family: int, clock: Clock
) -> None:
    clock.forward(5 * HOUR_MS)
    overstay.look(site)
    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"])

    with pytest.raises(Refused, match=f"{ticket.number} 还在办"):
        privacy.erase(site, HERE, [], PHONE)
    walk(ticket, staff("duty"), "reject")
    whole = copy(site, HERE)
    privacy.erase(site, HERE, [], PHONE)

    assert "沪B·88888" in whole["上报"][0]["原话"]
    assert "88888" not in everything(site)


def test_the_phone_alone_does_not_tell_who_lives_alone(site: Site, family: int) -> None:
    event = Exporting(Subject(phone=PHONE))
    gathering = Gathering(PHONE, frozenset())

    with site.store.work() as work:
        work.tell(event)
        work.tell(gathering)

    assert event.sheets["停车券名单"][0]["独居"] == "请到居委会问"
    assert gathering.tickets == set()


def test_a_number_at_several_families_deletes_none_until_the_register_says_whose_it_is(
    site: Site, gate: Gate, director: Person, at: At
) -> None:
    first, second = (gate.family(director, building, "周奶奶家", phone=PHONE) for building in ("17", "18"))

    with pytest.raises(Refused, match="（17号楼、18号楼）都写着这个号码"):
        privacy.erase(site, HERE, [], PHONE)
    with site.store.work() as work:
        parking.save_family(work, director, "sn10", "18", "周奶奶家", "", False, second, without_phone=True)
    counts = privacy.erase(site, HERE, [], PHONE)

    assert counts == {"停车券名单": 1}
    with site.store.look() as look:
        assert [one.id for one in parking.households(look, "sn10", "2030-05")] == [second] != [first]


def test_a_coupon_that_is_still_to_begin_is_cancelled_first(
    site: Site, gate: Gate, guard: Person, director: Person, at: At
) -> None:
    number = gate.family(director, "17", "周奶奶家", phone=PHONE)
    coupon = gate.issue(guard, number, "沪B88888", start="2030-05-08T14:00")

    with pytest.raises(Refused, match="还没开始（2030-05-08 14:00 起），先作废再删"):
        privacy.erase(site, HERE, [], PHONE)
    with site.store.work() as work:
        parking.cancel(work, guard, coupon.id)

    assert privacy.erase(site, HERE, [], PHONE) == {"停车券名单": 1, "停车券": 1}


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
    kept = everything(site)
    for said in (PHONE, "周奶奶家", "沪B88888"):
        assert said not in kept
    assert privacy.erase(site, HERE, [], PHONE) == {}
