"""A voucher from the phone to the kiosk and back: set aside, taken, booked once, or given back; at once and late."""

import contextlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.contract import vouchers as contract
from server import stations, vouchers
from server.kit.clock import MINUTE_MS
from server.kit.errors import Forbidden, Missing, Refused
from server.kit.records import refused
from server.kit.site import Site
from server.points import records as point_records
from server.profiles import Rider
from server.vouchers import actions, records, rules

from ..conftest import Clock, EnterFactory, StaffFactory
from .conftest import Counter, OwnerFactory, Screen

Rich = Callable[[], Counter]


def test_points_are_set_aside_and_the_code_opens_at_the_station(rich: Rich, site: Site) -> None:
    rider = rich()

    rider.ask()
    page = rider.rider.client.get("/me/vouchers").text

    shown = re.search(r'class="voucher"[^>]*>(\d{4}) (\d{4})<', page)
    assert shown
    with site.store.look() as look:
        key, now = stations.get(look, "sn10-north").presence_key, look.now
    assert contract.find(key, "sn10-north", shown[1] + shown[2], now) == rider.latest.voucher
    assert rider.balance == 30


@pytest.mark.parametrize(
    ("item", "station", "says"),
    [
        ("meal", "sn10-north", "还差 10 分"),
        ("raincoat", "sn10-east", "没有屏幕"),
        ("gold", "sn10-north", "没有这样东西"),
        ("raincoat", "nowhere", "没有找到这个小站"),
    ],
)
def test_what_cannot_be_had_takes_nothing(rich: Rich, item: str, station: str, says: str) -> None:
    rider = rich()

    answer = rider.ask(item, station)

    assert answer.status_code in {404, 409}
    assert says in answer.text
    assert rider.balance == 50


def test_a_station_without_raincoats_gives_no_code_for_one(rich: Rich, site: Site) -> None:
    rider = rich()
    with site.store.work() as work:
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", work.now, "kiosk")

    answer = rider.ask()

    assert "这里的雨衣现在没有了" in answer.text
    assert rider.balance == 50


def test_two_presses_at_once_make_one_code(rich: Rich) -> None:
    rider = rich()

    with ThreadPoolExecutor(6) as hands:
        answers = list(hands.map(lambda _: rider.ask().status_code, range(6)))

    assert sorted(answers) == [303, 409, 409, 409, 409, 409]
    assert rider.balance == 30


def test_a_minute_has_sixteen_numbers_at_one_station(site: Site) -> None:
    now = site.store.clock()
    site.store.clock = lambda: now
    riders = [Rider(number, "小李", "13800138000", False, now, 0) for number in range(1, contract.NUMBERS + 2)]
    made = []

    for rider in riders[:-1]:
        with site.store.work() as work:
            point_records.add(work, rider.id, "sn10", 20, "award", "测试")
            made.append(actions.reserve(work, rider, "raincoat", "sn10-north").number)
    with pytest.raises(Refused, match="等一分钟"), site.store.work() as work:
        actions.reserve(work, riders[-1], "raincoat", "sn10-north")

    assert sorted(made) == list(range(contract.NUMBERS))


def test_a_code_that_was_taken_is_booked_once_whatever_comes_again(rich: Rich, screen: Screen) -> None:
    rider = rich()
    rider.ask()
    given = rider.latest

    screen.tell(given, "accepted")
    screen.tell(given, "dispensed")
    screen.tell(given, "accepted")
    screen.tell(given, "dispensed")

    assert (rider.latest.state, rider.latest.outcome) == (rules.USED, "dispensed")
    assert rider.balance == 30


def test_the_end_heard_before_the_beginning_is_as_good(rich: Rich, screen: Screen) -> None:
    rider = rich()
    rider.ask()

    screen.tell(rider.latest, "dispensed")
    screen.tell(rider.latest, "accepted")

    assert (rider.latest.state, rider.latest.outcome, rider.balance) == (rules.USED, "dispensed", 30)


def test_nobody_used_it_and_the_points_come_back_once(rich: Rich, site: Site, screen: Screen, clock: Clock) -> None:
    rider = rich()
    rider.ask()

    actions.lapse(site)
    before = rider.latest.state
    clock.forward(rules.LAPSE_MS + MINUTE_MS)
    screen.heard()
    actions.lapse(site)
    actions.lapse(site)

    assert before == rules.RESERVED
    assert (rider.latest.state, rider.balance) == (rules.LAPSED, 50)


def test_what_ended_long_ago_is_forgotten_and_its_points_stay(
    rich: Rich, site: Site, screen: Screen, clock: Clock
) -> None:
    rider = rich()
    rider.ask()
    screen.tell(rider.latest, "dispensed")
    number, balance = rider.latest.id, rider.balance

    clock.forward(rules.KEPT_MS + MINUTE_MS)
    actions.forget(site)

    with site.store.look() as look:
        assert records.get(look, number) is None
    assert rider.balance == balance


def test_while_the_station_has_no_line_the_points_wait_a_day(
    rich: Rich, site: Site, screen: Screen, clock: Clock
) -> None:
    rider = rich()
    screen.heard()
    rider.ask()

    clock.forward(rules.LAPSE_MS + MINUTE_MS)
    actions.lapse(site)
    silent = rider.latest.state
    screen.heard(backlog=3)
    actions.lapse(site)
    behind = rider.latest.state
    clock.forward(rules.PATIENCE_MS)
    actions.lapse(site)

    assert (silent, behind) == (rules.RESERVED, rules.RESERVED)
    assert (rider.latest.state, rider.balance) == (rules.LAPSED, 50)


def test_used_offline_and_heard_of_a_day_later_it_is_booked_after_all(
    rich: Rich, site: Site, screen: Screen, clock: Clock
) -> None:
    rider = rich()
    rider.ask()
    clock.forward(rules.PATIENCE_MS + rules.LAPSE_MS + MINUTE_MS)
    actions.lapse(site)
    back = rider.balance

    screen.tell(rider.latest, "accepted")
    screen.tell(rider.latest, "accepted")

    assert back == 50
    assert (rider.latest.state, rider.balance) == (rules.USED, 30)


def test_two_screens_without_a_line_that_took_one_code_book_it_once_and_staff_see_it(
    rich: Rich, site: Site, screen: Screen
) -> None:
    rider = rich()
    rider.ask()

    screen.tell(rider.latest, "accepted", deed="deed-0001")
    screen.tell(rider.latest, "accepted", deed="deed-0002")
    screen.tell(rider.latest, "dispensed", deed="deed-0002")

    with site.store.look() as look:
        (doubled,) = vouchers.doubled(look, ["sn10"], 0)
    assert (doubled.again, doubled.outcome, rider.balance) == (1, "accepted", 30)


def test_a_guessed_code_is_set_aside_and_takes_nobodys_points(rich: Rich, site: Site, screen: Screen) -> None:
    rider = rich()
    rider.ask()

    screen.tell(rider.latest, "accepted", number=rider.latest.number + 1)

    with site.store.look() as look:
        assert "没有发过" in refused(look)[0]["reason"]
    assert rider.latest.state == rules.RESERVED


def test_another_stations_kiosk_cannot_take_a_code(rich: Rich, site: Site, screen: Screen) -> None:
    rider = rich()
    rider.ask()

    screen.tell(rider.latest, "accepted", kiosk="kiosk-99")

    assert rider.latest.state == rules.RESERVED


@pytest.mark.parametrize("outcome", ["by_hand", "unknown"])
def test_what_a_person_has_to_give_waits_at_the_desk(
    rich: Rich, site: Site, screen: Screen, staff: StaffFactory, outcome: str
) -> None:
    rider, duty = rich(), staff("duty")
    rider.ask()
    screen.tell(rider.latest, "accepted")
    screen.tell(rider.latest, outcome)

    with site.store.look() as look:
        waiting = [one.id for one in vouchers.waiting(look, ["sn10"])]
    page = rider.rider.client.get("/me/vouchers").text
    with site.store.work() as work:
        vouchers.hand_over(work, duty, waiting[0])
    with pytest.raises(Refused), site.store.work() as work:
        vouchers.refund(work, duty, waiting[0])
    screen.tell(rider.latest, "dispensed")

    assert "请向值班员领取" in page
    assert (rider.latest.outcome, rider.balance) == ("handed", 30)


def test_none_left_and_the_points_go_back_once(rich: Rich, site: Site, screen: Screen, staff: StaffFactory) -> None:
    rider, duty = rich(), staff("duty")
    rider.ask()
    screen.tell(rider.latest, "by_hand")
    number = rider.latest.id

    for _ in range(2):
        with contextlib.suppress(Refused), site.store.work() as work:
            vouchers.refund(work, duty, number)

    assert (rider.latest.state, rider.balance) == (rules.REFUNDED, 50)


def test_only_those_who_triage_there_hand_over(rich: Rich, site: Site, screen: Screen, staff: StaffFactory) -> None:
    rider = rich()
    rider.ask()
    screen.tell(rider.latest, "by_hand")
    number = rider.latest.id

    for person, refusal in ((staff("prop_guard"), Forbidden), (staff("duty", scopes=("community:yh1",)), Missing)):
        with pytest.raises(refusal), site.store.work() as work:
            vouchers.hand_over(work, person, number)


def test_who_leaves_takes_the_code_along_and_a_late_fact_harms_nothing(rich: Rich, site: Site, screen: Screen) -> None:
    rider = rich()
    rider.ask()
    given = rider.latest

    rider.rider.client.post("/me/leave")
    screen.tell(given, "accepted")

    with site.store.look() as look:
        left = records.get(look, given.id)
        assert refused(look) == []
    assert left is not None
    assert (left.rider, left.state) == (None, rules.USED)


def test_the_desk_shows_what_waits_the_figures_and_sums_without_names(
    rich: Rich, screen: Screen, staff: StaffFactory, enter: EnterFactory
) -> None:
    rider = rich()
    rider.ask()
    screen.tell(rider.latest, "by_hand")
    director, duty, guard = (enter(staff(role)) for role in ("director", "duty", "prop_guard"))

    page = director.get("/desk/points").text
    low = director.post("/desk/points", data={"community": "sn10", "name": "voucher_raincoat", "value": "0"})
    saved = director.post("/desk/points", data={"community": "sn10", "name": "voucher_raincoat", "value": "15"})
    handed = duty.post(f"/desk/points/vouchers/{rider.latest.id}/handed", data={"community": "sn10"})

    assert "小李" not in page and rider.rider.number not in page
    assert low.status_code == 422
    assert "15 分" in saved.text and "director甲" in saved.text
    assert "没有等着发的" in handed.text
    assert (
        duty.post("/desk/points", data={"community": "sn10", "name": "voucher_meal", "value": "9"}).status_code == 403
    )
    assert guard.get("/desk/points").status_code == 403


def test_the_copy_holds_what_was_redeemed(rich: Rich, owner: OwnerFactory, screen: Screen) -> None:
    rider = rich()
    rider.ask()
    screen.tell(rider.latest, "dispensed")

    data = rider.rider.client.get("/me/data.json").json()

    assert data["兑换"][0]["东西"] == "雨衣"
    assert [row["分"] for row in data["分的明细"]] == [-20, 50]


def test_phone_and_desk_show_the_same_two_digits_of_what_a_person_hands_over(
    rich: Rich, site: Site, screen: Screen, staff: StaffFactory, enter: EnterFactory
) -> None:
    first, second = rich(), rich()
    for number, one in enumerate((first, second)):
        one.ask()
        screen.tell(one.latest, "by_hand", deed=f"deed-000{number}")
    with site.store.look() as look:
        codes = [actions.code(look, given) for given in vouchers.waiting(look, ["sn10"])]

    desk = enter(staff("duty")).get("/desk/points").text
    phones = [one.rider.client.get("/me/vouchers").text for one in (first, second)]

    for code, phone in zip(codes, phones, strict=True):
        assert f"尾号 {code[-2:]}" in desk
        assert f"尾号 {code[-2:]}" in phone
        assert code not in desk + phone


def test_leaving_names_what_is_lost_and_not_what_could_be_had(rich: Rich) -> None:
    rider = rich()

    without = rider.rider.client.get("/me/leave").text
    rider.ask()
    waiting = rider.rider.client.get("/me/leave").text

    assert "兑换：没有等着取的" in without
    assert "兑换：有 1 个没取的码" in waiting
    assert "我的分：30 分" in waiting
    assert "餐券" not in without


def test_switching_points_off_ends_the_code_and_a_late_fact_harms_nothing(
    rich: Rich, site: Site, screen: Screen
) -> None:
    rider = rich()
    rider.ask()
    given = rider.latest

    rider.rider.client.post("/me/refuse", data={"purpose": "points"})
    screen.tell(given, "accepted")
    again = rider.ask()

    with site.store.look() as look:
        ended = records.get(look, given.id)
        assert refused(look) == []
    assert ended is not None and ended.rider is None
    assert (rider.balance, again.status_code) == (0, 409)
