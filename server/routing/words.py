"""Finding what a rider means in what a rider typed: plain keywords, nothing learned, nothing hidden. Pure.

A keyword is looked for as it stands, after NFKC and in lower case. `…` inside one stands for at most six characters
of the same sentence: `没穿…外套`. `{link}` and `{phone}` stand for anything that looks like one.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

GAP = "…"
_GAP_REGEX = r"[^。!?;\n]{0,6}?"
_BLANK = "\x00"
_SPECIAL = {
    "{link}": re.compile(
        r"https?:|www\.|=\s*hyperlink|<\s*script|javascript:"
        r"|(?<![a-z0-9])[a-z0-9-]+\.(?:com|cn|net|top|xyz|vip|cc|shop|site|club|icu|link|me)(?![a-z0-9])"
    ),
    "{phone}": re.compile(r"(?<!\d)1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"),
}
_SPACE = re.compile(r"[^\S\n]+")


@dataclass(frozen=True)
class Keywords:
    """A set of keywords. `but` are turns of phrase that are blanked out first: `差点…摔` is nobody's fall."""

    any: tuple[str, ...]
    but: tuple[str, ...] = ()

    @cached_property
    def looks(self) -> "tuple[tuple[re.Pattern[str] | None, str], ...]":
        """The keywords made ready for looking."""
        return tuple(map(_compiled, self.any))


class Text:
    """What a report says, read once and asked about many sets."""

    def __init__(self, *parts: str) -> None:
        self._plain = plain("\n".join(parts))
        self._letters = frozenset(self._plain)
        self._found: dict[int, tuple[Keywords, bool]] = {}

    def has(self, keywords: Keywords) -> bool:
        """Whether one of the keywords stands in it."""
        # By identity, which is quicker than comparing; what is kept beside it cannot give its identity away.
        known = self._found.get(id(keywords))
        if known is None:
            known = self._found[id(keywords)] = (keywords, self._look(keywords))
        return known[1]

    def _look(self, keywords: Keywords) -> bool:
        if not _any(keywords, self._plain, self._letters):
            return False
        left = self._plain
        for phrase in keywords.but:
            left = _without(phrase, left)
        return left == self._plain or _any(keywords, left, self._letters)


def plain(typed: str) -> str:
    """NFKC, lower case, no characters that do not show, single spaces."""
    text = unicodedata.normalize("NFKC", typed).lower()
    shown = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter)[0] != "C")
    return _SPACE.sub(" ", shown)


def is_keyword(typed: str) -> bool:
    """At most 30 characters, with something to look for on both sides of every `…`."""
    parts = [plain(part).strip() for part in typed.split(GAP)]
    return len(typed) <= 30 and len(parts) <= 3 and all(parts)


def _any(keywords: Keywords, text: str, letters: frozenset[str]) -> bool:
    # Nearly every keyword begins with a letter that is not there at all: asked first, this saves the search.
    for pattern, first in keywords.looks:
        if (not first or first[0] in letters) and first in text and (pattern is None or pattern.search(text)):
            return True
    return False


def _without(keyword: str, text: str) -> str:
    pattern, first = _compiled(keyword)
    if pattern is None:
        return text.replace(first, _BLANK)
    return pattern.sub(_BLANK, text)


@lru_cache(maxsize=8192)
def _compiled(keyword: str) -> tuple[re.Pattern[str] | None, str]:
    """(pattern, what must stand there in any case); no pattern: the latter is all."""
    special = _SPECIAL.get(keyword)
    if special is not None:
        return special, ""
    parts = [plain(part).strip() for part in keyword.split(GAP)]
    if len(parts) == 1:
        return None, parts[0]
    return re.compile(_GAP_REGEX.join(map(re.escape, parts))), max(parts, key=len)
