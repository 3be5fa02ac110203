"""The rota as pure rules: which shifts run when, who is on them, and where nobody is."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.calendar import shipped
from server.kit.clock import DAY_MS
from server.people import Contact, Gap, Rota, Shift, Swap
from server.people.rota import DAYS

from .conftest import at

WANG, LIU, LI, SUN = (Contact(f"contact:{number}", name) for number, name in enumerate("王刘李孙", 1))
EVERYBODY = {one.key: one for one in (WANG, LIU, LI, SUN)}
EVERY_DAY = frozenset(DAYS)
WEEKDAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "makeup_workday"})


def shift(number: int, days: frozenset[str], starts: int, ends: int, **posts: Contact) -> Shift:
    """Hours of the day; one contact a post."""
    return Shift(number, f"班{number}", days, starts * 60, ends * 60, {post: (one.key,) for post, one in posts.items()})


def rota(*shifts: Shift, swaps: tuple[Swap, ...] = (), people: dict[str, Contact] = EVERYBODY) -> Rota:
    return Rota(shifts, swaps, people)


def on(found: Rota, moment: str, post: str = "duty") -> str:
    return "".join(one.name for one in found.at(shipped(), at(moment)).on(post))


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-03-16 08:00", "王"),  # the first moment of the day shift
        ("2026-03-16 19:59", "王"),
        ("2026-03-16 20:00", "刘"),  # its end belongs to the night
        ("2026-03-16 23:59", "刘"),
        ("2026-03-17 00:00", "刘"),  # the same night behind midnight
        ("2026-03-17 07:59", "刘"),
        ("2026-03-17 08:00", "王"),
    ],
)
def test_a_night_runs_over_midnight(moment: str, name: str) -> None:
    found = rota(shift(1, EVERY_DAY, 8, 20, duty=WANG), shift(2, EVERY_DAY, 20, 8, duty=LIU))

    assert on(found, moment) == name


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-05-08 12:00", "王"),  # Friday
        ("2026-05-09 12:00", "王"),  # a Saturday that is worked
        ("2026-05-10 12:00", "刘"),  # Sunday
        ("2026-10-01 12:00", "李"),  # a Thursday that is a holiday
        ("2026-10-03 12:00", "李"),  # a Saturday within a holiday
        ("2026-10-08 12:00", "王"),
        ("2027-10-01 12:00", "王"),  # a year nobody entered is plain weekdays
    ],
)
def test_holidays_and_make_up_days_have_their_own_rota(moment: str, name: str) -> None:
    found = rota(
        shift(1, WEEKDAYS, 8, 20, duty=WANG),
        shift(2, frozenset({"sat", "sun"}), 8, 20, duty=LIU),
        shift(3, frozenset({"holiday"}), 8, 20, duty=LI),
    )

    assert on(found, moment) == name


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    found = rota(shift(1, frozenset({"fri"}), 20, 8, duty=WANG), shift(2, frozenset({"sat"}), 20, 8, duty=LIU))

    assert on(found, "2026-03-14 03:00") == "王"
    assert on(found, "2026-03-14 21:00") == "刘"
    assert on(found, "2026-03-13 03:00") == ""


def test_the_night_before_a_holiday_ends_in_the_morning_of_the_holiday() -> None:
    found = rota(shift(1, WEEKDAYS, 20, 8, duty=WANG), shift(2, frozenset({"holiday"}), 20, 8, duty=LI))

    assert on(found, "2026-10-01 03:00") == "王"
    assert on(found, "2026-10-01 20:00") == "李"
    assert on(found, "2026-10-08 03:00") == "李"


def test_equal_times_are_a_whole_day() -> None:
    found = rota(shift(1, EVERY_DAY, 8, 8, duty=WANG))

    assert found.gaps(shipped(), at("2026-03-16 00:00"), at("2026-03-23 00:00")) == [
        Gap(at("2026-03-16 00:00"), at("2026-03-23 00:00"), "backup", "nobody")
    ]


def test_overlapping_shifts_are_all_on_duty_and_each_person_once() -> None:
    found = rota(
        shift(1, EVERY_DAY, 8, 20, duty=WANG), shift(2, EVERY_DAY, 18, 23, duty=LIU),
        shift(3, EVERY_DAY, 19, 21, duty=WANG),
    )  # fmt: skip

    assert on(found, "2026-03-16 19:30") == "王刘"
    assert on(found, "2026-03-16 20:30") == "刘王"
    assert on(found, "2026-03-16 22:00") == "刘"


def test_a_shift_is_in_force_from_its_first_to_its_last_day() -> None:
    found = rota(
        Shift(1, "暑期", EVERY_DAY, 0, 1440, {"duty": (WANG.key,)}, date(2026, 7, 1), date(2026, 8, 31)),
    )

    assert [on(found, f"{day} 12:00") for day in ("2026-06-30", "2026-07-01", "2026-08-31", "2026-09-01")] == [
        "", "王", "王", "",
    ]  # fmt: skip


def swap(shift_id: int, day: date, out: Contact, into: Contact, number: int = 1) -> Swap:
    return Swap(number, shift_id, day, "duty", out.key, into.key, "看病", "陈主任", 0)


def test_a_swap_holds_for_its_shift_only_even_behind_midnight() -> None:
    found = rota(
        shift(1, EVERY_DAY, 8, 20, duty=WANG), shift(2, EVERY_DAY, 20, 8, duty=WANG),
        swaps=(swap(2, date(2026, 3, 16), WANG, LIU),),
    )  # fmt: skip

    assert on(found, "2026-03-16 12:00") == "王"
    assert on(found, "2026-03-16 21:00") == "刘"
    assert on(found, "2026-03-17 03:00") == "刘"
    assert on(found, "2026-03-17 21:00") == "王"


def test_swaps_follow_one_another() -> None:
    day = date(2026, 3, 16)
    found = rota(shift(1, EVERY_DAY, 8, 20, duty=WANG), swaps=(swap(1, day, WANG, LIU), swap(1, day, LIU, LI, 2)))

    assert on(found, "2026-03-16 12:00") == "李"


def test_a_hole_between_shifts_is_found_and_is_as_long_as_it_lasts() -> None:
    found = rota(
        shift(1, EVERY_DAY, 8, 18, duty=WANG, backup=LIU), shift(2, EVERY_DAY, 20, 8, duty=LIU, backup=LI)
    )  # fmt: skip

    gaps = found.gaps(shipped(), at("2026-03-16 12:00"), at("2026-03-17 12:00"))

    assert gaps == [
        Gap(at("2026-03-16 18:00"), at("2026-03-16 20:00"), "duty", "nobody"),
        Gap(at("2026-03-16 18:00"), at("2026-03-16 20:00"), "backup", "nobody"),
    ]


def test_a_holiday_without_a_rota_is_one_hole_of_seven_days() -> None:
    found = rota(
        shift(1, WEEKDAYS, 0, 24, duty=WANG, backup=LIU),
        shift(2, frozenset({"sat", "sun"}), 0, 24, duty=LI, backup=LIU),
    )

    gaps = found.gaps(shipped(), at("2026-09-28 00:00"), at("2026-10-12 00:00"))

    assert [gap for gap in gaps if gap.post == "duty"] == [
        Gap(at("2026-10-01 00:00"), at("2026-10-08 00:00"), "duty", "nobody")
    ]


def test_a_person_who_left_is_named_as_a_hole() -> None:
    gone = {**EVERYBODY, WANG.key: Contact(WANG.key, "王", active=False)}
    found = rota(
        shift(1, EVERY_DAY, 8, 20, duty=WANG, backup=LIU), shift(2, EVERY_DAY, 12, 8, duty=LIU, backup=LI), people=gone
    )

    gaps = found.gaps(shipped(), at("2026-03-16 08:00"), at("2026-03-17 08:00"))

    assert gaps == [
        Gap(at("2026-03-16 08:00"), at("2026-03-16 12:00"), "duty", "gone", ("王",), False),
        Gap(at("2026-03-16 12:00"), at("2026-03-16 20:00"), "duty", "gone", ("王",), True),
    ]


def test_somebody_nobody_knows_is_a_hole_and_no_crash() -> None:
    found = rota(shift(1, EVERY_DAY, 0, 24, duty=WANG), people={})

    assert found.gaps(shipped(), at("2026-03-16 08:00"), at("2026-03-16 09:00"))[0].names == ("已删除的人",)


def test_a_shift_that_only_touches_the_time_asked_for_is_not_in_it() -> None:
    found = rota(shift(1, EVERY_DAY, 8, 20, duty=WANG), shift(2, EVERY_DAY, 20, 8, duty=LIU))

    turns = found.turns(shipped(), at("2026-03-16 08:00"), at("2026-03-16 20:00"))

    assert [turn.shift.id for turn in turns] == [1]


def test_no_rota_at_all_is_one_hole() -> None:
    start, end = at("2026-03-16 08:00"), at("2026-03-23 08:00")

    assert rota().gaps(shipped(), start, end) == [Gap(start, end, "duty", "no_rota")]
    assert rota().gaps(shipped(), start, start) == []


shifts = st.builds(
    lambda number, days, starts, ends, who: shift(number, frozenset(days), starts, ends, duty=who, backup=who),
    st.integers(1, 9), st.sets(st.sampled_from(sorted(DAYS)), min_size=1), st.integers(0, 23), st.integers(0, 24),
    st.sampled_from([WANG, LIU, LI]),
)  # fmt: skip
moments = st.integers(at("2026-01-01 00:00"), at("2027-02-01 00:00"))


@given(st.lists(shifts, min_size=1, max_size=5), moments, st.integers(1, 10 * DAY_MS), st.floats(0, 1))
def test_a_moment_is_in_a_hole_exactly_when_nobody_is_on_duty_then(
    some: list[Shift], start: int, length: int, part: float
) -> None:
    found = rota(*some)
    moment = start + int(part * (length - 1))

    gaps = [gap for gap in found.gaps(shipped(), start, start + length) if gap.post == "duty"]

    in_hole = any(gap.start <= moment < gap.end for gap in gaps)
    assert in_hole == (not found.at(shipped(), moment).on("duty"))
    assert all(first.end < second.start for first, second in pairwise(gaps))


@given(st.lists(shifts, min_size=1, max_size=5), moments, st.integers(1, 10 * DAY_MS))
def test_stretches_cover_the_time_without_a_seam(some: list[Shift], start: int, length: int) -> None:
    stretches = rota(*some).stretches(shipped(), start, start + length)

    assert (stretches[0].start, stretches[-1].end) == (start, start + length)
    assert all(first.end == second.start for first, second in pairwise(stretches))
