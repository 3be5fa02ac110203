"""Which days are worked, and what the desk is told about years nobody entered."""

from datetime import date, datetime

import pytest

from server import calendar
from server.calendar import Calendar, DayKind, shipped
from server.kit.clock import BEIJING, DAY_MS, beijing
from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.site import Site

from ..conftest import EnterFactory, StaffFactory

# Days on which real-sounding reports came in, with what each day was.
DAYS = [
    ("2026-03-11", "workday"), ("2026-01-20", "workday"), ("2026-09-26", "holiday"), ("2026-04-18", "weekend"),
    ("2026-05-09", "makeup_workday"), ("2026-07-02", "workday"), ("2026-01-02", "holiday"), ("2026-07-19", "weekend"),
    ("2026-10-15", "workday"), ("2026-10-16", "workday"), ("2026-06-10", "workday"), ("2026-03-16", "workday"),
    ("2026-05-05", "holiday"), ("2026-03-18", "workday"), ("2026-03-19", "workday"), ("2026-09-20", "makeup_workday"),
    ("2026-02-03", "workday"), ("2026-08-11", "workday"), ("2026-11-18", "workday"), ("2026-07-21", "workday"),
    ("2026-05-13", "workday"), ("2026-06-20", "holiday"), ("2026-03-02", "workday"), ("2026-04-21", "workday"),
    ("2026-03-25", "workday"), ("2026-03-12", "workday"), ("2026-03-13", "workday"), ("2026-03-15", "weekend"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "kind"), DAYS)
def test_a_day_is_what_it_was(day: str, kind: str) -> None:
    assert shipped().kind(date.fromisoformat(day)) == kind


@pytest.mark.parametrize(
    ("year", "holidays", "makeup"),
    [
        (2025, 28, {"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"}),
        (
            2026,
            33,
            {
                "2026-01-04",
                "2026-02-14",
                "2026-02-28",
                "2026-05-09",
                "2026-09-20",
                "2026-10-10",
            },
        ),
    ],
)
def test_a_shipped_year_has_its_holidays_and_make_up_days(year: int, holidays: int, makeup: set[str]) -> None:
    days = {day: one for day, one in shipped().days.items() if day.year == year}

    assert sum(one.kind is DayKind.HOLIDAY for one in days.values()) == holidays
    assert {str(day) for day, one in days.items() if one.kind is DayKind.MAKEUP} == makeup
    assert all(day.weekday() >= 5 for day, one in days.items() if one.kind is DayKind.MAKEUP)


def test_an_unknown_year_counts_as_plain_weekdays() -> None:
    known = shipped()

    assert known.known(2026)
    assert not known.known(2027)
    assert known.kind(date(2027, 10, 1)) is DayKind.WORKDAY
    assert known.kind(date(2027, 10, 2)) is DayKind.WEEKEND
    assert known.kind(date(9999, 12, 31)) is DayKind.WORKDAY


def test_a_year_without_a_calendar_is_warned_of_before_it_begins() -> None:
    november = moment("2026-11-22")
    june = moment("2026-06-01")

    assert calendar.warnings(shipped(), june) == ()
    assert calendar.warnings(shipped(), november) == ("2027 年的放假和调休还没有录入，暂时按周一到周五上班计算",)
    assert shipped().unknown_years(moment("2027-12-20")) == (2027, 2028)


def test_a_day_begins_at_midnight_in_beijing() -> None:
    last = moment("2026-10-07") + DAY_MS - 1

    assert shipped().kind_at(last) is DayKind.HOLIDAY
    assert shipped().kind_at(last + 1) is DayKind.WORKDAY


def test_a_correction_names_its_author_and_goes_before_what_is_shipped(site: Site, staff: StaffFactory) -> None:
    director = staff("director", name="陈主任")

    with site.store.work() as work:
        calendar.set_day(work, director, "2026-10-07", "workday", "")
        calendar.set_day(work, director, "2026-12-12", "makeup_workday", "搬家\n补班")
        known = calendar.load(work)

    assert known.kind(date(2026, 10, 7)) is DayKind.WORKDAY
    assert known.kind(date(2026, 10, 6)) is DayKind.HOLIDAY
    assert known.kind(date(2026, 12, 12)) is DayKind.MAKEUP
    assert known.name(date(2026, 12, 12)) == "搬家补班"
    assert known.days[date(2026, 12, 12)].by == "陈主任"
    assert known.days[date(2026, 12, 12)].at is not None


def test_a_weekend_made_plain_again_is_a_weekend(site: Site, staff: StaffFactory) -> None:
    director = staff("director")

    with site.store.work() as work:
        calendar.set_day(work, director, "2026-05-09", "workday", "")
        known = calendar.load(work)

    assert known.kind(date(2026, 5, 9)) is DayKind.WEEKEND


def test_a_year_is_known_once_somebody_says_it_is_complete(site: Site, staff: StaffFactory) -> None:
    director = staff("director")
    year = beijing(site.store.clock()).year + 1
    while calendar.shipped().known(year):
        year += 1

    with site.store.work() as work, pytest.raises(Invalid):
        calendar.confirm_year(work, director, year)
    with site.store.work() as work:
        calendar.set_day(work, director, f"{year}-01-01", "holiday", "元旦")
        before = calendar.load(work).known(year)
        calendar.confirm_year(work, director, year)
        calendar.confirm_year(work, director, year)
        after = calendar.load(work)

    assert not before
    assert after.known(year)
    assert after.kind(date(year, 1, 1)) is DayKind.HOLIDAY


@pytest.mark.parametrize("day", ["", "2026-13-01", "20261001", "tomorrow", "2026-10-01; drop", "1999-10-01", "９"])
def test_a_day_that_is_no_day_is_refused(site: Site, staff: StaffFactory, day: str) -> None:
    director = staff("director")

    with site.store.work() as work, pytest.raises(Invalid):
        calendar.set_day(work, director, day, "holiday", "")


def test_only_those_who_answer_for_it_change_the_calendar(site: Site, staff: StaffFactory) -> None:
    duty, committee = staff("duty"), staff("committee")

    with site.store.work() as work, pytest.raises(Forbidden):
        calendar.set_day(work, duty, "2026-10-08", "holiday", "")
    with site.store.work() as work, pytest.raises(Forbidden):
        calendar.set_hours(work, committee, "sn10", "09:00", "17:00")


def test_working_hours_are_a_communitys_own(site: Site, staff: StaffFactory) -> None:
    director = staff("director", name="陈主任")

    with site.store.work() as work:
        calendar.set_hours(work, director, "sn10", "9:00", "18:00")
        own, other = calendar.hours(work, "sn10"), calendar.hours(work, "sn11")

    assert (str(own), own.by) == ("09:00–18:00", "陈主任")
    assert (str(other), other.by) == ("08:30–17:30", "")


@pytest.mark.parametrize(("opens", "closes"), [("18:00", "09:00"), ("09:00", "09:00"), ("", "17:00"), ("9", "17")])
def test_hours_that_make_no_sense_are_refused(site: Site, staff: StaffFactory, opens: str, closes: str) -> None:
    director = staff("director")

    with site.store.work() as work, pytest.raises(Invalid):
        calendar.set_hours(work, director, "sn10", opens, closes)


def test_hours_of_another_community_are_out_of_sight(site: Site, staff: StaffFactory) -> None:
    director = staff("director")

    with site.store.work() as work, pytest.raises(Missing):
        calendar.set_hours(work, director, "yh1", "09:00", "17:00")


def test_a_director_enters_next_years_holiday_on_the_desk(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    browser = enter(staff("director", name="陈主任"))

    saved = browser.post(
        "/desk/calendar/days",
        data={"community": "sn10", "year": 2027, "day": "2027-01-01", "kind": "holiday", "name": "元旦"},
    )
    confirmed = browser.post("/desk/calendar/years", data={"community": "sn10", "year": 2027})
    bad = browser.post("/desk/calendar/days", data={"community": "sn10", "year": 2027, "day": "x", "name": "<b>"})

    assert "1月1日 周五" in saved.text and "陈主任" in saved.text and "还没有录全" in saved.text
    assert "已录全" in confirmed.text and "还没有录全" not in confirmed.text
    assert bad.status_code == 422
    assert "请选一个日期" in bad.text and "&lt;b&gt;" in bad.text


def test_a_duty_officer_reads_the_calendar_and_is_offered_no_form(staff: StaffFactory, enter: EnterFactory) -> None:
    browser = enter(staff("duty"))

    page = browser.get("/desk/calendar?year=2026")
    refused = browser.post("/desk/calendar/hours", data={"community": "sn10", "opens": "09:00", "closes": "17:00"})

    assert "国庆节" in page.text and "由主任或街道修改" in page.text
    assert 'action="/desk/calendar/days"' not in page.text
    assert refused.status_code == 403


def moment(day: str) -> int:
    """Midnight in Beijing, UTC milliseconds."""
    return int(datetime.fromisoformat(day).replace(tzinfo=BEIJING).timestamp() * 1000)


def test_an_empty_calendar_is_plain_weeks() -> None:
    assert Calendar({}, frozenset()).kind(date(2026, 10, 1)) is DayKind.WORKDAY
