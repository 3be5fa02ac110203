"""Number plates in what people write, and when two are the same one. Pure.

Only for comparing: what somebody typed is neither refused nor corrected anywhere.
"""

import re
import unicodedata
from collections.abc import Collection

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
MOST = 5
"""Plates read out of one report; whoever lists more describes a car park."""

_GAP = r"[\s·•・.\-]{0,2}"
# New energy: six places, a letter of its own first (cars) or last (lorries). Else five.
_SERIAL = r"(?:[DABCEFGHJK][A-Z0-9][0-9]{4}|[0-9]{5}[DABCEFGHJK]|[A-Z0-9]{4}[A-Z0-9挂学警港澳])(?![A-Z0-9])"
_FULL = re.compile(rf"([{PROVINCES}])\s*([A-Z]){_GAP}({_SERIAL})")
_SHORT = re.compile(rf"(?<![A-Z0-9])([A-HJ-NP-Z]){_GAP}(?=(?:[A-Z]?[0-9]){{3}})({_SERIAL})")
_NAMED = re.compile(r"(?:车牌|牌照|牌号|号牌)[号是为:\s]{0,4}(?:[\u4e00-\u9fff]{1,3})?([A-Z0-9]{5,9})(?![A-Z0-9])")
_ANY_CASE = re.compile(rf"[{PROVINCES}]\s*[A-Za-z]{_GAP}[A-Za-z0-9]{{4,5}}[A-Za-z0-9挂学警港澳]")
_UNSURE = str.maketrans("IO", "10")


def plates_in(text: str) -> frozenset[str]:
    """The plates a text names, as they are compared: `沪A12345`, `A12345` without its province, `1234567` of an e-bike.

    Serials have no I and no O: whoever wrote one meant the digit.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    found = [f"{one[1]}{one[2]}{one[3].translate(_UNSURE)}" for one in _FULL.finditer(folded)]
    rest = _FULL.sub(" ", folded)
    found += [f"{one[1]}{one[2].translate(_UNSURE)}" for one in _SHORT.finditer(rest)]
    rest = _SHORT.sub(" ", rest)
    found += [one[1].translate(_UNSURE) for one in _NAMED.finditer(rest)]
    return frozenset(list(dict.fromkeys(found))[:MOST])


def plate_of(answer: str) -> frozenset[str]:
    """The plate that answers the question for it: e-bikes have plates of every kind, so anything with four signs."""
    known = plates_in(answer)
    if known:
        return known
    folded = unicodedata.normalize("NFKC", answer).upper()
    kept = "".join(letter for letter in folded if letter.isalnum()).translate(_UNSURE)
    return frozenset([kept] if 4 <= len(kept) <= 12 else [])


def without_plates(text: str) -> str:
    """The text without its full plates."""
    return _ANY_CASE.sub("", text)


def spellings(plate: str) -> list[str]:
    """Every way the same plate may have been noted: with its province, or without any."""
    if plate[0] in PROVINCES:
        return [plate, plate[1:]]
    return [plate, *(province + plate for province in PROVINCES)]


def same(one: Collection[str], other: Collection[str]) -> bool:
    """Whether any plate is on both sides."""
    return any(spelling in other for plate in one for spelling in spellings(plate))


def nearly(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two plates differ in one sign only: somebody may have misread it."""
    return any(
        len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) == 1
        for left in map(_bare, one)
        for right in map(_bare, other)
    )


def _bare(plate: str) -> str:
    return plate[1:] if plate[0] in PROVINCES else plate
