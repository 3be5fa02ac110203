"""How Chinese text is cut for a full-text index: into pairs of characters, so that 通道 and 白车 are found. Pure.

SQLite's own trigrams miss two-character words silently, and its word cutter takes a whole sentence for one word.
"""

import re
import unicodedata
from collections.abc import Iterable

MAX_QUERY = 80
MAX_TERMS = 40

_RUNS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[0-9a-z]+")


def plain(text: str) -> str:
    """As it is compared: NFKC, small letters, and plates without their dot."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"(?<=[0-9a-z])[·•・-](?=[0-9a-z])", "", folded)


def terms(text: str) -> list[str]:
    """What is indexed: each pair of neighbouring Chinese characters, each last character, each word of letters."""
    found: list[str] = []
    for run in _RUNS.findall(plain(text)):
        if run[0].isascii():
            found.append(run)
        else:
            found += [run[place : place + 2] for place in range(len(run))]
    return found


def match(typed: str, within: Iterable[Iterable[str]] = ()) -> str | None:
    """An FTS5 expression for what somebody typed; None when there is nothing to look for.

    Every part typed must occur. `within`: groups of marks (see `mark`), of each of which one must be there.
    """
    wanted: list[str] = []
    for run in _RUNS.findall(plain(typed[:MAX_QUERY])):
        if run[0].isascii():
            wanted.append(f'"{run}"*')  # the beginning of a number or plate is enough
        elif len(run) == 1:
            wanted.append(f'"{run}"*')
        else:
            # A phrase: the pairs must follow each other, or 车站 + 站台 would find a text without 车站台.
            wanted.append('"' + " ".join(run[place : place + 2] for place in range(len(run) - 1)) + '"')
    if not wanted:
        return None
    groups = ["(" + " OR ".join(sorted(group)) + ")" for group in within]
    return " AND ".join([*groups, *wanted[:MAX_TERMS]])


def mark(kind: str, code: str) -> str:
    """A word that stands for a property, such as a community; nobody types it by chance."""
    return f"x{kind}x{code.encode().hex()}"
