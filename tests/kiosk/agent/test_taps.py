"""What the screen asks of the agent: taps, their answers, and the picture of the station."""

from typing import Any

import pytest

from gateway.contract import presence, receipts
from gateway.contract.categories import CATEGORIES
from gateway.contract.topics import Lane
from gateway.contract.twin import Desired
from kiosk.agent.view import Line, NotAccepted, NotSaved

RAINCOAT = {"code": "raincoat", "label": "雨衣", "icon": "umbrella", "state": "ok", "since": 1_000}


def desired(version: int = 1, **parts: Any) -> Desired:
    return Desired(version, parts)


def test_before_any_desired_state_the_kiosk_shows_what_it_was_paired_with(world: Any) -> None:
    view = world.agent.view()

    assert (view.station, view.name, view.duty_phone) == ("sn10-north", "北门站", "021-5555-0110")
    assert [tile.code for tile in view.tiles] == [one.code for one in CATEGORIES if one.kiosk]
    assert view.spots == ("北门站",)
    assert view.line is Line.OFFLINE


def test_the_same_tap_gets_the_same_answer_and_one_fact(world: Any) -> None:
    first = world.agent.report("parking.fire_lane", "车棚北", "白色轿车", tap_id="tap-1")

    again = world.agent.report("parking.fire_lane", "车棚北", "白色轿车", tap_id="tap-1")
    world.boot()
    after_a_restart = world.agent.report("parking.fire_lane", "车棚北", "白色轿车", tap_id="tap-1")

    assert first == again == after_a_restart
    assert world.agent.outbox.backlog() == 1


def test_two_taps_are_two_check_ins_and_today_counts_both(world: Any) -> None:
    world.agent.check_in("tap-1")
    world.agent.check_in("tap-2")
    world.agent.check_in("tap-2")
    today = world.agent.view().checkins_today

    world.boot()
    after_a_restart = world.agent.view().checkins_today
    world.time.pass_ms(12 * 3_600_000)  # midnight in Beijing

    assert (today, after_a_restart, world.agent.view().checkins_today) == (2, 2, 0)


def test_a_report_gets_its_receipt_without_a_line(world: Any) -> None:
    saved = world.agent.report("parking.fire_lane", " 车棚北 ", "挡\x00住了")
    world.start()

    assert receipts.is_receipt(saved.receipt)
    assert saved.receipt_url == f"https://cxz.example/r/{saved.receipt}"
    [(lane, fact)] = world.gateway.effects
    assert lane is Lane.EVENT
    assert fact.body == {
        "id": saved.id,
        "station": "sn10-north",
        "category": "parking.fire_lane",
        "place": "车棚北",
        "words": "挡 住了",
        "receipt": saved.receipt,
    }


@pytest.mark.parametrize(("level", "lane"), [("P0", Lane.SOS), ("P1", Lane.SOS), ("P2", Lane.EVENT)])
def test_the_tiles_level_chooses_the_lane(world: Any, level: str, lane: Lane) -> None:
    tile = {"code": "hazard.ice", "label": "路面结冰", "icon": "snowflake", "group": "hazard", "level": level}
    world.agent.twin.offer(desired(categories=[tile]).encode())

    world.agent.report("hazard.ice")

    assert world.agent.outbox.backlog(lane) == 1


@pytest.mark.parametrize(
    ("category", "place", "words"),
    [
        ("no.such_category", "", ""),
        ("parking.fire_lane", "长" * 81, ""),
        ("parking.fire_lane", "", "长" * 501),
        ("parking.fire_lane", "\ud800", ""),
        ("../../etc", "", ""),
    ],
)
def test_what_cannot_be_taken_is_told_and_nothing_is_stored(world: Any, category: str, place: str, words: str) -> None:
    with pytest.raises(NotAccepted, match="请"):
        world.agent.report(category, place, words, tap_id="tap-1")

    assert world.agent.outbox.backlog() == 0
    assert world.agent.report("other.other", tap_id="tap-1").receipt


@pytest.mark.parametrize("tap_id", ["", "x" * 65, "a b", "雨"])
def test_a_strange_tap_id_is_not_taken(world: Any, tap_id: str) -> None:
    with pytest.raises(NotAccepted):
        world.agent.check_in(tap_id)

    assert world.agent.outbox.backlog() == 0


def test_a_category_that_has_just_left_the_screen_is_still_taken(world: Any) -> None:
    tile = {"code": "hazard.ice", "label": "路面结冰", "icon": "snowflake", "group": "hazard", "level": "P2"}
    world.agent.twin.offer(desired(categories=[tile]).encode())

    world.agent.report("fire.open_flame")

    assert world.agent.outbox.backlog(Lane.SOS) == 1


def test_an_empty_raincoat_box_shows_at_once_and_until_head_office_knows(world: Any) -> None:
    world.start()
    world.gateway.desire(desired(1, amenities=[RAINCOAT]))
    world.settle()

    world.agent.amenity("raincoat", "empty")
    at_once = world.agent.view().amenities[0].state
    world.boot()
    after_a_restart = world.agent.view().amenities[0].state
    world.agent.link.open()
    world.settle()
    world.gateway.desire(desired(2, amenities=[RAINCOAT], spots=["门口"]))
    world.settle()
    delivered_not_yet_handled = world.agent.view().amenities[0].state
    world.gateway.desire(desired(3, amenities=[{**RAINCOAT, "state": "low", "since": 2_000}]))
    world.settle()

    assert (at_once, after_a_restart, delivered_not_yet_handled) == ("empty", "empty", "empty")
    assert world.agent.view().amenities[0].state == "low"
    assert world.gateway.reported.amenities == {"raincoat": "low"}


@pytest.mark.parametrize(("code", "state"), [("raincoat", "gone"), ("unknown", "ok")])
def test_an_unknown_thing_or_state_is_not_taken(world: Any, code: str, state: str) -> None:
    world.agent.twin.offer(desired(amenities=[RAINCOAT]).encode())

    with pytest.raises(NotAccepted):
        world.agent.amenity(code, state)

    assert world.agent.outbox.backlog() == 0


def test_letters_and_notices_end_by_themselves_without_a_line(world: Any) -> None:
    soon = world.time.wall + 1_000
    letter = {"id": "L1", "title": "谢谢你", "text": "…", "sender": "居委会", "day": "11月22日", "until": soon}
    notice = {"id": "N1", "text": "明天停水", "level": "warning", "until": None}
    world.agent.twin.offer(desired(letters=[letter], notices=[notice]).encode())

    before = world.agent.view()
    world.time.pass_ms(1_000)
    after = world.agent.view()

    assert ([one.id for one in before.letters], [one.id for one in after.letters]) == (["L1"], [])
    assert [one.id for one in after.notices] == ["N1"]


def test_the_qr_carries_a_code_that_the_server_verifies(world: Any) -> None:
    view = world.agent.view()

    page, _, code = view.qr_url.partition("?c=")

    key = world.agent.credentials.key
    assert page == "https://cxz.example/s/sn10-north"
    assert presence.verify(key, "sn10-north", code, world.time.wall) is presence.Presence.VERIFIED
    assert view.qr_remaining_ms == presence.remaining(view.now_ms)


def test_without_a_clock_there_is_no_code_until_the_gateway_tells_the_time(world: Any) -> None:
    truth, world.time.wall = world.time.wall, 0
    without = world.agent.view()
    world.agent.check_in()
    world.gateway.time = type(world.time)()
    world.gateway.time.wall = truth

    world.start()
    world.agent.check_in()
    world.settle()

    assert (without.clock_ok, without.qr_url) == (False, "https://cxz.example/s/sn10-north")
    assert world.agent.view().clock_ok
    assert world.agent.view().now_ms == truth
    assert [(fact.at, str(fact.clock)) for _, fact in world.gateway.effects] == [(None, "none"), (truth, "rtc")]


def test_a_full_disk_is_told_to_the_person_and_the_view_goes_on(world: Any) -> None:
    world.agent.check_in()
    with world.agent.outbox.writing() as connection:
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count = {pages}")

    with pytest.raises(NotSaved, match="存满了"):
        for _ in range(1_000):
            world.agent.check_in()

    view = world.agent.view()
    assert view.checkins_today == view.backlog


def test_a_corrupt_outbox_is_told_to_head_office(world: Any) -> None:
    world.agent.outbox.close()
    (world.folder / "outbox.db").write_bytes(b"x" * 10_000)

    world.boot()
    world.start()

    [(lane, fact)] = world.gateway.effects
    assert lane is Lane.EVENT
    assert fact.body["event"] == "outbox_corrupt"
    assert world.agent.outbox.set_aside is None
