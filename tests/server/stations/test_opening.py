"""When a station is open: pure rules, and the words for them."""

from datetime import date, datetime

import pytest

from server.calendar import Calendar, shipped
from server.kit.clock import BEIJING
from server.stations import Opening, Unclear, doors, open_at, read_rule, rule_words, unusual
from server.stations.hours import near, read_spans, read_unusual, unusual_words
from server.stations.opening import as_data, from_data, with_unusual

NO_CALENDAR = Calendar({}, frozenset())


def at(text: str) -> int:
    """A Beijing moment in UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)


def rule(text: str, apart: str = "") -> Opening:
    found = read_rule(text)
    assert found is not None
    for one in read_unusual(apart):
        found = with_unusual(found, one, date(2026, 1, 1))
    return found


def said(opening: Opening, moment: str) -> str:
    found = doors(opening, shipped(), at(moment))
    return f"{found.word} · {found.then}" + (f" · {found.reason}" if found.reason else "")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-24 21:59", "现在开着 · 今晚 22:00 关"),
        ("2026-11-24 22:00", "已关 · 明早 6:00 开"),
        ("2026-11-24 05:59", "已关 · 今早 6:00 开"),
        ("2026-11-24 06:00", "现在开着 · 今晚 22:00 关"),
    ],
)
def test_a_rider_reads_when_it_closes_and_when_it_opens_again(moment: str, words: str) -> None:
    assert said(rule("每天 06:00-22:00"), moment) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-24 22:04", "现在开着 · 凌晨 2:00 关"),
        ("2026-11-25 01:59", "现在开着 · 凌晨 2:00 关"),
        ("2026-11-25 02:00", "已关 · 今晚 20:00 开"),
    ],
)
def test_a_night_across_midnight_is_one_stretch(moment: str, words: str) -> None:
    assert said(rule("每天 20:00-02:00"), moment) == words


def test_midnight_ends_the_evening_before_it() -> None:
    assert said(rule("每天 06:00-24:00"), "2026-11-24 22:04") == "现在开着 · 今晚 24:00 关"


def test_days_that_touch_at_midnight_are_one_stretch() -> None:
    assert said(rule("周五 18:00-24:00；周六 00:00-03:00"), "2026-11-27 23:00") == "现在开着 · 凌晨 3:00 关"


def test_round_the_clock_never_closes() -> None:
    assert said(rule("全天"), "2026-11-24 03:00") == "现在开着 · 24 小时都开"


def test_a_station_that_never_opens_says_that_nobody_knows() -> None:
    assert said(rule("每天 不开"), "2026-11-24 03:00") == "已关 · 什么时候开还没定"


def test_a_holiday_has_its_own_hours_and_says_which_holiday_it_is() -> None:
    opening = rule("每天 06:00-22:00；节假日 09:00-18:00")

    assert said(opening, "2026-10-01 08:00") == "已关 · 今早 9:00 开 · 国庆节"
    assert said(rule("每天 06:00-22:00"), "2026-10-01 08:00") == "现在开着 · 今晚 22:00 关"


def test_a_make_up_workday_on_a_sunday_is_like_a_monday_unless_it_has_hours_of_its_own() -> None:
    monday, sunday = rule("周一至周五 06:00-22:00"), rule("周一至周五 06:00-22:00；调休 08:00-12:00")

    assert open_at(monday, shipped(), at("2026-09-20 20:00")).open
    assert not open_at(sunday, shipped(), at("2026-09-20 20:00")).open
    assert not open_at(monday, shipped(), at("2026-09-27 20:00")).open


def test_a_year_without_a_calendar_is_plain_weekdays() -> None:
    opening = rule("周一至周五 06:00-22:00；节假日 不开")

    assert open_at(opening, NO_CALENDAR, at("2029-10-01 12:00")).open


def test_a_day_set_apart_says_why_and_cuts_the_night_before_at_midnight() -> None:
    opening = rule("每天 20:00-06:00", "2026-11-25~2026-11-26 不开 停电检修")

    assert said(opening, "2026-11-24 22:04") == "现在开着 · 今晚 24:00 关"
    assert said(opening, "2026-11-25 03:00") == "已关 · 后天 20:00 开 · 停电检修"


def test_a_day_set_apart_goes_before_the_holiday_and_the_later_word_counts() -> None:
    opening = rule(
        "每天 06:00-22:00；节假日 不开",
        "2026-10-01~2026-10-07 09:00-12:00 值守；2026-10-02 全天 值守加班",
    )

    assert said(opening, "2026-10-01 08:00") == "已关 · 今早 9:00 开 · 值守"
    assert open_at(opening, shipped(), at("2026-10-02 23:00")).open


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-24 14:00", "今天 14:00"),
        ("2026-11-25 03:00", "凌晨 3:00"),
        ("2026-11-26 06:00", "后天 6:00"),
        ("2026-11-29 06:00", "周日 6:00"),
        ("2026-12-05 06:00", "12月5日 6:00"),
        ("2027-01-05 06:00", "2027年1月5日 6:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(moment: str, words: str) -> None:
    assert near(at(moment), at("2026-11-24 19:00")) == words


@pytest.mark.parametrize(
    "text",
    [
        "每天 06:00-22:00",
        "周一至周五 06:00-10:00、16:00-24:00；周六、周日 22:00-次日06:00；节假日 不开；调休 08:00-20:00",
        "周一、周三 08:00-12:00；周二、周四、周五、周六、周日 不开",
    ],
)
def test_a_rule_in_words_and_as_data_reads_back_as_itself(text: str) -> None:
    opening = rule(text, "2026-10-01~2026-10-03 不开 国庆检修；2026-12-31 06:00-24:00 跨年")

    again = read_rule(rule_words(opening))

    assert again is not None
    assert again.week == opening.week
    assert rule_words(again) == rule_words(opening)
    assert from_data(as_data(opening)) == opening
    assert read_unusual(unusual_words(opening)) == opening.unusual


def test_hours_are_read_as_people_type_them() -> None:
    assert rule_words(rule("星期一到星期五 6：00 ～ 22：00; 周末 8:00—20:00")) == (
        "周一至周五 06:00-22:00；周六、周日 08:00-20:00"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("周八 06:00-22:00", "周八"),
        ("每天 6-22", "看不懂"),
        ("每天 06:00-06:00", "全天"),
        ("每天 25:00-26:00", "没有 25:00"),
        ("每天 06:00-12:00、11:00-13:00", "重叠"),
        ("每天", "看不懂"),
        ("<script>alert(1)</script>", "看不懂"),
    ],
)
def test_what_says_no_hours_is_refused_in_plain_words(text: str, says: str) -> None:
    with pytest.raises(Unclear, match=says):
        read_rule(text)


@pytest.mark.parametrize(
    ("first", "last", "hours", "reason"),
    [
        ("2026-02-30", "", "不开", "检修"),
        ("2026-10-03", "2026-10-01", "不开", "检修"),
        ("2026-10-01", "2028-10-01", "不开", "检修"),
        ("2026-10-01", "", "不开", " \u202e "),
        ("2026-10-01", "", "不开", "长" * 41),
        ("2026-10-01", "", "也许", "检修"),
    ],
)
def test_a_day_set_apart_needs_dates_hours_and_a_reason(first: str, last: str, hours: str, reason: str) -> None:
    with pytest.raises(Unclear):
        unusual(first, last, hours, reason)


def test_four_stretches_a_day_are_enough() -> None:
    with pytest.raises(Unclear, match="最多"):
        read_spans("1:00-2:00 3:00-4:00 5:00-6:00 7:00-8:00 9:00-10:00")
