"""What the desk sees of a station's devices, and who may move their limits."""

import re
from typing import Any

import pytest

from server import telemetry
from server.kit.clock import HOUR_MS, MINUTE_MS
from server.kit.site import Site
from server.stations import get as get_station
from server.telemetry import chart, rollup
from server.telemetry.rules import hour

ALL = {
    "edge_hot_c": "50", "edge_rise_c": "8", "edge_smoke_ppm": "300", "edge_over_a": "4", "edge_open_min": "5",
    "edge_low": "0",
}  # fmt: skip
KEPT = {"telemetry_raw_days": "7", "telemetry_5min_days": "90", "telemetry_hour_days": "1100"}
LIMITS = "/desk/stations/sn10-north/limits"


def panel(site: Site, station: str = "sn10-north") -> dict[str, int]:
    with site.store.look() as look:
        assert telemetry.feature.panel is not None
        limits: dict[str, int] = telemetry.feature.panel(look, station, site)["limits"]
    return limits


def test_the_page_shows_every_device_with_its_numbers_and_a_chart(
    site: Site, staff: Any, enter: Any, measure: Any, greet: Any
) -> None:
    greet("hello")
    begun = hour(site.store.clock() - 2 * HOUR_MS)
    for minute in range(60):
        measure(begun + minute * MINUTE_MS, temp_c=50 + minute / 6, port1_a=1.5)
    rollup.roll_up(site)

    page = enter(staff("it")).get("/desk/stations/sn10-north/readings").text

    assert re.search(r"充电柜<.*rack-1", page)
    assert "在线" in page
    assert "<b>59.8333</b> °C" in page
    assert page.count("<polyline") == 2
    assert "界限 55" in page
    assert "style=" not in page.partition("<main")[2]


def test_another_community_and_an_unknown_station_are_not_found(staff: Any, enter: Any) -> None:
    browser = enter(staff("director"))

    assert browser.get("/desk/stations/yh1-gate/readings").status_code == 404
    assert browser.get("/desk/stations/nowhere/readings").status_code == 404
    assert browser.get("/desk/stations/yh1-gate/limits").status_code == 404


def test_a_hostile_device_name_and_description_stay_text(
    site: Site, staff: Any, enter: Any, measure: Any, greet: Any
) -> None:
    greet("hello", about={"kind": "<script>alert(1)</script>", "readings": {"temp_c": "<i>"}})
    greet("hello", device="odd", about={"kind": ["x"], "readings": [1]})
    measure(site.store.clock() - HOUR_MS, temp_c=20)
    rollup.roll_up(site)

    page = enter(staff("duty")).get("/desk/stations/sn10-north/readings?hours=9999999999").text

    assert "<script>alert" not in page
    assert "<i>" not in page


def test_a_stations_own_limit_reaches_its_desired_state_and_no_other(site: Site, staff: Any, enter: Any) -> None:
    answer = enter(staff("director", name="王主任")).post(LIMITS, data=ALL | {"scope": "station", "edge_low": ""})

    assert answer.status_code == 200
    assert (panel(site)["hot_c"], panel(site)["open_s"]) == (50, 300)
    assert panel(site, "sn10-east")["hot_c"] == 55
    assert "王主任" in answer.text


def test_a_communitys_limit_holds_where_no_station_has_its_own(site: Site, staff: Any, enter: Any) -> None:
    director = enter(staff("director"))
    director.post(LIMITS, data={"scope": "station", "edge_hot_c": "60"})

    director.post(LIMITS, data=ALL | KEPT | {"scope": "community", "edge_hot_c": "45"})

    assert (panel(site)["hot_c"], panel(site, "sn10-east")["hot_c"]) == (60, 45)
    assert panel(site, "sn11-gate")["hot_c"] == 55


@pytest.mark.parametrize("typed", ["39", "71", "hot", "=1+1", "NaN", "1e2"])
def test_a_limit_out_of_bounds_is_refused_and_what_was_typed_stays(
    site: Site, staff: Any, enter: Any, typed: str
) -> None:
    answer = enter(staff("director")).post(LIMITS, data=ALL | {"edge_rise_c": "9", "edge_hot_c": typed})

    assert answer.status_code == 422
    assert "过热请填" in answer.text
    assert f'value="{typed}"' in answer.text
    assert (panel(site)["hot_c"], panel(site)["rise_c"]) == (55, 8)


def test_who_does_not_answer_for_it_reads_the_limits_and_cannot_move_them(site: Site, staff: Any, enter: Any) -> None:
    duty = enter(staff("duty"))

    page, answer = duty.get(LIMITS), duty.post(LIMITS, data=ALL)

    assert "由主任或街道修改" in page.text
    assert answer.status_code == 403
    assert panel(site)["hot_c"] == 55


@pytest.mark.parametrize("value", [0.0, -40.0, 1e15, 1e-9])
def test_a_chart_is_drawn_of_any_values_even_of_one(value: float) -> None:
    drawn = chart.draw([(0, value, value, value)], 0, HOUR_MS, MINUTE_MS, 55, "says")

    assert "nan" not in drawn
    assert "circle" in drawn


def test_a_gap_in_the_readings_is_a_gap_in_the_line() -> None:
    points = [(at * MINUTE_MS, 1.0, 0.5, 1.5) for at in (0, 1, 2, 30, 31)]

    assert chart.draw(points, 0, HOUR_MS, MINUTE_MS, None, "says").count("<polyline") == 2


def test_what_the_charts_are_made_of_is_one_call_for_other_pages(site: Site, measure: Any) -> None:
    measure(site.store.clock(), temp_c=20)

    with site.store.look() as look:
        found = telemetry.charts(look, get_station(look, "sn10-north"))

    assert [(one.name, [chart.label for chart in one.charts]) for one in found.devices] == [("rack-1", ["温度"])]
