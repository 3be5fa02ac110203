"""Cars that did not leave, and coupons of long ago: what the rounds make of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from server import incidents, parking, stations
from server.incidents import Incident
from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS
from server.kit.site import Site
from server.parking import Terms, overstay
from server.staff import Person
from server.stations import Written
from tests.server.conftest import Clock, EnterFactory, StaffFactory
from tests.server.parking.conftest import At, Gate


def tickets(site: Site) -> list[Incident]:
    with site.store.look() as look:
        return incidents.find(look, ["sn10"])


def test_a_car_that_did_not_leave_is_one_ticket_for_the_property(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock
) -> None:
    coupon = gate.issue(guard, family)

    clock.forward(4 * HOUR_MS + 5 * MINUTE_MS)
    overstay.look(site)
    early = tickets(site)
    clock.forward(6 * MINUTE_MS)
    for _ in range(3):
        overstay.look(site)

    assert early == []
    (ticket,) = tickets(site)
    assert (ticket.category, ticket.desk, ticket.state) == ("parking.spot_taken", "prop_guard", "reported")
    assert "14:00" in ticket.words and "沪A·12345" in ticket.words and "王" not in ticket.words
    assert gate.coupon(coupon).state == "over" and gate.coupon(coupon).incident == ticket.id


def test_the_ticket_stands_at_the_station_that_knows_the_spot(
    gate: Gate, site: Site, guard: Person, director: Person, at: At, clock: Clock
) -> None:
    wanted = {
        "北门消防通道": "sn10-north", "车棚后面": "sn10-north", "8号楼旁": "sn10-north", "北门": "sn10-north",
        "东门西侧": "sn10-east", "18号楼旁": "sn10-east", "": "sn10-east", "南门": "sn10-east",
    }  # fmt: skip
    with site.store.work() as work:
        stations.edit(work, "sn10-north", Written(spots="北门消防通道、车棚、8号楼"), "主任")
    for number, spot in enumerate(wanted, 1):
        gate.issue(guard, gate.family(director, str(number), "王奶奶家"), f"沪A0000{number}", spot=spot)

    clock.forward(5 * HOUR_MS)
    overstay.look(site)

    assert {one.place: one.station for one in tickets(site)} == wanted
    assert {one.desk for one in tickets(site)} == {"prop_guard"}


@pytest.mark.parametrize(
    "spot", ["<script>alert(1)</script>", "=HYPERLINK(1)", "加v xyz 贷款", "有人打人了", "消防车进不去"]
)
def test_whatever_was_typed_as_the_spot_the_ticket_is_the_propertys_and_no_more_urgent(
    gate: Gate, site: Site, guard: Person, staff: StaffFactory, family: int, clock: Clock, spot: str
) -> None:
    duty = staff("duty")
    gate.issue(guard, family, spot=spot)

    clock.forward(5 * HOUR_MS)
    overstay.look(site)

    (ticket,) = tickets(site)
    assert (ticket.desk, str(ticket.level)) == ("prop_guard", "P2")
    with site.store.look() as look:
        (to_guard,) = parking.on_ticket(look, ticket, guard)
        (to_duty,) = parking.on_ticket(look, ticket, duty)
    assert f"停在 {spot}" in to_guard.words and to_guard.phone == "13800138000"
    assert "停在" not in to_duty.words


def test_a_plate_that_sounds_like_an_emergency_calls_nobody_else(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock
) -> None:
    gate.issue(guard, family, "救命杀人")

    clock.forward(5 * HOUR_MS)
    overstay.look(site)

    (ticket,) = tickets(site)
    assert (ticket.desk, str(ticket.level)) == ("prop_guard", "P2")


def test_the_history_says_that_the_coupon_register_reported_it(
    gate: Gate, site: Site, guard: Person, enter: EnterFactory, family: int, clock: Clock
) -> None:
    gate.issue(guard, family)
    clock.forward(5 * HOUR_MS)
    overstay.look(site)

    page = enter(guard).get(f"/desk/incidents/{tickets(site)[0].id}").text.partition('id="history"')[2]

    assert "<b>停车券登记</b> 上报了" in page


def test_two_rounds_at_once_open_one_ticket(gate: Gate, site: Site, guard: Person, family: int, clock: Clock) -> None:
    gate.issue(guard, family)
    clock.forward(5 * HOUR_MS)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: overstay.look(site), range(4)))

    assert len(tickets(site)) == 1


def test_switched_off_a_car_that_did_not_leave_only_stands_on_the_list(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock
) -> None:
    with site.store.work() as work:
        parking.set_terms(work, guard, "sn10", Terms(watch=False))
    coupon = gate.issue(guard, family)

    clock.forward(5 * HOUR_MS)
    overstay.look(site)
    with site.store.work() as work:
        parking.set_terms(work, guard, "sn10", Terms())
    overstay.look(site)

    assert gate.coupon(coupon).state == parking.OVER
    assert tickets(site) == []


def test_the_rounds_delete_what_is_older_than_the_community_has_said(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock
) -> None:
    forget = parking.feature.rounds["forget coupons of long ago"][1]
    old = gate.issue(guard, family)
    clock.forward(100 * DAY_MS)
    fresh = gate.issue(guard, family, "沪A00002")

    forget(site)
    kept = gate.coupon(old)
    with site.store.work() as work:
        parking.set_terms(work, guard, "sn10", Terms(keep_days=90))
    forget(site)

    assert kept.id == old.id
    assert gate.coupon(fresh) == fresh
    with site.store.look() as look:
        assert parking.coupon(look, old.id) is None


def test_a_car_that_was_checked_out_is_nobodys_task(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock
) -> None:
    coupon = gate.issue(guard, family)
    with site.store.work() as work:
        parking.leave(work, guard, coupon.id)
        assert parking.leave(work, guard, coupon.id).state == "left"

    clock.forward(5 * HOUR_MS)
    overstay.look(site)

    assert tickets(site) == []


def test_checked_out_late_the_ticket_hears_of_it_and_closing_the_ticket_checks_out(
    gate: Gate, site: Site, guard: Person, staff: StaffFactory, family: int, clock: Clock
) -> None:
    late = [gate.issue(guard, family, plate) for plate in ("沪A00001", "沪A00002")]
    clock.forward(5 * HOUR_MS)
    overstay.look(site)

    with site.store.work() as work:
        parking.leave(work, guard, late[0].id)
    first, second = (gate.coupon(one).incident or 0 for one in late)
    duty = staff("duty")
    with site.store.work() as work:
        incidents.move(work, second, "reject", duty, note="车已经走了")

    with site.store.look() as look:
        notes = [step.note for step in incidents.history(look, first)]
    assert "停车券登记：车已经开走了" in notes
    assert [gate.coupon(one).state for one in late] == ["left", "left"]


def test_another_coupon_for_the_car_that_stayed_ends_the_first_one(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock
) -> None:
    first = gate.issue(guard, family)
    clock.forward(4 * HOUR_MS + MINUTE_MS)

    gate.issue(guard, family)
    clock.forward(HOUR_MS)
    overstay.look(site)

    assert gate.coupon(first).state == "left"
    assert tickets(site) == []


def test_a_community_without_a_station_keeps_the_car_on_its_list(
    gate: Gate, site: Site, guard: Person, family: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    coupon = gate.issue(guard, family)
    monkeypatch.setattr(overstay.stations, "all_stations", lambda _: [])
    clock.forward(5 * HOUR_MS)

    overstay.look(site)

    assert gate.coupon(coupon).state == "over" and gate.coupon(coupon).incident is None
    assert tickets(site) == []


def test_what_is_old_is_deleted_and_what_is_open_stays(
    gate: Gate, site: Site, director: Person, guard: Person, family: int, clock: Clock
) -> None:
    gone = gate.family(director, "7", "孙爷爷")
    gate.issue(guard, gone, "沪A00001")
    with site.store.work() as work:
        parking.retire_family(work, director, gone)
    clock.forward(40 * DAY_MS)
    fresh = gate.issue(guard, family, "沪A00002")

    with site.store.work() as work:
        kept = parking.purge(work, "sn10", work.now - 60 * DAY_MS)
        done = parking.purge(work, "sn10", work.now - 30 * DAY_MS)
        again = parking.purge(work, "sn10", work.now + 99 * DAY_MS)

    assert (kept, done) == ((0, 0), (1, 1))
    assert again[0] == 0 and gate.coupon(fresh) == fresh
