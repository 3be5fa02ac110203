"""Finding what a rider means in what a rider typed: plain keywords, nothing learned, nothing hidden. Pure.

A keyword is looked for as it stands, after NFKC and in lower case. `…` inside one stands for at most six characters
of the same sentence: `没穿…外套`. `{link}` and `{phone}` stand for anything that looks like one.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, slots=True)
class Keywords:
    """A set of keywords. `but` are turns of phrase that are blanked out first: `差点…摔` is nobody's fall."""

    any: tuple[str, ...]
    but: tuple[str, ...] = ()


class Text:
    """What a report says, read once and asked about many sets."""

    def __init__(self, *parts: str) -> None:
        self._plain = plain("\n".join(parts))
        self._found: dict[Keywords, bool] = {}

    def has(self, keywords: Keywords) -> bool:
        """Whether one of the keywords stands in it."""
        known = self._found.get(keywords)
        if known is None:
            known = self._found[keywords] = self._look(keywords)
        return known

    def _look(self, keywords: Keywords) -> bool:
        if not _any(keywords.any, self._plain):
            return False
        left = self._plain
        for phrase in keywords.but:
            left = _without(phrase, left)
        return left == self._plain or _any(keywords.any, left)


def plain(typed: str) -> str:
    """NFKC, lower case, no characters that do not show, single spaces."""
    text = unicodedata.normalize("NFKC", typed).lower()
    shown = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) not in {"Cf", "Cc", "Cs"})
    return _SPACE.sub(" ", shown)


def is_keyword(typed: str) -> bool:
    """At most 30 characters, with something to look for on both sides of every `…`."""
    parts = [plain(part).strip() for part in typed.split(GAP)]
    return len(typed) <= 30 and len(parts) <= 3 and all(parts)


def _any(keywords: Iterable[str], text: str) -> bool:
    return any(_stands(keyword, text) for keyword in keywords)


def _stands(keyword: str, text: str) -> bool:
    pattern, first = _compiled(keyword)
    return first in text and (pattern is None or bool(pattern.search(text)))


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
