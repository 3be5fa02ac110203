"""What the ticket's page decides by itself: days as typed, the sketch, the cut of a history, templates in a form."""

import math
from typing import Any

import pytest

from gateway.contract.geo import Datum, Point
from server.desk import forms
from server.desk.audit import audit, voice_of
from server.desk.dates import end_of_day, is_typed_day, typed_day
from server.desk.forms import Form, Typed
from server.desk.sketch import Spot, sketch
from server.incidents import Incident, Step
from server.kit.clock import beijing
from server.kit.errors import Invalid
from server.replies import Choice

NOW = 1_795_359_600_000  # 2026-11-22 23:00 in Beijing
STATION = Point(31.3529, 121.4868, Datum.WGS84)


@pytest.mark.parametrize(
    "typed", ["2026-11-29", "2026/11/29", "2026.11.29", "2026年11月29日", "２０２６-１１-２９", " 11月29日 ", "11-29"]
)
def test_a_day_means_its_last_second_in_beijing(typed: str) -> None:
    end = end_of_day(typed, NOW)

    assert end is not None
    assert beijing(end).strftime("%Y-%m-%d %H:%M:%S") == "2026-11-29 23:59:59"


def test_a_day_without_a_year_that_is_over_means_the_next_one() -> None:
    end = end_of_day("3月1日", NOW)

    assert end is not None
    assert beijing(end).year == 2027
    assert end_of_day("11-22", NOW) == NOW + 3_600_000 - 1000


def test_nothing_typed_is_no_date() -> None:
    assert end_of_day("  ", NOW) is None


@pytest.mark.parametrize(
    "typed",
    ["明天", "2026-02-30", "2026-13-01", "0000-01-01", "9999-12-31", "=1+1", "1" * 5000, "2026-11-29T00:00", "2-30"],
)
def test_a_day_that_is_none_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Invalid, match="2026-11-29"):
        end_of_day(typed, NOW)


def test_a_date_field_begins_with_a_day_it_can_show() -> None:
    assert typed_day(NOW, 7) == "2026-11-29"
    assert is_typed_day(typed_day(NOW, 7))
    assert not is_typed_day("明天")
    assert Typed(until="明天").plain_until


def test_the_sketch_says_how_far_and_in_which_direction() -> None:
    drawn = sketch(STATION, [Spot("照片 1", Point(31.3538, 121.4868, Datum.WGS84))])

    (mark,) = drawn.marks
    assert drawn.lines == ("照片 1：离小站约 100 米，北",)
    assert (mark.x, mark.y < 100, mark.beyond) == (160, True, False)
    assert drawn.rings[1].words == "200 米"
    assert drawn.geo == "geo:31.353800,121.486800"


def test_the_link_for_chinese_maps_is_converted() -> None:
    lat, lon = sketch(STATION, []).gcj

    assert abs(float(lat) - 31.3529) > 0.001
    assert abs(float(lon) - 121.4868) > 0.001


def test_a_photo_from_another_city_stands_beyond_the_rings_and_inside_the_drawing() -> None:
    drawn = sketch(STATION, [Spot("照片 1", Point(39.9, 116.4, Datum.WGS84))])

    (mark,) = drawn.marks
    assert mark.beyond
    assert 0 < mark.x < drawn.width
    assert 0 < mark.y < drawn.height


def test_photos_of_one_place_share_a_mark_and_one_at_the_station_says_so() -> None:
    there = Point(31.3529, 121.48685, Datum.WGS84)

    drawn = sketch(STATION, [Spot("照片 1", there), Spot("照片 2", there)])

    assert [mark.label for mark in drawn.marks] == ["1、2"]
    assert drawn.lines[0] == "照片 1：就在小站"


def test_another_station_is_drawn_only_where_it_does_not_hide_ours() -> None:
    near = Spot("东门站", Point(31.3511, 121.4868, Datum.WGS84), "station")
    far_photo = Spot("照片 1", Point(31.37, 121.4868, Datum.WGS84))

    assert [mark.label for mark in sketch(STATION, [near]).marks] == ["东门站"]
    assert [mark.label for mark in sketch(STATION, [near, far_photo]).marks] == ["1"]


def around(turn: int, metres: float = 190) -> Point:
    """A point so far from the station, `turn` degrees from north."""
    east, north = metres * math.sin(math.radians(turn)), metres * math.cos(math.radians(turn))
    return Point(STATION.lat + north / 111_200, STATION.lon + east / 95_000, Datum.WGS84)


@pytest.mark.parametrize("turn", range(0, 360, 15))
def test_no_name_is_printed_over_the_metres_or_cut_off(turn: int) -> None:
    spots = [Spot("淞南十村东门站", around(turn), "station"), Spot("照片 1", around(turn + 180, 120))]

    drawn = sketch(STATION, spots)

    station = next(mark for mark in drawn.marks if mark.kind == "station")
    half, foot = 11 * len(station.label) / 2, station.y + station.dy
    left, right = station.x + station.dx - half, station.x + station.dx + half
    assert 0 <= left < right <= drawn.width and 11 <= foot <= drawn.height - 3
    for ring in drawn.rings:
        beside = ring.x + 6 * len(ring.words) < left or ring.x > right
        assert beside or ring.y < foot - 11 or ring.y - 10 > foot


def step(
    move: str = "note", *, by: str = "王值班", role: str = "值班员", changes: Any = (), came: str = "filed"
) -> Step:
    return Step(NOW, by, role, move, came, "filed", "", "", "值班", changes)


def test_a_long_history_keeps_its_beginning_and_its_end_in_sight() -> None:
    steps = [step("report", by="骑手", role="", came=""), *(step() for _ in range(11))]

    shown = audit(steps, only_changes=False)

    assert (len(shown.first), len(shown.folded), len(shown.last), shown.total) == (2, 5, 5, 12)
    assert audit(steps[:8], only_changes=False).folded == ()


def test_only_changes_leaves_out_what_changed_nothing() -> None:
    steps = [step("report", came=""), step("note"), step("file", changes=(("状态", "待受理", "已立案"),))]

    shown = audit(steps, only_changes=True)

    assert [line.step.move for line in shown.last] == ["report", "file"]
    assert (shown.total, shown.changes) == (3, 2)


@pytest.mark.parametrize(
    ("by", "role", "expected"),
    [
        ("王值班", "值班员", "staff"), ("骑手", "", "rider"), ("骑手（站内屏幕）", "", "rider"), ("设备", "", "device"),
        ("系统", "", "system"), ("停车券登记", "", "register"), ("接口", "", "outside"),
        ("供电公司", "外部单位", "outside"),
    ],
)  # fmt: skip
def test_every_line_has_a_voice(by: str, role: str, expected: str) -> None:
    assert voice_of(step(by=by, role=role)) == expected


WORDS = Choice("s-1", "办好了", "已经办好了。", False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "已经办好了。"),
        (forms.CLOSING, "已经办好了。"),
        ("我自己写的", "我自己写的\n已经办好了。"),
        ("已经办好了。还有一句", "已经办好了。还有一句"),
    ],
)
def test_a_template_never_takes_away_what_somebody_wrote(before: str, after: str) -> None:
    put = forms.filled(Typed(move="close", reply=before, note="备注"), WORDS, {forms.CLOSING, WORDS.text_filled})

    assert (put.reply, put.note) == (after, "备注")


def form(name: str, *, opened: bool = False) -> Form:
    return Form(name, name, forms.SHAPES[name], Typed(name), frozenset(), True, opened=opened)


@pytest.fixture
def incident(report: Any) -> Incident:
    made: Incident = report()
    return made


def test_the_likely_step_leads_and_the_rare_ones_are_folded(incident: Incident) -> None:
    found = [form(name) for name in ("file", "reject", "merge", "void", "claim", "correct", "split", "note")]

    laid = forms.arrange(incident, found, look_due=False)

    assert laid.lead is not None
    assert laid.lead.name == "file"
    assert [one.name for one in laid.usual] == ["reject", "merge", "note"]
    assert [one.name for one in laid.rare] == ["correct", "split", "void"]
    assert [one.name for one in laid.owner] == ["claim"]


def test_what_was_just_tried_leads_and_the_likely_step_comes_next(incident: Incident) -> None:
    found = [form("file"), form("reject"), form("void", opened=True)]

    laid = forms.arrange(incident, found, look_due=False)

    assert laid.lead is not None
    assert laid.lead.name == "void"
    assert [one.name for one in laid.usual] == ["file", "reject"]


def test_a_refused_assignment_stays_at_the_top(incident: Incident) -> None:
    laid = forms.arrange(incident, [form("file"), form("assign", opened=True)], look_due=False)

    assert laid.lead is not None
    assert laid.lead.name == "file"
    assert [one.name for one in laid.owner] == ["assign"]


def test_only_what_somebody_really_typed_counts_as_lost() -> None:
    began = Typed("close", reply=forms.CLOSING, letter="谢谢")

    assert forms.lost(Typed("close", reply=forms.CLOSING, letter="我的信"), ["file"], began) == (("感谢信", "我的信"),)
    assert forms.lost(Typed("close", letter="我的信"), ["close"], began) == ()
