"""Receipt codes: made where the report is made, so that a kiosk without a line can still hand one out.

Twelve of 31 characters: 59 bits, not guessable; no 0/O, 1/I/l, so that one can be read aloud.
"""

import secrets
import unicodedata

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 12
LONGEST_TYPED = 200
"""Characters; longer is not read at all."""

# What a Chinese keyboard writes for a dash without Unicode calling it one: minus, lines, the long-vowel mark, 一.
_LIKE_DASHES = frozenset("−⁃─━ー一")


def new_receipt() -> str:
    """A fresh random code, without separators."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_receipt(code: str) -> bool:
    """Whether this is a code as stored: twelve characters of the alphabet, nothing else."""
    return len(code) == LENGTH and set(code) <= set(ALPHABET)


def read(typed: str) -> str | None:
    """The code in what somebody typed or scanned, else None.

    Capitals and full-width forms are folded (NFKC); white space, invisible signs, every kind of dash and other
    punctuation fall out, and Chinese words before it (编号：).
    """
    if len(typed) > LONGEST_TYPED:
        return None
    code = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if not _parts(sign)).lower()
    return code if is_receipt(code) else None


def show(code: str) -> str:
    """`abcd-efgh-jkmn`, for people."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def _parts(sign: str) -> bool:
    """Whether it only stands between the characters of a code."""
    return sign.isspace() or sign in _LIKE_DASHES or unicodedata.category(sign) in {"Pd", "Po", "Cf", "Lo"}
