"""The one visual language: `look.css`, the icons and the mark, shared by kiosk, phone, desk and wall.

It lives at the border because both the kiosk and the server may import from there, and from nowhere else together.
The class names are listed at the top of `look.css`; the icons are Tabler's outlines (MIT, `icons/LICENSE`).
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).resolve().parent

NIGHT = "#0B2A3B"
"""Also the `theme-color` of pages."""

_UNKNOWN = "dots"
_AIR = re.compile(r"/\*.*?\*/\s*|(?<=[{};,])\n", re.DOTALL)


def icon(name: str, label: str = "") -> Markup:
    """The inline SVG of an icon, coloured by the text around it; an unknown name gives the three dots.

    Without `label` it is decoration, hidden from screen readers; with one it is an image of that name.
    """
    if not label:
        return Markup(_drawing(name))  # noqa: S704 - our own files
    image = Markup(' role="img" aria-label="{0}"><title>{0}</title>').format(label)
    return Markup(_drawing(name).replace(' aria-hidden="true">', image, 1))  # noqa: S704 - our own files, label escaped


@cache
def names() -> tuple[str, ...]:
    """Every icon there is, sorted."""
    return tuple(sorted(path.stem for path in (FOLDER / "icons").glob("*.svg")))


@cache
def css() -> str:
    """`look.css` as it is served, without its comments (9 KB)."""
    return _AIR.sub("", (FOLDER / "look.css").read_text(encoding="utf-8"))


@cache
def css_digest() -> str:
    """Ten characters that change with the style: `/look.{digest}.css` may be cached for ever."""
    return hashlib.sha256(css().encode()).hexdigest()[:10]


def mark(size: int = 32) -> Markup:
    """The brand as inline SVG, `size` pixels wide and high: a station is a lamp at night."""
    return Markup(
        '<svg class="mark" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="{0}" height="{0}" '
        'aria-hidden="true"><rect width="32" height="32" rx="8" fill="#123A50"/>'
        '<path d="M10 18h12l5 14H5z" fill="#FFC53D" opacity=".28"/><path d="M16 4v6" stroke="#FAF8F3" '
        'stroke-width="2" stroke-linecap="round"/><path d="M6 18a10 9.5 0 0 1 20 0z" fill="#FFC53D"/>'
        '<path d="M12.5 18a3.5 3.5 0 0 0 7 0z" fill="#FAF8F3"/></svg>'
    ).format(size)


def _drawing(name: str) -> str:
    # The set of names comes from the folder, so that a name out of a message never becomes a path.
    return _read(name if name in names() else _UNKNOWN)


@cache
def _read(name: str) -> str:
    svg = (FOLDER / "icons" / f"{name}.svg").read_text(encoding="utf-8").strip()
    svg = svg.replace(' xmlns="http://www.w3.org/2000/svg"', f' class="icon icon-{name}" width="24" height="24"', 1)
    return svg.replace(">", ' aria-hidden="true">', 1)
