"""The tiles, and the CSS that belongs to them."""

from dataclasses import replace

import pytest

from gateway.contract.categories import CATEGORIES, Level
from server import categories, static
from server.kit.clock import DAY_MS
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

    assert sum(packed) <= 16 * 1024


@pytest.mark.parametrize(
    ("waited", "at", "estimated"),
    [
        (0, 1_000_000_000, False),
        (60_000, 999_940_000, False),
        (61_000, 999_939_000, True),
        (365 * DAY_MS, 1_000_000_000, True),
    ],
)
def test_a_report_is_as_old_as_it_waited(waited: int, at: int, estimated: bool) -> None:
    assert rules.seen_at(waited, 1_000_000_000) == (at, estimated)


BESIDE = "北门站旁"


@pytest.mark.parametrize(
    ("chip", "building", "words", "pointed", "place"),
    [
        (BESIDE, "", "", "", "北门站旁"),
        (BESIDE, "", "三楼", "", "三楼"),
        (BESIDE, "１２", "三楼走廊", "", "12号楼 三楼走廊"),
        (BESIDE, "", "", "北门站东约 90 米", "北门站东约 90 米"),
        ("1号楼", "", "三楼", "", "1号楼 三楼"),
        ("北门消防通道", "", "最里面那盏", "", "北门消防通道 最里面那盏"),
        ("北门消防通道", "12", "三楼走廊", "", "12号楼 三楼走廊（北门消防通道）"),
        ("1号楼", "12", "", "", "12号楼（1号楼）"),
        ("2号楼", "12", "三楼", "", "12号楼 三楼（2号楼）"),
        ("12号楼", "12", "三楼", "", "12号楼 三楼"),
        ("车棚北", "", "车棚北第二排", "北门站东约 90 米", "车棚北第二排"),
        ("车棚北", "", "", "北门站东约 90 米", "车棚北（北门站东约 90 米）"),
        ("车棚北", "", " ", "", "车棚北"),
        ("", "后门", "", "", "后门"),
    ],
)
def test_a_chosen_spot_stays_whatever_is_typed(chip: str, building: str, words: str, pointed: str, place: str) -> None:
    assert rules.place_of(chip, building, words, pointed, BESIDE) == place
