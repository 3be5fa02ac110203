"""Where the words searched for stand in a text, so that the list can mark them. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

AROUND = 14
"""Letters of context on either side of what was found."""
_RUNS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text; `hit`: it was searched for."""

    text: str
    hit: bool


def marked(text: str, typed: str) -> tuple[Piece, ...]:
    """The whole text in pieces; a single one without a hit when nothing was found."""
    if not typed:
        return (Piece(text, False),) if text else ()
    pieces: list[Piece] = []
    place = 0
    for start, end in _spans(text, typed):
        if start > place:
            pieces.append(Piece(text[place:start], False))
        pieces.append(Piece(text[start:end], True))
        place = end
    if place < len(text):
        pieces.append(Piece(text[place:], False))
    return tuple(pieces)


def excerpt(texts: Iterable[str], typed: str) -> tuple[Piece, ...]:
    """The surroundings of the first hit in the first text that has one; empty without any."""
    for text in texts:
        line = " ".join(text.split())
        spans = _spans(line, typed)
        if spans:
            start, end = max(0, spans[0][0] - AROUND), spans[0][1] + 2 * AROUND
            shown = f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"
            return marked(shown, typed)
    return ()


def _spans(text: str, typed: str) -> list[tuple[int, int]]:
    """[start, end) of every hit, in order, none over another."""
    plain, places = _plain(text)
    taken = [
        (places[hit.start()], places[hit.end() - 1] + 1)
        for run in dict.fromkeys(_RUNS.findall(_plain(typed)[0]))
        for hit in re.finditer(re.escape(run), plain)
    ]
    found: list[tuple[int, int]] = []
    for start, end in sorted(taken):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _plain(text: str) -> tuple[str, list[int]]:
    """As the search compares (width, case, the dots of plates and numbers), and where each letter came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for plain in unicodedata.normalize("NFKC", letter).lower():
            letters.append(plain)
            places.append(place)
    folded = "".join(letters)
    dots = {hit.start() for hit in re.finditer(r"(?<=[0-9a-z])[·•・-](?=[0-9a-z])", folded)}
    kept = [index for index in range(len(folded)) if index not in dots]
    return "".join(folded[index] for index in kept), [places[index] for index in kept]
