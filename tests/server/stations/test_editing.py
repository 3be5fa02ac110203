"""Staff change stations: checked, written down with their author, and never one over the other unseen."""

import pytest

from gateway.contract.geo import Datum, Point, distance_m
from gateway.contract.twin import Desired
from server import stations
from server.features import FEATURES
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.rounds import Rounds
from server.stations import Station, Unreadable, Written
from server.stations.rules import counted

NEW = Written(name="新站", community="sn10", lat="31.3510", lon="121.4880", duty_phone="021-5555-0110")


def desired(site: Site, kiosk: str) -> Desired:
    Rounds(site, FEATURES).refresh({"*"})
    return next(document for name, document, _ in site.mailbox.desired_since(0) if name == kiosk)


def change(work: Work, **fields: str) -> Station:
    return stations.edit(work, "sn10-north", Written(**fields), "陈主任")


def test_a_new_station_has_everything_and_a_key_of_its_own(site: Site) -> None:
    with site.store.work() as work:
        made = stations.add(work, "sn10-new", NEW, "陈主任")

        assert {one.state for one in stations.amenities(work, "sn10-new")} == {"ok"}
        assert len(made.presence_key) == 32
        assert made.presence_key != stations.get(work, "sn10-north").presence_key
        assert stations.changes(work, "sn10-new")[0]["by_name"] == "陈主任"


def test_a_code_is_never_used_again_not_even_after_retiring(site: Site) -> None:
    with site.store.work() as work:
        stations.retire(work, "sn10-east", "岗亭拆除", "陈主任")

        for code, says in (("sn10-north", "已经有了"), ("sn10-east", "用过"), ("大门", "小写字母"), ("-", "小写字母")):
            with pytest.raises(Invalid, match=says):
                stations.add(work, code, NEW, "陈主任")


def test_a_point_from_a_chinese_map_is_kept_as_wgs84(site: Site) -> None:
    with site.store.work() as work:
        moved = change(work, lat="31.350963", lon="121.491308", datum="高德")

    assert moved.point.datum is Datum.WGS84
    assert 300 < distance_m(moved.point, Point(31.350963, 121.491308, Datum.WGS84)) < 700


def test_every_field_that_cannot_be_taken_is_named_at_once(site: Site) -> None:
    with site.store.work() as work, pytest.raises(Unreadable) as refused:
        change(
            work, name="", community="nowhere", lat="121.48", lon="北", datum="bd09", duty_phone="打给老王",
            opening="随便", charging_ports="很多", amenities="泳池", contacts="老王", address="长" * 61,
        )  # fmt: skip

    assert set(refused.value.troubles) == {
        "name", "community", "lat", "duty_phone", "opening", "charging_ports", "amenities", "contacts", "address",
    }  # fmt: skip


def test_who_changed_what_from_what_to_what_is_written_down(site: Site) -> None:
    with site.store.work() as work:
        before = stations.get(work, "sn10-north")
        after = change(work, name="暖心站", opening="每天 06:00-22:00", charging_ports="6")

        rows = {
            row["field"]: (row["by_name"], row["before"], row["after"]) for row in stations.changes(work, after.code)
        }

    assert after.version == before.version + 1
    assert rows["name"] == ("陈主任", "北门站", "暖心站")
    assert rows["opening"] == ("陈主任", "", "每天 06:00-22:00")
    assert rows["charging_ports"] == ("陈主任", "", "6")


def test_saying_the_same_again_is_no_new_version(site: Site) -> None:
    with site.store.work() as work:
        first = change(work, spots="北门口\n3号楼", opening="每天 6:00-22:00", contacts="王 物业 +86 13800001111")
        again = change(work, spots="北门口、3号楼", opening="每天 06:00—22:00", contacts="王/物业/13800001111")

    assert first.version == 2
    assert again.version == 3  # only the contact's number is written otherwise
    assert again.spots == first.spots


def test_the_second_of_two_editors_is_told_who_was_faster(site: Site) -> None:
    with site.store.work() as work:
        seen = stations.get(work, "sn10-north").version
        stations.edit(work, "sn10-north", Written(name="一号站"), "陈主任", version=seen)

        with pytest.raises(Refused, match="陈主任"):
            stations.edit(work, "sn10-north", Written(name="二号站"), "小林", version=seen)

        assert stations.get(work, "sn10-north").name == "一号站"


def test_days_set_apart_stay_when_the_weekly_rule_changes(site: Site) -> None:
    with site.store.work() as work:
        change(work, opening="每天 06:00-22:00")
        apart = stations.unusual("2099-10-01", "", "不开", "检修")
        stations.set_apart(work, "sn10-north", apart, "陈主任")
        stations.set_apart(work, "sn10-north", apart, "陈主任")

        after = change(work, opening="每天 全天")

        assert after.opening is not None
        assert after.opening.unusual == (apart,)
        back = stations.back_to_usual(work, "sn10-north", stations.dates_words(apart), "陈主任")
        assert back.opening is not None
        assert back.opening.unusual == ()


def test_a_day_cannot_be_set_apart_before_there_is_a_rule_nor_in_the_past(site: Site) -> None:
    with site.store.work() as work:
        for day, prepare in (("2099-10-01", ""), ("2020-10-01", "每天 06:00-22:00")):
            if prepare:
                change(work, opening=prepare)
            with pytest.raises(Refused):
                stations.set_apart(work, "sn10-north", stations.unusual(day, "", "不开", "检修"), "陈主任")


def test_what_staff_took_away_comes_back_by_their_word_only(site: Site) -> None:
    with site.store.work() as work:
        stations.say(work, "sn10-north", "microwave", "removed", "", "陈主任")
        stations.set_amenity(work, "sn10-north", "microwave", "ok", work.now + 5000, "device")
        assert stations.amenities(work, "sn10-north")[0].state == "removed"

        stations.say(work, "sn10-north", "microwave", "ok", "", "陈主任")
        assert stations.amenities(work, "sn10-north")[0].state == "ok"


def test_an_older_page_does_not_bring_back_what_was_taken_away(site: Site) -> None:
    with site.store.work() as work:
        seen = stations.get(work, "sn10-north").version
        stations.say(work, "sn10-north", "microwave", "removed", "", "陈主任")

        with pytest.raises(Refused):
            stations.edit(work, "sn10-north", Written(amenities="微波炉、雨衣"), "小林", version=seen)


def test_a_person_who_looked_at_an_old_page_does_not_overwrite_the_news(site: Site) -> None:
    with site.store.work() as work:
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", work.now, "kiosk")

        with pytest.raises(Refused, match="用完了"):
            stations.say(work, "sn10-north", "raincoat", "low", "", "王值班", seen="ok")
        stations.say(work, "sn10-north", "raincoat", "empty", "明早补", "王值班", seen="ok")

        found = {one.code: one for one in stations.amenities(work, "sn10-north")}["raincoat"]
        assert (found.state, found.note, found.by) == ("empty", "明早补", "kiosk")


def test_a_note_goes_when_the_state_does(site: Site) -> None:
    with site.store.work() as work:
        stations.say(work, "sn10-north", "raincoat", "empty", "明早补", "王值班")
        stations.set_amenity(work, "sn10-north", "raincoat", "ok", work.now + 1, "device")

        assert {one.code: one.note for one in stations.amenities(work, "sn10-north")}["raincoat"] == ""


def test_free_ports_are_believed_only_while_a_device_tells_them(site: Site) -> None:
    with site.store.work() as work:
        stations.set_free(work, "sn10-north", "charging", "cabinet-1", 3, 4, work.now)
        stations.set_free(work, "sn10-north", "charging", "cabinet-1", 4, 4, work.now - 1)
        stations.set_free(work, "sn10-north", "charging", "cabinet-2", 1, 2, work.now)
        found = {one.code: one for one in stations.amenities(work, "sn10-north")}["charging"]

        assert (found.free_at(work.now), found.size, found.total) == (4, 6, None)
        assert found.free_at(work.now + 3_600_000) is None
        with pytest.raises(Invalid):
            stations.set_free(work, "sn10-north", "charging", "cabinet-1", 7, 6, work.now)


def test_the_kiosk_hears_of_a_new_name_its_hours_and_a_note(site: Site) -> None:
    site.mailbox.enrol("kiosk-01", "hash", site.store.clock())
    with site.store.work() as work:
        change(work, name="暖心站", opening="每天 06:00-22:00")
        stations.say(work, "sn10-north", "raincoat", "low", "还剩两件", "王值班")

    body = desired(site, "kiosk-01").body

    assert body["station"]["name"] == "暖心站"
    assert body["opening"] == {"week": "每天 06:00-22:00", "unusual": ""}
    assert {one["code"]: one["note"] for one in body["amenities"]}["raincoat"] == "还剩两件"


def test_retiring_takes_the_kiosk_off_the_wall_and_leaves_the_history(site: Site) -> None:
    with site.store.work() as work:
        stations.retire(work, "sn10-north", "岗亭拆除", "陈主任")

        assert stations.find(work, "sn10-north") is None
        assert stations.get(work, "sn10-north").retired_reason == "岗亭拆除"
        assert stations.kiosks_at(work, ["sn10-north"]) == {}
        assert "sn10-north" not in {one.code for one in stations.all_stations(work)}
        for deed in (
            lambda: change(work, name="又来"),
            lambda: stations.say(work, "sn10-north", "raincoat", "ok", "", "陈主任"),
            lambda: stations.retire(work, "sn10-north", "再停一次", "陈主任"),
        ):
            with pytest.raises(Refused):
                deed()
    with pytest.raises(Refused):
        stations.pair(site, "kiosk-09", "sn10-north", "mqtt://broker")


def test_a_station_that_never_was_is_missing(site: Site) -> None:
    with site.store.work() as work, pytest.raises(Missing):
        stations.edit(work, "nowhere", Written(name="x"), "陈主任")


def test_the_stations_nearby_are_found_without_reading_all_of_them(site: Site) -> None:
    with site.store.look() as look:
        north = stations.get(look, "sn10-north")

        near = stations.near(look, north, 2)

        assert near == stations.nearest(north, stations.all_stations(look), 2)


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ({"port1_a": 0.1, "port2_a": 2.5, "temp_c": 30, "free": 1, "hot": 0}, ("charging", 1, 2)),
        ({"free": 3, "taken": 1, "blind": 0}, ("bay", 3, 4)),
        ({"free": 3, "taken": 1, "blind": 1}, None),
        ({"free": 9, "port1_a": 0.1}, None),
        ({"free": 0.5, "taken": 1}, None),
        ({"free": float("nan"), "taken": 1}, None),
        ({"stock": 3}, None),
        ({"stock": 40, "jam": 0}, ("raincoat", 40, 40)),
        ({"stock": 6, "open": 0, "locked": 1, "expires": 20270101}, ("first_aid", 6, 6)),
    ],
)
def test_only_a_sane_count_of_a_known_device_is_taken(readings: dict[str, float], found: object) -> None:
    assert counted(readings) == found
