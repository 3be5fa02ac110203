"""What looks like the same thing is suggested with its reasons; people decide."""

from collections.abc import Callable
from typing import Any

import pytest

from server import duplicates, incidents
from server.duplicates import Suggestion, actions, records
from server.incidents import Incident
from server.kit.clock import HOUR_MS, MINUTE_MS
from server.kit.site import Site
from server.photos import records as photo_records

LANE = "parking.fire_lane"
PHOTO, LIKE, NEAR, OTHER = "00ff00ff00ff00ff", "00ff00ff00ff00fe", "00ff00ff00ff0000", "123456789abcdef0"


def suggested(site: Site, incident: Incident) -> list[Suggestion]:
    with site.store.look() as look:
        found = incidents.get(look, incident.id)
        assert found is not None
        return duplicates.suggest(look, found)


def reasons(site: Site, incident: Incident) -> dict[int, tuple[str, ...]]:
    return {one.incident.id: one.reasons for one in suggested(site, incident)}


@pytest.fixture
def photo(site: Site) -> Callable[[str], int]:
    """A stored photo with this fingerprint."""

    def make(likeness: str) -> int:
        values = {"large": "x", "small": "x", "width": 1, "height": 1, "likeness": likeness, "format": "jpeg"}
        with site.store.work() as work:
            return photo_records.add(work, values)

    return make


def test_the_same_plate_place_and_category_come_first_with_every_reason(site: Site, report: Any) -> None:
    first = report(LANE, place="北门", words="白车沪A·12345 停着不走")
    pile = report("parking.ebike_pile", place="北门口")
    new = report(LANE, place="北大门口", words="沪a12345 挡住了")

    found = suggested(site, new)

    assert [one.incident.id for one in found] == [first.id, pile.id]
    assert found[0].reasons == ("同一车牌", "同一地点", "同一类别", "时间相近")
    assert found[1].reasons == ("同一地点", "类别相近", "时间相近")


def test_the_same_place_with_another_plate_is_another_ticket(site: Site, report: Any) -> None:
    report(LANE, place="北门", words="沪A12345")
    new = report(LANE, place="北门", words="沪B99999")

    assert suggested(site, new) == []


def test_a_plate_misread_in_one_sign_is_said_to_be(site: Site, report: Any) -> None:
    first = report(LANE, place="北门", words="沪A12345")
    new = report(LANE, place="北门", words="沪A12845")

    assert "车牌只差一个字" in reasons(site, new)[first.id]


def test_one_plate_is_found_again_anywhere_in_the_community_and_nowhere_else(site: Site, report: Any) -> None:
    east = report("parking.spot_taken", station="sn10-east", place="8号楼", words="沪AD12345")
    report(LANE, station="sn11-gate", words="沪AD12345")
    new = report(LANE, place="北门", words="绿牌 AD12345")

    assert list(reasons(site, new)) == [east.id]


def test_other_things_at_one_place_are_not_the_same(site: Site, report: Any) -> None:
    report("facility.light", place="3号楼")
    report(LANE, place="5号楼")
    new = report(LANE, place="3号楼")

    assert suggested(site, new) == []


def test_a_building_spoken_of_in_the_words_counts_as_near(site: Site, report: Any) -> None:
    first = report("parking.ebike_pile", words="三幢楼道堆满了电动车")
    new = report("parking.ebike_pile", place="3号楼东侧", station="sn10-east")

    assert reasons(site, new)[first.id][0] == "地点相近"


def test_without_any_place_only_the_same_hours_at_one_station_meet(site: Site, report: Any, clock: Any) -> None:
    old = report(LANE)
    clock.forward(4 * HOUR_MS)
    soon = report(LANE)
    clock.forward(5 * MINUTE_MS)
    new = report(LANE)

    assert reasons(site, new) == {soon.id: ("同一类别", "时间相近", "同一小站")}
    assert old.id not in reasons(site, new)


def test_alike_photos_are_a_reason_and_other_photos_are_none(site: Site, report: Any, photo: Any) -> None:
    first = report(LANE, place="甲", photos=(photo(PHOTO),))
    report(LANE, place="乙", photos=(photo(OTHER),))
    new = report("other.other", place="丙", station="sn10-east", photos=(photo(LIKE),))

    assert reasons(site, new) == {first.id: ("照片很像", "时间相近")}


def test_photos_only_somewhat_alike_need_something_else_to_agree(site: Site, report: Any, photo: Any) -> None:
    first = report(LANE, place="甲", photos=(photo(PHOTO),))
    away = report("environment.garbage", place="丙", station="sn10-east", photos=(photo(NEAR),))
    akin = report("parking.road_block", place="丁", station="sn10-east", photos=(photo(NEAR),))

    assert first.id not in reasons(site, away)
    assert reasons(site, akin)[first.id] == ("照片很像", "类别相近", "时间相近")


def test_dark_photos_are_like_nothing(site: Site, report: Any, photo: Any) -> None:
    report(LANE, place="甲", photos=(photo("0" * 16),))
    new = report(LANE, place="乙", photos=(photo("0" * 16),))

    assert suggested(site, new) == []


def test_persons_meet_by_station_and_hour_only_and_never_by_photo(
    site: Site, report: Any, photo: Any, clock: Any
) -> None:
    report("person.lost_elder", station="sn10-east", photos=(photo(PHOTO),))
    yesterday = report("person.lost_elder", place="北门", photos=(photo(PHOTO),))
    clock.forward(20 * HOUR_MS)
    first = report("person.lost_elder", place="北门", words="穿蓝衣服的老伯")
    new = report("person.lost_elder", photos=(photo(PHOTO),))

    assert reasons(site, new) == {first.id: ("同一类别", "时间相近", "同一小站")}
    with site.store.look() as look:
        kinds = {kind for signs in records.of(look, [yesterday.id, new.id]).values() for kind, _ in signs}
    assert "photo" not in kinds


def test_only_open_tickets_are_suggested_and_nothing_of_an_ended_one_stays(
    site: Site, report: Any, staff: Any, walk: Any
) -> None:
    duty = staff("duty")
    first = report(LANE, place="北门", words="沪A12345")
    new = report(LANE, place="北门", words="沪A12345")
    assert list(reasons(site, new)) == [first.id]

    walk(first, duty, "reject")

    assert suggested(site, new) == []
    with site.store.look() as look:
        assert records.of(look, [first.id]) == {first.id: set()}


def test_a_reopened_ticket_is_found_again(site: Site, report: Any, staff: Any, walk: Any) -> None:
    duty, checker = staff("duty"), staff("committee")
    first = walk(report(LANE, place="北门"), duty, "file", "dispatch", "done")
    walk(first, checker, "verify", "close")
    new = report(LANE, place="北门")
    assert suggested(site, new) == []

    with site.store.work() as work:
        incidents.reopen(work, first.id, "还在那里")

    assert list(reasons(site, new)) == [first.id]


def test_a_corrected_place_is_found_where_it_is_now(site: Site, report: Any, staff: Any) -> None:
    first = report(LANE, place="南门")
    new = report(LANE, place="北门")
    assert suggested(site, new) == []

    duty = staff("duty")
    with site.store.work() as work:
        incidents.move(work, first.id, "correct", duty, place="北门口")

    assert list(reasons(site, new)) == [first.id]


def test_an_ended_ticket_is_compared_with_nothing(site: Site, report: Any, staff: Any, walk: Any) -> None:
    report(LANE, place="北门")
    new = walk(report(LANE, place="北门"), staff("duty"), "reject")

    assert suggested(site, new) == []


def test_tickets_from_before_this_feature_and_late_photos_are_filled_in(
    site: Site, report: Any, photo: Any, clock: Any
) -> None:
    old = report(LANE, place="北门")
    late = report("other.other", place="甲")
    came = photo(PHOTO)
    with site.store.work() as work:
        records.put(work, old.id, old.community, ())
        incidents.add_photos(work, late.id, [came])
    new = report(LANE, place="北门", photos=(photo(PHOTO),))
    assert suggested(site, new) == []
    actions.catch_up(site)  # too early: photos may still be on their way
    assert suggested(site, new) == []

    clock.forward(11 * MINUTE_MS)
    actions.catch_up(site)
    actions.catch_up(site)

    assert set(reasons(site, new)) == {old.id, late.id}


def test_a_ticket_from_a_clock_that_was_ahead_holds_up_no_others(site: Site, report: Any, clock: Any) -> None:
    clock.forward(300 * HOUR_MS)
    report(LANE, place="南门")
    clock.forward(-300 * HOUR_MS)
    old = report(LANE, place="北门")
    with site.store.work() as work:
        records.put(work, old.id, old.community, ())
    clock.forward(11 * MINUTE_MS)

    actions.catch_up(site)

    with site.store.look() as look:
        assert records.of(look, [old.id])[old.id]
        assert records.filled_to(look) == old.id


def test_a_flood_of_look_alikes_is_bounded_and_the_best_still_first(site: Site, report: Any) -> None:
    best = report(LANE, place="北门", words="沪A12345")
    for number in range(60):
        report(LANE, place="北门", words=f"第 {number} 个人")
    new = report(LANE, place="北门", words="沪A12345")

    found = suggested(site, new)

    assert len(found) == 6
    assert found[0].incident.id == best.id


def test_hostile_words_are_only_words(site: Site, report: Any) -> None:
    first = report(LANE, place="'; drop table incidents --", words="<b>\x00\u202e{}%s" * 50)
    new = report(LANE, place="'; drop table incidents --")

    assert list(reasons(site, new)) == [first.id]
