"""Coordinates and their datum."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.geo import Datum, Point, distance_m, to_gcj02, to_wgs84

BAOSHAN = Point(31.35, 121.49, Datum.WGS84)

in_china = st.builds(Point, st.floats(2, 54), st.floats(74, 136), st.just(Datum.WGS84))
anywhere = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(Datum))


def test_in_baoshan_the_two_datums_are_479_metres_apart() -> None:
    shifted = to_gcj02(BAOSHAN)
    misread = Point(shifted.lat, shifted.lon, Datum.WGS84)

    assert 450 < distance_m(BAOSHAN, misread) < 510
    assert distance_m(BAOSHAN, misread) == pytest.approx(479, abs=5)


@given(in_china)
def test_there_and_back_is_less_than_a_centimetre(point: Point) -> None:
    assert distance_m(to_wgs84(to_gcj02(point)), point) < 0.01


@given(in_china)
def test_the_same_place_in_two_datums_is_no_distance(point: Point) -> None:
    assert distance_m(point, to_gcj02(point)) < 0.01
    assert distance_m(to_gcj02(point), point) < 0.01


@pytest.mark.parametrize(
    ("lat", "lon"), [(48.85, 2.35), (-33.87, 151.21), (40.71, -74.0), (0, 0), (90, 180), (-90, -180)]
)
def test_outside_china_the_two_are_one(lat: float, lon: float) -> None:
    assert to_gcj02(Point(lat, lon, Datum.WGS84)) == Point(lat, lon, Datum.GCJ02)
    assert to_wgs84(Point(lat, lon, Datum.GCJ02)) == Point(lat, lon, Datum.WGS84)


@given(anywhere)
def test_a_point_in_the_wanted_datum_is_left_alone(point: Point) -> None:
    for convert in (to_gcj02, to_wgs84):
        assert convert(convert(point)) == convert(point)


@given(anywhere, anywhere)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_the_earth(one: Point, other: Point) -> None:
    there = distance_m(one, other)

    assert 0 <= there <= math.pi * 6_371_009
    assert distance_m(other, one) == pytest.approx(there, abs=1e-6)


def test_a_hundredth_of_a_degree_north_is_1112_metres() -> None:
    assert distance_m(BAOSHAN, Point(31.36, 121.49, Datum.WGS84)) == pytest.approx(1112, abs=1)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1), (math.nan, 0), (0, math.nan), (math.inf, 0), (0, -math.inf)],
)
def test_a_point_off_the_earth_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match="not on the earth"):
        Point(lat, lon, Datum.WGS84)
