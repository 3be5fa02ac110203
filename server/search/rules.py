"""How Chinese text is cut for a full-text index: into pairs of characters, so that 通道 and 白车 are found. Pure.

SQLite's own trigrams miss two-character words silently, and its word cutter takes a whole sentence for one word.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

MAX_QUERY = 80
MAX_TERMS = 40

_RUNS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[0-9a-z]+")
_EDGES = (2, 3)
_NUMBER = re.compile(r"cxz[0-9]+")
_NUMBER_EDGES = range(2, 10)
"""All tickets of a day, a month, a year begin alike: what is typed of a number up to its day is a word of its own."""


def plain(text: str) -> str:
    """As it is compared: NFKC, small letters, and plates without their dot."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"(?<=[0-9a-z])[·•・-](?=[0-9a-z])", "", folded)


def terms(text: str) -> list[str]:
    """What is indexed: each pair of neighbouring Chinese characters, each last character; each word of letters, and
    its first letters, which a hundred thousand plates may share."""
    found: list[str] = []
    for run in _RUNS.findall(plain(text)):
        if run[0].isascii():
            found += [run, *(run[:edge] for edge in _edges(run) if edge < len(run))]
        else:
            found += [run[place : place + 2] for place in range(len(run))]
    return found


def match(typed: str, within: Iterable[Iterable[str]] = (), outside: Collection[str] = ()) -> str | None:
    """An FTS5 expression for what somebody typed; None when there is nothing to look for.

    Every part typed must occur. `within`: groups of marks (see `mark`), of each of which one must be there; of
    `outside` none may.
    """
    wanted: list[str] = []
    for run in _RUNS.findall(plain(typed[:MAX_QUERY])):
        if run[0].isascii():
            wanted.append(f'"{run}"' if len(run) in _edges(run) else f'"{run}"*')  # the beginning is enough
        elif len(run) == 1:
            wanted.append(f'"{run}"*')
        else:
            # A phrase: the pairs must follow each other, or 车站 + 站台 would find a text without 车站台.
            wanted.append('"' + " ".join(run[place : place + 2] for place in range(len(run) - 1)) + '"')
    if not wanted:
        return None
    groups = ["(" + " OR ".join(sorted(group)) + ")" for group in within]
    found = " AND ".join([*groups, *list(dict.fromkeys(wanted))[:MAX_TERMS]])
    return f"({found}) NOT ({' OR '.join(sorted(outside))})" if outside else found


def _edges(run: str) -> Collection[int]:
    return _NUMBER_EDGES if _NUMBER.fullmatch(run) else _EDGES


def mark(*names: str) -> str:
    """A word that stands for a property, or for several at once. What is typed begins with no λ."""
    return "λ" + hashlib.blake2b("/".join(names).encode(), digest_size=5).hexdigest()


@dataclass(frozen=True, slots=True)
class Area:
    """Where a community lay when its first ticket was indexed; its marks say so for good."""

    street: str
    district: str


def marks(community: str, area: Area, state: str, station: str, desk: str) -> Iterator[str]:
    """What is indexed of a ticket's properties.

    Each of its areas alone, with its state, with its desk, and with both: looking for one long list of tickets among
    another takes its time, and so one mark says it all.
    """
    for place in (("district", area.district), ("street", area.street), ("community", community)):
        for with_state in ("", state):
            for with_desk in ("", desk):
                yield mark(*place, with_state, with_desk)
    yield mark("station", station)


def sought(
    areas: Mapping[str, Area], communities: Collection[str], states: Collection[str], desks: Collection[str]
) -> tuple[list[str], list[str]]:
    """Marks of which a ticket has one, and marks of which it has none; of both none: it may be any ticket."""
    if states or desks or 2 * len(areas.keys() & set(communities)) <= len(areas):
        places = cover(areas, communities)
        return [mark(*place, state, desk) for place in places for state in states or [""] for desk in desks or [""]], []
    # Nearly every ticket would have to be looked up among nearly all: it is quicker to look up what is found.
    return [], [mark(*place, "", "") for place in cover(areas, areas.keys() - set(communities))]


def cover(areas: Mapping[str, Area], communities: Collection[str]) -> list[tuple[str, str]]:
    """The fewest areas that hold these communities and no other: (`district`, `street` or `community`, code)."""
    left = {code for code in communities if code in areas}
    found: list[tuple[str, str]] = []
    for kind in ("district", "street"):
        for name in sorted({getattr(areas[code], kind) for code in left}):
            inside = {code for code, area in areas.items() if getattr(area, kind) == name}
            if inside <= left:
                found.append((kind, name))
                left -= inside
    return found + [("community", code) for code in sorted(left)]
