"""The Monday page for the press: one A4, whatever there is to say. Names are cut, long lists end with how many more."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from server.dashboards.figures import Cell, Count, Monday
from server.dashboards.place import Place
from server.kit.clock import beijing

TEMPLATE = Path(__file__).parent / "templates" / "monday.typ"
MOST_GROUPS, MOST_OWNERS, MOST_PLACES, MOST_MONTHS = 13, 7, 6, 6
WIDE, NARROW, SHORT = 34, 26, 16
"""Where names are cut, in halves of a Chinese character."""

LEADS = ("收到", "结案", "按期结案率", "满意率")
"""The figures that stand large at the top."""


def sheet(page: Monday, place: Place, site_url: str) -> dict[str, Any]:
    """What `monday.typ` is given. `site_url`: how the links in the file reach this site."""

    def link(count: Count) -> dict[str, Any]:
        return {"n": count.value, "url": site_url + count.url}

    def cell(one: Cell) -> dict[str, Any]:
        return {
            "text": one.text,
            "hits": link(one.hits) if one.hits else None,
            "sample": link(one.sample) if one.sample else None,
        }

    figures = [
        {"name": one.name, "means": one.means, "this": cell(one.this), "last": cell(one.last)} for one in page.figures
    ]
    chosen = {"community": place.code} if place.code else {}
    most = max((max(one.this.value, one.last.value) for one in page.groups), default=0)
    return {
        "place": cut(place.name, WIDE),
        "number": page.this.first.isocalendar().week,
        "year": page.this.first.isocalendar().year,
        "this": page.this.label,
        "last": page.last.label,
        "running": page.running,
        "counted": f"{beijing(page.now):%Y-%m-%d %H:%M}",
        "url": f"{site_url}/desk/monday?{urlencode({'week': page.this.first, **chosen})}",
        "leads": [one for name in LEADS for one in figures if one["name"] == name],
        "figures": figures,
        "groups": [
            {"name": cut(one.name, SHORT), "this": link(one.this), "last": link(one.last), "change": one.change}
            for one in page.groups[:MOST_GROUPS]
        ],
        "most": most,
        "more_groups": _more(page.groups, MOST_GROUPS),
        "asides": [{"name": one.name, "this": link(one.this), "last": link(one.last)} for one in page.asides],
        "held": [{"name": one.name, "n": link(one.tickets), "note": one.note} for one in page.held],
        "owners": [
            {"name": cut(one.name, NARROW), "n": link(one.overdue), "note": f"最久超 {one.longest}"}
            for one in page.owners[:MOST_OWNERS]
        ],
        "more_owners": _more(page.owners, MOST_OWNERS),
        "places": [
            {"name": cut(one.title, WIDE), "url": f"{site_url}/desk/topics/{one.id}", "n": link(one.tickets)}
            for one in page.proposed[:MOST_PLACES]
        ],
        "more_places": page.more_proposed + _more(page.proposed, MOST_PLACES),
        "places_url": f"{site_url}/desk/topics?status=proposed",
        "days": page.topic_days,
        "months": [
            {"month": one.month, "n": one.number, "note": cut(one.note, WIDE)} for one in page.months[:MOST_MONTHS]
        ],
        "words": [f"{word} {number}" for word, number in page.screen_words],
        "screens": [cut(f"{one.name}：{one.word} {one.since}", WIDE + NARROW) for one in page.screens],
    }


def cut(text: str, halves: int) -> str:
    """The text on one line of at most so many half characters, `…` for what is gone."""
    line = " ".join(text.split())
    if sum(map(_width, line)) <= halves:
        return line
    kept, room = "", halves - 2
    for letter in line:
        room -= _width(letter)
        if room < 0:
            break
        kept += letter
    return kept + "…"


def _width(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WFA" else 1


def _more(all_of_them: Sequence[object], most: int) -> int:
    return max(0, len(all_of_them) - most)
