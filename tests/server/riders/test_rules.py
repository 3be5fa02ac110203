"""The tiles, and the CSS that belongs to them."""

from dataclasses import replace

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


def test_the_script_is_small_and_speaks_to_old_webviews() -> None:
    script = static.files()["report.js"].content + static.files()["shrink.js"].content

    assert len(static.files()["report.js"].packed) + len(static.files()["shrink.js"].packed) <= 6 * 1024
    for newer in (b"?.", b"??", b"catch {", b"replaceAll", b"{...", b".at("):
        assert newer not in script
