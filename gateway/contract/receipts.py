"""Receipt codes: made where the report is made, so that a kiosk without a line can still hand one out.

Twelve of 31 characters: 59 bits, not guessable; no 0/O, 1/I/l, so that one can be read aloud.
"""

import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 12


def new_receipt() -> str:
    """A fresh random code, without separators."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_receipt(code: str) -> bool:
    """Whether this is a code as stored: twelve characters of the alphabet, nothing else."""
    return len(code) == LENGTH and set(code) <= set(ALPHABET)


def read(typed: str) -> str | None:
    """The code in what somebody typed or scanned (capitals, spaces and hyphens allowed), else None."""
    code = "".join(typed.split()).replace("-", "").lower()
    return code if is_receipt(code) else None


def show(code: str) -> str:
    """`abcd-efgh-jkmn`, for people."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))
