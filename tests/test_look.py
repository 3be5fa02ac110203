"""The one visual language: small, complete, readable."""

import re
from xml.etree import ElementTree

import pytest

from gateway import look
from gateway.contract.categories import CATEGORIES


def test_the_style_leaves_room_in_the_riders_first_page() -> None:
    assert len(look.css().encode()) <= 9 * 1024


def test_the_style_is_for_old_webviews_too() -> None:
    for too_new in (":has(", ":is(", "@layer", "inset:", "clamp(", "aspect-ratio", "min(", "&"):
        assert too_new not in look.css().replace("minmax(", "")


def test_no_style_asks_another_host() -> None:
    assert "url(" not in look.css()
    assert "@import" not in look.css()


def test_every_class_named_in_the_header_is_styled() -> None:
    header = (look.FOLDER / "look.css").read_text(encoding="utf-8").partition("*/")[0]

    named = set(re.findall(r"\.([a-z]+(?:__[a-z]+)?)\b", header)) - {"row__end", "bar__back"}

    assert len(named) > 25
    assert {name for name in named if f".{name}" not in look.css()} == set()


def test_every_category_has_its_own_icon() -> None:
    assert {category.icon for category in CATEGORIES} <= set(look.names())


@pytest.mark.parametrize("name", look.names())
def test_icons_are_bare_drawings(name: str) -> None:
    drawing = ElementTree.fromstring(look.icon(name))  # noqa: S314 - our own files

    assert drawing.get("viewBox") == "0 0 24 24"
    assert drawing.get("stroke") == "currentColor"
    assert drawing.get("aria-hidden") == "true"
    assert {child.tag for child in drawing} <= {"path", "circle", "rect", "line", "polyline"}


@pytest.mark.parametrize("name", ["", "no-such-icon", "../look", "icons/LICENSE", "phone.svg", "灯", "x" * 10_000])
def test_an_unknown_icon_is_three_dots(name: str) -> None:
    assert look.icon(name) == look.icon("dots")


def test_an_icon_with_a_label_is_an_image_of_that_name() -> None:
    drawing = look.icon("phone", '打给 <值班员> & "家人"')

    tree = ElementTree.fromstring(drawing)  # noqa: S314 - our own files
    assert tree.get("role") == "img"
    assert tree.get("aria-label") == '打给 <值班员> & "家人"'
    assert tree.get("aria-hidden") is None


def test_the_address_changes_with_the_style() -> None:
    assert re.fullmatch(r"[0-9a-f]{10}", look.css_digest())


def test_the_licence_of_the_icons_travels_with_them() -> None:
    assert "MIT License" in (look.FOLDER / "icons" / "LICENSE").read_text(encoding="utf-8")


PAIRS = [
    ("--ink", "--paper"),
    ("--soft", "--paper"),
    ("--soft", "--card"),
    ("--ink", "--lamp"),
    ("--paper", "--night"),
    ("--paper", "--night-3"),
    ("--lamp", "--night"),
    ("--green", "--card"),
    ("--card", "--green"),
    ("--red", "--card"),
    ("--card", "--red"),
    ("--amber", "--amber-bg"),
]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_words_can_be_read_on_their_ground(text: str, ground: str) -> None:
    colours = dict(re.findall(r"(--[a-z0-9-]+):(#[0-9A-F]{3,6})\b", look.css()))

    light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_rule_of_a_pill_can_be_read() -> None:
    rules = re.findall(r"(\.pill--[^{]*)\{background:(#\w+|var\(--[a-z-]+\));color:(#\w+)", look.css())
    colours = dict(re.findall(r"(--[a-z0-9-]+):(#[0-9A-F]{3,6})\b", look.css()))

    assert len(rules) >= 6
    for name, ground, text in rules:
        ground = colours.get(ground[4:-1], ground)
        light, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
