"""Where a rider pointed: read, placed in the right datum, given back, and forgotten."""

import pytest

from gateway.contract.geo import Datum, Point, distance_m, to_gcj02
from server import pins
from server.kit.clock import HOUR_MS
from server.kit.personal import Erasing, Exporting, Subject
from server.kit.site import Site
from server.pins import actions, rules

from ..conftest import Clock, ReportFactory

HERE = Point(31.3529, 121.4868, Datum.WGS84)


@pytest.mark.parametrize("typed", ["", "map", "map,1,2", "map,1.5,2,0", "car,1,2,0", "map,5000,5000,0", "gps,1,2,-3"])
def test_what_is_no_pin_near_the_station_is_none(typed: str) -> None:
    assert pins.read(typed) is None


def test_a_station_written_down_in_either_datum_gives_the_same_point() -> None:
    typed = pins.read("map,120,-50,0")
    assert typed is not None

    one, other = rules.placed(typed, HERE), rules.placed(typed, to_gcj02(HERE))

    assert one.point.datum is Datum.WGS84
    assert distance_m(one.point, other.point) < 1
    assert abs(distance_m(one.point, HERE) - 130) < 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("map,0,9,0", "北门站旁"),
        ("map,0,100,0", "北门站北约 100 米"),
        ("map,-70,-70,0", "北门站西南约 100 米"),
        ("gps,-300,4,9", "北门站西约 300 米"),
    ],
)
def test_a_pin_reads_like_a_place(typed: str, said: str) -> None:
    pin = pins.read(typed)
    assert pin is not None

    assert pins.said(pin, "北门站") == said


def test_a_pin_is_in_its_owners_copy_and_goes_with_it_or_after_a_season(
    site: Site, report: ReportFactory, clock: Clock
) -> None:
    typed = pins.read("gps,30,40,12")
    assert typed is not None
    tickets = [report().id for _ in range(3)]
    with site.store.work() as work:
        for number in tickets:
            pins.note(work, number, typed, HERE)
        subject = Subject(tickets=frozenset(tickets[:1]))
        copy = Exporting(subject)
        work.tell(copy)
        gone = Erasing(subject, None, "", "")
        work.tell(gone)
        left = [pins.of(work, number) is not None for number in tickets]

    clock.forward(actions.KEPT_MS + HOUR_MS)
    actions.forget(site)

    assert copy.sheets["位置"][0]["坐标系"] == "wgs84"
    assert (gone.counts["位置"], left) == (1, [False, True, True])
    with site.store.look() as look:
        assert [pins.of(look, number) for number in tickets] == [None, None, None]
