"""Finding what a rider means in what a rider typed: plain keywords, nothing learned, nothing hidden. Pure.

A keyword is looked for as it stands, after NFKC and in lower case. `…` inside one stands for at most six characters
of the same sentence: `没穿…外套`; `|` parts words of which any will do: `差点|险些…着火|起火`. `{link}` and `{phone}`
stand for anything that looks like one. In a turn of phrase that does not count, `…` ends at a comma or a space too,
which is how riders end a sentence: `差点没跑掉 着火了` is a fire.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

GAP, EITHER = "…", "|"
MOST_WORD, MOST_KEYWORD = 30, 100
_GAP_REGEX = r"[^。!?;\n]{0,6}?"
_NARROW_GAP_REGEX = r"[^。!?;,、 \n]{0,6}?"
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
    label: str = ""
    """What it is about, as staff read it."""

    @cached_property
    def looks(self) -> "tuple[tuple[re.Pattern[str] | None, tuple[str, ...]], ...]":
        """The keywords made ready for looking."""
        return tuple(_compiled(one, _GAP_REGEX) for one in self.any)

    def stands_in(self, typed: str) -> bool:
        """Whether a report that says this would be found."""
        return Text(typed).has(self)


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
    """Words of at most 30 characters, 100 in all, with something to look for on both sides of every `…` and `|`."""
    parts = _parts(typed)
    words = [word for part in parts for word in part]
    return len(typed) <= MOST_KEYWORD and len(parts) <= 3 and all(0 < len(word) <= MOST_WORD for word in words)


def _parts(keyword: str) -> list[tuple[str, ...]]:
    return [tuple(plain(word).strip() for word in part.split(EITHER)) for part in keyword.split(GAP)]


def _any(keywords: Keywords, text: str, letters: frozenset[str]) -> bool:
    # Nearly every keyword begins with a letter that is not there at all: asked first, this saves the search.
    for pattern, words in keywords.looks:
        for word in words:
            if (not word or word[0] in letters) and word in text and (pattern is None or pattern.search(text)):
                return True
    return False


def _without(keyword: str, text: str) -> str:
    pattern, words = _compiled(keyword, _NARROW_GAP_REGEX)
    if pattern is not None:
        return pattern.sub(_BLANK, text) if any(word in text for word in words) else text
    for word in words:
        text = text.replace(word, _BLANK)
    return text


@lru_cache(maxsize=8192)
def _compiled(keyword: str, gap: str) -> tuple[re.Pattern[str] | None, tuple[str, ...]]:
    """(pattern, words of which one must stand there in any case); no pattern: the one word is all."""
    special = _SPECIAL.get(keyword)
    if special is not None:
        return special, ("",)
    parts = _parts(keyword)
    if len(parts) == 1:
        return None, parts[0]
    pattern = gap.join(f"(?:{'|'.join(map(re.escape, part))})" for part in parts)
    # The part whose shortest word is the longest is the rarest.
    return re.compile(pattern), max(parts, key=lambda part: (min(map(len, part)), -len(part)))
