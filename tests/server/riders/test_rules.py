"""The tiles, and the CSS that belongs to them."""

from dataclasses import replace

import pytest

from gateway.contract.categories import CATEGORIES, Level
from server import categories, static
from server.riders import rules


def test_every_category_for_phones_has_one_tile() -> None:
    codes = [one.code for shelf in rules.shelves() for one in shelf.tiles]

    assert sorted(codes) == sorted(one.code for one in CATEGORIES if one.phone)


def test_emergencies_stand_first_and_are_never_folded_away() -> None:
    new = replace(CATEGORIES[-1], code="hazard.collapse", level=Level.P0)

    first, *rest = rules.shelves([*CATEGORIES, new])

    assert new in first.tiles
    assert not first.folded
    assert all(one.level is not Level.P0 for shelf in rest for one in shelf.tiles)


def test_the_css_shows_the_advice_of_every_category_that_has_one() -> None:
    css = static.files()["report.css"].content.decode()
    shipped = list(categories.shipped().values())

    assert css.endswith(rules.tile_rules(shipped))
    assert rules.more_tile_rules(shipped) == ""


def test_a_category_made_on_the_desk_brings_its_own_css() -> None:
    shipped = categories.shipped()
    bees = replace(shipped["hazard.falling"], code="hazard.bees")

    assert rules.more_tile_rules([*shipped.values(), bees]).startswith("#c-hazard-bees:checked~.dock")


def test_the_scripts_of_the_form_are_small() -> None:
    packed = [len(static.files()[f"{name}.js"].packed) for name in ("outbox", "report", "shrink", "where")]

    assert sum(packed) <= 14 * 1024


@pytest.mark.parametrize(
    ("waited", "at", "estimated"),
    [(0, 1_000_000_000, False), (60_000, 999_940_000, False), (61_000, 999_939_000, True)],
)
def test_a_report_is_as_old_as_it_waited(waited: int, at: int, estimated: bool) -> None:
    assert rules.seen_at(waited, 1_000_000_000) == (at, estimated)
