"""Hints and suggestions, and what an open desk may hear."""

import re
from typing import Any

import pytest

from gateway.contract.geo import Datum, Point
from server.desk.live import news_for
from server.desk.rules import PHONE, PLATE, minutes_taken, photo_hints
from server.incidents import Incident
from server.kit.live import Change
from server.staff import Person

STATION = Point(31.3529, 121.4868, Datum.WGS84)
AT = 1_795_359_600_000  # 2026-11-22 23:00 in Beijing


@pytest.fixture
def incident(report: Any) -> Incident:
    made: Incident = report(at=AT)
    return made


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (None, ()),
        ("", ()),
        ("rubbish", ()),
        ("9999-99-99T00:00:00", ()),
        ("2026-11-22T22:30:00", ()),
        ("2026-11-22T15:00:00+00:00", ()),
        ("2026-11-22T18:00:00", ("比上报早 5 小时拍的",)),
        ("2026-11-24T23:00:00", ("比上报晚 2 天拍的，相机的钟可能不准",)),
    ],
)
def test_a_photos_time_is_a_hint(incident: Incident, taken: str | None, expected: tuple[str, ...]) -> None:
    assert photo_hints(incident, STATION, taken, None) == expected


@pytest.mark.parametrize(
    ("lat", "expected"),
    [
        (31.3529, ()),
        (31.3560, ()),
        (31.3600, ("拍摄地点离小站约 790 米",)),
        (31.40, ("拍摄地点离小站约 5.2 公里",)),
        (41.35, ("拍摄地点离小站约 1112 公里",)),
    ],
)
def test_a_photos_place_is_a_hint(incident: Incident, lat: float, expected: tuple[str, ...]) -> None:
    assert photo_hints(incident, STATION, None, Point(lat, 121.4868, Datum.WGS84)) == expected
    assert photo_hints(incident, None, None, Point(lat, 121.4868, Datum.WGS84)) == ()


@pytest.mark.parametrize("plate", ["沪A12345", "沪a·12345", "沪AD12345", "苏E 8K9L2", "粤Z1234港", "沪A1234学"])
def test_a_plate_in_a_letter_is_noticed(plate: str) -> None:
    assert re.search(PLATE, f"谢谢{plate}的车主")


@pytest.mark.parametrize("phone", ["13812345678", "+86 138 1234 5678", "138-1234-5678", "021-55550110"])
def test_a_phone_in_a_letter_is_noticed(phone: str) -> None:
    assert re.search(PHONE, f"电话{phone}。")


@pytest.mark.parametrize("letter", ["", "谢谢你，一共 12 分钟。", "3号楼的 12 户人家都谢谢你", "2026年11月22日"])
def test_an_ordinary_letter_gives_no_hint(letter: str) -> None:
    assert not re.search(PLATE, letter) and not re.search(PHONE, letter)


def test_minutes_are_counted_only_from_a_time_that_is_known(incident: Incident, report: Any) -> None:
    assert minutes_taken(incident, AT + 5 * 60_000 + 1) == 5
    assert minutes_taken(incident, AT - 1) == 0
    assert minutes_taken(report(estimated=True), AT) is None


VISIT: dict[str, str | int] = {"station": "sn10-north", "today": 3}


def person(role: str, community: str = "sn10") -> Person:
    return Person(1, "x", "甲", role, (f"community:{community}",), frozenset({community}))


def moved(desk: str, former: str, level: str = "P2") -> Change:
    data: dict[str, str | int] = {"id": 7, "state": "dispatched", "level": level, "desk": desk, "former_desk": former}
    return Change("incident", "sn10", data)


@pytest.mark.parametrize(
    ("who", "change", "expected"),
    [
        (person("duty"), moved("prop_eng", "prop_guard"), ("incident", {"id": 7, "mine": 1})),
        (person("prop_eng"), moved("prop_eng", "prop_guard"), ("incident", {"id": 7, "mine": 1})),
        (person("prop_guard"), moved("prop_eng", "prop_guard"), ("incident", {"id": 7, "mine": 0})),
        (person("volunteer"), moved("prop_eng", "prop_guard"), None),
        (person("it"), moved("prop_eng", "prop_guard"), None),
        (person("duty", "sn11"), moved("prop_eng", "prop_guard"), None),
        (person("duty"), moved("prop_eng", "prop_guard", "P1"), ("incident", {"id": 7, "mine": 1, "urgent": 1})),
        (person("prop_eng"), Change("incident", "sn10", {"id": 7, "clock": "red"}), ("incident", {"id": 7, "mine": 1})),
        (person("prop_guard"), Change("checkin", "sn10", dict(VISIT)), ("checkin", VISIT)),
        (person("duty", "sn11"), Change("checkin", "sn10", dict(VISIT)), None),
        (person("it"), Change("parked", "*", {"kiosk": "k", "reason": "secret"}), ("parked", {})),
        (person("prop_guard"), Change("parked", "*", {"kiosk": "k", "reason": "secret"}), None),
        (person("duty"), Change("something", "sn10", {}), None),
    ],
)  # fmt: skip
def test_a_desk_hears_only_what_its_person_may_see(who: Person, change: Change, expected: object) -> None:
    assert news_for(who, change) == expected
