"""Which tiles a rider sees in which order, and what a photo's own notes say against it. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from gateway.contract.categories import CATEGORIES, GROUPS, Category, Level
from gateway.contract.geo import Point, distance_m
from server.categories import Kind, shipped
from server.kit.clock import BEIJING, DAY_MS, MINUTE_MS

URGENT = (
    "fire.open_flame",
    "fire.battery_smoke",
    "gas.smell",
    "person.injury",
    "person.lost_child",
    "person.lost_elder",
)
FREQUENT = (
    "parking.fire_lane",
    "parking.spot_taken",
    "parking.ebike_pile",
    "charging.corridor",
    "facility.light",
    "environment.garbage",
    "station.supply_empty",
    "person.rider_unwell",
    "suggestion.idea",
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Tiles under one heading; those that are `folded` come with 更多."""

    title: str
    tiles: tuple[Category, ...]
    folded: bool = False


def shelves(categories: Sequence[Category] = CATEGORIES) -> list[Shelf]:
    """Emergencies, what is seen every day, and the rest by group; a category of no shelf can still be found."""
    offered = {one.code: one for one in categories if one.phone}
    # A new emergency must never hide under 更多.
    urgent = [*URGENT, *(code for code, one in offered.items() if one.level is Level.P0 and code not in URGENT)]
    first = [
        Shelf("急事", tuple(offered[code] for code in urgent if code in offered)),
        Shelf("常见", tuple(offered[code] for code in FREQUENT if code in offered)),
    ]
    shown = {one.code for shelf in first for one in shelf.tiles}
    rest = [one for code, one in offered.items() if code not in shown]
    return first + [
        Shelf(title, tiles, folded=True)
        for group, title in GROUPS.items()
        if (tiles := tuple(one for one in rest if one.group == group))
    ]


def for_phones(kinds: Iterable[Kind]) -> list[Kind]:
    """Those that a rider's phone offers."""
    return [one for one in kinds if one.phone and not one.retired]


def tile_id(category: Category) -> str:
    """What a tile is called in the page and in `report.css`."""
    return "c-" + category.code.replace(".", "-")


def tile_rules(kinds: Iterable[Kind]) -> str:
    """The CSS that shows a category's own advice, questions and hints when its tile is chosen; empty without tiles.

    That of the shipped catalogue stands at the end of `report.css`; what was edited since comes in a sheet of its own.
    Old WebViews know no `:has()`, so each category needs a rule of its own.
    """
    spoken = []
    for one in for_phones(kinds):
        # Every category may bring a hint that others saw it too.
        spoken.append(f"#{tile_id(one)}:checked~.dock .aid-{tile_id(one)}")
        if one.questions:
            spoken.append(f"#{tile_id(one)}:checked~.asks .ask-{tile_id(one)}")
    return ",\n".join(spoken) + "{display:block}\n" if spoken else ""


def more_tile_rules(kinds: Iterable[Kind]) -> str:
    """What `report.css` does not say yet about the catalogue as it is now; usually nothing."""
    known = shipped()
    return tile_rules(
        one for one in kinds if one.code not in known or bool(one.questions) != bool(known[one.code].questions)
    )


_BUILDING = re.compile(r"第?0*([1-9][0-9]{0,3})(?:号楼|号|栋|幢|座|#)?")


def place_of(chip: str, building: str, words: str, pointed: str, beside: str) -> str:
    """Where it is, as it stands on the ticket: `1号楼 三楼`, `12号楼 三楼走廊（北门消防通道）`.

    Whatever was chosen or typed is in it; only `beside`, the chip that comes pressed, gives way to all else. A building
    that is no number is taken as words.
    """
    spot = "" if chip == beside else chip
    house = unicodedata.normalize("NFKC", building).strip()
    number = _BUILDING.fullmatch(house)
    house = f"{number[1]}号楼" if number else house
    typed = " ".join(part for part in (house, words.strip()) if part)
    if not spot:
        return typed or pointed or chip
    if re.search(rf"(?<!\d){re.escape(spot)}", typed):
        return typed
    if house:
        # A building may stand anywhere along a lane: it leads, and the guard still reads which lane.
        return f"{typed}（{spot}）"
    if typed:
        return f"{spot} {typed}"
    return f"{spot}（{pointed}）" if pointed else spot


NEAR_MISS = 0.85
"""`sn10-nrth` is 0.95 of `sn10-north`; `sn10-south`, another station, is 0.8 of it."""


def nearly(typed: str, code: str) -> bool:
    """Whether a wrong address is so close to a station's code that this one was meant."""
    return SequenceMatcher(None, typed.casefold(), code).ratio() >= NEAR_MISS


LONGEST_WAIT_MS = 3 * DAY_MS
TRUSTED_WAIT_MS = MINUTE_MS


def seen_at(waited: int, now: int) -> tuple[int, bool]:
    """When a report that waited so long on a phone was tapped (UTC ms), and whether that is only estimated.

    A span by the phone's clock, which may be as wrong as it likes about the date. Nobody waits longer than
    `LONGEST_WAIT_MS`: then the clock was set meanwhile, and now is the better guess.
    """
    if waited > LONGEST_WAIT_MS:
        return now, True
    return now - max(waited, 0), waited > TRUSTED_WAIT_MS


STALE_MS = 3 * DAY_MS
ELSEWHERE_M = 20_000
"""A camera's clock may be a little wrong and GPS too; a photo of another week or another city is a doubt."""


def doubts(taken: str | None, point: Point | None, here: Point, now: int) -> frozenset[str]:
    """What a photo's own notes say against it (`routing.DOUBTS`); `taken` is ISO text, Beijing time without a zone."""
    found = set()
    try:
        moment = datetime.fromisoformat(taken or "")
        at = (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).timestamp() * 1000
        if now - at > STALE_MS:
            found.add("stale")
    except (ValueError, OverflowError):
        pass  # a camera without a clock says nothing
    if point is not None and distance_m(here, point) > ELSEWHERE_M:
        found.add("elsewhere")
    return frozenset(found)
